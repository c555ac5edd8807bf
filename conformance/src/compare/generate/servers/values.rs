//! What requests about servers are made of. Lists only; the files beside this one pick from them.

/// Ids of servers that no server has, or that are none.
pub(super) const ODD_IDS: &[&str] = &[
    "x",
    "00000000-0000-4000-8000-000000000000",
    "DEADBEEF-0000-4000-8000-000000000000",
    "deadbeef000040008000000000000000",
    "detail",
    "1",
    "%20",
    "%C3%A9",
    "<server:1>x",
    "<image:1>",
];

/// What lists of servers can be asked for, and values of it. The last servers of former runs are not to be seen: what shows
/// deleted ones is asked for the newest alone.
pub(super) const FILTERS: &[(&str, &[&str])] = &[
    (
        "limit",
        &["0", "1", "2", "3", "1000", "1001", "-1", "x", "", "1.5"],
    ),
    ("limit", &["1", "2"]),
    ("marker", &[]),
    (
        "sort_key",
        &[
            "display_name",
            "created_at",
            "updated_at",
            "uuid",
            "vm_state",
            "hostname",
            "host",
            "name",
            "id",
            "nothing",
            "",
            "metadata",
            "project_id",
            "user_id",
            "key_name",
            "task_state",
            "launched_at",
            "locked",
            "instance_type_id",
            "image_ref",
            "power_state",
            "display_description",
            "terminated_at",
        ],
    ),
    ("sort_dir", &["asc", "desc", "up", "", "ASC"]),
    (
        "name",
        &[
            "a", "b", "web", "^w", "web.1", "(", "", "A", "*", "%25", "%C3%A9",
        ],
    ),
    (
        "status",
        &[
            "active",
            "ACTIVE",
            "error",
            "shutoff",
            "build",
            "paused",
            "nothing",
            "",
            "rescue",
            "resize",
            "shelved_offloaded",
            "verify_resize",
            "unknown",
        ],
    ),
    ("vm_state", &["active", "stopped", "nothing", ""]),
    ("task_state", &["", "rebuilding", "nothing"]),
    ("power_state", &["0", "x", ""]),
    ("image", &["<image:1>", "<image:2>", "x", ""]),
    ("flavor", &["1", "2", "99", "x", ""]),
    ("key_name", &["k1", "k2", "x", ""]),
    (
        "metadata",
        &["%7B%22color%22:%22blue%22%7D", "x", "%7B%7D", ""],
    ),
    ("description", &["A%20text", "x", ""]),
    ("hostname", &["a", "web-1", "x", ""]),
    ("tags", &["one", "one,two", "", "x"]),
    ("tags-any", &["one,two", "x"]),
    ("not-tags", &["one", "x"]),
    ("not-tags-any", &["one,x"]),
    ("locked", &["true", "false", "1", "x", ""]),
    ("config_drive", &["true", "True", "", "0"]),
    ("availability_zone", &["nova", "nowhere", ""]),
    ("user_id", &["<user:main>", "<user:second>", "x"]),
    ("project_id", &["<project:main>", "<project:other>", "x"]),
    ("tenant_id", &["<project:main>", "<project:other>"]),
    ("all_tenants", &["1", "0", "true", "x", ""]),
    ("uuid", &["<server:1>", "x"]),
    ("host", &["nowhere", ""]),
    ("node", &["nowhere"]),
    ("ip", &["10.255.", "x", "("]),
    ("ip6", &["fe80", "x"]),
    ("access_ip_v4", &["192.0.2.1", "x"]),
    ("access_ip_v6", &["2001:db8::1"]),
    ("progress", &["0", "100"]),
    ("root_device_name", &["/dev/sda", "x"]),
    ("launch_index", &["0", "1"]),
    ("kernel_id", &["", "x"]),
    ("auto_disk_config", &["True", "x"]),
    ("soft_deleted", &["True", "x"]),
    ("created_at", &["2020-01-01T00:00:00Z", "x"]),
    ("launched_at", &["2020-01-01T00:00:00Z"]),
    ("terminated_at", &["2020-01-01T00:00:00Z"]),
    (
        "changes-since",
        &[
            "2099-01-01T00:00:00Z",
            "2099-01-01",
            "yesterday",
            "",
            "2099-01-01T00:00:00%2B01:00",
        ],
    ),
    ("changes-before", &["2001-01-01T00:00:00Z", "yesterday"]),
    ("pinned_availability_zone", &["nova", "x"]),
    ("reservation_id", &["r-nothing"]),
    ("unknown", &["1"]),
];

/// Names of servers.
pub(super) const NAMES: &[&str] = &["a", "b", "web-1", "web 2", "A.b", "a_b", "b9", "é", "a"];

/// Names that are refused, or that somebody may have thought so.
pub(super) const ODD_NAMES: &[&str] = &[
    "", " ", " a", "a ", "\t", "a\nb", "a/b", "-", "_", "🖥", "1.2.3.4", "a\u{0}b", "\u{a0}a",
    "null",
];

/// Keys and values of metadata.
pub(super) const METADATA: &[(&str, &str)] = &[
    ("color", "blue"),
    ("color", "red"),
    ("size", "small"),
    ("a.b:c-d_e", "x"),
    ("with space", ""),
    ("size", "é"),
];

/// Tags.
pub(super) const TAGS: &[&str] = &["one", "two", "three", "a b", "é", "1"];

/// Tags that are refused, or that somebody may have thought so, as they stand in a path. None has control characters: Nova
/// repeats them as they are in the header `Location`, and what comes back is not HTTP.
pub(super) const ODD_TAGS: &[&str] = &[
    "a,b",
    "a%2Fb",
    "%20",
    "%C3%A9",
    "x",
    "ttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt",
    "tttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt",
    "One",
];
