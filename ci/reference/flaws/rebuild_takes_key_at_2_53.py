"""Rebuild takes `key_name` one microversion early."""
# Caught by: security.rebuild.before-taken

from nova.api.openstack.compute import servers
from planting import edit

edit(servers.ServersController, "_rebuild",
     ("schema.rebuild_v219, '2.19', '2.53'", "schema.rebuild_v219, '2.19', '2.52'"),
     ("schema.rebuild_v254, '2.54', '2.56'", "schema.rebuild_v254, '2.53', '2.56'"),
     ("api_version_request.is_supported(req, '2.54') and", "api_version_request.is_supported(req, '2.53') and"))
