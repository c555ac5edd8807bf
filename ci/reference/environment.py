"""The Python environment that holds the release of `requirements.lock`."""

import os
import shutil
import subprocess
import sys

from layout import LOCK_FILE, Trouble, fingerprint, home

OLDEST_PYTHON = (3, 11)


def folder():
    return home() / "venv"


def python():
    """The interpreter of the environment."""
    return folder() / "bin" / "python"


def ensure(say):
    """Make the environment, unless it is there and the lock file is unchanged."""
    stamp = folder() / "stamp"
    wanted = fingerprint(LOCK_FILE)
    if stamp.is_file() and stamp.read_text() == wanted and python().exists():
        return
    _refuse_unusable_python()
    say("Installing the reference release from PyPI; this takes a minute, once.")
    shutil.rmtree(folder(), ignore_errors=True)
    folder().parent.mkdir(parents=True, exist_ok=True)
    _checked(sys.executable, "-m", "venv", folder())
    _checked(python(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
             "--no-deps", "--requirement", LOCK_FILE)
    _link_etc()
    stamp.write_text(wanted)


def _refuse_unusable_python():
    if sys.version_info < OLDEST_PYTHON:
        raise Trouble("The reference cloud needs Python {}.{} or newer, and this python3 is {}.{}.".format(
            *OLDEST_PYTHON, *sys.version_info[:2]))
    try:
        import ensurepip  # noqa: F401 (Debian ships venv without it)
    except ImportError:
        raise Trouble("This python3 cannot make a virtual environment; run `apt-get install python3-venv`.") from None


def _link_etc():
    """Nova's fixtures look for etc/nova/api-paste.ini beside the `nova` package; its wheel puts it elsewhere."""
    [packages] = folder().glob("lib/python3*/site-packages")
    link = packages / "etc"
    if not link.is_symlink():
        link.symlink_to(os.path.relpath(folder() / "etc", packages))


def _checked(*command):
    done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        tail = "\n".join(done.stdout.splitlines()[-15:])
        raise Trouble(f"The reference release could not be installed.\n{tail}")
