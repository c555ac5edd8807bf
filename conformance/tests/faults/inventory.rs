//! All that is on a cloud, as its administrator lists it.

use std::{collections::BTreeSet, fmt};

use nova_client::{Config, RawRequest, Service, Session};
use serde_json::Value;

/// So much of a kind is listed at once; a cloud with more is not one to try faults on.
const MOST: usize = 1000;

/// The kinds of things that a run may leave, or that people are made of.
const KINDS: [&str; 6] = [
    "keypair",
    "server",
    "server group",
    "security group",
    "user",
    "project",
];

/// What there is: the kind and the id of each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Inventory(BTreeSet<(&'static str, String)>);

impl Inventory {
    pub(crate) async fn of(admin: &Config) -> Self {
        let session = Session::connect(admin.clone()).await.unwrap();
        let compute = session.service("compute").unwrap();
        let keystone = compute.at(admin.auth_url.as_str());
        let mut all = Self::default();
        all.add(
            "server",
            &list(&compute, "/servers?all_tenants=1", "servers").await,
            "id",
        );
        let groups = list(
            &compute,
            "/os-server-groups?all_projects=1",
            "server_groups",
        )
        .await;
        all.add("server group", &groups, "id");
        let groups = list(
            &compute,
            "/os-security-groups?all_tenants=1",
            "security_groups",
        )
        .await;
        all.add("security group", &groups, "id");
        all.add(
            "project",
            &list(&keystone, "/projects", "projects").await,
            "id",
        );
        let users = list(&keystone, "/users", "users").await;
        all.add("user", &users, "id");
        for user in users.iter().map(|user| user["id"].as_str().unwrap()) {
            let path = format!("/os-keypairs?user_id={user}");
            let keypairs = list(&compute, &path, "keypairs").await;
            let keypairs: Vec<Value> = keypairs
                .into_iter()
                .map(|keypair| format!("{user}/{}", keypair["keypair"]["name"]).into())
                .collect();
            all.add("keypair", &keypairs, "");
        }
        all
    }

    fn add(&mut self, kind: &'static str, things: &[Value], id: &str) {
        let id = |thing: &Value| thing.get(id).unwrap_or(thing).as_str().unwrap().to_owned();
        self.0.extend(things.iter().map(|thing| (kind, id(thing))));
    }

    pub(crate) fn count(&self, kind: &str) -> usize {
        assert!(KINDS.contains(&kind), "{kind}");
        self.0.iter().filter(|(of, _)| *of == kind).count()
    }
}

impl fmt::Display for Inventory {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = KINDS.map(|kind| format!("{} {kind}s", self.count(kind)));
        out.write_str(&counts.join(", "))
    }
}

/// Where the Compute API is.
pub(crate) async fn compute(admin: &Config) -> String {
    let session = Session::connect(admin.clone()).await.unwrap();
    session.endpoint("compute").unwrap()
}

async fn list(service: &Service, path: &str, member: &str) -> Vec<Value> {
    // 2.10 lets administrators see everybody's keypairs.
    let answer = service
        .send(&RawRequest::get(path).at("2.10"))
        .await
        .unwrap();
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    let body = answer.json().unwrap();
    let things = body[member].as_array().unwrap();
    assert!(things.len() < MOST, "{path} has too much");
    things.clone()
}
