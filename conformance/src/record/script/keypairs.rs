//! Keypairs, in the script.

use http::Method;
use nova_api::{Behavior, Microversion, Operation};
use serde_json::{Value, json};

use super::{At, CERTIFICATE, Draft, KEY};
use crate::{
    caller::Caller,
    compare::ask::{Ask, Asked},
};

impl At {
    fn having(before: Vec<Ask>, draft: Draft) -> Draft {
        draft.before(before)
    }

    fn acts_for_others(&self) -> bool {
        self.contract.behaves(Behavior::ActsForUser)
    }

    pub(super) fn keypair_create(&self) -> Vec<Draft> {
        let post = |variant, caller, body: Value| {
            self.draft(variant, caller, Method::POST, "/os-keypairs", Some(&body))
        };
        let with = |more: Value| {
            let mut keypair = json!({"name": "sample", "public_key": KEY});
            if let (Some(keypair), Some(more)) = (keypair.as_object_mut(), more.as_object()) {
                keypair.extend(more.clone());
            }
            json!({"keypair": keypair})
        };
        let named = |name: &str| with(json!({"name": name}));
        let main = Caller::Main;
        let mut drafts = vec![
            post("imported", main, with(json!({}))),
            post(
                "without-public-key",
                main,
                json!({"keypair": {"name": "sample"}}),
            ),
            post("name-with-spaces-inside", main, named("my sample")),
            post("name-empty", main, named("")),
            post("name-too-long", main, named(&"n".repeat(256))),
            post("name-with-outer-spaces", main, named(" sample ")),
            post("name-with-at-and-dot", main, named("me@example.com")),
            post("name-not-ascii", main, named("clé")),
            post(
                "name-missing",
                main,
                json!({"keypair": {"public_key": KEY}}),
            ),
            post("name-not-a-string", main, with(json!({"name": 7}))),
            post("wrong-root", main, json!({"key": {"name": "sample"}})),
            post("unknown-property", main, with(json!({"unknown": true}))),
            post(
                "key-unreadable",
                main,
                with(json!({"public_key": "ssh-rsa x"})),
            ),
            post("type-ssh", main, with(json!({"type": "ssh"}))),
            post("type-unknown", main, with(json!({"type": "pgp"}))),
            post(
                "type-x509-imported",
                main,
                with(json!({"type": "x509", "public_key": CERTIFICATE})),
            ),
            post(
                "type-x509-without-public-key",
                main,
                json!({"keypair": {"name": "sample", "type": "x509"}}),
            ),
            post(
                "type-x509-with-ssh-key",
                main,
                with(json!({"type": "x509"})),
            ),
            post(
                "for-user",
                Caller::Admin,
                with(json!({"user_id": "<user:other>"})),
            ),
            post(
                "for-user-forbidden",
                main,
                with(json!({"user_id": "<user:other>"})),
            ),
            post("without-token", Caller::Nobody, with(json!({}))),
        ];
        if self.asked != Asked::Legacy {
            // There it would be made, and nobody could delete it: a path cannot name it.
            drafts.push(post("name-with-slash", main, named("a/b")));
        }
        let sample = || self.ask(main, Method::POST, "/os-keypairs", Some(&with(json!({}))));
        drafts.push(Self::having(
            vec![sample()],
            post("duplicate", main, with(json!({}))),
        ));
        let none = json!({"quota_set": {"key_pairs": 0}});
        let no_more = self.ask(
            Caller::Admin,
            Method::PUT,
            "/os-quota-sets/<project:main>",
            Some(&none),
        );
        let no_more = Ask {
            operation: Operation::QuotaUpdate.name(),
            ..no_more
        };
        drafts.push(Self::having(
            vec![no_more],
            post("quota-exceeded", main, with(json!({}))),
        ));
        let mut not_json = post("body-not-json", main, json!({}));
        not_json.ask.body = Some(b"{".to_vec());
        let mut not_typed = post("content-type-xml", main, with(json!({})));
        not_typed
            .ask
            .headers
            .retain(|(name, _)| name != "content-type");
        not_typed
            .ask
            .headers
            .push(("content-type".to_owned(), "application/xml".to_owned()));
        drafts.extend([not_json, not_typed]);
        drafts
    }

    /// Makes keypairs of the main caller, at a version that every later one can see.
    fn made(&self, names: &[&str]) -> Vec<Ask> {
        names
            .iter()
            .map(|name| self.making(Caller::Main, name, KEY, None))
            .collect()
    }

    fn making(&self, caller: Caller, name: &str, key: &str, kind: Option<&str>) -> Ask {
        let mut keypair = json!({"name": name, "public_key": key});
        if let Some(kind) = kind {
            keypair["type"] = kind.into();
        }
        let newest = At {
            asked: Asked::Version(Microversion::MAX),
            ..*self
        };
        let ask = newest.ask(
            caller,
            Method::POST,
            "/os-keypairs",
            Some(&json!({"keypair": keypair})),
        );
        Ask {
            operation: Operation::KeypairCreate.name(),
            ..ask
        }
    }

    pub(super) fn keypair_list(&self) -> Vec<Draft> {
        let get = |variant, caller, query: &str| {
            self.draft(
                variant,
                caller,
                Method::GET,
                &format!("/os-keypairs{query}"),
                None,
            )
        };
        let two = || {
            let mut before = self.made(&["b", "a", "c"]);
            before.push(self.making(Caller::Main, "x", CERTIFICATE, Some("x509")));
            before
        };
        let others = || vec![self.making(Caller::Other, "theirs", KEY, None)];
        let mut drafts = vec![
            get("empty", Caller::Main, ""),
            Self::having(two(), get("", Caller::Main, "")),
            Self::having(two(), get("limit", Caller::Main, "?limit=2")),
            Self::having(
                two(),
                get("limit-and-marker", Caller::Main, "?limit=1&marker=a"),
            ),
            Self::having(two(), get("last-page", Caller::Main, "?marker=c")),
            get("marker-unknown", Caller::Main, "?marker=nothing"),
            get("limit-malformed", Caller::Main, "?limit=x"),
            get("limit-negative", Caller::Main, "?limit=-1"),
            get("unknown-parameter", Caller::Main, "?unknown=1"),
            get("without-token", Caller::Nobody, ""),
        ];
        drafts.push(Self::having(
            others(),
            get("for-user", Caller::Admin, "?user_id=<user:other>"),
        ));
        drafts.push(get(
            "for-user-forbidden",
            Caller::Main,
            "?user_id=<user:other>",
        ));
        drafts
    }

    pub(super) fn one_keypair(&self, method: Method) -> Vec<Draft> {
        let one = |variant, caller, rest: &str| {
            self.draft(
                variant,
                caller,
                method.clone(),
                &format!("/os-keypairs/{rest}"),
                None,
            )
        };
        let mut drafts = vec![
            Self::having(self.made(&["sample"]), one("", Caller::Main, "sample")),
            Self::having(
                self.made(&["me@example.com"]),
                one("name-with-at-and-dot", Caller::Main, "me%40example.com"),
            ),
            Self::having(
                vec![self.making(Caller::Main, "x", CERTIFICATE, Some("x509"))],
                one("x509", Caller::Main, "x"),
            ),
            one("missing", Caller::Main, "nothing"),
            Self::having(
                self.made(&["sample"]),
                one("unknown-parameter", Caller::Main, "sample?unknown=1"),
            ),
            one("without-token", Caller::Nobody, "sample"),
        ];
        let others = vec![self.making(Caller::Other, "theirs", KEY, None)];
        drafts.push(Self::having(
            others.clone(),
            one("for-user", Caller::Admin, "theirs?user_id=<user:other>"),
        ));
        drafts.push(Self::having(
            others.clone(),
            one(
                "for-user-forbidden",
                Caller::Main,
                "theirs?user_id=<user:other>",
            ),
        ));
        drafts.push(Self::having(
            others,
            one("anothers", Caller::Main, "theirs"),
        ));
        if self.acts_for_others() {
            drafts.push(one(
                "for-user-missing",
                Caller::Admin,
                "nothing?user_id=<user:other>",
            ));
        }
        drafts
    }
}
