"""Where everything is: the committed files, and what is made at run time.

Nothing made at run time lies beside the sources. One *home* (default
`target/reference-cloud/`) holds the Python environment and the templates,
which every cloud shares, and the files of the unnamed cloud. A cloud started
with `--name` has a folder of its own inside the home, so that a flawed cloud
can run beside the plain one.
"""

import hashlib
import os
import sys
from pathlib import Path

SOURCES = Path(__file__).resolve().parent
REPOSITORY = SOURCES.parent.parent
LOCK_FILE = SOURCES / "requirements.lock"


class Trouble(Exception):
    """Something the person at the keyboard must know, in one clear sentence."""


def home():
    """The folder of everything made at run time."""
    chosen = os.environ.get("REFERENCE_CLOUD_DIR")
    return Path(chosen).resolve() if chosen else REPOSITORY / "target" / "reference-cloud"


def fingerprint(*paths):
    """Changes when one of the files, or this Python, does: what caches are keyed by."""
    digest = hashlib.sha256(sys.version.encode())
    for path in paths:
        digest.update(Path(path).read_bytes())
    return digest.hexdigest()[:16]


def pinned_version(package):
    """The version of `package` in the lock file."""
    for line in LOCK_FILE.read_text().splitlines():
        name, _, version = line.partition("==")
        if name == package:
            return version
    raise Trouble(f"{LOCK_FILE.name} does not pin {package}.")


class Cloud:
    """The files of one cloud."""

    def __init__(self, name=None):
        self.name = name
        self.folder = home() / "named" / name if name else home()
        self.clouds_yaml = self.folder / "clouds.yaml"
        self.release = self.folder / "release"
        self.state = self.folder / "state.json"
        self.turn = self.folder / "turn"
        # Made anew by each `up`.
        self.run = self.folder / "run"
        self.databases = self.run / "databases"
        self.orders = self.run / "orders.json"

    def pid_file(self, service):
        return self.folder / f"{service}.pid"

    def log(self, service):
        return self.folder / f"{service}.log"
