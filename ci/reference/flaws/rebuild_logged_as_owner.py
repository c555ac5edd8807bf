"""The record of a rebuild names the server's owner instead of who called."""
# Caught by: security.rebuild.action-names-caller

import copy

from nova.compute import api
from planting import edit


def as_owner(context, instance):
    context = copy.copy(context)
    context.user_id = instance.user_id
    return context


edit(api.API, "rebuild",
     ("self._record_action_start(context, instance, instance_actions.REBUILD)",
      "self._record_action_start(_as_owner(context, instance), instance, instance_actions.REBUILD)"),
     _as_owner=as_owner)
