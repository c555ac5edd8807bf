//! The engine and its sample checks against the mock, right and made wrong on the way.

use std::{collections::BTreeSet, sync::Arc};

use futures::{FutureExt, future::BoxFuture};
use nova_api::Operation;
use nova_client::RawRequest;
use nova_conformance::{
    caller::{Base, Caller, Cloud, Party, Reply, Wire},
    callers,
    check::{Check, Keypair, Versions},
    checks, embedded,
    outcome::Kind,
};
use rstest::rstest;
use serde_json::json;

use crate::support::{draft, options, run_with};

/// Changes answers on their way, or answers in the cloud's place.
struct Wrong {
    cloud: Arc<dyn Wire>,
    instead: fn(&RawRequest) -> Option<u16>,
    change: fn(&RawRequest, &mut Reply),
}

impl Wire for Wrong {
    fn send<'a>(
        &'a self,
        base: Base,
        request: &'a RawRequest,
    ) -> BoxFuture<'a, Result<Reply, String>> {
        async move {
            if let Some(status) = (self.instead)(request) {
                return Ok(Reply {
                    status,
                    headers: Vec::new(),
                    body: Default::default(),
                });
            }
            let mut reply = self.cloud.send(base, request).await?;
            (self.change)(request, &mut reply);
            Ok(reply)
        }
        .boxed()
    }
}

async fn right_cloud() -> (embedded::Embedded, Cloud) {
    let mut embedded = embedded::start().await.unwrap();
    let others = std::mem::take(&mut embedded.others);
    let needed = BTreeSet::from([Caller::Expired]);
    let cloud = callers::reach(embedded.main.clone(), others, &needed)
        .await
        .unwrap();
    (embedded, cloud)
}

fn check(id: &str) -> Check {
    checks::registry()
        .into_iter()
        .find(|check| check.id() == id)
        .unwrap()
}

fn deletes_nothing(request: &RawRequest) -> Option<u16> {
    (request.method == http::Method::DELETE).then_some(204)
}

fn always_201(request: &RawRequest, reply: &mut Reply) {
    if request.method == http::Method::POST && reply.status == 200 {
        reply.status = 201;
    }
}

fn lists_to_strangers(_: &RawRequest, reply: &mut Reply) {
    if reply.status == 401 {
        reply.status = 200;
    }
}

#[rstest]
#[case::delete_lies("keypairs.delete.gone", deletes_nothing, |_: &RawRequest, _: &mut Reply| {})]
#[case::status_of_create("keypairs.create.answer", |_: &RawRequest| None, always_201)]
#[case::no_login("keypairs.list.not-logged-in", |_: &RawRequest| None, lists_to_strangers)]
#[tokio::test]
async fn a_check_fails_on_a_cloud_that_is_wrong_and_passes_on_one_that_is_not(
    #[case] id: &str,
    #[case] instead: fn(&RawRequest) -> Option<u16>,
    #[case] change: fn(&RawRequest, &mut Reply),
) {
    let (_held, cloud) = right_cloud().await;
    let (summary, collected) = run_with(vec![check(id)], cloud.clone(), options()).await;
    assert!(
        summary.passed > 0 && summary.passed == collected.finished.len(),
        "{collected:#?}"
    );

    let mut wrong = cloud.clone();
    for (caller, party) in cloud.parties() {
        let wire = Arc::new(Wrong {
            cloud: Arc::clone(&party.wire),
            instead,
            change,
        });
        wrong.add(
            caller,
            Party {
                wire,
                ..party.clone()
            },
        );
    }
    let (summary, collected) = run_with(vec![check(id)], wrong, options()).await;
    assert!(summary.violations > 0, "{collected:#?}");
    assert_eq!(summary.errored, 0, "{collected:#?}");
}

#[tokio::test]
async fn the_built_in_cloud_has_everybody() {
    let (_held, cloud) = right_cloud().await;
    let status_of = |caller| match caller {
        Caller::Nobody | Caller::Expired => 401,
        _ => 200,
    };
    let checks = Caller::ALL.iter().map(|caller| {
        let caller = *caller;
        draft(&format!("everybody.{caller}"))
            .versions(Versions::All)
            .callers([caller])
            .probe(move |cx| async move {
                let answer = cx
                    .as_(caller)
                    .ask(Operation::KeypairList, &[])
                    .send()
                    .await?;
                answer.expect_status(status_of(caller))?;
                Ok(())
            })
    });
    let (summary, collected) = run_with(checks.collect(), cloud, options()).await;
    let odd: Vec<_> = collected
        .finished
        .values()
        .filter(|ended| ended.outcome.kind() != Kind::Passed)
        .collect();
    assert!(odd.is_empty(), "{odd:#?}");
    assert_eq!(summary.passed, 7 * 104);
}

#[tokio::test]
async fn the_same_user_cannot_play_two_roles() {
    let embedded = embedded::start().await.unwrap();
    let twice = vec![(Caller::Second, embedded.main.clone())];
    let error = callers::reach(embedded.main.clone(), twice, &BTreeSet::new())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "--second-cloud and --os-cloud are the same user, 'demo': name another with --second-cloud"
    );
}

#[tokio::test]
async fn a_role_is_played_in_the_right_project() {
    let embedded = embedded::start().await.unwrap();
    let of_another_project = embedded
        .others
        .iter()
        .find(|(caller, _)| *caller == Caller::Other)
        .unwrap()
        .1
        .clone();
    let wrong = vec![(Caller::Second, of_another_project)];
    let error = callers::reach(embedded.main.clone(), wrong, &BTreeSet::new())
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("name a user of that project with --second-cloud"),
        "{error}"
    );
}

/// Registers a keypair of somebody, makes it as somebody, and tells what is left of it.
async fn leaks_of(
    cloud: Cloud,
    maker: Caller,
    registered: fn(&str) -> Keypair,
    user_id: Option<&'static str>,
) -> Vec<String> {
    let check = draft("a.b")
        .versions(Versions::at(&[10]))
        .callers([maker])
        .probe(move |cx| async move {
            let name = cx.unique("k");
            cx.ledger().will_create(registered(&name));
            let mut body = json!({"keypair": {"name": name, "public_key": PUBLIC_KEY}});
            if let Some(user_id) = user_id {
                body["keypair"]["user_id"] = json!(user_id);
            }
            cx.as_(maker)
                .ask(Operation::KeypairCreate, &[])
                .json(&body)
                .send()
                .await?;
            Ok(())
        });
    let (_, collected) = run_with(vec![check], cloud, options()).await;
    collected
        .leaks
        .iter()
        .map(ToString::to_string)
        .chain(collected.notes)
        .collect()
}

const PUBLIC_KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO1ykdc/4OhHtrWIkOW84JdFaMW0R/8qHL1qaFbg1gbz";
/// `demo_second` in the mock's default cloud.
const SECOND: &str = "ee000000000000000000000000000003";

#[rstest]
#[case::own(Caller::Main, |name: &str| Keypair::of(Caller::Main, name), None)]
#[case::refused_without_token(Caller::Nobody, |name: &str| Keypair::of(Caller::Nobody, name), None)]
#[case::by_admin_for_another(Caller::Admin, |name: &str| Keypair::of(Caller::Admin, name).for_user(SECOND), Some(SECOND))]
#[case::refused_for_another(Caller::Main, |name: &str| Keypair::of(Caller::Main, name).for_user(SECOND), Some(SECOND))]
#[case::refused_for_a_stranger(Caller::Main, |name: &str| Keypair::of(Caller::Main, name).for_user("stranger"), Some("stranger"))]
#[tokio::test]
async fn keypairs_are_deleted_by_whoever_can(
    #[case] maker: Caller,
    #[case] registered: fn(&str) -> Keypair,
    #[case] user_id: Option<&'static str>,
) {
    let (_held, cloud) = right_cloud().await;
    assert_eq!(
        leaks_of(cloud.clone(), maker, registered, user_id).await,
        Vec::<String>::new()
    );
    let mut lonely = cloud.clone();
    for caller in [Caller::Second, Caller::Other, Caller::Reader] {
        lonely.lacks(caller, "not given");
    }
    assert_eq!(
        leaks_of(lonely.clone(), maker, registered, user_id).await,
        Vec::<String>::new()
    );
    if maker != Caller::Admin {
        lonely.lacks(Caller::Admin, "not given");
        assert_eq!(
            leaks_of(lonely, maker, registered, user_id).await,
            Vec::<String>::new()
        );
    }
    let names = |caller| {
        draft("a.b").callers([caller]).probe(move |cx| async move {
            let answer = cx
                .as_(caller)
                .ask(Operation::KeypairList, &[])
                .send()
                .await?;
            answer.expect_json_eq("/keypairs", &json!([]))?;
            Ok(())
        })
    };
    let (summary, _) = run_with(
        vec![names(Caller::Main), names(Caller::Second)],
        cloud,
        options(),
    )
    .await;
    assert_eq!(summary.passed, 2, "nothing is left");
}

#[tokio::test]
async fn what_was_made_without_being_registered_is_found() {
    let (_held, cloud) = right_cloud().await;
    let unrelated = |_: &str| Keypair::of(Caller::Second, "unrelated");
    let told = leaks_of(cloud, Caller::Main, unrelated, None).await;
    assert_eq!(told.len(), 1);
    assert!(
        told[0].contains("was still there at the end of the run"),
        "{told:?}"
    );
}
