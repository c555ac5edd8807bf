"""A keypair of a name that is taken replaces the one that has it."""
# Caught by: keypairs.create.name.taken
# Caught by: keypairs.create.name.taken-unharmed

from nova.objects import keypair
from planting import edit

edit(keypair, "_create_in_db",
     ("kp = api_models.KeyPair()",
      "context.session.query(api_models.KeyPair).filter_by(user_id=values['user_id'], name=values['name']).delete(); "
      "kp = api_models.KeyPair()"))
