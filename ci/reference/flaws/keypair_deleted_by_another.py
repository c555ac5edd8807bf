"""Who names another user deletes that user's keypair."""
# Caught by: keypairs.delete.owners.forbidden-leaves-both
# Caught by: keypairs.delete.callers.second-of-another

from nova.api.openstack.compute import keypairs
from planting import edit

edit(keypairs.KeypairController, "_delete", ("target={'user_id': user_id}", "target={'user_id': context.user_id}"))
