//! 2.102: what 2.75 began: query parameters that are not known are refused by nearly every operation that looks at
//! its query. Flavors lose two fields, and can be filtered by name.
//!
//! Source: Nova's REST API version history, section 2.102.

use crate::Microversion;
use crate::Operation::{
    self, AddressList, AddressShow, AvailabilityZoneDetail, AvailabilityZoneList, ExtensionList,
    ExtensionShow, ExtraSpecList, ExtraSpecShow, FlavorDetail, FlavorList, FlavorShow,
    InstanceActionShow, MetadataList, MetadataShow, PasswordShow, ServerGroupShow, ServerShow,
};
use crate::change::{Entry, hidden, query, strict};
use crate::rules::{FLAVOR_SORT_KEY_WITHOUT_RXTX, STRING};

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(102),
    title: "Unknown query parameters are refused everywhere, and flavors lose two fields",
    changes: &[
        strict(STRICT),
        hidden(&[FlavorShow], "/flavor/rxtx_factor"),
        hidden(&[FlavorShow], "/flavor/OS-FLV-DISABLED:disabled"),
        hidden(&[FlavorDetail], "/flavors/*/rxtx_factor"),
        hidden(&[FlavorDetail], "/flavors/*/OS-FLV-DISABLED:disabled"),
        query(&[FlavorList, FlavorDetail], "sort_key", FLAVOR_SORT_KEY_WITHOUT_RXTX),
        query(&[FlavorList, FlavorDetail], "name", STRING),
    ],
};

const STRICT: &[Operation] = &[
    ExtensionList,
    ExtensionShow,
    ServerShow,
    MetadataList,
    MetadataShow,
    PasswordShow,
    AddressList,
    AddressShow,
    InstanceActionShow,
    ServerGroupShow,
    AvailabilityZoneList,
    AvailabilityZoneDetail,
    FlavorShow,
    ExtraSpecList,
    ExtraSpecShow,
];
