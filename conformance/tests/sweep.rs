//! What earlier runs left is found by its name and age, and nothing else is touched.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up shall fail"
)]

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use http::Method;
use nova_client::{ApiVersion, RawRequest, Token, VersionRange};
use nova_conformance::{
    caller::{Base, Caller, Cloud, Party, Reply, Wire},
    callers,
    embedded::{self, Embedded},
    run_name,
    sweep::{Kind, Options, Swept, Told, sweep},
};
use rstest::rstest;
use serde_json::{Value, json};

const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh";

fn options() -> Options {
    Options {
        older_than: Duration::ZERO,
        dry_run: false,
        deadline: Duration::from_secs(10),
        patience: Duration::from_secs(10),
    }
}

/// A name as a run gives it that began now.
fn of_a_run(rest: &str) -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "a run's name tells when it began"
    )]
    let now = jiff::Timestamp::now();
    format!("nvc-{}-{rest}", run_name::new(now, [1, 2, 3, 4, 5]))
}

async fn mock() -> (Embedded, Cloud) {
    let mut mock = embedded::start().await.unwrap();
    let others = std::mem::take(&mut mock.others);
    let cloud = callers::reach(mock.main.clone(), others, &BTreeSet::new())
        .await
        .unwrap();
    (mock, cloud)
}

async fn ask(
    cloud: &Cloud,
    caller: Caller,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> Value {
    let mut request = RawRequest::new(method, path);
    if let Some(body) = &body {
        request = request.json(body);
    }
    let wire = &cloud.party(caller).unwrap().wire;
    let reply = wire.send(Base::Endpoint, &request).await.unwrap();
    assert!(reply.status < 300, "{path}: {reply:?}");
    serde_json::from_slice(&reply.body).unwrap_or_default()
}

async fn make_keypair(cloud: &Cloud, caller: Caller, name: &str) {
    let body = json!({"keypair": {"name": name, "public_key": KEY}});
    ask(cloud, caller, Method::POST, "/os-keypairs", Some(body)).await;
}

async fn make_server(cloud: &Cloud, caller: Caller, name: &str) -> String {
    let first = async |path: &str, at: &str| {
        let list = ask(cloud, caller, Method::GET, path, None).await;
        list.pointer(at).unwrap().clone()
    };
    let flavor = first("/flavors", "/flavors/1/id").await;
    let image = first("/images", "/images/0/id").await;
    let body = json!({"server": {"name": name, "flavorRef": flavor, "imageRef": image}});
    let made = ask(cloud, caller, Method::POST, "/servers", Some(body)).await;
    made.pointer("/server/id")
        .unwrap()
        .as_str()
        .unwrap()
        .to_owned()
}

async fn make_group(cloud: &Cloud, name: &str) {
    let body = json!({"server_group": {"name": name, "policies": ["affinity"]}});
    ask(
        cloud,
        Caller::Main,
        Method::POST,
        "/os-server-groups",
        Some(body),
    )
    .await;
}

async fn make_security_group(cloud: &Cloud, name: &str) {
    let body = json!({"security_group": {"name": name, "description": ""}});
    let path = "/os-security-groups";
    ask(cloud, Caller::Main, Method::POST, path, Some(body)).await;
}

/// The names of all that somebody sees.
async fn names(cloud: &Cloud, caller: Caller) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (path, key, at) in [
        ("/os-keypairs", "keypairs", "/keypair/name"),
        ("/servers", "servers", "/name"),
        ("/os-server-groups", "server_groups", "/name"),
        ("/os-security-groups", "security_groups", "/name"),
    ] {
        let list = ask(cloud, caller, Method::GET, path, None).await;
        let list = list[key].as_array().unwrap().clone();
        names.extend(
            list.iter()
                .map(|item| item.pointer(at).unwrap().as_str().unwrap().to_owned()),
        );
    }
    names
}

async fn swept(cloud: &Cloud, options: &Options) -> (Swept, Vec<Told>) {
    let mut told = Vec::new();
    let swept = sweep(cloud, options, &mut |step| told.push(step)).await;
    (swept, told)
}

/// Five things of runs, and the same kinds of things of people's own.
async fn make_all(cloud: &Cloud) -> BTreeSet<String> {
    let before = names(cloud, Caller::Main).await;
    make_keypair(cloud, Caller::Main, &of_a_run("3-0-taken")).await;
    make_keypair(cloud, Caller::Second, &of_a_run("3-1-seconds")).await;
    make_group(cloud, &of_a_run("4-0-group")).await;
    make_security_group(cloud, &of_a_run("5-0-group")).await;
    let locked = make_server(cloud, Caller::Main, &of_a_run("servers-0")).await;
    let path = format!("/servers/{locked}/action");
    ask(
        cloud,
        Caller::Main,
        Method::POST,
        &path,
        Some(json!({"lock": null})),
    )
    .await;
    make_keypair(cloud, Caller::Main, "nvc-production-key").await;
    make_keypair(cloud, Caller::Second, "mine").await;
    make_group(cloud, "nvc-group").await;
    make_security_group(cloud, "nvc-security-group").await;
    make_server(cloud, Caller::Main, "nvc-12345678-servers-0").await;
    before
}

#[tokio::test]
async fn what_runs_made_goes_and_what_others_made_stays() {
    let (_mock, cloud) = mock().await;
    let mut wanted = make_all(&cloud).await;
    let (swept, told) = swept(&cloud, &options()).await;
    let counts = Swept {
        deleted: 5,
        ..Swept::default()
    };
    assert_eq!(swept, counts, "{told:#?}");
    let peoples_own = [
        "nvc-production-key",
        "nvc-group",
        "nvc-security-group",
        "nvc-12345678-servers-0",
    ];
    wanted.extend(peoples_own.map(str::to_owned));
    assert_eq!(names(&cloud, Caller::Main).await, wanted);
    assert!(names(&cloud, Caller::Second).await.contains("mine"));
}

#[tokio::test]
async fn what_is_used_is_deleted_after_what_uses_it() {
    let (_mock, cloud) = mock().await;
    make_all(&cloud).await;
    let (_, told) = swept(&cloud, &options()).await;
    let kinds: Vec<Kind> = told
        .iter()
        .map(|step| match step {
            Told::Deleted(thing) => thing.kind,
            other => panic!("{other:?}"),
        })
        .collect();
    let keypair = Kind::Keypair;
    let groups = [Kind::ServerGroup, Kind::SecurityGroup];
    assert_eq!(kinds[..3], [&[Kind::Server], &groups[..]].concat());
    assert_eq!(kinds[3..], [keypair, keypair]);
}

#[tokio::test]
async fn a_dry_run_tells_the_same_and_deletes_nothing() {
    let (_mock, cloud) = mock().await;
    make_all(&cloud).await;
    let before = names(&cloud, Caller::Main).await;
    let dry = Options {
        dry_run: true,
        ..options()
    };
    let (would, _) = swept(&cloud, &dry).await;
    assert_eq!(names(&cloud, Caller::Main).await, before);
    assert_eq!(would, swept(&cloud, &options()).await.0);
}

#[tokio::test]
async fn what_is_young_stays() {
    let (_mock, cloud) = mock().await;
    make_all(&cloud).await;
    let before = names(&cloud, Caller::Main).await;
    let hour = Options {
        older_than: Duration::from_hours(1),
        ..options()
    };
    let (swept, _) = swept(&cloud, &hour).await;
    assert_eq!((swept.deleted, swept.young), (0, 5));
    assert_eq!(names(&cloud, Caller::Main).await, before);
}

async fn quota(cloud: &Cloud, wanted: Option<i64>) -> i64 {
    let project = &cloud
        .party(Caller::Main)
        .unwrap()
        .user
        .as_ref()
        .unwrap()
        .project_id;
    let path = format!("/os-quota-sets/{project}");
    if let Some(wanted) = wanted {
        let body = json!({"quota_set": {"key_pairs": wanted}});
        ask(cloud, Caller::Admin, Method::PUT, &path, Some(body)).await;
    }
    let shown = ask(cloud, Caller::Admin, Method::GET, &path, None).await;
    shown["quota_set"]["key_pairs"].as_i64().unwrap()
}

#[rstest]
#[case::as_the_run_left_it(7, 42)]
#[case::changed_by_somebody_since(8, 8)]
#[tokio::test]
async fn a_quota_that_a_killed_run_narrowed_is_put_back(#[case] now: i64, #[case] then: i64) {
    let (_mock, cloud) = mock().await;
    make_keypair(&cloud, Caller::Main, &of_a_run("9-0-quota-42-to-7")).await;
    quota(&cloud, Some(now)).await;
    let (swept, told) = swept(&cloud, &options()).await;
    assert_eq!(swept.deleted, 1, "{told:?}");
    assert_eq!(quota(&cloud, None).await, then);
}

#[tokio::test]
async fn what_tells_of_a_quota_stays_without_an_administrator() {
    let (_mock, mut cloud) = mock().await;
    make_keypair(&cloud, Caller::Main, &of_a_run("9-0-quota-42-to-7")).await;
    cloud.lacks(Caller::Admin, "needs an administrator");
    let (swept, told) = swept(&cloud, &options()).await;
    assert_eq!((swept.deleted, swept.left), (0, 1));
    assert!(
        matches!(&told[..], [Told::Left(_, why)] if why.contains("from 42 to 7, and needs an administrator")),
        "{told:?}"
    );
}

/// A cloud with one keypair of a run, made at noon; it is told what time it is by the `Date` of each answer.
struct Noon {
    date: &'static str,
    shown: (u16, Value),
    deletion: u16,
    list: u16,
}

impl Noon {
    fn new(date: &'static str) -> Self {
        let shown = json!({"keypair": {"created_at": "2026-03-04T12:00:00.000000"}});
        Self {
            date,
            shown: (200, shown),
            deletion: 202,
            list: 200,
        }
    }

    fn cloud(self) -> Cloud {
        let version = ApiVersion { major: 2, minor: 1 };
        let versions = VersionRange {
            min: version,
            max: version,
        };
        let party = Party {
            user: None,
            token: Token::Session,
            wire: Arc::new(self),
        };
        Cloud::new("noon", "http://noon", versions).with(Caller::Main, party)
    }
}

impl Wire for Noon {
    fn send<'a>(
        &'a self,
        _: Base,
        request: &'a RawRequest,
    ) -> BoxFuture<'a, Result<Reply, String>> {
        let path = request.path.split('?').next().unwrap();
        let name = "nvc-bxaaaaa23456-1-0-noon";
        let (status, body) = match (request.method.as_str(), path) {
            ("GET", "/os-keypairs") => (
                self.list,
                json!({"keypairs": [{"keypair": {"name": name}}]}),
            ),
            ("GET", "/servers/detail") => (200, json!({"servers": []})),
            ("GET", "/os-server-groups") => (200, json!({"server_groups": []})),
            ("GET", "/os-security-groups") => (404, Value::Null),
            ("GET", _) => self.shown.clone(),
            _ => (self.deletion, Value::Null),
        };
        let reply = Reply {
            status,
            headers: vec![("date".to_owned(), self.date.to_owned())],
            body: body.to_string().into(),
        };
        async move { Ok(reply) }.boxed()
    }
}

#[rstest]
#[case::half_an_hour("Wed, 04 Mar 2026 12:30:00 GMT", 0, 1)]
#[case::an_hour("Wed, 04 Mar 2026 13:00:00 GMT", 1, 0)]
#[case::tomorrow("Thu, 05 Mar 2026 12:00:00 GMT", 1, 0)]
#[case::made_in_the_future("Wed, 04 Mar 2026 11:00:00 GMT", 0, 1)]
#[tokio::test]
async fn an_age_is_by_the_clouds_clock(
    #[case] date: &'static str,
    #[case] deleted: usize,
    #[case] young: usize,
) {
    let hour = Options {
        older_than: Duration::from_hours(1),
        dry_run: true,
        ..options()
    };
    let (swept, told) = swept(&Noon::new(date).cloud(), &hour).await;
    assert_eq!((swept.deleted, swept.young), (deleted, young), "{told:?}");
}

#[rstest]
#[case::refused(500, "answered 500")]
#[case::accepted_and_not_done(202, "accepted, and it is still listed")]
#[tokio::test]
async fn what_does_not_go_is_left(#[case] deletion: u16, #[case] why: &str) {
    let noon = Noon {
        deletion,
        ..Noon::new("Wed, 04 Mar 2026 13:00:00 GMT")
    };
    let (swept, told) = swept(&noon.cloud(), &options()).await;
    assert_eq!((swept.deleted, swept.left), (0, 1));
    assert!(
        matches!(&told[..], [Told::Left(_, said)] if said.contains(why)),
        "{told:?}"
    );
}

#[rstest]
#[case::the_list(Noon { list: 500, ..Noon::new("") }, "GET /os-keypairs answered 500")]
#[case::its_age(Noon { shown: (200, json!({})), ..Noon::new("") }, "no time when it was made")]
#[tokio::test]
async fn what_cannot_be_seen_is_told(#[case] noon: Noon, #[case] what: &str) {
    let (swept, told) = swept(&noon.cloud(), &options()).await;
    assert_eq!((swept.deleted, swept.unseen), (0, 1));
    assert!(
        matches!(&told[..], [Told::Unseen(said)] if said.contains(what)),
        "{told:?}"
    );
}
