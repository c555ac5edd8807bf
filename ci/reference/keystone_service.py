"""Keystone, in a process of its own (it and Nova both own oslo.config's one global CONF).

Migrating the database and making the accounts takes most of Keystone's start,
and comes out the same each time: it is done once, into a *template* folder
(a database and the fernet keys), and each start works on a copy.

    keystone_service.py template FOLDER
    keystone_service.py serve FOLDER FD IDENTITY_URL COMPUTE_URL
"""

import os
import shutil
import sys
import threading
import uuid
from pathlib import Path

import accounts

_CONF = """\
[DEFAULT]
use_stderr = true
[database]
connection = sqlite:///{folder}/keystone.sqlite
[fernet_tokens]
key_repository = {folder}/fernet-keys
[fernet_receipts]
key_repository = {folder}/fernet-keys
[credential]
key_repository = {folder}/credential-keys
[identity]
# The cheapest bcrypt there is: these passwords are public.
password_hash_rounds = 4
# What bcrypt reads of a password; with more, each login logs a warning.
max_password_length = 72
[token]
# A day, so that no token dies under a long run.
expiration = 86400
"""


def _configuration(folder):
    path = folder / "keystone.conf"
    path.write_text(_CONF.format(folder=folder))
    return [str(path)]


def make_template(folder):
    """Fill `folder` with a migrated database that holds the accounts, and with keys."""
    from keystone.cmd import bootstrap
    from keystone.common import fernet_utils
    from keystone.common.sql import upgrades
    from keystone.credential.providers import fernet as credential_fernet
    import keystone.conf
    import keystone.server

    unfinished = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    for keys in ("fernet-keys", "credential-keys"):
        (unfinished / keys).mkdir(parents=True, mode=0o700)

    keystone.server.configure(config_files=_configuration(unfinished))
    conf = keystone.conf.CONF
    upgrades.offline_sync_database_to_version(None)
    fernet_utils.FernetUtils(
        conf.fernet_tokens.key_repository, conf.fernet_tokens.max_active_keys, "fernet_tokens",
    ).initialize_key_repository(None, None)
    fernet_utils.FernetUtils(
        conf.credential.key_repository, credential_fernet.MAX_ACTIVE_KEYS, "credential",
    ).initialize_key_repository(None, None)

    first = bootstrap.Bootstrapper()
    first.admin_username = first.project_name = first.admin_role_name = "admin"
    first.admin_password = accounts.PASSWORD
    first.region_id = accounts.REGION
    first.immutable_roles = True
    first.bootstrap()
    _make_accounts(first.default_domain_id)

    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)  # whole, or not there


def _make_accounts(domain_id):
    from keystone.common import provider_api
    from keystone.common.driver_hints import Hints
    from keystone import exception

    providers = provider_api.ProviderAPIs

    def project_id(name):
        try:
            return providers.resource_api.get_project_by_name(name, domain_id)["id"]
        except exception.ProjectNotFound:
            id = uuid.uuid4().hex
            providers.resource_api.create_project(
                id, {"id": id, "name": name, "domain_id": domain_id, "enabled": True, "description": ""})
            return id

    def user_id(name):
        try:
            return providers.identity_api.get_user_by_name(name, domain_id)["id"]
        except exception.UserNotFound:
            return providers.identity_api.create_user(
                {"name": name, "domain_id": domain_id, "enabled": True, "password": accounts.PASSWORD})["id"]

    roles = {role["name"]: role["id"] for role in providers.role_api.list_roles(Hints())}
    projects = {name: project_id(name) for name in accounts.PROJECTS}
    for user, role, project in accounts.GRANTS:
        try:
            providers.assignment_api.add_role_to_user_and_project(user_id(user), projects[project], roles[role])
        except exception.Conflict:
            pass  # the grant that bootstrap has made


def _make_catalog(identity, compute):
    """The services are at other ports each time."""
    from keystone.common import provider_api

    catalog = provider_api.ProviderAPIs.catalog_api
    for type, name, url in (("identity", "keystone", identity), ("compute", "nova", compute)):
        service_id = uuid.uuid4().hex
        catalog.create_service(service_id, {"id": service_id, "type": type, "name": name, "enabled": True})
        for interface in ("public", "internal", "admin"):
            id = uuid.uuid4().hex
            catalog.create_endpoint(id, {
                "id": id, "service_id": service_id, "region_id": accounts.REGION,
                "interface": interface, "url": url, "enabled": True})


def _one_at_a_time(application):
    """Keystone notes a user's first login of the day; two such at once, and SQLite refuses one: a 500."""
    turn = threading.Lock()

    def serialized(environ, start_response):
        with turn:
            return list(application(environ, start_response))

    return serialized


def serve(folder, file_descriptor, identity, compute):
    from keystone.server import wsgi
    import serving

    os.environ["OS_KEYSTONE_CONFIG_DIR"] = str(folder)
    os.environ["OS_KEYSTONE_CONFIG_FILES"] = os.path.basename(_configuration(folder)[0])
    sys.argv = ["keystone"]  # oslo.config reads it
    application = wsgi.initialize_public_application()
    _make_catalog(identity, compute)
    serving.serve(file_descriptor, _one_at_a_time(application))


if __name__ == "__main__":
    job, folder, *rest = sys.argv[1:]
    sys.argv = ["keystone"]
    if job == "template":
        make_template(Path(folder))
    else:
        descriptor, identity, compute = rest
        serve(Path(folder), int(descriptor), identity, compute)
