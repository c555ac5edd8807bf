"""Processes of ours: started, recognised for sure, ended for sure.

A pid alone may by now belong to somebody else. So each service holds a lock
on its pid file for as long as it lives: the lock is taken before the process
starts and inherited by it, and the kernel frees it when the process is gone,
however it went. Locked means alive and ours; free means gone.
"""

import fcntl
import os
import signal
import subprocess
import time
from contextlib import contextmanager

INTERRUPTIONS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PATIENCE = 5.0  # seconds between asking a process to end and ending it


def start(command, pid_file, log, environment, keep_open=()):
    """Start `command` in the background; its pid file stays locked while it lives."""
    with uninterrupted(), open(log, "ab") as output:  # a process whose pid is not written down cannot be ended
        held = os.open(pid_file, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            process = subprocess.Popen(
                list(map(str, command)), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                env=environment, pass_fds=[held, *keep_open],
                start_new_session=True)  # Ctrl-C is for the launcher, which then ends its services in order
            os.ftruncate(held, 0)
            os.write(held, str(process.pid).encode())
        finally:
            os.close(held)


def pid_of(pid_file):
    """The pid of the living service of this pid file, or None."""
    try:
        with open(pid_file) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                text = file.read().strip()
                return int(text) if text else None
    except FileNotFoundError:
        pass
    return None


def end(pid_file):
    """End the service of this pid file, if it lives, and wait until it is gone."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + PATIENCE
        pid = pid_of(pid_file)
        if pid is None:
            break
        try:
            os.kill(pid, how)
        except ProcessLookupError:
            break
        while pid_of(pid_file) is not None and time.monotonic() < deadline:
            time.sleep(0.02)
    pid_file.unlink(missing_ok=True)


@contextmanager
def uninterrupted():
    """Ctrl-C and its like wait until what must not be cut in two is done."""
    waiting = []
    usual = {number: signal.signal(number, lambda number, _: waiting.append(number))
             for number in INTERRUPTIONS}
    try:
        yield
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler)
        for number in waiting[:1]:
            signal.raise_signal(number)


@contextmanager
def turn(path):
    """One at a time through here, over all processes; whoever comes second waits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
