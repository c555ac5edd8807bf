"""A page of keypairs begins with its marker instead of after it."""
# Caught by: keypairs.list.pages.marker.exclusive

from nova.objects import keypair
from planting import edit

edit(keypair, "_get_from_db",
     ("marker_row = None", "marker_row = None; query = query.filter(api_models.KeyPair.name >= marker) if marker is not None else query"),
     ("marker=marker_row)", "marker=None)"))
