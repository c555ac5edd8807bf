"""Where caller and owner have a key of the same name, the guest gets the owner's. No answer of the API shows it."""
# Caught by: security.rebuild.namesake

from nova import exception, objects
from nova.compute import api
from planting import edit


def found(context, instance, key_name):
    callers = objects.KeyPair.get_by_name(context, context.user_id, key_name)
    try:
        return objects.KeyPair.get_by_name(context, instance.user_id, key_name)
    except exception.KeypairNotFound:
        return callers


edit(api.API, "rebuild",
     ("objects.KeyPair.get_by_name(context, context.user_id, key_name)", "_found(context, instance, key_name)"),
     _found=found)
