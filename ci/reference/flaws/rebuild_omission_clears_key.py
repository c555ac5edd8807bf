"""Rebuild without `key_name` takes the server's key away instead of leaving it."""
# Caught by: security.rebuild.omission-keeps

from nova.compute import api
from planting import edit

edit(api.API, "rebuild",
     ("if 'key_name' in kwargs:", "if True:"),
     ("kwargs.pop('key_name')", "kwargs.pop('key_name', None)"))
