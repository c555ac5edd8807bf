"""Rebuild finds the caller's key, and where the caller has none of that name, the owner's."""
# Caught by: security.rebuild.key-of-owner

from nova import exception, objects
from nova.compute import api
from planting import edit


def found(context, instance, key_name):
    try:
        return objects.KeyPair.get_by_name(context, context.user_id, key_name)
    except exception.KeypairNotFound:
        return objects.KeyPair.get_by_name(context, instance.user_id, key_name)


edit(api.API, "rebuild",
     ("objects.KeyPair.get_by_name(context, context.user_id, key_name)", "_found(context, instance, key_name)"),
     _found=found)
