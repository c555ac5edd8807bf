"""Rebuild with `"key_name": null` leaves the server its key instead of taking it away."""
# Caught by: security.rebuild.null-clears

from nova.compute import api
from planting import edit

edit(api.API, "rebuild",
     ("instance.key_name = None instance.key_data = None instance.keypairs = objects.KeyPairList(objects=[])", "pass"))
