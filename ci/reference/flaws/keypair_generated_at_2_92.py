"""From 2.92 on, `public_key` may still be left out, and a key is generated."""
# Caught by: keypairs.create.public-key.missing
# Caught by: keypairs.create.since-2-92.takes-public-key

from nova.api.openstack.compute.schemas import keypairs
from planting import replace

replace(keypairs.create_v292["properties"]["keypair"], "required", ["name"])
