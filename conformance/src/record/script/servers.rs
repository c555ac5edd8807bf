//! Servers but for their actions, in the script: lists, making, showing, changing, deleting.

use http::Method;
use nova_api::Operation;
use serde_json::{Value, json};

use super::{
    At, Draft,
    scenes::{
        self, CHANGING, FAILED, NOTHING_YET, OTHERS, PLAIN, SERVER, THREE, USER_DATA, VOLUME_BACKED,
    },
};
use crate::{caller::Caller, compare::ask::Asked};

const SAMPLE: &str = "/servers/<server:sample>";

/// Every field of a new server that does not exclude another, with a value: recorded where the version takes it.
fn every_field() -> Vec<(&'static str, Value)> {
    vec![
        ("key_name", json!("sample")),
        ("metadata", json!({"color": "blue"})),
        ("description", json!("A sample")),
        ("tags", json!(["one", "two"])),
        ("user_data", json!(USER_DATA)),
        ("config_drive", json!(true)),
        ("adminPass", json!("chosen by the client")),
        ("accessIPv4", json!("192.0.2.7")),
        ("accessIPv6", json!("2001:db8::7")),
        ("availability_zone", json!("nova")),
        ("OS-DCF:diskConfig", json!("AUTO")),
        ("security_groups", json!([{"name": "default"}])),
        (
            "personality",
            json!([{"path": "/etc/motd", "contents": "aGVsbG8="}]),
        ),
        ("trusted_image_certificates", json!(["sample"])),
        ("hostname", json!("sample")),
        ("block_device_mapping_v2", json!([scenes::on_image()])),
        ("min_count", json!(1)),
        ("max_count", json!(1)),
    ]
}

impl At {
    /// The least that makes a server at this version.
    fn least(&self) -> Value {
        let mut server =
            json!({"name": "sample", "imageRef": "<image:1>", "flavorRef": "<flavor:1>"});
        if self.must_name_networks() {
            server["networks"] = json!("none");
        }
        server
    }

    fn must_name_networks(&self) -> bool {
        self.contract.inputs().iter().any(|(path, input)| {
            *path == "/server/networks" && matches!(input, nova_api::Input::Required(_))
        })
    }

    /// As [`At::least`], with `more` in it, or without it where it is null.
    fn with(&self, more: &Value) -> Value {
        let mut server = self.least();
        scenes::extend(&mut server, more);
        if let Some(server) = server.as_object_mut() {
            server.retain(|_, value| !value.is_null());
        }
        json!({"server": server})
    }

    pub(super) fn server_create(&self) -> Vec<Draft> {
        let post = |variant: &'static str, caller, body: Value| {
            self.draft(variant, caller, Method::POST, "/servers", Some(&body))
                .scene(&NOTHING_YET)
        };
        let main = Caller::Main;
        let made = |draft: Draft| {
            draft
                .binding("<server:sample>")
                .after(vec![scenes::delete_server("sample")])
        };
        let mut drafts = vec![made(post("", main, self.with(&json!({}))))];
        let taken = every_field()
            .into_iter()
            .filter(|(field, _)| self.takes(&format!("/server/{field}")));
        let fields: serde_json::Map<String, Value> = taken
            .map(|(field, value)| (field.to_owned(), value))
            .collect();
        let mut full = self.with(&Value::Object(fields));
        full["server"]["networks"] = json!([{"uuid": "<network:1>"}]);
        full["os:scheduler_hints"] = json!({"group": "<group:sample>"});
        drafts.push(made(post("full", main, full)));
        if self.takes("/server/host") {
            let there =
                json!({"hypervisor_hostname": "fake-mini", "name": "sample", "host": "compute"});
            drafts.push(made(post("on-a-host", Caller::Admin, self.with(&there))));
            drafts.push(post("on-a-host-forbidden", main, self.with(&there)));
        }
        if self.first || self.last {
            drafts.push(post(
                "reservation",
                main,
                self.with(&json!({"return_reservation_id": true, "name": "reserved"})),
            ));
            drafts.push(made(post(
                "volume-backed",
                main,
                self.with(
                    &json!({"imageRef": null, "block_device_mapping_v2": [scenes::on_volume()]}),
                ),
            )));
        }
        if self.must_name_networks() && self.did_not_before() {
            drafts.push(post(
                "without-networks",
                main,
                self.with(&json!({"networks": null})),
            ));
        }
        if self.first || self.asked == Asked::Legacy {
            drafts.push(post(
                "unknown-property",
                main,
                self.with(&json!({"unknown": true})),
            ));
        }
        if self.first {
            drafts.extend(self.refused_servers());
        }
        drafts
    }

    /// Whether this is the first version that demands networks.
    fn did_not_before(&self) -> bool {
        let Asked::Version(version) = self.asked else {
            return false;
        };
        let before = nova_api::Microversion::new(version.minor().saturating_sub(1));
        before.is_some_and(|before| {
            let contract = nova_api::contract(Operation::ServerCreate, before);
            !At { contract, ..*self }.must_name_networks()
        })
    }

    fn refused_servers(&self) -> Vec<Draft> {
        let post = |variant: &'static str, caller, more: Value| {
            self.draft(
                variant,
                caller,
                Method::POST,
                "/servers",
                Some(&self.with(&more)),
            )
            .scene(&NOTHING_YET)
        };
        let main = Caller::Main;
        vec![
            post("name-missing", main, json!({"name": null})),
            post("name-empty", main, json!({"name": ""})),
            post("name-too-long", main, json!({"name": "n".repeat(256)})),
            post("name-not-a-string", main, json!({"name": 7})),
            post("image-missing", main, json!({"imageRef": null})),
            post("image-unknown", main, json!({"imageRef": NOWHERE})),
            post("image-malformed", main, json!({"imageRef": "sample"})),
            post("flavor-missing", main, json!({"flavorRef": null})),
            post("flavor-unknown", main, json!({"flavorRef": "nothing"})),
            post(
                "network-unknown",
                main,
                json!({"networks": [{"uuid": NOWHERE}]}),
            ),
            post("key-unknown", main, json!({"key_name": "nothing"})),
            post(
                "zone-unknown",
                main,
                json!({"availability_zone": "nowhere"}),
            ),
            post("user-data-not-encoded", main, json!({"user_data": "*"})),
            post(
                "metadata-not-a-string",
                main,
                json!({"metadata": {"color": 7}}),
            ),
            post("count-of-none", main, json!({"min_count": 0})),
            post(
                "counts-crossed",
                main,
                json!({"min_count": 3, "max_count": 2}),
            ),
            post("two", main, json!({"min_count": 2, "name": "pair"})),
            post("forbidden", Caller::Reader, json!({})),
            post("without-token", Caller::Nobody, json!({})),
        ]
    }

    pub(super) fn server_list(&self, path: &str) -> Vec<Draft> {
        let get = |variant: &'static str, caller, query: &str| {
            self.get(variant, caller, &format!("{path}{query}"))
        };
        let main = Caller::Main;
        let mut drafts = vec![
            get("", main, "").scene(&SERVER),
            get("limit", main, "?limit=1").scene(&THREE),
            get("unknown-parameter", main, "?unknown=1").scene(&SERVER),
        ];
        if path.ends_with("detail") {
            drafts.push(get("of-all-projects", Caller::Admin, "?all_tenants=1").scene(&SERVER));
            drafts.push(get("in-error", Caller::Admin, "?all_tenants=1").scene(&FAILED));
        }
        if !(self.first || self.last) {
            return drafts;
        }
        drafts.extend([
            get("empty", Caller::Other, "").scene(&THREE),
            get("second-page", main, "?limit=1&marker=<server:a>").scene(&THREE),
            get("sorted", main, "?sort_key=display_name&sort_dir=asc").scene(&THREE),
            get("of-a-name", main, "?name=a").scene(&THREE),
            get("of-a-status", main, "?status=shutoff").scene(&THREE),
            get("of-no-status", main, "?status=nothing").scene(&THREE),
            get("of-all-projects-forbidden", main, "?all_tenants=1").scene(&THREE),
            get("marker-unknown", main, &format!("?marker={NOWHERE}")).scene(&THREE),
            get("limit-malformed", main, "?limit=x").scene(&THREE),
            get("limit-negative", main, "?limit=-1").scene(&THREE),
            get("sort-key-unknown", main, "?sort_key=nothing").scene(&THREE),
            get("changes-since-malformed", main, "?changes-since=yesterday").scene(&THREE),
            get("without-token", Caller::Nobody, "").scene(&THREE),
        ]);
        drafts
    }

    pub(super) fn server_show(&self) -> Vec<Draft> {
        let main = Caller::Main;
        let mut drafts = vec![
            self.get("", main, SAMPLE).scene(&SERVER),
            self.get("as-admin", Caller::Admin, SAMPLE).scene(&SERVER),
            self.get("in-error", Caller::Admin, "/servers/<server:failed>")
                .scene(&FAILED),
        ];
        if self.first || self.last {
            drafts.push(
                self.get("in-error-of-a-member", main, "/servers/<server:failed>")
                    .scene(&FAILED),
            );
            drafts.push(
                self.get("volume-backed", main, SAMPLE)
                    .scene(&VOLUME_BACKED),
            );
            drafts.push(self.get("as-reader", Caller::Reader, SAMPLE).scene(&SERVER));
        }
        if self.first {
            drafts.extend([
                self.get("missing", main, &format!("/servers/{NOWHERE}")),
                self.get("no-uuid", main, "/servers/sample"),
                self.get("of-other-project", main, "/servers/<server:theirs>")
                    .scene(&OTHERS),
                self.get("unknown-parameter", main, &format!("{SAMPLE}?unknown=1"))
                    .scene(&SERVER),
                self.get("without-token", Caller::Nobody, SAMPLE)
                    .scene(&SERVER),
            ]);
        }
        drafts
    }

    pub(super) fn server_update(&self) -> Vec<Draft> {
        let put = |variant: &'static str, caller, fields: Value| {
            let body = json!({"server": fields});
            self.draft(variant, caller, Method::PUT, SAMPLE, Some(&body))
                .scene(&CHANGING)
        };
        let main = Caller::Main;
        let mut all =
            json!({"name": "sample", "accessIPv4": "192.0.2.7", "accessIPv6": "2001:db8::7"});
        for (field, value) in [
            ("OS-DCF:diskConfig", "MANUAL"),
            ("description", "A sample"),
            ("hostname", "sample"),
        ] {
            if self.takes(&format!("/server/{field}")) {
                all[field] = json!(value);
            }
        }
        let mut failed = put("in-error", Caller::Admin, json!({"name": "failed"}));
        failed.ask.path = "/servers/<server:failed>".to_owned();
        let mut drafts = vec![
            put("", main, all.clone()),
            put("as-admin", Caller::Admin, all),
            failed.scene(&FAILED),
        ];
        if self.first {
            let elsewhere = |mut draft: Draft, path: &str| {
                path.clone_into(&mut draft.ask.path);
                draft
            };
            drafts.extend([
                put("nothing", main, json!({})),
                put("unknown-property", main, json!({"unknown": true})),
                put("name-empty", main, json!({"name": ""})),
                put("address-malformed", main, json!({"accessIPv4": "nowhere"})),
                put("forbidden", Caller::Reader, json!({"name": "sample"})),
                elsewhere(
                    put("missing", main, json!({"name": "sample"})),
                    &format!("/servers/{NOWHERE}"),
                ),
                elsewhere(
                    put("of-other-project", main, json!({"name": "sample"})),
                    "/servers/<server:theirs>",
                )
                .scene(&OTHERS),
            ]);
        }
        drafts
    }

    pub(super) fn server_delete(&self) -> Vec<Draft> {
        let delete = |variant: &'static str, caller, path: &str| {
            self.draft(variant, caller, Method::DELETE, path, None)
        };
        let main = Caller::Main;
        let another = scenes::make_server(main, "another", &json!({"networks": "none"}));
        let mut drafts = vec![
            delete("", main, "/servers/<server:another>")
                .scene(&PLAIN)
                .before(vec![another.clone()]),
        ];
        if self.first {
            let null = json!(null);
            let lock = scenes::act(Operation::ServerLock, main, &null);
            let unlock = scenes::act(Operation::ServerUnlock, main, &null);
            drafts.extend([
                delete("locked", main, SAMPLE)
                    .scene(&PLAIN)
                    .before(vec![lock])
                    .after(vec![unlock]),
                delete("missing", main, &format!("/servers/{NOWHERE}")),
                delete("of-other-project", main, "/servers/<server:theirs>").scene(&OTHERS),
                delete("forbidden", Caller::Reader, SAMPLE).scene(&PLAIN),
                delete("without-token", Caller::Nobody, SAMPLE).scene(&PLAIN),
            ]);
        }
        drafts
    }
}

/// An id that nothing has.
pub(super) const NOWHERE: &str = "00000000-0000-4000-8000-000000000000";
