"""Who names another user is shown that user's keypair."""
# Caught by: keypairs.show.callers.second-of-another

from nova.api.openstack.compute import keypairs
from planting import edit

edit(keypairs.KeypairController, "_show", ("target={'user_id': user_id}", "target={'user_id': context.user_id}"))
