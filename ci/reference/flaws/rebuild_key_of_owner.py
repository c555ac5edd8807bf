"""Rebuild looks the key up among the keypairs of the server's owner, not of who calls: the flaw that Nova's own tests miss."""
# Caught by: security.rebuild.key-of-caller
# Caught by: security.rebuild.key-of-owner

from nova.compute import api
from planting import edit

edit(api.API, "rebuild", ("context.user_id,", "instance.user_id,"))
