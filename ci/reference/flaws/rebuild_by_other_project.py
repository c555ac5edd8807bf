"""Whoever knows a server's id may rebuild it, from any project."""
# Caught by: security.rebuild.other-project

import copy

from nova.api.openstack import common
from nova.api.openstack.compute import servers
from planting import edit


def moved(controller, context, id):
    """The caller, as if the server's project were theirs."""
    context = copy.copy(context)
    context.project_id = common.get_instance(controller.compute_api, context.elevated(), id).project_id
    return context


edit(servers.ServersController, "_rebuild",
     ("context = req.environ['nova.context']", "context = _moved(self, req.environ['nova.context'], id)"),
     _moved=moved)
