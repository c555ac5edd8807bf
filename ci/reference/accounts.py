"""Who may log in: the users, projects and roles of the reference cloud, and its clouds.yaml."""

PASSWORD = "secret"
METADATA_SECRET = "secret"  # what Neutron's metadata proxy signs with
DOMAIN = "Default"
REGION = "RegionOne"

PROJECTS = ["admin", "demo", "alt_demo", "service"]

# (user, role, project). Keystone's bootstrap makes the roles admin, manager,
# member, reader and service, and the first line.
GRANTS = [
    ("admin", "admin", "admin"),
    ("admin", "admin", "demo"),
    ("demo", "member", "demo"),
    ("demo_second", "member", "demo"),
    ("alt_demo", "member", "alt_demo"),
    ("demo_manager", "manager", "demo"),
    ("demo_reader", "reader", "demo"),
    ("nova", "service", "service"),  # whom keystonemiddleware asks as
]

# (entry in clouds.yaml, user, project)
ENTRIES = [
    ("reference", "demo", "demo"),
    ("reference-second", "demo_second", "demo"),
    ("reference-other", "alt_demo", "alt_demo"),
    ("reference-manager", "demo_manager", "demo"),
    ("reference-reader", "demo_reader", "demo"),
    ("reference-admin", "admin", "admin"),
    ("reference-demo-admin", "admin", "demo"),
]

_ENTRY = """\
  {entry}:
    auth_type: password
    auth:
      auth_url: {identity}
      username: {user}
      password: {password}
      project_name: {project}
      user_domain_name: {domain}
      project_domain_name: {domain}
    region_name: {region}
    identity_api_version: "3"
    interface: public
"""


def clouds_yaml(identity):
    """The text of clouds.yaml for a Keystone at this address."""
    entries = (
        _ENTRY.format(entry=entry, identity=identity, user=user, project=project,
                      password=PASSWORD, domain=DOMAIN, region=REGION)
        for entry, user, project in ENTRIES
    )
    return "clouds:\n" + "".join(entries)
