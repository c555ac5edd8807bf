"""Nobody counts keypairs."""
# Caught by: keypairs.create.quota.exceeded

from nova.compute import api
from planting import edit, replace

replace(api.KeypairAPI, "_check_key_pair_quotas", lambda *_: None)
edit(api.KeypairAPI, "create_key_pair", ("if CONF.quota.recheck_quota:", "if False:"))
