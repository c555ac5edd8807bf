//! Rebuild, in the script.

use http::Method;
use nova_api::Operation;
use serde_json::{Value, json};

use super::{
    At, Draft,
    scenes::{self, CHANGING, FAILED, OTHERS, Scene, USER_DATA, VOLUME_BACKED},
    servers::NOWHERE,
};
use crate::{caller::Caller, compare::ask::Asked};

/// Every field of a rebuild, with a value: recorded where the version takes it.
fn every_field() -> Vec<(&'static str, Value)> {
    vec![
        ("name", json!("sample")),
        ("adminPass", json!("chosen by the client")),
        ("metadata", json!({"color": "red"})),
        ("accessIPv4", json!("192.0.2.8")),
        ("accessIPv6", json!("2001:db8::8")),
        ("OS-DCF:diskConfig", json!("MANUAL")),
        ("preserve_ephemeral", json!(false)),
        (
            "personality",
            json!([{"path": "/etc/motd", "contents": "aGVsbG8="}]),
        ),
        ("description", json!("Rebuilt")),
        ("key_name", json!("other")),
        ("user_data", json!(USER_DATA)),
        ("trusted_image_certificates", json!(["sample"])),
        ("hostname", json!("rebuilt")),
    ]
}

impl At {
    fn rebuilding(&self, variant: &'static str, caller: Caller, more: &Value) -> Draft {
        let mut rebuild = json!({"imageRef": "<image:1>"});
        scenes::extend(&mut rebuild, more);
        self.rebuilt(
            variant,
            caller,
            "sample",
            &json!({"rebuild": rebuild}),
            &CHANGING,
        )
    }

    fn rebuilt(
        &self,
        variant: &'static str,
        caller: Caller,
        server: &str,
        body: &Value,
        scene: &'static Scene,
    ) -> Draft {
        let path = format!("/servers/<server:{server}>/action");
        self.draft(variant, caller, Method::POST, &path, Some(body))
            .scene(scene)
    }

    pub(super) fn rebuild(&self) -> Vec<Draft> {
        let main = Caller::Main;
        let ask = |variant, caller, more: Value| self.rebuilding(variant, caller, &more);
        let taken = every_field()
            .into_iter()
            .filter(|(field, _)| self.takes(&format!("/rebuild/{field}")));
        let all = taken.map(|(field, value)| (field.to_owned(), value));
        let full = Value::Object(all.collect());
        let mut drafts = vec![
            ask("", main, json!({})),
            ask("as-admin", Caller::Admin, json!({})),
            ask("full", main, full),
            ask("other-image", main, json!({"imageRef": "<image:2>"})),
        ];
        if self.takes("/rebuild/key_name") {
            drafts.extend([
                ask("key-cleared", main, json!({"key_name": null})),
                ask("key-of-admin", Caller::Admin, json!({"key_name": "theirs"})),
                ask("key", main, json!({"key_name": "sample"})),
            ]);
        }
        if self.first || self.asked == Asked::Legacy {
            drafts.push(ask("unknown-property", main, json!({"unknown": true})));
        }
        let other_image = json!({"rebuild": {"imageRef": "<image:2>"}});
        if self.first || self.last {
            drafts.push(self.rebuilt("in-error", main, "failed", &other_image, &FAILED));
            drafts.push(self.rebuilt(
                "volume-backed-other-image",
                main,
                "sample",
                &other_image,
                &VOLUME_BACKED,
            ));
        }
        if self.first {
            drafts.extend(self.refused_rebuilds());
        }
        if self.last {
            drafts.extend([
                ask("key-of-another", main, json!({"key_name": "theirs"})),
                ask(
                    "key-of-another-as-admin",
                    Caller::Admin,
                    json!({"key_name": "sample"}),
                ),
                ask("key-not-a-string", main, json!({"key_name": 7})),
                ask("key-empty", main, json!({"key_name": ""})),
                ask("key-too-long", main, json!({"key_name": "k".repeat(256)})),
                ask("hostname-malformed", main, json!({"hostname": "-"})),
            ]);
        }
        drafts
    }

    fn refused_rebuilds(&self) -> Vec<Draft> {
        let main = Caller::Main;
        let ask = |variant, more: Value| self.rebuilding(variant, main, &more);
        let act = |operation, argument: &Value| scenes::act(operation, main, argument);
        let null = json!(null);
        let plain = json!({"rebuild": {"imageRef": "<image:1>"}});
        let elsewhere = |variant, server, scene| self.rebuilt(variant, main, server, &plain, scene);
        let mut missing = self.rebuilding("missing", main, &json!({}));
        missing.ask.path = format!("/servers/{NOWHERE}/action");
        let mut without_image = self.rebuilding("image-missing", main, &json!({}));
        without_image.ask.body = Some(br#"{"rebuild":{}}"#.to_vec());
        vec![
            without_image,
            ask("image-unknown", json!({"imageRef": NOWHERE})),
            ask("image-malformed", json!({"imageRef": "sample"})),
            ask("image-empty", json!({"imageRef": ""})),
            ask("name-empty", json!({"name": ""})),
            ask("metadata-not-a-string", json!({"metadata": {"color": 7}})),
            ask("address-malformed", json!({"accessIPv4": "nowhere"})),
            ask("locked", json!({}))
                .before(vec![act(Operation::ServerLock, &null)])
                .after(vec![act(Operation::ServerUnlock, &null)]),
            self.rebuilding("locked-as-admin", Caller::Admin, &json!({}))
                .before(vec![act(Operation::ServerLock, &null)])
                .after(vec![act(Operation::ServerUnlock, &null)]),
            ask("stopped", json!({}))
                .before(vec![act(Operation::ServerStop, &null)])
                .after(vec![act(Operation::ServerStart, &null)]),
            ask("paused", json!({}))
                .before(vec![act(Operation::ServerPause, &null)])
                .after(vec![act(Operation::ServerUnpause, &null)]),
            missing,
            elsewhere("of-other-project", "theirs", &OTHERS),
            self.rebuilding("forbidden", Caller::Reader, &json!({})),
            self.rebuilding("without-token", Caller::Nobody, &json!({})),
        ]
    }
}
