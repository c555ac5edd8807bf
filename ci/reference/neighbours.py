"""Glance, Neutron, Cinder and the hypervisor, as far as Nova's answers show them: Nova's own fixtures and fake driver.

The fixtures stand for the project of Nova's tests. A server's ports belong to it, so that nobody else's server has an
address, and nobody else has a security group. Here the network is shared, a port belongs to the project that asks for
it, every project has its `default` group and may make others, a volume knows the image it was made of, and an image
written to a volume is reported to Nova as Cinder reports it. What there is, and under which ids, README.md says. The fake
driver forgets what it is told of a guest that does not run; ours says of it what libvirt says.
"""

import collections
import copy
import itertools
import uuid

from neutronclient.common import exceptions
from nova import exception, objects
from nova.compute import power_state, rpcapi
from nova.tests.fixtures import cinder, glance, neutron
from nova.virt import fake
from oslo_utils import timeutils

# Images that no server can be made of, beside those of the fixture: (the last digit of the id, name, what is wrong).
UNFIT_IMAGES = [
    (1, "queued", {"status": "queued", "size": None}),
    (2, "too-large", {"size": 10 ** 13}),
    (3, "min-disk", {"min_disk": 100_000}),
    (4, "min-ram", {"min_ram": 10_000_000}),
    (5, "unknown-architecture", {"properties": {"hw_architecture": "nonsense"}}),
    # These are accepted, and then no host is found for them.
    (6, "other-architecture", {"properties": {"hw_architecture": "s390x"}}),
    (7, "needs-a-trait", {"properties": {"trait:CUSTOM_NOWHERE": "required"}}),
    (8, "needs-a-hypervisor", {"properties": {"img_hv_type": "xen"}}),
]


# Images of the fixture whose ids would be others at each start.
ENCRYPTED = ["eph_encryption", "eph_encryption_disabled", "eph_encryption_luks", "eph_encryption_plain"]


class Images(glance.GlanceFixture):
    # No image service shows a property without a value.
    image5 = glance.GlanceFixture.image5 | {"properties": {"kernel_id": glance.GlanceFixture.image1["id"]}}

    def setUp(self):
        for digit, name in enumerate(ENCRYPTED, start=1):
            id = f"22222222-0000-4000-8000-00000000000{digit}"
            setattr(self, name, getattr(glance.GlanceFixture, name) | {"id": id})
        super().setUp()
        for digit, name, amiss in UNFIT_IMAGES:
            id = f"11111111-0000-4000-8000-00000000000{digit}"
            self.create(None, copy.deepcopy(self.image1) | {"id": id, "name": name} | amiss)
        # An image of a server; also one that can be deleted, since no request of Nova's makes another.
        properties = {"image_type": "snapshot", "instance_uuid": "22222222-0000-4000-8000-000000000009"}
        self.create(None, copy.deepcopy(self.image1) | {
            "id": "11111111-0000-4000-8000-000000000009", "name": "snapshot", "properties": properties})

    def detail(self, context, marker=None, limit=None, filters=None, **kwargs):
        """The fixture filters nothing; this does what Glance makes of Nova's filters."""
        images = super().detail(context, **kwargs)
        ids = [image["id"] for image in images]
        if marker and marker not in ids:
            raise exception.Invalid("Invalid marker image ID")
        begin = ids.index(marker) + 1 if marker else 0
        images = [image for image in images[begin:] if self._fits(image, filters or {})]
        return images if limit is None else images[:limit]

    def _fits(self, image, filters):
        def value(name):
            if name.startswith("property-"):
                return image["properties"].get(name.removeprefix("property-"))
            return str(image.get(name))

        if since := filters.get("changes-since"):
            changed = timeutils.normalize_time(image["updated_at"])
            if changed < timeutils.normalize_time(timeutils.parse_isotime(since)):
                return False
        return all(value(name) == wanted for name, wanted in filters.items() if name != "changes-since")


class Hypervisor(fake.FakeDriver):
    """Says whether guests run as libvirt does: a suspended one is saved and shut down, a rescued one runs."""

    def _is(self, instance, state):
        self.instances[instance.uuid].state = state

    def pause(self, instance):
        self._is(instance, power_state.PAUSED)

    def unpause(self, instance):
        self._is(instance, power_state.RUNNING)

    def suspend(self, _context, instance):
        self._is(instance, power_state.SHUTDOWN)

    def resume(self, _context, instance, *_network_and_devices, **_more):
        self._is(instance, power_state.RUNNING)

    def rescue(self, _context, instance, *_network_and_image, **_more):
        self._is(instance, power_state.RUNNING)


class Steady(collections.defaultdict):
    """Can be walked through while other threads add to it; the fixtures were made for one thread."""

    def values(self):
        return list(super().values())

    def items(self):
        return list(super().items())


class Volumes(cinder.CinderFixture):
    def setUp(self):
        self._images = {}  # volume → the image that was written to it last
        super().setUp()
        self.volume_to_attachment = Steady(Steady)

    def fake_get(self, context, volume_id, microversion=None):
        volume = super().fake_get(context, volume_id, microversion)
        if image := self._images.get(volume_id):
            volume |= {"bootable": True, "volume_image_metadata": {"image_id": image}}
        return volume

    def fake_vol_create(self, context, *args, image_id=None, **kwargs):
        volume = super().fake_vol_create(context, *args, image_id=image_id, **kwargs)
        if image_id:
            self._images[volume["id"]] = image_id
        return volume

    def fake_reimage_volume(self, context, volume_id, image_id, **_kwargs):
        self._images[volume_id] = image_id
        mapping = objects.BlockDeviceMapping.get_by_volume(context, volume_id)
        instance = objects.Instance.get_by_uuid(context, mapping.instance_uuid)
        told = objects.InstanceExternalEvent(
            instance_uuid=instance.uuid, name="volume-reimaged", status="completed", tag=volume_id)
        rpcapi.ComputeAPI().external_instance_event(context, [instance], [told])


class Network(neutron.NeutronFixture):
    network_1 = neutron.NeutronFixture.network_1 | {"shared": True}

    def setUp(self):
        self._hosts = itertools.cycle(range(10, 250))  # of 192.168.1.0/24
        self._ports = Steady(None, self._ports)
        self._port_bindings = Steady(Steady)
        self._security_groups = Steady(None, self._security_groups)
        super().setUp()

    def _get_client(self, context, admin=False):
        return Client(self, admin or context.is_admin and not context.auth_token, context.project_id)

    def create_port(self, body=None):
        asked = (body or {}).get("port", {})
        port = self._ports[super().create_port(body)["port"]["id"]]
        # The fixture lets its own port overrule what was asked for.
        port |= {name: asked[name] for name in ("tenant_id", "project_id", "security_groups") if asked.get(name)}
        port["project_id"] = port["tenant_id"]
        wanted = [fixed["ip_address"] for fixed in asked.get("fixed_ips", []) if "ip_address" in fixed]
        port["fixed_ips"][0]["ip_address"] = wanted[0] if wanted else self._free_address()
        return {"port": copy.deepcopy(port)}

    def _free_address(self):
        taken = {fixed["ip_address"] for port in self._ports.values() for fixed in port["fixed_ips"]}
        for host in itertools.islice(self._hosts, 240):
            address = f"192.168.1.{host}"
            if address not in taken:
                break
        return address  # with more servers than that, somebody's else, too


class Client(neutron._FakeNeutronClient):
    """What one caller sees of the network."""

    def __init__(self, fixture, is_admin, project):
        super().__init__(fixture, is_admin)
        self.project = project

    def _seen(self):
        """The caller's security groups, `default` among them; an admin's are everybody's."""
        groups = [self._own(group) for group in self.fixture._security_groups.values()]
        return {group["id"]: group for group in groups if self.is_admin or group["tenant_id"] == self.project}

    def _own(self, group):
        group = copy.deepcopy(group)
        if group["id"] == self.fixture.security_group["id"]:
            owner = {"tenant_id": self.project, "project_id": self.project}
            rules = [rule for name, rule in vars(neutron.NeutronFixture).items() if name.startswith("security_group_rule_")]
            group |= owner | {"security_group_rules": [rule | owner for rule in rules]}
        return group

    def list_security_groups(self, retrieve_all=True, **params):
        return {"security_groups": self.fixture._list_resource(self._seen(), retrieve_all, **params)}

    def show_security_group(self, group, **_params):
        if group not in self._seen():
            raise exceptions.NotFound(message=f"Security group {group} does not exist")
        return {"security_group": self._seen()[group]}

    def find_resource(self, resource, name_or_id, project_id=None, *_rest, **_more):
        groups = [group for group in self._seen().values() if project_id in (None, group["tenant_id"])]
        found = [group for group in groups if group["id"] == name_or_id]
        found = found or [group for group in groups if group["name"] == name_or_id]
        if not found:
            raise exceptions.NotFound(message=f"Unable to find {resource} with name or id '{name_or_id}'")
        if len(found) > 1:
            raise exceptions.NeutronClientNoUniqueMatch(resource=resource, name=name_or_id)
        return found[0]

    def create_security_group(self, body):
        group = {"id": str(uuid.uuid4()), "tenant_id": self.project, "project_id": self.project,
                 "security_group_rules": [], **body["security_group"]}
        self.fixture._security_groups[group["id"]] = group
        return {"security_group": copy.deepcopy(group)}

    def delete_security_group(self, group):
        self.show_security_group(group)
        if any(group in port.get("security_groups", []) for port in self.fixture._ports.values()):
            raise exceptions.Conflict(message=f"Security Group {group} in use.")
        del self.fixture._security_groups[group]
