//! The fields of requests about servers, as tables: which versions take each, and values, good and odd.

use serde_json::{Value, json};

use super::values;

/// A field that a version may take, with values: good ones, and others.
pub(super) struct Field {
    pub(super) name: &'static str,
    /// The first and the last version that take it.
    pub(super) versions: (u16, u16),
    pub(super) good: fn() -> Vec<Value>,
    pub(super) odd: fn() -> Vec<Value>,
}

const ALWAYS: (u16, u16) = (1, u16::MAX);

/// What both a new server and a rebuilt one can have.
pub(super) const COMMON: &[Field] = &[
    Field {
        name: "metadata",
        versions: ALWAYS,
        good: || {
            vec![
                json!({}),
                json!({"color": "blue"}),
                json!({"color": "red", "a.b:c-d_e": ""}),
            ]
        },
        odd: || {
            vec![
                json!({"": "x"}),
                json!({"k".repeat(256): "x"}),
                json!({"a/b": "x"}),
                json!({"a": "v".repeat(256)}),
                json!({"a": 1}),
                json!({"a": null}),
                json!({"é": "é"}),
                json!({"a": "v".repeat(255)}),
            ]
        },
    },
    Field {
        name: "description",
        versions: (19, u16::MAX),
        good: || vec![json!("A text"), json!(null), json!("")],
        odd: || {
            vec![
                json!("d".repeat(256)),
                json!("a\nb"),
                json!(" a "),
                json!("a\u{0}b"),
                json!("é"),
            ]
        },
    },
    Field {
        name: "user_data",
        versions: (57, u16::MAX),
        good: || vec![json!("IyEvYmluL3NoCg=="), json!("QQ==")],
        odd: || {
            vec![
                json!("*"),
                json!(""),
                json!(null),
                json!("A".repeat(65536)),
                json!("QQ"),
                json!("é"),
            ]
        },
    },
    Field {
        name: "accessIPv4",
        versions: ALWAYS,
        good: || vec![json!("192.0.2.1"), json!("192.0.2.9")],
        odd: || {
            vec![
                json!("nowhere"),
                json!(""),
                json!("2001:db8::1"),
                json!("192.0.2.256"),
                json!("192.0.2"),
                json!("192.0.2.01"),
            ]
        },
    },
    Field {
        name: "accessIPv6",
        versions: ALWAYS,
        good: || vec![json!("2001:db8::1"), json!("::1")],
        odd: || {
            vec![
                json!("nowhere"),
                json!(""),
                json!("192.0.2.1"),
                json!("2001:DB8:0::1"),
                json!("::ffff:192.0.2.1"),
            ]
        },
    },
    Field {
        name: "OS-DCF:diskConfig",
        versions: ALWAYS,
        good: || vec![json!("AUTO"), json!("MANUAL")],
        odd: || vec![json!("auto"), json!("")],
    },
    Field {
        name: "adminPass",
        versions: ALWAYS,
        good: || vec![json!("chosen by the client")],
        odd: || vec![json!(""), json!(7), json!("é")],
    },
    Field {
        name: "personality",
        versions: (1, 56),
        good: || {
            vec![
                json!([{"path": "/etc/motd", "contents": "aGVsbG8="}]),
                json!([]),
            ]
        },
        odd: || {
            let file = json!({"path": "/etc/motd", "contents": "aGVsbG8="});
            vec![
                json!(vec![file; 6]),
                json!([{"path": "/etc/motd"}]),
                json!([{"path": "/etc/motd", "contents": "*"}]),
                json!({}),
            ]
        },
    },
    Field {
        name: "trusted_image_certificates",
        versions: (63, u16::MAX),
        good: || vec![json!(["one"]), json!(null)],
        odd: || {
            vec![
                json!([]),
                json!(["one", "one"]),
                json!([""]),
                json!(vec!["one"; 51]),
                json!("one"),
            ]
        },
    },
    Field {
        name: "hostname",
        versions: (90, u16::MAX),
        good: || vec![json!("a"), json!("web-1"), json!("A9")],
        odd: || {
            vec![
                json!("web.example.com"),
                json!("-"),
                json!(""),
                json!("a_b"),
                json!("a".repeat(64)),
                json!("a b"),
                json!("é"),
                json!("a."),
            ]
        },
    },
];

/// What only a new server can have.
pub(super) const NEW: &[Field] = &[
    Field {
        name: "availability_zone",
        versions: ALWAYS,
        good: || vec![json!("nova")],
        odd: || {
            vec![
                json!("nowhere"),
                json!(""),
                json!("internal"),
                json!("nova:nowhere"),
                json!("::"),
                json!(null),
            ]
        },
    },
    Field {
        name: "config_drive",
        versions: ALWAYS,
        good: || vec![json!(true), json!("True"), json!(false), json!("no")],
        odd: || vec![json!("maybe"), json!(null), json!("")],
    },
    Field {
        name: "security_groups",
        versions: ALWAYS,
        good: || vec![json!([{"name": "default"}]), json!([])],
        odd: || {
            vec![
                json!([{"name": "nothing"}]),
                json!([{}]),
                json!([{"name": ""}]),
                json!([{"name": "default"}, {"name": "default"}]),
                json!("default"),
            ]
        },
    },
    Field {
        name: "tags",
        versions: (52, u16::MAX),
        good: || vec![json!(["one"]), json!(["one", "two"]), json!([])],
        odd: || {
            vec![
                json!(["a/b"]),
                json!(["a,b"]),
                json!(["t".repeat(61)]),
                json!(vec!["t"; 51]),
                json!(["one", "one"]),
                json!([""]),
                json!([7]),
            ]
        },
    },
    Field {
        name: "min_count",
        versions: ALWAYS,
        good: || vec![json!(1), json!("1")],
        odd: || vec![json!(0), json!(-1), json!("x"), json!("01"), json!(null)],
    },
    Field {
        name: "max_count",
        versions: ALWAYS,
        good: || vec![json!(1), json!("1")],
        odd: || vec![json!(0), json!("x"), json!(null)],
    },
    Field {
        name: "return_reservation_id",
        versions: ALWAYS,
        good: || vec![json!(false), json!("False")],
        odd: || vec![json!("maybe"), json!(null)],
    },
    Field {
        name: "host",
        versions: (74, u16::MAX),
        good: || vec![json!("nowhere")],
        odd: || vec![json!(""), json!("a b"), json!(null)],
    },
    Field {
        name: "hypervisor_hostname",
        versions: (74, u16::MAX),
        good: || vec![json!("nowhere")],
        odd: || vec![json!(""), json!("a b")],
    },
    Field {
        name: "block_device_mapping_v2",
        versions: ALWAYS,
        good: || {
            vec![
                json!([{"boot_index": 0, "uuid": "<image:1>", "source_type": "image", "destination_type": "local"}]),
            ]
        },
        odd: || {
            vec![
                json!([{"boot_index": 0, "uuid": "00000000-0000-4000-8000-000000000000", "source_type": "image", "destination_type": "local"}]),
                json!([{"boot_index": 1, "uuid": "<image:1>", "source_type": "image", "destination_type": "local"}]),
                json!([{"boot_index": 0, "source_type": "blank", "destination_type": "local"}]),
                json!([{"boot_index": "x", "uuid": "<image:1>", "source_type": "image", "destination_type": "local"}]),
                json!([{"boot_index": 0, "uuid": "x", "source_type": "volume", "destination_type": "volume"}]),
                json!([{"boot_index": 0, "source_type": "nothing", "destination_type": "volume"}]),
                json!([{"source_type": "image", "destination_type": "local", "tag": "a b"}]),
                json!([{"boot_index": 0, "uuid": "<image:1>", "source_type": "image", "destination_type": "local", "volume_type": "x"}]),
                json!([{}]),
                json!([]),
            ]
        },
    },
    Field {
        name: "block_device_mapping",
        versions: ALWAYS,
        good: Vec::new,
        odd: || vec![json!([{}]), json!([{"device_name": "a b"}]), json!([])],
    },
    Field {
        name: "unknown",
        versions: (u16::MAX, u16::MAX),
        good: Vec::new,
        odd: || vec![json!(true)],
    },
];

/// What only a rebuilt server can have.
pub(super) const REBUILT: &[Field] = &[
    Field {
        name: "name",
        versions: ALWAYS,
        good: || values::NAMES.iter().map(|name| json!(name)).collect(),
        odd: || values::ODD_NAMES.iter().map(|name| json!(name)).collect(),
    },
    Field {
        name: "preserve_ephemeral",
        versions: ALWAYS,
        good: || vec![json!(false), json!(true), json!("False")],
        odd: || vec![json!("maybe"), json!(null)],
    },
    Field {
        name: "unknown",
        versions: (u16::MAX, u16::MAX),
        good: Vec::new,
        odd: || vec![json!(true)],
    },
];

pub(super) fn odd_images() -> Vec<Value> {
    vec![
        json!("00000000-0000-4000-8000-000000000000"),
        json!("x"),
        json!(""),
        json!(7),
        json!("http://a/images/<image:1>"),
        json!("<IMAGE:1>"),
        json!(null),
    ]
}

pub(super) fn odd_keys() -> Vec<Value> {
    vec![
        json!(""),
        json!("k".repeat(255)),
        json!("k".repeat(256)),
        json!(7),
        json!(" k1"),
        json!("k1 "),
        json!("é"),
        json!("a\u{0}b"),
        json!(null),
        json!("nothing"),
    ]
}
