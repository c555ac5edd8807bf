"""After a rebuild the server belongs to who called it."""
# Caught by: security.rebuild.owner-stays

from nova.compute import api
from planting import edit

edit(api.API, "rebuild",
     ("instance.task_state = task_states.REBUILDING",
      "instance.task_state = task_states.REBUILDING; instance.user_id = context.user_id"))
