//! Requests about what belongs to servers (metadata, tags, the password, addresses, actions that happened, volumes), about
//! where and as what they run (groups, zones, flavors), about Nova's proxies, and about paths that lead nowhere.

use http::Method;
use rand::{RngExt as _, seq::IndexedRandom as _};
use serde_json::{Value, json};

use super::{
    super::{Generator, Version, values::junk},
    values,
};
use crate::{
    caller::Caller,
    check::encoded,
    compare::ask::{Ask, Who},
};

impl Generator<'_> {
    fn server_and_caller(&mut self, who: Who) -> (String, Who) {
        let server = self.some_server();
        let who = self.who_for(who, &server);
        (server, who)
    }

    pub(super) fn metadata(&mut self, who: Who, version: &Version) -> Ask {
        let (server, who) = self.server_and_caller(who);
        let (key, value) = self.pick(values::METADATA, ("color", "blue"));
        let (operation, method, below) = self.pick(
            &[
                ("server-metadata.list", "GET", false),
                ("server-metadata.create", "POST", false),
                ("server-metadata.replace", "PUT", false),
                ("server-metadata.show", "GET", true),
                ("server-metadata.update", "PUT", true),
                ("server-metadata.delete", "DELETE", true),
            ],
            ("server-metadata.list", "GET", false),
        );
        let mut path = format!("/servers/{server}/metadata");
        if below {
            path.push('/');
            path.push_str(&encoded(key));
        }
        path.push_str(&self.query(Vec::new()));
        let mut ask = Self::asking(
            operation,
            who,
            version,
            method.parse().unwrap_or(Method::GET),
            path,
        );
        if method == "PUT" || method == "POST" {
            let mut body = if below {
                json!({"meta": {key: value}})
            } else {
                json!({"metadata": {key: value}})
            };
            if self.chance(25) {
                self.spoil_items(&mut body);
            }
            self.send(&mut ask, &body);
        }
        ask
    }

    fn spoil_items(&mut self, body: &mut Value) {
        let root = body
            .as_object()
            .and_then(|members| members.keys().next().cloned())
            .unwrap_or_default();
        let some = junk().choose(&mut self.random).cloned().unwrap_or_default();
        let items: &[Value] = &[
            json!({}),
            json!({"a": 1}),
            json!({"k".repeat(256): "x"}),
            json!({"a": "v".repeat(256)}),
            json!({"a": "b", "c": "d"}),
            json!({"a/b": "x"}),
            json!({"": "x"}),
            json!(
                (0..129)
                    .map(|n| (format!("k{n}"), json!("x")))
                    .collect::<serde_json::Map<_, _>>()
            ),
        ];
        match self.random.random_range(0..4) {
            0 => body[&root] = some,
            1 => *body = json!({"x": {}}),
            2 => *body = some,
            _ => body[&root] = items.choose(&mut self.random).cloned().unwrap_or_default(),
        }
    }

    pub(super) fn tags(&mut self, who: Who, version: &Version) -> Ask {
        let (server, who) = self.server_and_caller(who);
        let (operation, method, below) = self.pick(
            &[
                ("server-tags.list", "GET", false),
                ("server-tags.replace", "PUT", false),
                ("server-tags.delete-all", "DELETE", false),
                ("server-tags.show", "GET", true),
                ("server-tags.add", "PUT", true),
                ("server-tags.add", "PUT", true),
                ("server-tags.delete", "DELETE", true),
            ],
            ("server-tags.list", "GET", false),
        );
        let mut path = format!("/servers/{server}/tags");
        if below {
            let tag = if self.chance(75) {
                encoded(self.pick(values::TAGS, "one"))
            } else {
                self.pick(values::ODD_TAGS, "x").to_owned()
            };
            path.push('/');
            path.push_str(&tag);
        }
        if self.chance(4) {
            path.push_str("?x=1");
        }
        let mut ask = Self::asking(
            operation,
            who,
            version,
            method.parse().unwrap_or(Method::GET),
            path,
        );
        if operation == "server-tags.replace" {
            let bodies: &[Value] = &[
                json!({"tags": ["one"]}),
                json!({"tags": ["two", "one"]}),
                json!({"tags": []}),
                json!({"tags": ["a b", "é"]}),
                json!({"tags": ["a/b"]}),
                json!({"tags": [7]}),
                json!({"tags": ["t".repeat(61)]}),
                json!({"tags": (0..51).map(|n| n.to_string()).collect::<Vec<_>>()}),
                json!({"tags": "one"}),
                json!({}),
                json!({"tags": ["one", "one"]}),
                json!({"tags": [""]}),
                json!({"tags": ["one"], "x": 1}),
            ];
            let good = self.chance(60);
            let body = if good { &bodies[..4] } else { bodies }
                .choose(&mut self.random)
                .cloned()
                .unwrap_or_default();
            self.send(&mut ask, &body);
        }
        ask
    }

    /// The password, addresses, actions that happened, volumes.
    pub(super) fn parts_of_servers(&mut self, who: Who, version: &Version) -> Ask {
        let (server, who) = self.server_and_caller(who);
        let request = match self.random.random_range(0..10) {
            0..8 => format!(
                "<request:{}>",
                self.random.random_range(1..=self.servers.requests.max(1))
            ),
            8 => "req-00000000-0000-4000-8000-000000000000".to_owned(),
            _ => "x".to_owned(),
        };
        let (operation, method, below) = match self.random.random_range(0..20) {
            0 | 1 => (
                "server-password.show",
                Method::GET,
                "os-server-password".to_owned(),
            ),
            2 => (
                "server-password.clear",
                Method::DELETE,
                "os-server-password".to_owned(),
            ),
            3..5 => ("server-addresses.list", Method::GET, "ips".to_owned()),
            5 => (
                "server-addresses.show",
                Method::GET,
                format!(
                    "ips/{}",
                    self.pick(&["private", "private", "nothing", "x%2Fy"], "private")
                ),
            ),
            6..10 => {
                let query = self.pick(
                    &[
                        "",
                        "",
                        "?limit=1",
                        "?limit=2",
                        "?limit=x",
                        "?limit=0",
                        "?changes-since=2099-01-01T00:00:00Z",
                        "?changes-since=x",
                        "?changes-before=2001-01-01T00:00:00Z",
                        "?x=1",
                        "?marker=x",
                        "?limit=1001",
                    ],
                    "",
                );
                (
                    "instance-actions.list",
                    Method::GET,
                    format!("os-instance-actions{query}"),
                )
            }
            10..16 => (
                "instance-actions.show",
                Method::GET,
                format!("os-instance-actions/{request}"),
            ),
            16..18 => {
                let query = self.pick(&["", "", "?limit=1", "?offset=1", "?limit=x", "?x=1"], "");
                (
                    "volume-attachments.list",
                    Method::GET,
                    format!("os-volume_attachments{query}"),
                )
            }
            _ => (
                "volume-attachments.show",
                Method::GET,
                format!(
                    "os-volume_attachments/{}",
                    self.pick(
                        &["<volume:boot>", "00000000-0000-4000-8000-000000000000", "x"],
                        "x"
                    )
                ),
            ),
        };
        Self::asking(
            operation,
            who,
            version,
            method,
            format!("/servers/{server}/{below}"),
        )
    }

    /// Server groups, availability zones, flavors and their extra specs.
    pub(super) fn places(&mut self, who: Who, version: &Version) -> Ask {
        let get =
            |operation, path: String| Self::asking(operation, who, version, Method::GET, path);
        let group = if self.chance(80) {
            format!(
                "<group:{}>",
                self.random.random_range(0..=self.servers.groups)
            )
        } else {
            "x".to_owned()
        };
        let flavor = self.pick(
            &[
                "<flavor:1>",
                "<flavor:2>",
                "<flavor:6>",
                "nothing",
                "99",
                "%20",
            ],
            "<flavor:1>",
        );
        match self.random.random_range(0..20) {
            0..4 => self.make_group(who, version),
            4 => get(
                "server-groups.list",
                format!(
                    "/os-server-groups{}",
                    self.pick(
                        &[
                            "",
                            "",
                            "?all_projects",
                            "?all_projects=True",
                            "?limit=1",
                            "?offset=1",
                            "?limit=x",
                            "?x=1",
                            "?limit=-1"
                        ],
                        ""
                    )
                ),
            ),
            5 | 6 => get(
                "server-groups.show",
                format!(
                    "/os-server-groups/{group}{}",
                    self.pick(&["", "", "", "?x=1"], "")
                ),
            ),
            7 => Self::asking(
                "server-groups.delete",
                who,
                version,
                Method::DELETE,
                format!("/os-server-groups/{group}"),
            ),
            8 => get(
                "availability-zones.list",
                format!("/os-availability-zone{}", self.pick(&["", "", "?x=1"], "")),
            ),
            9 => {
                let who = if self.chance(60) {
                    Who::Caller(Caller::Admin)
                } else {
                    who
                };
                let who = match who {
                    Who::Caller(caller) if !self.cast.callers.contains(&caller) => {
                        Who::Caller(Caller::Main)
                    }
                    who => who,
                };
                Self::asking(
                    "availability-zones.detail",
                    who,
                    version,
                    Method::GET,
                    "/os-availability-zone/detail".to_owned(),
                )
            }
            10..14 => {
                let (operation, path) = self.pick(
                    &[
                        ("flavors.list", "/flavors"),
                        ("flavors.detail", "/flavors/detail"),
                    ],
                    ("flavors.list", "/flavors"),
                );
                let query = self.pick(
                    &[
                        "",
                        "",
                        "?limit=1",
                        "?limit=2&marker=<flavor:2>",
                        "?limit=x",
                        "?limit=0",
                        "?marker=x",
                        "?sort_key=name&sort_dir=desc",
                        "?sort_key=memory_mb",
                        "?sort_key=x",
                        "?sort_dir=up",
                        "?minRam=2048",
                        "?minRam=x",
                        "?minDisk=40",
                        "?minDisk=-1",
                        "?is_public=None",
                        "?is_public=false",
                        "?is_public=x",
                        "?x=1",
                        "?sort_key=flavorid&sort_dir=asc&limit=3",
                        "?minRam=2048&minDisk=21",
                    ],
                    "",
                );
                get(operation, format!("{path}{query}"))
            }
            14..17 => get("flavors.show", format!("/flavors/{flavor}")),
            17 => get(
                "flavor-extra-specs.list",
                format!(
                    "/flavors/{flavor}/os-extra_specs{}",
                    self.pick(&["", "", "?x=1"], "")
                ),
            ),
            _ => get(
                "flavor-extra-specs.show",
                format!(
                    "/flavors/{flavor}/os-extra_specs/{}",
                    self.pick(&["hw:numa_nodes", "hw:numa_nodes", "x", "%20"], "x")
                ),
            ),
        }
    }

    fn make_group(&mut self, who: Who, version: &Version) -> Ask {
        let mut ask = Self::asking(
            "server-groups.create",
            who,
            version,
            Method::POST,
            "/os-server-groups".to_owned(),
        );
        self.servers.groups += 1;
        ask.binds.push(format!("<group:{}>", self.servers.groups));
        let policy = self.pick(
            &[
                "affinity",
                "anti-affinity",
                "soft-affinity",
                "soft-anti-affinity",
                "affinity",
            ],
            "affinity",
        );
        let mut group = json!({"name": self.pick(&["g", "g2", "my group", "é"], "g")});
        if version.from(64) != self.chance(5) {
            group["policy"] = json!(policy);
            if self.chance(25) {
                let rules: &[Value] = &[
                    json!({"max_server_per_host": 2}),
                    json!({}),
                    json!({"max_server_per_host": "3"}),
                    json!({"max_server_per_host": 0}),
                    json!({"x": 1}),
                    json!(null),
                ];
                group["rules"] = rules.choose(&mut self.random).cloned().unwrap_or_default();
            }
        } else {
            group["policies"] = json!([policy]);
        }
        if self.chance(20) {
            let (name, value) = self
                .pick(
                    &[
                        ("name", json!("")),
                        ("name", json!(" a")),
                        ("name", json!("n".repeat(256))),
                        ("policy", json!("nearby")),
                        ("policies", json!([])),
                        ("policies", json!(["nearby"])),
                        ("policies", json!(["affinity", "anti-affinity"])),
                        ("policies", json!(["affinity", "affinity"])),
                        ("x", json!(1)),
                        ("name", json!(7)),
                        ("name", json!(null)),
                        ("metadata", json!({})),
                    ]
                    .each_ref(),
                    &("x", json!(1)),
                )
                .clone();
            group[name] = value;
        }
        let body = json!({"server_group": group});
        self.send(&mut ask, &body);
        ask
    }

    /// Nova's proxies of the image and network services, until 2.35.
    pub(super) fn proxies(&mut self, who: Who, version: &Version) -> Ask {
        let get =
            |operation, path: String| Self::asking(operation, who, version, Method::GET, path);
        let odd = "00000000-0000-4000-8000-000000000000";
        match self.random.random_range(0..12) {
            0 => get(
                "images.list",
                format!("/images{}", self.pick(&["", "?limit=x", "?x=1"], "")),
            ),
            1 => get("images.detail", "/images/detail".to_owned()),
            2 | 3 => get(
                "images.show",
                format!(
                    "/images/{}",
                    self.pick(&["<image:1>", "<image:2>", odd, "x"], odd)
                ),
            ),
            4 => Self::asking(
                "images.delete",
                who,
                version,
                Method::DELETE,
                format!("/images/{}", self.pick(&[odd, "x"], odd)),
            ),
            5 => get("networks.list", "/os-networks".to_owned()),
            6 => get(
                "networks.show",
                format!(
                    "/os-networks/{}",
                    self.pick(&["<network:1>", odd, "x"], odd)
                ),
            ),
            7 => get(
                "security-groups.list",
                format!(
                    "/os-security-groups{}",
                    self.pick(&["", "", "?limit=1", "?offset=1", "?x=1", "?limit=x"], "")
                ),
            ),
            8 => {
                let mut ask = Self::asking(
                    "security-groups.create",
                    who,
                    version,
                    Method::POST,
                    "/os-security-groups".to_owned(),
                );
                self.servers.security_groups += 1;
                ask.binds
                    .push(format!("<security-group:{}>", self.servers.security_groups));
                let bodies: &[Value] = &[
                    json!({"security_group": {"name": "sg", "description": "A text"}}),
                    json!({"security_group": {"name": "sg2", "description": "A text"}}),
                    json!({"security_group": {"name": "sg"}}),
                    json!({"security_group": {"name": "", "description": "x"}}),
                    json!({"security_group": {"name": 7, "description": "x"}}),
                    json!({}),
                ];
                let body = bodies.choose(&mut self.random).cloned().unwrap_or_default();
                self.send(&mut ask, &body);
                ask
            }
            9 | 10 => {
                let (operation, method) = self.pick(
                    &[
                        ("security-groups.show", "GET"),
                        ("security-groups.delete", "DELETE"),
                    ],
                    ("security-groups.show", "GET"),
                );
                let group = match self.random.random_range(0..4) {
                    0 => odd.to_owned(),
                    1 => "x".to_owned(),
                    _ => format!(
                        "<security-group:{}>",
                        self.random.random_range(0..=self.servers.security_groups)
                    ),
                };
                Self::asking(
                    operation,
                    who,
                    version,
                    method.parse().unwrap_or(Method::GET),
                    format!("/os-security-groups/{group}"),
                )
            }
            _ => get("floating-ips.list", "/os-floating-ips".to_owned()),
        }
    }

    /// Paths and methods that no operation has, or nearly none.
    pub(super) fn odd_about_servers(&mut self, who: Who, version: &Version) -> Ask {
        let server = self.some_server();
        let below = self.pick(
            &[
                "",
                "/",
                "/nothing",
                "/metadata/",
                "/tags/",
                "/ips/",
                "/action",
                "/action/",
                "/os-instance-actions/",
                "/os-server-password/",
                "/metadata/a/b",
                "/tags/a/b",
                "/detail",
                "/edit",
            ],
            "",
        );
        let path = match self.random.random_range(0..8) {
            0 => "/servers/".to_owned(),
            1 => "/servers//".to_owned(),
            2 => "/servers/detail/".to_owned(),
            3 => "/servers/new".to_owned(),
            _ => format!("/servers/{server}{below}"),
        };
        let method = self.pick(
            &[
                "GET", "GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS",
            ],
            "GET",
        );
        let method = if below.is_empty() && method == "DELETE" {
            "GET"
        } else {
            method
        };
        let mut ask = Self::asking(
            "other",
            who,
            version,
            method.parse().unwrap_or(Method::GET),
            path,
        );
        if matches!(method, "POST" | "PUT" | "PATCH") {
            let bodies: &[Value] = &[
                json!({}),
                json!({"unknown": null}),
                json!({"os-stop": null, "os-start": null}),
                json!([]),
                json!({"createBackup": {}}),
                json!(null),
            ];
            let body = bodies.choose(&mut self.random).cloned().unwrap_or_default();
            self.send(&mut ask, &body);
        }
        ask
    }
}
