"""`ci/reference-cloud`: up, down, run, plant, status."""

import argparse
import os
import signal
import sys

from cloud import down, plant, run, status, up
from layout import Cloud, Trouble

ABOUT = """\
A real Keystone and a real Nova (its API, conductor, scheduler, a compute with
the fake virt driver, Placement) on 127.0.0.1, from PyPI's wheels over SQLite.
It is the judge: of the mock cloud, and of the conformance suite.
"""

WHERE = """\
Everything made at run time lies in target/reference-cloud/, or in the folder
that REFERENCE_CLOUD_DIR names. Entries of clouds.yaml: reference (a member),
reference-second (another member of that project), reference-other (a member of
another project), reference-manager, reference-reader, reference-admin (admin of
its own project), reference-demo-admin (admin of the members' project).
Passwords: secret.
`run` also sets REFERENCE_METADATA_URL, where a guest's metadata is answered as
to Neutron's proxy, REFERENCE_METADATA_SECRET, which such requests are signed
with, and REFERENCE_NETWORK, the id of the network. Images, flavors and volumes:
ci/reference/README.md.
"""


def _setting(text):
    left, equals, value = text.partition("=")
    section, dot, key = left.partition(".")
    if not (section and dot and key and equals):
        raise argparse.ArgumentTypeError(f"{text!r} is not SECTION.KEY=VALUE")
    return [section, key, value]


def _name(text):
    if not text.replace("-", "").replace("_", "").isalnum():
        raise argparse.ArgumentTypeError(f"{text!r} is not made of letters, digits, - and _")
    return text


def _arguments(argv):
    named = argparse.ArgumentParser(add_help=False)
    named.add_argument("--name", type=_name, help="a cloud of its own beside the unnamed one")

    variant = argparse.ArgumentParser(add_help=False)
    variant.add_argument("--keystone-port", type=int, metavar="PORT", help="default: a free one")
    variant.add_argument("--nova-port", type=int, metavar="PORT", help="default: a free one")
    variant.add_argument("--metadata-port", type=int, metavar="PORT", help="default: a free one")
    variant.add_argument("--nova-conf", type=_setting, action="append", default=[], metavar="SECTION.KEY=VALUE",
                         help="a line of nova.conf; may be repeated")
    variant.add_argument("--policy", metavar="FILE", help="an oslo.policy file for Nova, over its defaults")
    variant.add_argument("--flaw", action="append", default=[], metavar="FILE",
                         help="Python run inside Nova before it serves, to plant a flaw; may be repeated")

    parser = argparse.ArgumentParser(
        prog="ci/reference-cloud", description=ABOUT, epilog=WHERE,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up", parents=[named, variant], help="start it, and return when it answers")
    commands.add_parser("down", parents=[named], help="end it")
    planted = commands.add_parser("plant", parents=[named], help="change the flaws of a cloud that is up, without a restart")
    planted.add_argument("flaws", nargs="*", metavar="FILE", help="as for --flaw; none takes all flaws back")
    commands.add_parser("status", parents=[named], help="is it up, where, and which release")
    wrapped = commands.add_parser(
        "run", parents=[named, variant], usage="ci/reference-cloud run [OPTIONS] -- COMMAND…",
        help="start it, run COMMAND with OS_CLIENT_CONFIG_FILE set, end it; or use the one that is up")
    wrapped.add_argument("wrapped", nargs=argparse.REMAINDER, metavar="-- COMMAND…")
    arguments = parser.parse_args(argv)
    if arguments.command == "run":
        arguments.wrapped = arguments.wrapped[1:] if arguments.wrapped[:1] == ["--"] else arguments.wrapped
        if not arguments.wrapped:
            wrapped.error("a COMMAND to run is missing")
    return arguments


def main(argv):
    arguments = _arguments(argv)
    # These end us the way Ctrl-C does: through every `finally`.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    cloud = Cloud(arguments.name)
    try:
        return {"up": up, "down": down, "run": run, "plant": plant, "status": status}[arguments.command](cloud, arguments)
    except Trouble as trouble:
        print(f"reference-cloud: {trouble}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # `status | head -1`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
