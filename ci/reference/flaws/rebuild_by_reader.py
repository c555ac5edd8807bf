"""Whoever may look at a server may rebuild it."""
# Caught by: security.rebuild.reader

from nova.api.openstack.compute import servers
from planting import edit

edit(servers.ServersController, "_rebuild",
     ("server_policies.SERVERS % 'rebuild', target", "server_policies.SERVERS % 'show', target"))
