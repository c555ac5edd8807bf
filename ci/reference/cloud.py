"""Up, down, run, plant and status of one reference cloud."""

import configparser
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import accounts
import environment
import processes
from layout import SOURCES, LOCK_FILE, Trouble, fingerprint, home, pinned_version

SERVICES = ("nova", "keystone")
PORTS = ("keystone", "nova", "metadata")  # the last is Nova's, too
PATIENCE = 180.0  # seconds; a busy machine of two cores needs some
COMMAND_PATIENCE = 10.0  # seconds between asking a command of `run` to end and ending it
LOOPBACK = "127.0.0.1"

NETWORK = "3cb9bc59-5699-4588-a4b1-b87f96708bc6"  # the one of Nova's Neutron fixture


def say(line):
    print(line, file=sys.stderr, flush=True)


# What a person may ask for


def up(cloud, options):
    """Start the cloud, unless it is up; print where it is."""
    with processes.turn(cloud.turn):
        if _use_or_start(cloud, options):
            print("The reference cloud was up already.")
        _print_where(cloud)
    return 0


def down(cloud, _options):
    with processes.turn(cloud.turn):
        was_up = any(processes.pid_of(cloud.pid_file(service)) for service in SERVICES)
        _end(cloud)
    print("The reference cloud is down." if was_up else "The reference cloud was not up.")
    return 0


def run(cloud, options):
    """Run a command against the cloud; leave the cloud as it was found. The command's exit code is ours."""
    was_up = True
    try:
        with processes.turn(cloud.turn):
            was_up = _is_up(cloud)
            _use_or_start(cloud, options)
        return _run_wrapped(cloud, options.wrapped)
    finally:
        if not was_up:
            with processes.turn(cloud.turn):
                _end(cloud)


def plant(cloud, options):
    """Change the flaws of a cloud that is up: these, and no other."""
    with processes.turn(cloud.turn):
        if not _is_up(cloud):
            raise Trouble("No such reference cloud is up.")
        state = json.loads(cloud.state.read_text())
        flaws = _files(options.flaws)
        _order(cloud, state, flaws)
        state["variant"]["flaws"] = flaws
        cloud.state.write_text(json.dumps(state, indent=2))
    return 0


def status(cloud, _options):
    """0 when the cloud is up, 3 (as of an init script) when it is not."""
    pids = {service: processes.pid_of(cloud.pid_file(service)) for service in SERVICES}
    is_up = _is_up(cloud)
    print("up" if is_up else "down" if not any(pids.values()) else "half up: run `down`")
    for package in ("nova", "keystone", "openstack-placement"):
        print(f"{package} {pinned_version(package)}")
    if not is_up:
        return 3
    state = json.loads(cloud.state.read_text())
    _print_where(cloud)
    for service in SERVICES:
        print(f"{service}: pid {pids[service]}, log {cloud.log(service)}")
    for database in sorted(cloud.databases.glob("*.sqlite")):
        print(f"database: {database}")
    for option, value in state["variant"].items():
        if value:
            print(f"{option}: {json.dumps(value)}")
    return 0


# How


def _is_up(cloud):
    return cloud.state.is_file() and all(processes.pid_of(cloud.pid_file(service)) for service in SERVICES)


def _use_or_start(cloud, options):
    """True when the cloud was up already; never one that differs from what is asked for."""
    wanted = _variant(options)
    if _is_up(cloud):
        state = json.loads(cloud.state.read_text())
        asked = _asked_ports(options)
        if state["variant"] != wanted or any(port not in (None, state["ports"][name]) for name, port in asked.items()):
            raise Trouble("A reference cloud with other options is up; run `down` first, or choose another `--name`.")
        return True
    _end(cloud)  # what a killed launcher may have left
    try:
        _start(cloud, options, wanted)
    except BaseException:
        _end(cloud)
        raise
    return False


def _variant(options):
    """What makes this cloud another than the plain one. Files count by what is in them."""
    return {
        "nova_conf": options.nova_conf,
        "policy": _files([options.policy])[0] if options.policy else None,
        "flaws": _files(options.flaw),
    }


def _files(paths):
    paths = [Path(path).resolve() for path in paths]
    for path in paths:
        if not path.is_file():
            raise Trouble(f"{path} is not a file.")
    return [[str(path), fingerprint(path)] for path in paths]


def _asked_ports(options):
    return {name: getattr(options, f"{name}_port") for name in PORTS}


def _start(cloud, options, variant):
    with processes.turn(home() / "making"):  # clouds of other names share what is made here
        environment.ensure(say)
        templates = _templates(cloud)
    shutil.rmtree(cloud.run, ignore_errors=True)
    shutil.copytree(templates / "keystone", cloud.run / "keystone")
    for service in SERVICES:
        cloud.log(service).unlink(missing_ok=True)

    sockets = {name: _bound(port) for name, port in _asked_ports(options).items()}
    ports = {name: bound.getsockname()[1] for name, bound in sockets.items()}
    identity = f"http://{LOOPBACK}:{ports['keystone']}/v3"
    compute = f"http://{LOOPBACK}:{ports['nova']}/v2.1"
    try:
        # At the same time: Nova needs Keystone only for its first request.
        _start_nova(cloud, templates, sockets, identity, variant)
        _start_service(cloud, "keystone", [sockets["keystone"]],
                       "serve", cloud.run / "keystone", sockets["keystone"].fileno(), identity, compute)
    finally:
        for bound in sockets.values():
            bound.close()
    _wait_until_it_answers(cloud, identity, compute)

    cloud.release.write_text(f"nova-{pinned_version('nova')}\n")
    cloud.clouds_yaml.write_text(accounts.clouds_yaml(identity))
    cloud.state.write_text(json.dumps(
        {"ports": ports, "identity": identity, "compute": compute, "metadata": f"http://{LOOPBACK}:{ports['metadata']}",
         "variant": variant, "orders": 0}, indent=2))


def _templates(cloud):
    """The folder of what comes out the same at each start and takes long to make."""
    key = fingerprint(LOCK_FILE, SOURCES / "accounts.py", SOURCES / "keystone_service.py")
    folder = home() / "templates" / key
    if not (folder / "keystone").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        making = subprocess.run(
            [environment.python(), SOURCES / "keystone_service.py", "template", folder / "keystone"],
            env=_process_environment(cloud), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if making.returncode:
            raise Trouble(f"Keystone's database could not be made.\n{_tail(making.stdout)}")
    return folder


def _bound(port):
    """A socket that holds its port; it refuses connections until its service listens."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if port:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # also right after a `down`
    try:
        bound.bind((LOOPBACK, port or 0))
    except OSError as error:
        raise Trouble(f"Port {port} of {LOOPBACK} cannot be had: {error.strerror}.") from None
    return bound


def _process_environment(cloud):
    """Nothing of the caller's cloud, proxies or Python may reach into ours."""
    env = {name: value for name, value in os.environ.items()
           if not name.startswith(("OS_", "PYTHON")) and not name.lower().endswith("_proxy")}
    temporary = cloud.run / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    return env | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1",
                  "TMPDIR": str(temporary), "XDG_CACHE_HOME": str(home() / "cache")}


def _start_service(cloud, service, sockets, *arguments):
    processes.start(
        [environment.python(), SOURCES / f"{service}_service.py", *arguments],
        pid_file=cloud.pid_file(service), log=cloud.log(service),
        environment=_process_environment(cloud), keep_open=[bound.fileno() for bound in sockets])


def _start_nova(cloud, templates, sockets, identity, variant):
    configuration = cloud.run / "nova.conf"
    _write_nova_conf(configuration, identity, variant["nova_conf"])
    plan = cloud.run / "nova-plan.json"
    sockets = {name: sockets[name] for name in ("nova", "metadata")}
    plan.write_text(json.dumps({
        "sockets": {name: bound.fileno() for name, bound in sockets.items()},
        "configuration": str(configuration),
        "databases": str(cloud.databases),
        "schemas": str(templates / "nova-schemas.json"),
        "policy": variant["policy"] and variant["policy"][0],
        "flaws": [path for path, _ in variant["flaws"]],
        "orders": str(cloud.orders),
    }))
    _start_service(cloud, "nova", sockets.values(), plan)


def _order(cloud, state, flaws):
    """Have the Nova that runs plant `flaws`, and wait until it has."""
    state["orders"] += 1
    done = cloud.orders.with_suffix(".done")
    done.unlink(missing_ok=True)
    cloud.orders.write_text(json.dumps({"number": state["orders"], "flaws": [path for path, _ in flaws]}))
    pid = processes.pid_of(cloud.pid_file("nova"))
    deadline = time.monotonic() + PATIENCE
    if pid is not None:
        os.kill(pid, signal.SIGHUP)
    while not done.is_file():
        if processes.pid_of(cloud.pid_file("nova")) is None or time.monotonic() > deadline:
            raise Trouble(f"Nova did not heed.\n{_tail(cloud.log('nova').read_text())}")
        time.sleep(0.02)
    if trouble := json.loads(done.read_text())["trouble"]:
        state["variant"]["flaws"] = []
        cloud.state.write_text(json.dumps(state, indent=2))
        raise Trouble(f"No flaw is planted now.\n{_tail(trouble)}")


def _write_nova_conf(path, identity, settings):
    conf = configparser.RawConfigParser(default_section="(none)")
    conf.optionxform = str
    conf.read(SOURCES / "nova.conf")
    conf["keystone_authtoken"].update(
        {"auth_url": identity, "www_authenticate_uri": identity, "password": accounts.PASSWORD})
    conf["neutron"]["metadata_proxy_shared_secret"] = accounts.METADATA_SECRET
    for section, key, value in settings:
        if not conf.has_section(section):
            conf.add_section(section)
        conf.set(section, key, value)
    with open(path, "w") as file:
        conf.write(file)


def _wait_until_it_answers(cloud, identity, compute):
    """Up means: a token can be had, and Nova answers with it."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for service in SERVICES:
            if processes.pid_of(cloud.pid_file(service)) is None:
                raise Trouble(f"{service.capitalize()} ended while it started.\n{_tail(cloud.log(service).read_text())}")
        try:
            token = _token(identity)
            request = urllib.request.Request(f"{compute}/servers/detail", headers={"X-Auth-Token": token})
            with _direct.open(request, timeout=10):
                return
        except urllib.error.HTTPError as error:
            raise Trouble(f"{error.url} answered {error.code} while the cloud started.\n"
                          + _tail(cloud.log("nova").read_text())) from None
        except OSError:
            time.sleep(0.05)
    raise Trouble(f"The cloud did not answer within {PATIENCE:.0f} seconds.\n{_tail(cloud.log('nova').read_text())}")


_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _token(identity):
    entry, user, project = accounts.ENTRIES[0]
    body = {"auth": {
        "identity": {"methods": ["password"], "password": {"user": {
            "name": user, "domain": {"name": accounts.DOMAIN}, "password": accounts.PASSWORD}}},
        "scope": {"project": {"name": project, "domain": {"name": accounts.DOMAIN}}}}}
    request = urllib.request.Request(
        f"{identity}/auth/tokens", data=json.dumps(body).encode(), headers={"Content-Type": "application/json"})
    with _direct.open(request, timeout=10) as answer:
        return answer.headers["X-Subject-Token"]


def _print_where(cloud):
    state = json.loads(cloud.state.read_text())
    print(f"identity: {state['identity']}")
    print(f"compute: {state['compute']}")
    print(f"metadata: {state['metadata']}")
    print(f"clouds.yaml: {cloud.clouds_yaml}")


def _end(cloud):
    with processes.uninterrupted():
        for service in SERVICES:
            processes.end(cloud.pid_file(service))
        for path in (cloud.state, cloud.clouds_yaml):
            path.unlink(missing_ok=True)


def environment_of(cloud):
    """The environment in which a command finds this cloud, and no other."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("OS_")}
    return env | {
        "OS_CLIENT_CONFIG_FILE": str(cloud.clouds_yaml),
        "REFERENCE_METADATA_URL": json.loads(cloud.state.read_text())["metadata"],
        "REFERENCE_METADATA_SECRET": accounts.METADATA_SECRET,
        "REFERENCE_NETWORK": NETWORK,
    }


def _run_wrapped(cloud, command):
    try:
        process = subprocess.Popen(command, env=environment_of(cloud))
    except OSError as error:
        raise Trouble(f"{command[0]} cannot be run: {error.strerror}.") from None
    try:
        code = process.wait()
    except KeyboardInterrupt:  # the command has had the same Ctrl-C, and may be tidying up
        _await_end(process, process.terminate, process.kill)
        raise
    except BaseException:
        process.terminate()
        _await_end(process, process.kill)
        raise
    return code if code >= 0 else 128 - code


def _await_end(process, *means):
    for mean in means:
        try:
            process.wait(timeout=COMMAND_PATIENCE)
            return
        except subprocess.TimeoutExpired:
            mean()
    process.wait()


def _tail(log):
    return "\n".join(log.splitlines()[-25:])
