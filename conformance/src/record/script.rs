//! The script: which requests are recorded, and what has to be made before each. It knows the API's history, and from it at
//! which versions an answer changes.

use std::path::PathBuf;

use http::Method;
use nova_api::{Behavior, Contract, Microversion, Operation, bands, legacy_contract};
use serde_json::{Value, json};

use super::unversioned;
use crate::{
    caller::{Base, Caller},
    compare::ask::{Ask, Asked, Who},
};

/// Public keys made for this purpose.
const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEaRA5dky0ACXYMQGdp7vXENNlJ9GIzxxwNH72pQu9gW demo@example.com";
const CERTIFICATE: &str = include_str!("../../../fixtures/certificate.pem");

/// One recorded request.
#[derive(Debug, Clone)]
pub struct Step {
    /// Where its sample lies below the release's folder.
    pub place: PathBuf,
    /// What has to be asked first, with success, from nothing made.
    pub before: Vec<Ask>,
    /// The request.
    pub ask: Ask,
}

/// The whole script: each operation at the first version of each of its bands and on the legacy endpoint, then what knows no
/// operation.
pub fn script() -> Vec<Step> {
    let mut steps = Vec::new();
    for operation in Operation::ALL {
        for band in bands(*operation) {
            At {
                asked: Asked::Version(band.first),
                contract: &band.contract,
            }
            .steps(*operation, &mut steps);
        }
        At {
            asked: Asked::Legacy,
            contract: legacy_contract(*operation),
        }
        .steps(*operation, &mut steps);
    }
    unversioned::steps(&mut steps);
    steps
}

/// One operation's contract, and how it is asked for.
struct At {
    asked: Asked,
    contract: &'static Contract,
}

/// What a step asks, before it has a version.
struct Draft {
    variant: &'static str,
    before: Vec<Ask>,
    ask: Ask,
}

impl At {
    fn steps(&self, operation: Operation, steps: &mut Vec<Step>) {
        let drafts = match operation {
            Operation::KeypairList => self.list(),
            Operation::KeypairCreate => self.create(),
            Operation::KeypairShow => self.one(Method::GET),
            Operation::KeypairDelete => self.one(Method::DELETE),
            Operation::LimitsShow => self.limits(),
            Operation::QuotaShow => self.quotas(""),
            Operation::QuotaDetail => self.quotas("/detail"),
            Operation::QuotaDefaults => self.quotas("/defaults"),
            Operation::QuotaUpdate => self.set_quotas(),
            Operation::QuotaDelete => self.forget_quotas(),
            Operation::ExtensionList => {
                vec![self.draft("", Caller::Main, Method::GET, "/extensions", None)]
            }
            Operation::ExtensionShow => vec![
                self.draft(
                    "",
                    Caller::Main,
                    Method::GET,
                    "/extensions/os-keypairs",
                    None,
                ),
                self.draft(
                    "missing",
                    Caller::Main,
                    Method::GET,
                    "/extensions/nothing",
                    None,
                ),
            ],
        };
        let folder = match self.asked {
            Asked::Version(version) => version.to_string(),
            Asked::Legacy | Asked::Refused => "legacy".to_owned(),
        };
        for Draft {
            variant,
            before,
            ask,
        } in drafts
        {
            let hyphen = if variant.is_empty() { "" } else { "-" };
            let place = [folder.clone(), format!("{operation}{hyphen}{variant}.json")]
                .iter()
                .collect();
            steps.push(Step { place, before, ask });
        }
    }

    fn ask(&self, caller: Caller, method: Method, path: &str, body: Option<&Value>) -> Ask {
        let mut headers = Vec::new();
        if let Asked::Version(version) = self.asked {
            headers.push((
                "openstack-api-version".to_owned(),
                format!("compute {version}"),
            ));
        }
        if body.is_some() {
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
        }
        Ask {
            operation: self.contract.operation().name(),
            asked: self.asked,
            who: Who::Caller(caller),
            base: if self.asked == Asked::Legacy {
                Base::Legacy
            } else {
                Base::Endpoint
            },
            method,
            path: path.to_owned(),
            headers,
            body: body.map(|body| body.to_string().into_bytes()),
        }
    }

    fn draft(
        &self,
        variant: &'static str,
        caller: Caller,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Draft {
        Draft {
            variant,
            before: Vec::new(),
            ask: self.ask(caller, method, path, body),
        }
    }

    fn after(&self, before: Vec<Ask>, draft: Draft) -> Draft {
        Draft { before, ..draft }
    }

    fn acts_for_others(&self) -> bool {
        self.contract.behaves(Behavior::ActsForUser)
    }

    fn create(&self) -> Vec<Draft> {
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
        drafts.push(self.after(vec![sample()], post("duplicate", main, with(json!({})))));
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
        drafts.push(self.after(vec![no_more], post("quota-exceeded", main, with(json!({})))));
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
            contract: self.contract,
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

    fn list(&self) -> Vec<Draft> {
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
            self.after(two(), get("", Caller::Main, "")),
            self.after(two(), get("limit", Caller::Main, "?limit=2")),
            self.after(
                two(),
                get("limit-and-marker", Caller::Main, "?limit=1&marker=a"),
            ),
            self.after(two(), get("last-page", Caller::Main, "?marker=c")),
            get("marker-unknown", Caller::Main, "?marker=nothing"),
            get("limit-malformed", Caller::Main, "?limit=x"),
            get("limit-negative", Caller::Main, "?limit=-1"),
            get("unknown-parameter", Caller::Main, "?unknown=1"),
            get("without-token", Caller::Nobody, ""),
        ];
        drafts.push(self.after(
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

    fn one(&self, method: Method) -> Vec<Draft> {
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
            self.after(self.made(&["sample"]), one("", Caller::Main, "sample")),
            self.after(
                self.made(&["me@example.com"]),
                one("name-with-at-and-dot", Caller::Main, "me%40example.com"),
            ),
            self.after(
                vec![self.making(Caller::Main, "x", CERTIFICATE, Some("x509"))],
                one("x509", Caller::Main, "x"),
            ),
            one("missing", Caller::Main, "nothing"),
            self.after(
                self.made(&["sample"]),
                one("unknown-parameter", Caller::Main, "sample?unknown=1"),
            ),
            one("without-token", Caller::Nobody, "sample"),
        ];
        let others = vec![self.making(Caller::Other, "theirs", KEY, None)];
        drafts.push(self.after(
            others.clone(),
            one("for-user", Caller::Admin, "theirs?user_id=<user:other>"),
        ));
        drafts.push(self.after(
            others.clone(),
            one(
                "for-user-forbidden",
                Caller::Main,
                "theirs?user_id=<user:other>",
            ),
        ));
        drafts.push(self.after(others, one("anothers", Caller::Main, "theirs")));
        if self.acts_for_others() {
            drafts.push(one(
                "for-user-missing",
                Caller::Admin,
                "nothing?user_id=<user:other>",
            ));
        }
        drafts
    }

    fn limits(&self) -> Vec<Draft> {
        let get = |variant, caller, query: &str| {
            self.draft(
                variant,
                caller,
                Method::GET,
                &format!("/limits{query}"),
                None,
            )
        };
        vec![
            get("", Caller::Main, ""),
            get("of-project", Caller::Admin, "?tenant_id=<project:main>"),
            get(
                "of-project-forbidden",
                Caller::Main,
                "?tenant_id=<project:other>",
            ),
            get("unknown-parameter", Caller::Main, "?unknown=1"),
        ]
    }

    fn quotas(&self, below: &str) -> Vec<Draft> {
        let get = |variant, caller, project: &str, query: &str| {
            self.draft(
                variant,
                caller,
                Method::GET,
                &format!("/os-quota-sets/{project}{below}{query}"),
                None,
            )
        };
        vec![
            get("", Caller::Main, "<project:main>", ""),
            get(
                "of-user",
                Caller::Admin,
                "<project:main>",
                "?user_id=<user:main>",
            ),
            get("of-other-project", Caller::Main, "<project:other>", ""),
            get(
                "of-unknown-project",
                Caller::Admin,
                "00000000000000000000000000000000",
                "",
            ),
            get(
                "unknown-parameter",
                Caller::Main,
                "<project:main>",
                "?unknown=1",
            ),
        ]
    }

    fn set_quotas(&self) -> Vec<Draft> {
        let put = |variant, caller, query: &str, set: Value| {
            let path = format!("/os-quota-sets/<project:main>{query}");
            self.draft(
                variant,
                caller,
                Method::PUT,
                &path,
                Some(&json!({"quota_set": set})),
            )
        };
        let admin = Caller::Admin;
        vec![
            put(
                "",
                admin,
                "",
                json!({"key_pairs": 7, "metadata_items": "9"}),
            ),
            put(
                "of-user",
                admin,
                "?user_id=<user:main>",
                json!({"key_pairs": 7}),
            ),
            put(
                "of-user-beyond-the-project",
                admin,
                "?user_id=<user:main>",
                json!({"key_pairs": 101}),
            ),
            put(
                "of-user-beyond-the-project-forced",
                admin,
                "?user_id=<user:main>",
                json!({"key_pairs": 101, "force": true}),
            ),
            put("nothing", admin, "", json!({})),
            put("unlimited", admin, "", json!({"key_pairs": -1})),
            put("below-unlimited", admin, "", json!({"key_pairs": -2})),
            put("not-a-number", admin, "", json!({"key_pairs": "many"})),
            put(
                "networks",
                admin,
                "",
                json!({"floating_ips": 3, "security_groups": 3}),
            ),
            put("injected-files", admin, "", json!({"injected_files": 3})),
            put("unknown-property", admin, "", json!({"unknown": 1})),
            put(
                "unknown-parameter",
                admin,
                "?unknown=1",
                json!({"key_pairs": 7}),
            ),
            put("forbidden", Caller::Main, "", json!({"key_pairs": 7})),
        ]
    }

    fn forget_quotas(&self) -> Vec<Draft> {
        let delete = |variant, caller, query: &str| {
            self.draft(
                variant,
                caller,
                Method::DELETE,
                &format!("/os-quota-sets/<project:main>{query}"),
                None,
            )
        };
        vec![
            delete("", Caller::Admin, ""),
            delete("of-user", Caller::Admin, "?user_id=<user:main>"),
            delete("unknown-parameter", Caller::Admin, "?unknown=1"),
            delete("forbidden", Caller::Main, ""),
        ]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_sample_has_a_place_of_its_own() {
        let mut places = BTreeSet::new();
        for step in script() {
            assert!(
                places.insert(step.place.clone()),
                "{} twice",
                step.place.display()
            );
        }
    }
}
