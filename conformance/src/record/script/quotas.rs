//! Limits and quotas, in the script.

use http::Method;
use serde_json::{Value, json};

use super::{At, Draft};
use crate::caller::Caller;

impl At {
    pub(super) fn limits(&self) -> Vec<Draft> {
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

    pub(super) fn quotas(&self, below: &str) -> Vec<Draft> {
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

    pub(super) fn set_quotas(&self) -> Vec<Draft> {
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

    pub(super) fn forget_quotas(&self) -> Vec<Draft> {
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
