"""A generated private key is kept, and shown with the keypair ever after."""
# Caught by: keypairs.show.private-key-never

from nova.api.openstack.compute.views import keypairs
from nova.compute import api
from planting import edit, replace

kept = {}
plain_show = keypairs.ViewBuilder.show


def show(self, keypair, key_type=False):
    answer = plain_show(self, keypair, key_type=key_type)
    if keypair.id in kept:
        answer["keypair"]["private_key"] = kept[keypair.id]
    return answer


edit(api.KeypairAPI, "create_key_pair",
     ("return keypair, private_key", "_kept[keypair.id] = private_key; return keypair, private_key"),
     _kept=kept)
replace(keypairs.ViewBuilder, "show", show)
