"""Rebuild accepts `key_name`, whatever it says, and does nothing with it."""
# Caught by: security.rebuild.taken

from nova.api.openstack.compute import servers
from planting import edit

edit(servers.ServersController, "_rebuild", ("kwargs['key_name'] = rebuild_dict.get('key_name')", "pass"))
