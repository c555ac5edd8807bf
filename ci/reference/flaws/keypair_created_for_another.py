"""Who names another user gives that user a keypair."""
# Caught by: keypairs.create.callers.second-of-another

from nova.api.openstack.compute import keypairs
from planting import edit

edit(keypairs.KeypairController, "_create", ("target={'user_id': user_id}", "target={'user_id': context.user_id}"))
