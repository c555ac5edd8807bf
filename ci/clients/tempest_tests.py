"""Runs Tempest's tests of keypairs and of rebuild in this process, and prints a line for each.

Tempest's own runners start a process per worker and write a database; these tests take seconds.
"""

import importlib
import pkgutil
import sys
import unittest

# A package or module, the word that a test's name must hold, and how many tests Tempest 47 has of that kind: fewer would
# mean that tests are no longer found.
WANTED = [
    ("tempest.api.compute.keypairs", "", 18),
    ("tempest.api.compute.admin.test_keypairs_v210", "", 1),
    ("tempest.api.compute.servers", "rebuild", 17),
]

# Tests that ask for something mock-nova does not have, which no setting of Tempest turns off.
NOT_RUN = {
    "test_rebuild_volume_backed_server": "it logs in to the guest, and mock-nova's servers have none",
    "test_rebuild_server_with_volume_attached": "mock-nova does not attach volumes to servers that exist",
}


def modules(name):
    module = importlib.import_module(name)
    yield module
    for found in pkgutil.walk_packages(getattr(module, "__path__", []), name + "."):
        yield importlib.import_module(found.name)


def tests(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from tests(test)
        else:
            yield test


class Result(unittest.TestResult):
    """Counts, and prints what happens as it happens."""

    def __init__(self):
        super().__init__()
        self.passed = 0

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1
        print("ok:", name(test))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        print(f"skipped: {name(test)}: {reason}")

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.told(test, self.failures)

    def addError(self, test, error):
        super().addError(test, error)
        self.told(test, self.errors)

    def told(self, test, list_of_them):
        print("failed:", name(test))
        print(list_of_them[-1][1], file=sys.stderr)


def name(test):
    # Without the ids and attributes that Tempest appends in brackets.
    return test.id().split("[")[0]


def main():
    loader, chosen, not_run = unittest.TestLoader(), unittest.TestSuite(), set()
    for package, word, least in WANTED:
        found = [
            test
            for module in modules(package)
            for test in tests(loader.loadTestsFromModule(module))
            if word in name(test).rsplit(".", 1)[-1]
        ]
        if len(found) < least:
            print(f"failed: {package} has {len(found)} tests, and {least} were expected")
            return 1
        for test in found:
            reason = NOT_RUN.get(name(test).rsplit(".", 1)[-1])
            if reason is None:
                chosen.addTest(test)
            else:
                not_run.add(name(test))
                print(f"not run: {name(test)}: {reason}")
    result = Result()
    chosen.run(result)
    failed = len(result.failures) + len(result.errors)
    skipped = len(result.skipped)
    print(f"{result.passed} passed, {skipped} skipped, {len(not_run)} not run, {failed} failed")
    return 1 if failed or loader.errors or not result.passed else 0


sys.exit(main())
