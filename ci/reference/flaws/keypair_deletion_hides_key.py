"""A server no longer shows the key it was given once the keypair is deleted."""
# Caught by: security.rebuild.deleted-key.shown

from nova import context, exception, objects
from nova.api.openstack.compute.views import servers
from planting import edit


def there(instance):
    try:
        objects.KeyPair.get_by_name(context.get_admin_context(), instance.user_id, instance.key_name)
    except exception.KeypairNotFound:
        return None
    return instance.key_name


edit(servers.ViewBuilder, "show",
     ("server[\"server\"][\"key_name\"] = instance[\"key_name\"]",
      "server[\"server\"][\"key_name\"] = instance[\"key_name\"] and _there(instance)"),
     _there=there)
