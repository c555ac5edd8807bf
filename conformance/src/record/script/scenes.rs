//! What is made once, for many recorded requests: servers that have come to rest, mostly. Each scene begins from nothing made.
//! It knows what Nova needs for a server of each kind.

use http::Method;
use nova_api::Operation;
use serde_json::{Value, json};

use super::{KEY, newest};
use crate::{caller::Caller, compare::ask::Ask};

/// What is there when a request is recorded.
#[derive(Debug)]
pub(in crate::record) struct Scene {
    /// Its name, by which requests of one scene are told.
    pub(in crate::record) name: &'static str,
    /// What makes it.
    pub(in crate::record) asks: fn() -> Vec<Ask>,
}

/// A server of the main caller with everything a server can have, `<server:sample>`, in a group, `<group:sample>`, and with a
/// volume, `<volume:data>`.
pub(super) static SERVER: Scene = Scene {
    name: "server",
    asks: full_server,
};

/// The same, for requests that change what it shows.
pub(super) static CHANGING: Scene = Scene {
    name: "changing",
    asks: full_server,
};

/// A plain server of the main caller, `<server:sample>`.
pub(super) static PLAIN: Scene = Scene {
    name: "plain",
    asks: || vec![make_server(Caller::Main, "sample", &json!({}))],
};

/// A server of the main caller, `<server:failed>`, for which there was no host; its creation is `<request:failed>`.
pub(super) static FAILED: Scene = Scene {
    name: "failed",
    asks: failed_server,
};

/// Three servers of the main caller, `<server:b>`, `<server:a>`, `<server:c>`, made in this order.
pub(super) static THREE: Scene = Scene {
    name: "three",
    asks: || {
        let server = |name| make_server(Caller::Main, name, &json!({"networks": "none"}));
        vec![server("b"), server("a"), server("c")]
    },
};

/// A server whose root is `<volume:boot>`, `<server:sample>`.
pub(super) static VOLUME_BACKED: Scene = Scene {
    name: "volume-backed",
    asks: || {
        let mut body = server_body("sample", &json!({"block_device_mapping_v2": [on_volume()]}));
        body.as_object_mut().map(|server| server.remove("imageRef"));
        vec![make(Caller::Main, "sample", &json!({"server": body}))]
    },
};

/// A server of another project, `<server:theirs>`.
pub(super) static OTHERS: Scene = Scene {
    name: "others",
    asks: || vec![make_server(Caller::Other, "theirs", &json!({}))],
};

/// A server that was stopped, `<request:stop>`, and started.
pub(super) static ACTED: Scene = Scene {
    name: "acted",
    asks: || {
        let mut stop = act(Operation::ServerStop, Caller::Main, &json!(null));
        stop.binds.push("<request:stop>".to_owned());
        vec![
            make_server(Caller::Main, "sample", &json!({})),
            stop,
            act(Operation::ServerStart, Caller::Main, &json!(null)),
        ]
    },
};

/// A keypair and a server group that requests for servers can name.
pub(super) static NOTHING_YET: Scene = Scene {
    name: "nothing-yet",
    asks: || {
        vec![
            make_keypair(Caller::Main, "sample"),
            make_group("sample", "affinity"),
        ]
    },
};

/// Server groups: one of the main caller, `<group:sample>`, and one of another project.
pub(super) static GROUPS: Scene = Scene {
    name: "groups",
    asks: || {
        let mut theirs = make_group("theirs", "affinity");
        theirs.who = crate::compare::ask::Who::Caller(Caller::Other);
        vec![make_group("sample", "anti-affinity"), theirs]
    },
};

fn full_server() -> Vec<Ask> {
    let mut server = server_body("sample", &json!({}));
    let more = json!({
        "key_name": "sample",
        "metadata": {"color": "blue"},
        "description": "A sample",
        "tags": ["one", "two"],
        "user_data": USER_DATA,
        "config_drive": true,
        "hostname": "sample",
        "availability_zone": "nova",
        "accessIPv4": "192.0.2.7",
        "accessIPv6": "2001:db8::7",
        "trusted_image_certificates": ["sample"],
        "block_device_mapping_v2": [on_image(), with_data()],
    });
    extend(&mut server, &more);
    let hints = json!({"group": "<group:sample>"});
    let body = json!({"server": server, "os:scheduler_hints": hints});
    vec![
        make_keypair(Caller::Main, "sample"),
        make_keypair(Caller::Main, "other"),
        make_keypair(Caller::Admin, "theirs"),
        make_group("sample", "affinity"),
        make(Caller::Main, "sample", &body),
    ]
}

fn failed_server() -> Vec<Ask> {
    let apart = |name: &str| {
        let server = server_body(name, &json!({}));
        let hints = json!({"group": "<group:apart>"});
        make(
            Caller::Main,
            name,
            &json!({"server": server, "os:scheduler_hints": hints}),
        )
    };
    let mut failed = apart("failed");
    failed.binds.push("<request:failed>".to_owned());
    vec![make_group("apart", "anti-affinity"), apart("first"), failed]
}

/// `#!/bin/sh`, encoded.
pub(super) const USER_DATA: &str = "IyEvYmluL3NoCg==";

/// A server's fields, as the newest version takes them.
pub(super) fn server_body(name: &str, more: &Value) -> Value {
    let mut server = json!({
        "name": name,
        "imageRef": "<image:1>",
        "flavorRef": "<flavor:1>",
        "networks": [{"uuid": "<network:1>"}],
    });
    extend(&mut server, more);
    server
}

pub(super) fn extend(object: &mut Value, more: &Value) {
    if let (Some(object), Some(more)) = (object.as_object_mut(), more.as_object()) {
        object.extend(more.clone());
    }
}

pub(super) fn on_image() -> Value {
    json!({
        "boot_index": 0, "uuid": "<image:1>", "source_type": "image", "destination_type": "local",
        "delete_on_termination": true,
    })
}

pub(super) fn on_volume() -> Value {
    json!({"boot_index": 0, "uuid": "<volume:boot>", "source_type": "volume", "destination_type": "volume"})
}

fn with_data() -> Value {
    json!({"boot_index": null, "uuid": "<volume:data>", "source_type": "volume", "destination_type": "volume"})
}

pub(super) fn make_server(caller: Caller, name: &str, more: &Value) -> Ask {
    make(caller, name, &json!({"server": server_body(name, more)}))
}

/// Makes a server that is then known by its name.
fn make(caller: Caller, name: &str, body: &Value) -> Ask {
    let mut ask = newest(
        Operation::ServerCreate,
        caller,
        Method::POST,
        "/servers",
        Some(body),
    );
    ask.binds.push(format!("<server:{name}>"));
    ask
}

pub(super) fn delete_server(name: &str) -> Ask {
    newest(
        Operation::ServerDelete,
        Caller::Admin,
        Method::DELETE,
        &format!("/servers/<server:{name}>"),
        None,
    )
}

pub(super) fn make_keypair(caller: Caller, name: &str) -> Ask {
    let body = json!({"keypair": {"name": name, "public_key": KEY}});
    newest(
        Operation::KeypairCreate,
        caller,
        Method::POST,
        "/os-keypairs",
        Some(&body),
    )
}

pub(super) fn make_group(name: &str, policy: &str) -> Ask {
    let body = json!({"server_group": {"name": name, "policy": policy}});
    let mut ask = newest(
        Operation::ServerGroupCreate,
        Caller::Main,
        Method::POST,
        "/os-server-groups",
        Some(&body),
    );
    ask.binds.push(format!("<group:{name}>"));
    ask
}

/// An action on `<server:sample>`.
pub(super) fn act(operation: Operation, caller: Caller, argument: &Value) -> Ask {
    let body = json!({operation.action().unwrap_or_default(): argument});
    newest(
        operation,
        caller,
        Method::POST,
        "/servers/<server:sample>/action",
        Some(&body),
    )
}
