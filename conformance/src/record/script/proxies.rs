//! Nova's proxies of the image and network services, in the script. Where they are gone, one answer of each says so.

use http::Method;
use nova_api::Operation::{self, *};
use serde_json::json;

use super::{At, Draft, newest, servers::NOWHERE};
use crate::{
    caller::Caller,
    compare::ask::{Ask, Asked},
};

impl At {
    pub(super) fn image_list(&self, path: &str) -> Vec<Draft> {
        let get = |variant: &'static str, query: &str| {
            self.get(variant, Caller::Main, &format!("{path}{query}"))
        };
        let mut drafts = vec![get("", "")];
        if self.first {
            drafts.extend([
                get("limit", "?limit=1"),
                get("second-page", "?limit=1&marker=<image:1>"),
                get("unknown-parameter", "?unknown=1"),
                get("limit-malformed", "?limit=x"),
            ]);
        }
        drafts
    }

    pub(super) fn image_show(&self) -> Vec<Draft> {
        let mut drafts = vec![self.get("", Caller::Main, "/images/<image:1>")];
        if self.first {
            drafts.push(self.get("with-disk-config", Caller::Main, "/images/<image:6>"));
            drafts.push(self.get("of-a-server", Caller::Main, "/images/<image:last>"));
            drafts.push(self.get("missing", Caller::Main, &format!("/images/{NOWHERE}")));
        }
        drafts
    }

    /// Nothing here can make an image, so the one that is deleted has to be named by whoever records.
    pub(super) fn image_delete(&self) -> Vec<Draft> {
        let delete = |variant: &'static str, image: &str| {
            let path = format!("/images/{image}");
            // A public image is its owner's, or an administrator's, to delete.
            self.draft(variant, Caller::Admin, Method::DELETE, &path, None)
        };
        if self.asked == Asked::Legacy {
            return vec![delete("missing", NOWHERE)];
        }
        let mut drafts = vec![delete("", "<image:last>")];
        if self.first {
            drafts.push(delete("missing", NOWHERE));
        }
        drafts
    }

    pub(super) fn networks(&self, operation: Operation) -> Vec<Draft> {
        if operation == NetworkList {
            return vec![
                self.get("", Caller::Main, "/os-networks"),
                self.get("as-admin", Caller::Admin, "/os-networks"),
            ];
        }
        let one = "/os-networks/<network:1>";
        let mut drafts = vec![
            self.get("", Caller::Main, one),
            self.get("as-admin", Caller::Admin, one),
        ];
        if self.first {
            drafts.push(self.get("missing", Caller::Main, &format!("/os-networks/{NOWHERE}")));
        }
        drafts
    }

    pub(super) fn security_groups(&self, operation: Operation) -> Vec<Draft> {
        let groups = "/os-security-groups";
        let body = json!({"security_group": {"name": "sample", "description": "A sample"}});
        let made = || -> Vec<Ask> {
            let mut ask = newest(operation, Caller::Main, Method::POST, groups, Some(&body));
            ask.operation = SecurityGroupCreate.name();
            // Newer versions have no such proxy.
            ask.headers
                .retain(|(name, _)| name != "openstack-api-version");
            ask.binds.push("<security-group:sample>".to_owned());
            vec![ask]
        };
        let method = match operation {
            SecurityGroupCreate => Method::POST,
            SecurityGroupDelete => Method::DELETE,
            _ => Method::GET,
        };
        let ask = |variant: &'static str, below: &str| {
            let body = Some(&body).filter(|_| operation == SecurityGroupCreate);
            let path = format!("{groups}{below}");
            self.draft(variant, Caller::Main, method.clone(), &path, body)
        };
        let here = self.contract.routed();
        let one = "/<security-group:sample>";
        let mut drafts = match operation {
            SecurityGroupCreate => vec![ask("", "")],
            SecurityGroupList => vec![ask("", "").before(if here { made() } else { Vec::new() })],
            _ => vec![ask("", one).before(if here { made() } else { Vec::new() })],
        };
        if self.first {
            match operation {
                SecurityGroupCreate => {
                    let mut unnamed = ask("name-missing", "");
                    unnamed.ask.body = Some(br#"{"security_group":{"description":"x"}}"#.to_vec());
                    drafts.push(unnamed);
                }
                SecurityGroupShow | SecurityGroupDelete => {
                    drafts.push(ask("missing", &format!("/{NOWHERE}")));
                }
                _ => {}
            }
        }
        drafts
    }
}
