"""Nova: its real API, conductor, scheduler and a compute with the fake virt driver, and the real Placement, in one process.

The wheel ships `nova.tests`, and its functional fixtures start all of these.
They are made for one test of a second's length; what follows takes back, one
by one, what makes them a test rather than a deployment.

    nova_service.py PLAN          (a JSON file; see `command.py`)
"""

import faulthandler
import gc
import json
import logging
import os
import signal
import sqlite3
import sys
import threading
import traceback
import types
import unittest
import warnings
from pathlib import Path

# Before anything of Nova is imported: real threads, and no clock on the "test".
os.environ["OS_NOVA_DISABLE_EVENTLET_PATCHING"] = "true"
os.environ["OS_TEST_TIMEOUT"] = "0"

from nova.tests import functional  # noqa: E402,F401 (chooses threads; must come first)
import futurist._thread  # noqa: E402
import oslo_db.sqlalchemy.engines  # noqa: E402
import sqlalchemy.pool  # noqa: E402
import nova.conf  # noqa: E402
import nova.config  # noqa: E402
import nova.policy  # noqa: E402
import nova.api.wsgi  # noqa: E402
import nova.tests.fixtures  # noqa: E402
from nova.tests.functional import fixtures as functional_fixtures  # noqa: E402
from nova.tests.functional import integrated_helpers  # noqa: E402
import nova.virt.fake  # noqa: E402

import neighbours  # noqa: E402
import planting  # noqa: E402
import serving  # noqa: E402

CONF = nova.conf.CONF
USUAL_IDLE = futurist._thread.ThreadWorker.MAX_IDLE_FOR
# By its full name: `nova.tests.fixtures.nova`, as an attribute, is the package `nova`.
nova_fixtures = sys.modules["nova.tests.fixtures.nova"]


def read_configuration(path):
    """The fixtures parse no file; what stands in ours wins over the defaults they set."""
    parse = nova.config.parse_args

    def parse_args(argv, default_config_files=None, **rest):
        return parse(argv, default_config_files=[path], **rest)

    nova.config.parse_args = parse_args


class Connections(sqlalchemy.pool.QueuePool):
    """Connections that are kept for the next transaction, as many as are needed at once."""

    def __init__(self, creator, **rest):
        super().__init__(creator, **rest | {"pool_size": 0})

    def _do_return_conn(self, record):
        record.info.pop("in_transaction", None)  # oslo.db's mark, where the transaction did not end by itself
        super()._do_return_conn(record)


def place_databases(folder):
    """Files of known names, so that one can look into them, in place of temporary ones."""
    def database_file(name):
        names = {"api": "nova_api", "placement": "placement", "00000000-0000-0000-0000-000000000000": "nova_cell0"}
        path = folder / (names.get(name, "nova_cell1") + ".sqlite")
        with sqlite3.connect(path) as database:
            database.execute("PRAGMA journal_mode=WAL")
        return f"sqlite:///{path}", str(path)

    # A connection costs SQLite the reading of some hundred tables' descriptions; oslo.db opens one for every transaction.
    oslo_db.sqlalchemy.engines.pool = types.SimpleNamespace(**vars(sqlalchemy.pool) | {"NullPool": Connections})
    nova_fixtures._use_file_backed_sqlite_with_wal = database_file
    functional_fixtures._use_file_backed_sqlite_with_wal = database_file


def remember_schemas(path):
    """Migrating is most of Nova's start. The fixtures keep the outcome for their next test; we, for the next start."""
    if path.is_file():
        for database, schema in json.loads(path.read_text()).items():
            nova_fixtures.DB_SCHEMA[(database, None)] = schema

    def save():
        if not path.is_file():
            unfinished = path.with_suffix(f".{os.getpid()}")
            unfinished.write_text(json.dumps(
                {database: schema for (database, _), schema in nova_fixtures.DB_SCHEMA.items() if schema}))
            unfinished.rename(path)

    return save


class Cells(nova_fixtures.CellDatabases):
    """The fixture's databases, without its lock.

    The fixture lets code that targets no cell use whichever cell was targeted
    last, under a lock that all requests share; four clients that make servers
    at once come to wait for each other, for ever. Here such code uses the one
    real cell, which is what its own configuration would name in a deployment.
    """

    def _wrap_target_cell(self, context, cell_mapping):
        return self._real_target_cell(context, cell_mapping)

    def _wrap_get_context_manager(self, context):
        return getattr(context, "db_connection", None) or self._default_ctxt_mgr


nova.tests.fixtures.CellDatabases = Cells
nova.tests.fixtures.GlanceFixture = neighbours.Images
nova.tests.fixtures.NeutronFixture = neighbours.Network
nova.tests.fixtures.CinderFixture = neighbours.Volumes
nova.virt.fake.Hypervisor = neighbours.Hypervisor


def enforce_deployed_policy(policy_file):
    """Nova's real default rules, or `policy_file` over them.

    Placement's fixture turns `enforce_new_defaults` off for itself, but does
    so in oslo.policy's one shared option, and so for Nova too: a reader might
    then rebuild. nova.conf sets it back; here the rules are read with it.
    """
    if policy_file:
        CONF.set_override("policy_file", policy_file, group="oslo_policy")
    nova.policy.reset()
    nova.policy.init(suppress_deprecation_warnings=True)


def log_like_a_service():
    """The fixtures keep every line in memory and format every debug message."""
    root = logging.getLogger()
    for handler in list(root.handlers):
        root.removeHandler(handler)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s [%(name)s] %(message)s"))
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    CONF.set_override("debug", False)


class Applications:
    """What is served: the compute API, and the metadata API as Neutron's proxy asks it."""

    def __init__(self):
        self.compute = serving.Exchangeable()
        self.metadata = serving.Exchangeable()

    def exchange(self, flaws):
        """Plant these flaws and no other, and load the applications anew: they keep hold of what their classes were."""
        try:
            planting.plant(flaws)
        finally:
            for name, served in (("osapi_compute", self.compute), ("metadata", self.metadata)):
                served.application = nova.api.wsgi.Loader().load_app(name)

    def heed_orders(self, path):
        """At each SIGHUP, plant what the file of orders says, and write beside it what came of that."""
        hung_up = threading.Event()
        signal.signal(signal.SIGHUP, lambda *_: hung_up.set())

        def heed():
            while hung_up.wait():
                hung_up.clear()
                orders = json.loads(path.read_text())
                trouble = None
                try:
                    self.exchange(orders["flaws"])
                except BaseException:
                    trouble = traceback.format_exc()
                finished = path.with_suffix(".unfinished")
                finished.write_text(json.dumps({"number": orders["number"], "trouble": trouble}))
                finished.rename(path.with_suffix(".done"))

        threading.Thread(target=heed, daemon=True).start()


class Nova(integrated_helpers._IntegratedTestBase):
    """The "test" that serves until it is ended."""

    plan = None
    USE_PROJECT_ID = False
    CAST_AS_CALL = False
    STUB_KEYSTONE = False

    def runTest(self):
        plan = self.plan
        enforce_deployed_policy(plan["policy"])
        log_like_a_service()
        plan["save_schemas"]()
        # The fixtures make each idle worker look for work every 10 ms; soon there are a hundred, and little else runs.
        futurist._thread.ThreadWorker.MAX_IDLE_FOR = USUAL_IDLE
        # What was loaded stays; the collector need not look through it again and again.
        gc.freeze()
        # The fixtures make errors of warnings, and so a 500 of a library's deprecation.
        warnings.resetwarnings()
        warnings.simplefilter("ignore")

        applications = Applications()
        applications.exchange(plan["flaws"])
        applications.heed_orders(Path(plan["orders"]))
        serving.serve(plan["sockets"]["nova"], applications.compute,
                      (plan["sockets"]["metadata"], applications.metadata))


def main(plan_file):
    faulthandler.register(signal.SIGUSR1)  # where does it hang? `kill -USR1`, and read the log
    plan = json.loads(Path(plan_file).read_text())
    databases = Path(plan["databases"])
    databases.mkdir(parents=True, exist_ok=True)
    read_configuration(plan["configuration"])
    place_databases(databases)
    plan["save_schemas"] = remember_schemas(Path(plan["schemas"]))

    Nova.plan = plan
    result = unittest.TestResult()
    Nova().run(result)
    for _, trouble in result.errors + result.failures:
        print(trouble, file=sys.stderr)
    sys.stderr.flush()
    os._exit(1)  # `serve` does not return: something went wrong, and threads of Nova's may still run


if __name__ == "__main__":
    plan_file = sys.argv[1]
    sys.argv = ["nova"]  # oslo.config reads it
    main(plan_file)
