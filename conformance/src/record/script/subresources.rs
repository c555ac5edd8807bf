//! What belongs to one server, in the script: metadata, tags, the password, addresses, actions that happened, volumes.

use http::Method;
use nova_api::Operation::{self, *};
use serde_json::{Value, json};

use super::{
    At, Draft, newest,
    scenes::{ACTED, CHANGING, FAILED, OTHERS, SERVER},
    servers::NOWHERE,
};
use crate::caller::Caller;

const SAMPLE: &str = "/servers/<server:sample>";

impl At {
    /// The refusals of everything below a server: it is not there, or somebody else's.
    fn nowhere(&self, draft: impl Fn(&'static str, &str) -> Draft) -> Vec<Draft> {
        if !self.first {
            return Vec::new();
        }
        vec![
            draft("server-missing", &format!("/servers/{NOWHERE}")),
            draft("of-other-project", "/servers/<server:theirs>").scene(&OTHERS),
        ]
    }

    pub(super) fn metadata(&self, operation: Operation) -> Vec<Draft> {
        let items = |items: Value| Some(json!({"metadata": items}));
        let item = |item: Value| Some(json!({"meta": item}));
        let (method, below, body) = match operation {
            MetadataList => (Method::GET, "", None),
            MetadataCreate => (Method::POST, "", items(json!({"size": "small"}))),
            MetadataReplace => (Method::PUT, "", items(json!({"color": "green"}))),
            MetadataShow => (Method::GET, "/color", None),
            MetadataUpdate => (Method::PUT, "/color", item(json!({"color": "green"}))),
            _ => (Method::DELETE, "/color", None),
        };
        let back = || {
            let body = json!({"metadata": {"color": "blue"}});
            let path = format!("{SAMPLE}/metadata");
            vec![newest(
                MetadataReplace,
                Caller::Main,
                Method::PUT,
                &path,
                Some(&body),
            )]
        };
        let ask =
            |variant: &'static str, caller, server: &str, below: &str, body: Option<&Value>| {
                let path = format!("{server}/metadata{below}");
                self.draft(variant, caller, method.clone(), &path, body)
                    .scene(&CHANGING)
            };
        let main = Caller::Main;
        let mut drafts = vec![
            ask("", main, SAMPLE, below, body.as_ref())
                .before(back())
                .after(back()),
        ];
        drafts.extend(
            self.nowhere(|variant, server| ask(variant, main, server, below, body.as_ref())),
        );
        if !self.first {
            return drafts;
        }
        if !below.is_empty() && body.is_none() {
            drafts.push(ask("missing", main, SAMPLE, "/nothing", None));
        }
        if body.is_some() {
            let spoiled = |value: Value| match operation {
                MetadataUpdate => item(value),
                _ => items(value),
            };
            let not_a_string = spoiled(json!({"color": 7}));
            let too_long = spoiled(json!({"color": "c".repeat(256)}));
            drafts.extend([
                ask("forbidden", Caller::Reader, SAMPLE, below, body.as_ref()),
                ask("not-a-string", main, SAMPLE, below, not_a_string.as_ref()),
                ask("too-long", main, SAMPLE, below, too_long.as_ref()),
                ask(
                    "wrong-root",
                    main,
                    SAMPLE,
                    below,
                    Some(&json!({"data": {}})),
                ),
            ]);
        }
        if operation == MetadataUpdate {
            let other = item(json!({"size": "small"}));
            drafts.push(ask("of-another-key", main, SAMPLE, below, other.as_ref()));
        }
        drafts
    }

    pub(super) fn tags(&self, operation: Operation) -> Vec<Draft> {
        let (method, below, body) = match operation {
            TagList => (Method::GET, "", None),
            TagReplace => (Method::PUT, "", Some(json!({"tags": ["three"]}))),
            TagDeleteAll => (Method::DELETE, "", None),
            TagShow => (Method::GET, "/one", None),
            TagAdd => (Method::PUT, "/three", None),
            _ => (Method::DELETE, "/one", None),
        };
        let back = || {
            let body = json!({"tags": ["one", "two"]});
            let path = format!("{SAMPLE}/tags");
            vec![newest(
                TagReplace,
                Caller::Main,
                Method::PUT,
                &path,
                Some(&body),
            )]
        };
        let ask = |variant: &'static str, server: &str, below: &str, body: Option<&Value>| {
            let path = format!("{server}/tags{below}");
            self.draft(variant, Caller::Main, method.clone(), &path, body)
                .scene(&CHANGING)
        };
        let mut drafts = vec![
            ask("", SAMPLE, below, body.as_ref())
                .before(back())
                .after(back()),
        ];
        drafts.extend(self.nowhere(|variant, server| ask(variant, server, below, body.as_ref())));
        if !self.first {
            return drafts;
        }
        match operation {
            TagShow | TagDelete => drafts.push(ask("missing", SAMPLE, "/nothing", None)),
            TagAdd => drafts.extend([
                ask("there-already", SAMPLE, "/one", None),
                ask("with-comma", SAMPLE, "/a,b", None),
                ask("too-long", SAMPLE, &format!("/{}", "t".repeat(61)), None),
            ]),
            TagReplace => drafts.extend([
                ask(
                    "too-long",
                    SAMPLE,
                    "",
                    Some(&json!({"tags": ["t".repeat(61)]})),
                ),
                ask("with-slash", SAMPLE, "", Some(&json!({"tags": ["a/b"]}))),
                ask("not-strings", SAMPLE, "", Some(&json!({"tags": [7]}))),
                ask("wrong-root", SAMPLE, "", Some(&json!({"tag": []}))),
            ]),
            _ => {}
        }
        drafts
    }

    pub(super) fn password(&self, operation: Operation) -> Vec<Draft> {
        let method = if operation == PasswordShow {
            Method::GET
        } else {
            Method::DELETE
        };
        let ask = |variant: &'static str, server: &str| {
            let path = format!("{server}/os-server-password");
            self.draft(variant, Caller::Main, method.clone(), &path, None)
                .scene(&SERVER)
        };
        let mut drafts = vec![ask("", SAMPLE)];
        drafts.extend(self.nowhere(ask));
        drafts
    }

    pub(super) fn addresses(&self, operation: Operation) -> Vec<Draft> {
        let below = if operation == AddressList {
            "/ips"
        } else {
            "/ips/private"
        };
        let ask = |variant: &'static str, server: &str| {
            self.get(variant, Caller::Main, &format!("{server}{below}"))
                .scene(&SERVER)
        };
        let mut drafts = vec![ask("", SAMPLE)];
        drafts.extend(self.nowhere(ask));
        if operation == AddressShow && self.first {
            drafts.push(
                self.get("missing", Caller::Main, &format!("{SAMPLE}/ips/nothing"))
                    .scene(&SERVER),
            );
        }
        drafts
    }

    pub(super) fn instance_actions(&self) -> Vec<Draft> {
        let get = |variant: &'static str, caller, query: &str| {
            let path = format!("{SAMPLE}/os-instance-actions{query}");
            self.get(variant, caller, &path).scene(&ACTED)
        };
        let mut drafts = vec![
            get("", Caller::Main, ""),
            get("limit", Caller::Main, "?limit=1"),
            get("unknown-parameter", Caller::Main, "?unknown=1"),
        ];
        drafts.extend(self.nowhere(|variant, server| {
            self.get(
                variant,
                Caller::Main,
                &format!("{server}/os-instance-actions"),
            )
        }));
        if self.first || self.last {
            drafts.extend([
                get(
                    "second-page",
                    Caller::Main,
                    "?limit=1&marker=<request:stop>",
                ),
                get("marker-unknown", Caller::Main, "?marker=nothing"),
                get("as-reader", Caller::Reader, ""),
            ]);
        }
        drafts
    }

    pub(super) fn instance_action(&self) -> Vec<Draft> {
        let get = |variant: &'static str, caller, server: &str, request: &str| {
            let path = format!("/servers/<server:{server}>/os-instance-actions/{request}");
            self.get(variant, caller, &path)
        };
        let main = Caller::Main;
        let mut drafts = vec![
            get("", main, "sample", "<request:stop>").scene(&ACTED),
            get("as-admin", Caller::Admin, "sample", "<request:stop>").scene(&ACTED),
            get("in-error", Caller::Admin, "failed", "<request:failed>").scene(&FAILED),
        ];
        if self.first || self.last {
            drafts.push(
                get("in-error-of-a-member", main, "failed", "<request:failed>").scene(&FAILED),
            );
            drafts.push(get("missing", main, "sample", "nothing").scene(&ACTED));
        }
        drafts
    }

    pub(super) fn volume_attachments(&self, operation: Operation) -> Vec<Draft> {
        let below = if operation == VolumeAttachmentList {
            ""
        } else {
            "/<volume:data>"
        };
        let ask = |variant: &'static str, server: &str| {
            let path = format!("{server}/os-volume_attachments{below}");
            self.get(variant, Caller::Main, &path).scene(&SERVER)
        };
        let mut drafts = vec![ask("", SAMPLE)];
        drafts.extend(self.nowhere(ask));
        if self.first {
            let path = format!("{SAMPLE}/os-volume_attachments");
            drafts.push(if below.is_empty() {
                self.get("limit-malformed", Caller::Main, &format!("{path}?limit=x"))
                    .scene(&SERVER)
            } else {
                self.get("missing", Caller::Main, &format!("{path}/{NOWHERE}"))
                    .scene(&SERVER)
            });
        }
        drafts
    }
}
