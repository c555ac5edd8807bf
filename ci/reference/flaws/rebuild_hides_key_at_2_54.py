"""The answer to a rebuild shows `key_name` one microversion late."""
# Caught by: security.rebuild.answer-names-key

from nova.api.openstack.compute import servers
from planting import edit

edit(servers.ServersController, "_rebuild",
     ("show_keypair = api_version_request.is_supported(req, '2.54')",
      "show_keypair = api_version_request.is_supported(req, '2.55')"))
