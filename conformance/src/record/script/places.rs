//! Where and as what servers run, in the script: server groups, availability zones, flavors and their extra specs.

use http::Method;
use nova_api::Operation::{self, *};
use serde_json::{Value, json};

use super::{
    At, Draft,
    scenes::{self, GROUPS},
    servers::NOWHERE,
};
use crate::{caller::Caller, compare::ask::Asked};

impl At {
    pub(super) fn server_groups(&self, operation: Operation) -> Vec<Draft> {
        let main = Caller::Main;
        let groups = "/os-server-groups";
        if operation == ServerGroupList {
            let get = |variant: &'static str, caller, query: &str| {
                self.get(variant, caller, &format!("{groups}{query}"))
                    .scene(&GROUPS)
            };
            let mut drafts = vec![
                get("", main, ""),
                get("of-all-projects", Caller::Admin, "?all_projects"),
                get("unknown-parameter", main, "?unknown=1"),
            ];
            if self.first {
                drafts.extend([
                    get("of-all-projects-asked-by-a-member", main, "?all_projects"),
                    get("second-page", main, "?limit=1&offset=1"),
                    get("limit-malformed", main, "?limit=x"),
                ]);
            }
            return drafts;
        }
        let method = if operation == ServerGroupShow {
            Method::GET
        } else {
            Method::DELETE
        };
        let one = |variant: &'static str, caller, group: &str| {
            let path = format!("{groups}/{group}");
            self.draft(variant, caller, method.clone(), &path, None)
                .scene(&GROUPS)
        };
        let mut drafts = if operation == ServerGroupShow {
            vec![one("", main, "<group:sample>")]
        } else {
            let another = scenes::make_group("another", "affinity");
            vec![one("", main, "<group:another>").before(vec![another])]
        };
        if self.first {
            drafts.push(one("missing", main, NOWHERE));
            drafts.push(one("of-other-project", main, "<group:theirs>"));
            if operation == ServerGroupDelete {
                drafts.push(one("forbidden", Caller::Reader, "<group:sample>"));
            }
        }
        drafts
    }

    pub(super) fn server_group_create(&self) -> Vec<Draft> {
        let post = |variant: &'static str, caller, group: Value| {
            let body = json!({"server_group": group});
            let path = "/os-server-groups";
            self.draft(variant, caller, Method::POST, path, Some(&body))
        };
        let main = Caller::Main;
        let named = |policy: &str| {
            let mut group = json!({"name": "sample"});
            if self.takes("/server_group/policy") {
                group["policy"] = json!(policy);
            } else {
                group["policies"] = json!([policy]);
            }
            group
        };
        let mut drafts = vec![
            post("", main, named("affinity")),
            post("soft", main, named("soft-anti-affinity")),
        ];
        if self.takes("/server_group/rules") {
            let mut ruled = named("anti-affinity");
            ruled["rules"] = json!({"max_server_per_host": 2});
            drafts.push(post("with-rules", main, ruled.clone()));
            ruled["policy"] = json!("affinity");
            drafts.push(post("with-rules-of-another-policy", main, ruled));
        }
        if self.first || self.asked == Asked::Legacy {
            let mut unknown = named("affinity");
            unknown["unknown"] = json!(true);
            drafts.push(post("unknown-property", main, unknown));
        }
        if self.first {
            let mut unnamed = named("affinity");
            unnamed["name"] = json!("");
            drafts.extend([
                post("policy-unknown", main, named("nearby")),
                post("policy-missing", main, json!({"name": "sample"})),
                post("name-empty", main, unnamed),
                post("forbidden", Caller::Reader, named("affinity")),
            ]);
        }
        drafts
    }

    pub(super) fn zones(&self, operation: Operation) -> Vec<Draft> {
        if operation == AvailabilityZoneList {
            return vec![self.get("", Caller::Main, "/os-availability-zone")];
        }
        let path = "/os-availability-zone/detail";
        vec![
            self.get("", Caller::Admin, path),
            self.get("forbidden", Caller::Main, path),
        ]
    }

    pub(super) fn flavor_list(&self, path: &str) -> Vec<Draft> {
        let get = |variant: &'static str, query: &str| {
            self.get(variant, Caller::Main, &format!("{path}{query}"))
        };
        let mut drafts = vec![
            get("", ""),
            get("limit", "?limit=1"),
            get("unknown-parameter", "?unknown=1"),
        ];
        if self.first {
            drafts.extend([
                get("second-page", "?limit=1&marker=<flavor:1>"),
                get("marker-unknown", "?marker=nothing"),
                get("limit-malformed", "?limit=x"),
                get("sorted", "?sort_key=name&sort_dir=desc"),
                get("of-a-size", "?minRam=4096"),
                get("size-malformed", "?minRam=x"),
            ]);
        }
        drafts
    }

    pub(super) fn flavor_show(&self) -> Vec<Draft> {
        let mut drafts = vec![
            self.get("", Caller::Main, "/flavors/<flavor:1>"),
            self.get("with-specs", Caller::Main, "/flavors/<flavor:6>"),
        ];
        if self.first {
            drafts.push(self.get("missing", Caller::Main, "/flavors/nothing"));
        }
        drafts
    }

    pub(super) fn extra_specs(&self, operation: Operation) -> Vec<Draft> {
        let below = if operation == ExtraSpecList {
            ""
        } else {
            "/hw:numa_nodes"
        };
        let get = |variant: &'static str, flavor: &str, below: &str| {
            let path = format!("/flavors/{flavor}/os-extra_specs{below}");
            self.get(variant, Caller::Main, &path)
        };
        let mut drafts = vec![get("", "<flavor:6>", below)];
        if self.first {
            drafts.push(get("flavor-missing", "nothing", below));
            if operation == ExtraSpecShow {
                drafts.push(get("missing", "<flavor:6>", "/nothing"));
            }
        }
        drafts
    }
}
