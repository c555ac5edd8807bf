"""A rebuild that is refused for its image has changed the server's key nevertheless."""
# Caught by: security.rebuild.refused.bad-request

from nova.compute import api
from planting import edit

edit(api.API, "rebuild",
     ("instance.keypairs = objects.KeyPairList(objects=[key_pair])",
      "instance.keypairs = objects.KeyPairList(objects=[key_pair]); instance.save()"))
