//! How the two sides of a boundary are told apart where a field of a request changes: for each a body that one side takes and
//! the other refuses. A table, and what is done with its rows; [`super::boundaries`] asks them.

use nova_api::{
    Microversion,
    Operation::{self, *},
    contract,
};
use serde_json::{Value, json};

use super::stage::NOWHERE;

/// A field of a request, and the body that tells the two sides of a boundary apart.
#[derive(Clone, Copy)]
pub(super) struct Telling {
    pub(super) path: &'static str,
    how: How,
    /// What the side that takes the body makes of it, where that is not the operation's success.
    pub(super) otherwise: Option<(u16, &'static str)>,
}

/// What is done to the body of a success.
#[derive(Clone, Copy)]
enum How {
    /// The field is left out.
    Omitted,
    /// The field has this value.
    Is(fn() -> Value),
}

/// For each field of a request whose rule changes, the value that one side takes and the other does not, and what comes of
/// it where it is taken. Asked of a real Nova 34.0.0.
pub(super) const TELLING: &[(Operation, Telling)] = &[
    is(ServerCreate, "/server/description", || json!("something")),
    is(ServerUpdate, "/server/description", || json!("something")),
    omitted(ServerCreate, "/server/networks"),
    otherwise(
        ServerCreate,
        "/server/networks",
        || json!([{"uuid": NOWHERE, "tag": "nvc"}]),
        (400, "could not be found"),
    ),
    is(
        ServerCreate,
        "/server/block_device_mapping_v2/*/tag",
        || json!("nvc"),
    ),
    is(
        ServerCreate,
        "/server/block_device_mapping_v2/*/volume_type",
        || Value::Null,
    ),
    is(ServerCreate, "/server/tags", || json!(["nvc"])),
    is(ServerCreate, "/server/personality", || json!([])),
    is(ServerCreate, "/server/trusted_image_certificates", || {
        Value::Null
    }),
    otherwise(
        ServerCreate,
        "/server/host",
        || json!("nvc-host"),
        (403, "requested_destination"),
    ),
    otherwise(
        ServerCreate,
        "/server/hypervisor_hostname",
        || json!("nvc-host"),
        (403, "requested_destination"),
    ),
    is(ServerCreate, "/server/hostname", || json!("nvc-host")),
    is(ServerCreate, "/server/hostname", || {
        json!("nvc.example.org")
    }),
    is(ServerUpdate, "/server/hostname", || json!("nvc-host")),
    is(ServerUpdate, "/server/hostname", || {
        json!("nvc.example.org")
    }),
    is(ServerUpdate, "/server/pinned_availability_zone", || {
        Value::Null
    }),
    is(ServerGroupCreate, "/server_group/policies", || {
        json!(["soft-affinity"])
    }),
    is(ServerGroupCreate, "/server_group/policy", || {
        json!("affinity")
    }),
    is(
        ServerGroupCreate,
        "/server_group/rules",
        || json!({"max_server_per_host": 2}),
    ),
    is(ServerLock, "/lock", || json!("nvc")),
    is(ServerLock, "/lock/locked_reason", || json!(5)),
    otherwise(ServerUnshelve, "/unshelve", || json!("nvc"), NOT_SHELVED),
    otherwise(
        ServerUnshelve,
        "/unshelve/availability_zone",
        || Value::Null,
        NOT_SHELVED,
    ),
    otherwise(
        ServerUnshelve,
        "/unshelve/host",
        || json!("nvc"),
        NOT_SHELVED,
    ),
];

/// A server that is not shelved cannot be unshelved; the body is looked at first.
const NOT_SHELVED: (u16, &str) = (409, "Cannot 'unshelve' instance");

const fn omitted(operation: Operation, path: &'static str) -> (Operation, Telling) {
    let telling = Telling {
        path,
        how: How::Omitted,
        otherwise: None,
    };
    (operation, telling)
}

const fn is(
    operation: Operation,
    path: &'static str,
    value: fn() -> Value,
) -> (Operation, Telling) {
    let telling = Telling {
        path,
        how: How::Is(value),
        otherwise: None,
    };
    (operation, telling)
}

const fn otherwise(
    operation: Operation,
    path: &'static str,
    value: fn() -> Value,
    otherwise: (u16, &'static str),
) -> (Operation, Telling) {
    let telling = Telling {
        path,
        how: How::Is(value),
        otherwise: Some(otherwise),
    };
    (operation, telling)
}

impl Telling {
    pub(super) fn of(
        operation: Operation,
        path: &'static str,
        before: Microversion,
        version: Microversion,
    ) -> Option<Self> {
        let mut rows = TELLING
            .iter()
            .filter(|(of, telling)| *of == operation && telling.path == path);
        let row = rows.find(|(_, telling)| {
            telling.takes(operation, before) != telling.takes(operation, version)
        });
        row.map(|(_, telling)| *telling)
    }

    /// Whether a version takes the body.
    pub(super) fn takes(self, operation: Operation, version: Microversion) -> bool {
        let contract = contract(operation, version);
        let forms = forms(operation);
        let success = forms
            .into_iter()
            .find(|body| contract.check_body(body).is_ok());
        success.is_some_and(|body| contract.check_body(&self.put_into(body)).is_ok())
    }

    /// The body of a success, with the field as it tells the sides apart.
    pub(super) fn put_into(self, mut body: Value) -> Value {
        let mut parts: Vec<&str> = self.path.split('/').skip(1).collect();
        let field = parts.pop().unwrap_or_default();
        let mut place = &mut body;
        for part in parts {
            place = match part {
                "*" => &mut place[0],
                "block_device_mapping_v2" => {
                    let image = place["imageRef"].clone();
                    let device = json!([{
                        "uuid": image, "source_type": "image", "destination_type": "local", "boot_index": 0,
                    }]);
                    place[part] = device;
                    &mut place[part]
                }
                _ => {
                    if !place[part].is_object() {
                        place[part] = json!({});
                    }
                    &mut place[part]
                }
            };
        }
        match self.how {
            How::Omitted => drop(
                place
                    .as_object_mut()
                    .and_then(|place| place.shift_remove(field)),
            ),
            How::Is(value) => place[field] = value(),
        }
        // The two ways to name a policy exclude each other.
        if field == "policies"
            && let Some(group) = place.as_object_mut()
        {
            group.shift_remove("policy");
        } else if field == "policy"
            && let Some(group) = place.as_object_mut()
        {
            group.shift_remove("policies");
        }
        body
    }
}

/// What the body of a success looks like, in the forms that versions have of it.
fn forms(operation: Operation) -> Vec<Value> {
    match operation {
        ServerCreate => {
            let old = json!({"server": {"name": "n", "imageRef": NOWHERE, "flavorRef": "1"}});
            let mut new = old.clone();
            new["server"]["networks"] = json!("none");
            vec![new, old]
        }
        ServerUpdate => vec![json!({"server": {"name": "n"}})],
        ServerGroupCreate => vec![
            json!({"server_group": {"name": "n", "policy": "affinity"}}),
            json!({"server_group": {"name": "n", "policies": ["affinity"]}}),
        ],
        _ => operation
            .action()
            .map(|action| json!({ action: null }))
            .into_iter()
            .collect(),
    }
}
