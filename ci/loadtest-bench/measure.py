"""Loads one cloud with three generators, and prints what each reaches and what it costs.

usage: measure.py NOVA_LOADTEST OHA DIRECTORY, with rally in PATH and a user of the cloud in the environment (OS_*).

The processor time is a program's whole, from its start to its end, with that of the processes it started: where there are many
requests, starting, logging in and cleaning up are little of it.
"""

import base64
import json
import os
import pathlib
import statistics
import subprocess
import sys
import typing
import urllib.request

NOVA_LOADTEST, OHA, WORK = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]).resolve()
USERS = int(os.environ.get("BENCH_USERS", "20"))
ITERATIONS = int(os.environ.get("BENCH_ITERATIONS", "500"))
ROUNDS = 3
SECONDS = 10
SEEDS = 20
LEAST = 0.60

# The cloud is on loopback, whatever proxy this machine uses.
os.environ["no_proxy"] = os.environ["NO_PROXY"] = "*"


class Measured(typing.NamedTuple):
    rate: float  # requests a second
    cost: float  # ms of processor time a request


def run(*command, **environment):
    """Runs a command, which has to succeed. What it printed, and its processor time in seconds."""
    with open(WORK / "stdout", "wb") as out, open(WORK / "stderr", "wb") as err:
        process = subprocess.Popen([str(word) for word in command], stdout=out, stderr=err, env=os.environ | environment)
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    printed = (WORK / "stdout").read_text()
    if process.returncode != 0:
        said = (WORK / "stderr").read_text()
        sys.exit(f"failed: {command[0]} ended with {process.returncode}\n{printed[-3000:]}\n{said[-3000:]}")
    return printed, used.ru_utime + used.ru_stime


def ask(method, url, body=None, **headers):
    """The headers and the body of an answer, which has to be a success."""
    data = None if body is None else json.dumps(body).encode()
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **headers}, method=method)
    with urllib.request.urlopen(request) as answer:
        return answer.headers, json.load(answer)


def public_key():
    blob = b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + os.urandom(32)
    return f"ssh-ed25519 {base64.b64encode(blob).decode()} bench"


def log_in():
    """A token, and where the Compute API is."""
    os_ = {name: os.environ[f"OS_{name}"] for name in (
        "AUTH_URL", "USERNAME", "PASSWORD", "USER_DOMAIN_NAME", "PROJECT_NAME", "PROJECT_DOMAIN_NAME")}
    user = {"name": os_["USERNAME"], "password": os_["PASSWORD"], "domain": {"name": os_["USER_DOMAIN_NAME"]}}
    project = {"name": os_["PROJECT_NAME"], "domain": {"name": os_["PROJECT_DOMAIN_NAME"]}}
    identity = {"methods": ["password"], "password": {"user": user}}
    body = {"auth": {"identity": identity, "scope": {"project": project}}}
    headers, answer = ask("POST", f"{os_['AUTH_URL']}/auth/tokens", body)
    compute = next(service for service in answer["token"]["catalog"] if service["type"] == "compute")
    endpoint = next(endpoint for endpoint in compute["endpoints"] if endpoint["interface"] == "public")
    return headers["X-Subject-Token"], endpoint["url"].rstrip("/")


def with_nova_loadtest(weights):
    _, cpu = run(NOVA_LOADTEST, "keypairs", "--weights", weights, "--users", USERS, "--run-time", f"{SECONDS}s",
                 "--warm-up", "0s", "--report-dir", WORK / "report")
    measured = json.loads((WORK / "report" / "results.json").read_text())["measured"]
    intervals = [interval for series in measured["names"].values() for interval in series["intervals"]]
    if any(interval.get("errors") for interval in intervals):
        sys.exit(f"failed: not every request of nova-loadtest was answered with success: {WORK / 'report'}")
    requests = sum(interval["times"]["count"] for interval in intervals)
    return Measured(requests / measured["measured_ms"] * 1000, cpu / requests * 1000)


def with_oha(endpoint, token, version):
    printed, cpu = run(OHA, "--no-tui", "--output-format", "json", "--disable-compression", "-z", f"{SECONDS}s", "-c", USERS,
                       "-H", f"X-Auth-Token: {token}", "-H", f"OpenStack-API-Version: compute {version}",
                       f"{endpoint}/os-keypairs")
    told = json.loads(printed)
    answered = told["statusCodeDistribution"]
    # What is under way at the end is given up.
    errors = {why for why in told["errorDistribution"] if "deadline" not in why}
    if set(answered) != {"200"} or errors:
        sys.exit(f"failed: oha was answered {answered} {errors}")
    return Measured(answered["200"] / told["summary"]["total"], cpu / answered["200"] * 1000)


def with_rally():
    """Rally's own scenario. It logs in for each iteration; only the requests for keypairs are counted."""
    user = {name: os.environ[f"OS_{name.upper()}"] for name in (
        "username", "password", "project_name", "user_domain_name", "project_domain_name")}
    cloud = {"auth_url": os.environ["OS_AUTH_URL"], "region_name": os.environ["OS_REGION_NAME"], "users": [user]}
    scenario = "NovaKeypair.create_and_delete_keypair"
    task = {"version": 2, "title": scenario, "subtasks": [{
        "title": scenario,
        "scenario": {scenario: {"public_key": public_key()}},
        "runner": {"constant": {"times": ITERATIONS, "concurrency": USERS}},
    }]}
    (WORK / "cloud.json").write_text(json.dumps({"existing@openstack": cloud}))
    (WORK / "task.json").write_text(json.dumps(task))
    (WORK / "rally.conf").write_text(f"[database]\nconnection = sqlite:///{WORK}/rally.sqlite\n")

    def rally(*words):
        # Rally remembers the cloud and the task in HOME.
        return run("rally", "--config-file", WORK / "rally.conf", *words, HOME=str(WORK))

    rally("db", "create")
    rally("env", "create", "--name", "bench", "--spec", WORK / "cloud.json")
    printed, cpu = rally("task", "start", WORK / "task.json")
    rally("task", "report", "--json", "--out", WORK / "rally.json")
    subtasks = json.loads((WORK / "rally.json").read_text())["tasks"][0]["subtasks"]
    load = subtasks[0]["workloads"][0] if subtasks else {"total_iteration_count": 0, "failed_iteration_count": 0}
    if load["total_iteration_count"] != ITERATIONS or load["failed_iteration_count"]:
        sys.exit(f"failed: rally\n{printed[-3000:]}")
    requests = 2 * ITERATIONS
    return Measured(requests / load["load_duration"], cpu / requests * 1000)


def median(rounds):
    return Measured(*(statistics.median(column) for column in zip(*rounds)))


def main():
    token, endpoint = log_in()
    _, document = ask("GET", f"{endpoint}/")
    version = document["version"]["version"]
    for number in range(SEEDS):
        keypair = {"name": f"seed-{number}", "type": "ssh", "public_key": public_key()}
        ask("POST", f"{endpoint}/os-keypairs", {"keypair": keypair},
            X_Auth_Token=token, OpenStack_API_Version=f"compute {version}")

    lists, ohas = [], []
    for number in range(ROUNDS):
        lists.append(with_nova_loadtest("list=1"))
        ohas.append(with_oha(endpoint, token, version))
        print(f"round {number + 1}: nova-loadtest {lists[-1].rate:.0f}/s, oha {ohas[-1].rate:.0f}/s", flush=True)
    lists, ohas = median(lists), median(ohas)
    both = with_nova_loadtest("import=1,delete=1")
    rallys = with_rally()

    print("\n| generator | what it asks | requests/s | processor ms a request |\n|---|---|---|---|")
    for who, what, found in [
        ("nova-loadtest", f"a list of {SEEDS}", lists),
        ("oha", f"a list of {SEEDS}", ohas),
        ("nova-loadtest", "import, delete", both),
        ("Rally", "import, delete", rallys),
    ]:
        print(f"| {who} | {what} | {found.rate:,.0f} | {found.cost:.3f} |")
    reached = lists.rate / ohas.rate
    print(f"\nnova-loadtest reaches {reached:.0%} of oha's requests/s, at {lists.cost / ohas.cost:.1f} times its processor time; "
          f"Rally {rallys.rate / both.rate:.1%} of nova-loadtest's, at {rallys.cost / both.cost:.0f} times its processor time.")
    if reached < LEAST:
        sys.exit(f"failed: less than {LEAST:.0%}")


main()
