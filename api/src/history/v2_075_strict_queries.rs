//! 2.75: query parameters that are not known are refused rather than ignored, PUT and rebuild of servers answer all
//! that GET shows, and a flavor without swap says 0.
//!
//! Source: Nova's REST API version history, section 2.75.

use crate::Microversion;
use crate::Operation::{
    self, FlavorDetail, FlavorList, FlavorShow, KeypairDelete, KeypairList, KeypairShow, LimitsShow,
    QuotaDelete, QuotaDetail, QuotaShow, QuotaUpdate, ServerDetail, ServerGroupList, ServerList,
    ServerRebuild, ServerUpdate, VolumeAttachmentList,
};
use crate::change::{
    Behavior, Entry, Now, Output::Sometimes, change, query, shown, shows, strict, to_admins,
};
use crate::rules::{
    ADDRESS_TYPE, ARRAY, CONFIG_DRIVE, HOST_STATUS, INTEGER, INTEGER_OR_NULL, MAC_ADDRESS, OBJECT,
    POWER_STATE, SECURITY_GROUP_NAMES, SERVER_SORT_KEY_STRICTLY, STRING, STRING_OR_NULL,
    TIMESTAMP_OR_NULL, TRUTH, USER_DATA_OR_NULL,
};

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(75),
    title: "Unknown query parameters are refused, and PUT and rebuild answer all that GET shows",
    changes: &[
        strict(STRICT),
        query(&[ServerList, ServerDetail], "sort_key", SERVER_SORT_KEY_STRICTLY),
        change(&[FlavorDetail, FlavorShow], Now::BehavesNoMore(Behavior::ShowsNoSwapAsText)),
        shown(&[FlavorDetail], "/flavors/*/swap", INTEGER),
        shown(&[FlavorShow], "/flavor/swap", INTEGER),
        shown(CHANGED, "/server/addresses/*/*/OS-EXT-IPS:type", ADDRESS_TYPE),
        shown(CHANGED, "/server/addresses/*/*/OS-EXT-IPS-MAC:mac_addr", MAC_ADDRESS),
        shown(CHANGED, "/server/config_drive", CONFIG_DRIVE),
        shown(CHANGED, "/server/os-extended-volumes:volumes_attached", ARRAY),
        shown(CHANGED, "/server/os-extended-volumes:volumes_attached/*", OBJECT),
        shown(CHANGED, "/server/os-extended-volumes:volumes_attached/*/id", STRING),
        shown(
            CHANGED,
            "/server/os-extended-volumes:volumes_attached/*/delete_on_termination",
            TRUTH,
        ),
        shown(CHANGED, "/server/OS-EXT-AZ:availability_zone", STRING),
        shown(CHANGED, "/server/OS-EXT-STS:power_state", POWER_STATE),
        shown(CHANGED, "/server/OS-EXT-STS:task_state", STRING_OR_NULL),
        shown(CHANGED, "/server/OS-EXT-STS:vm_state", STRING_OR_NULL),
        shown(CHANGED, "/server/OS-SRV-USG:launched_at", TIMESTAMP_OR_NULL),
        shown(CHANGED, "/server/OS-SRV-USG:terminated_at", TIMESTAMP_OR_NULL),
        shown(&[ServerUpdate], "/server/key_name", STRING_OR_NULL),
        shows(CHANGED, "/server/security_groups", Sometimes(SECURITY_GROUP_NAMES)),
        shows(CHANGED, "/server/host_status", Sometimes(HOST_STATUS)),
        to_admins(CHANGED, "/server/OS-EXT-SRV-ATTR:host", STRING_OR_NULL),
        to_admins(CHANGED, "/server/OS-EXT-SRV-ATTR:hypervisor_hostname", STRING_OR_NULL),
        to_admins(CHANGED, "/server/OS-EXT-SRV-ATTR:instance_name", STRING),
        to_admins(CHANGED, "/server/OS-EXT-SRV-ATTR:hostname", STRING),
        to_admins(CHANGED, "/server/OS-EXT-SRV-ATTR:kernel_id", STRING_OR_NULL),
        to_admins(CHANGED, "/server/OS-EXT-SRV-ATTR:launch_index", INTEGER_OR_NULL),
        to_admins(CHANGED, "/server/OS-EXT-SRV-ATTR:ramdisk_id", STRING_OR_NULL),
        to_admins(CHANGED, "/server/OS-EXT-SRV-ATTR:reservation_id", STRING_OR_NULL),
        to_admins(CHANGED, "/server/OS-EXT-SRV-ATTR:root_device_name", STRING_OR_NULL),
        // Rebuild shows it to everyone, under another name.
        to_admins(&[ServerUpdate], "/server/OS-EXT-SRV-ATTR:user_data", USER_DATA_OR_NULL),
    ],
};

const STRICT: &[Operation] = &[
    KeypairList,
    KeypairShow,
    KeypairDelete,
    LimitsShow,
    QuotaShow,
    QuotaDetail,
    QuotaUpdate,
    QuotaDelete,
    ServerList,
    ServerDetail,
    VolumeAttachmentList,
    ServerGroupList,
    FlavorList,
    FlavorDetail,
];

const CHANGED: &[Operation] = &[ServerUpdate, ServerRebuild];
