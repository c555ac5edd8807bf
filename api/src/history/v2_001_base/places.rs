//! Where and as what servers run, at 2.1: server groups, availability zones, flavors and their extra specs.

use crate::Operation::{
    self, AvailabilityZoneDetail, AvailabilityZoneList, ExtraSpecList, ExtraSpecShow, FlavorDetail,
    FlavorList, FlavorShow, ServerGroupCreate, ServerGroupDelete, ServerGroupList, ServerGroupShow,
};
use crate::change::{
    Behavior, Change, Now, Output::Sometimes, change, query, required, shown, shows,
};
use crate::rules::{
    ARRAY, EMPTY_OBJECT, FLAVOR_SORT_KEY, GROUP_POLICIES, INTEGER, INTEGER_OR_EMPTY, LINKS, NAME,
    NON_NEGATIVE, NULL, NUMBER, OBJECT, POLICIES, SORT_DIRECTION, STRING, STRINGS, TRUTH, UUID,
    UUIDS, ZONE_HOSTS,
};

pub(super) const CHANGES: &[Change] = &[
    change(READ, Now::Routed(true)),
    change(READ, Now::Status(200)),
    change(&[ServerGroupDelete], Now::Routed(true)),
    change(&[ServerGroupDelete], Now::Status(204)),
    // Server groups
    required(&[ServerGroupCreate], "/server_group", OBJECT),
    required(&[ServerGroupCreate], "/server_group/name", NAME),
    required(&[ServerGroupCreate], "/server_group/policies", GROUP_POLICIES),
    query(&[ServerGroupList], "all_projects", STRING),
    query(&[ServerGroupList], "limit", NON_NEGATIVE),
    query(&[ServerGroupList], "offset", NON_NEGATIVE),
    shown(GROUP, "/server_group", OBJECT),
    shown(GROUP, "/server_group/id", UUID),
    shown(GROUP, "/server_group/members", UUIDS),
    shown(GROUP, "/server_group/metadata", EMPTY_OBJECT),
    shown(GROUP, "/server_group/name", STRING),
    shown(GROUP, "/server_group/policies", POLICIES),
    shown(&[ServerGroupList], "/server_groups", ARRAY),
    shown(&[ServerGroupList], "/server_groups/*", OBJECT),
    shown(&[ServerGroupList], "/server_groups/*/id", UUID),
    shown(&[ServerGroupList], "/server_groups/*/members", UUIDS),
    shown(&[ServerGroupList], "/server_groups/*/metadata", EMPTY_OBJECT),
    shown(&[ServerGroupList], "/server_groups/*/name", STRING),
    shown(&[ServerGroupList], "/server_groups/*/policies", POLICIES),
    // Availability zones
    shown(ZONES, "/availabilityZoneInfo", ARRAY),
    shown(ZONES, "/availabilityZoneInfo/*", OBJECT),
    shown(ZONES, "/availabilityZoneInfo/*/zoneName", STRING),
    shown(ZONES, "/availabilityZoneInfo/*/zoneState", OBJECT),
    shown(ZONES, "/availabilityZoneInfo/*/zoneState/available", TRUTH),
    shown(&[AvailabilityZoneList], "/availabilityZoneInfo/*/hosts", NULL),
    shown(&[AvailabilityZoneDetail], "/availabilityZoneInfo/*/hosts", ZONE_HOSTS),
    // Flavors
    query(FLAVORS, "limit", NON_NEGATIVE),
    query(FLAVORS, "marker", STRING),
    query(FLAVORS, "is_public", STRING),
    query(FLAVORS, "minRam", STRING),
    query(FLAVORS, "minDisk", STRING),
    query(FLAVORS, "sort_key", FLAVOR_SORT_KEY),
    query(FLAVORS, "sort_dir", SORT_DIRECTION),
    change(&[FlavorDetail, FlavorShow], Now::Behaves(Behavior::ShowsNoSwapAsText)),
    shown(FLAVORS, "/flavors", ARRAY),
    shows(FLAVORS, "/flavors_links", Sometimes(LINKS)),
    shown(FLAVORS, "/flavors/*", OBJECT),
    shown(FLAVORS, "/flavors/*/id", STRING),
    shown(FLAVORS, "/flavors/*/links", LINKS),
    shown(FLAVORS, "/flavors/*/name", STRING),
    shown(&[FlavorDetail], "/flavors/*/disk", INTEGER),
    shown(&[FlavorDetail], "/flavors/*/os-flavor-access:is_public", TRUTH),
    shown(&[FlavorDetail], "/flavors/*/ram", INTEGER),
    shown(&[FlavorDetail], "/flavors/*/rxtx_factor", NUMBER),
    shown(&[FlavorDetail], "/flavors/*/swap", INTEGER_OR_EMPTY),
    shown(&[FlavorDetail], "/flavors/*/vcpus", INTEGER),
    shown(&[FlavorDetail], "/flavors/*/OS-FLV-DISABLED:disabled", TRUTH),
    shown(&[FlavorDetail], "/flavors/*/OS-FLV-EXT-DATA:ephemeral", INTEGER),
    shown(&[FlavorShow], "/flavor", OBJECT),
    shown(&[FlavorShow], "/flavor/id", STRING),
    shown(&[FlavorShow], "/flavor/links", LINKS),
    shown(&[FlavorShow], "/flavor/name", STRING),
    shown(&[FlavorShow], "/flavor/disk", INTEGER),
    shown(&[FlavorShow], "/flavor/os-flavor-access:is_public", TRUTH),
    shown(&[FlavorShow], "/flavor/ram", INTEGER),
    shown(&[FlavorShow], "/flavor/rxtx_factor", NUMBER),
    shown(&[FlavorShow], "/flavor/swap", INTEGER_OR_EMPTY),
    shown(&[FlavorShow], "/flavor/vcpus", INTEGER),
    shown(&[FlavorShow], "/flavor/OS-FLV-DISABLED:disabled", TRUTH),
    shown(&[FlavorShow], "/flavor/OS-FLV-EXT-DATA:ephemeral", INTEGER),
    // Extra specs: one of them is answered without another root than its name.
    shown(&[ExtraSpecList], "/extra_specs", STRINGS),
    shown(&[ExtraSpecShow], "/*", STRING),
];

const GROUP: &[Operation] = &[ServerGroupCreate, ServerGroupShow];
const ZONES: &[Operation] = &[AvailabilityZoneList, AvailabilityZoneDetail];
const FLAVORS: &[Operation] = &[FlavorList, FlavorDetail];

const READ: &[Operation] = &[
    ServerGroupList,
    ServerGroupCreate,
    ServerGroupShow,
    AvailabilityZoneList,
    AvailabilityZoneDetail,
    FlavorList,
    FlavorDetail,
    FlavorShow,
    ExtraSpecList,
    ExtraSpecShow,
];
