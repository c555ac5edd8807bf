//! People made for a run, and how they go: with their quotas, early where somebody stops, and not before what is theirs.

use std::time::Duration;

use jiff::ToSpan as _;
use mock_nova::{MockNova, cloud::quota::Resource};
use nova_client::Config;
use nova_loadtest::{
    engine::Model,
    people::made::Host,
    run::{Newcomers, Order, Target, run},
    scenario::Scenario,
    shared,
    signals::Stop,
};
use rstest::rstest;

use crate::support::{cloud, results};

/// A short load by three people of two projects, made by this administrator.
fn order(admin: Config) -> Order {
    let imports = Scenario::Keypairs("import=1,list=1".parse().unwrap());
    let mut order = Order::new(Target::Named(Vec::new()), imports, Model::Rate(50.0));
    order.plan.warm_up = Duration::ZERO;
    order.plan.run_time = Duration::from_secs(1);
    order.newcomers = Some(Newcomers {
        admin: Some(admin),
        users: 3,
        projects: 2,
    });
    order
}

/// How many keypairs, users and projects there are.
fn belongings(mock: &MockNova) -> (usize, usize, usize) {
    mock.state().store.read(|cloud| {
        let users = cloud.identity.users();
        (
            users
                .iter()
                .map(|user| cloud.keypairs.count(&user.id))
                .sum(),
            users.iter().count(),
            cloud.identity.projects().iter().count(),
        )
    })
}

/// A cloud whose keypairs are deleted by whom this rule means, and how its administrator logs in.
async fn cloud_with_keypairs_deleted_by(rule: &str) -> (MockNova, Config) {
    let home = tempfile::tempdir().unwrap();
    let (policy, clouds) = (
        home.path().join("policy.yaml"),
        home.path().join("clouds.yaml"),
    );
    let rules = format!("\"os_compute_api:os-keypairs:delete\": \"{rule}\"\n");
    std::fs::write(&policy, rules).unwrap();
    let mock = MockNova::builder().policy(policy).start().await.unwrap();
    std::fs::write(&clouds, mock.clouds_yaml()).unwrap();
    let admin = Config::from_file(&clouds, "mock-nova-admin", &|_| None).unwrap();
    (mock, admin)
}

#[rstest]
#[case::which_an_administrator_may_delete("is_admin:True", true)]
#[case::which_nobody_may_delete("!", false)]
#[tokio::test(flavor = "multi_thread")]
async fn people_stay_with_what_is_left_of_theirs(#[case] rule: &str, #[case] is_swept: bool) {
    let (mock, admin) = cloud_with_keypairs_deleted_by(rule).await;
    let before = belongings(&mock);
    let leaks = results(&order(admin.clone())).await.leaks;
    let left = belongings(&mock);
    assert!(left.0 > before.0, "{leaks:?}");
    assert_eq!((left.1, left.2), (before.1 + 3, before.2 + 2), "{leaks:?}");
    let hint = "`nova-loadtest sweep --older-than 0s --admin-cloud mock-nova-admin` removes both";
    let people = leaks.iter().filter(|left| left.why.contains(hint));
    assert_eq!(people.count(), 5, "{leaks:?}");

    let host = Host::reach(admin).await.unwrap();
    let mut told = Vec::new();
    let long_ago = shared::now() - 2.hours();
    let young = host
        .sweep(long_ago, false, &mut |what| told.push(what))
        .await;
    assert_eq!((young, belongings(&mock)), (Ok(0), left), "{told:?}");
    let is_young = |what: &&String| what.starts_with("too young: ");
    assert_eq!(told.iter().filter(is_young).count(), 5, "{told:?}");

    let still = host
        .sweep(shared::now(), false, &mut |what| told.push(what))
        .await
        .unwrap();
    assert_eq!(still == 0, is_swept, "{told:?}");
    let expected = if is_swept { before } else { left };
    assert_eq!(belongings(&mock), expected, "{told:?}");
}

/// Nothing would find them without their project.
#[tokio::test(flavor = "multi_thread")]
async fn the_quotas_of_a_made_project_go_before_it() {
    let cloud = cloud(None).await;
    let mock = cloud.mock();
    let order = order(cloud.admin());
    let given = i64::try_from(order.keypairs + 2).unwrap();
    let with_quotas = |projects: &[String]| {
        mock.state().store.read(|cloud| {
            let limits = projects
                .iter()
                .map(|id| cloud.quotas.limit(id, None, Resource::KeyPairs));
            limits.filter(|limit| *limit == given).count()
        })
    };
    let mut projects: Vec<String> = Vec::new();
    let mut meanwhile = 0;
    run(&order, &Stop::default(), |_| {
        projects = mock.state().store.read(|cloud| {
            let projects = cloud.identity.projects().iter();
            projects.map(|project| project.id.clone()).collect()
        });
        meanwhile = with_quotas(&projects);
    })
    .await
    .unwrap();
    assert_eq!((meanwhile, with_quotas(&projects)), (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stops_the_making_of_people_finds_the_cloud_as_it_was() {
    let cloud = cloud(None).await;
    let before = belongings(cloud.mock());
    let mut order = order(cloud.admin());
    let newcomers = order.newcomers.as_mut().unwrap();
    (newcomers.users, newcomers.projects) = (1000, 10);
    let stop = Stop::default();
    let ends = async {
        let ended = run(&order, &stop, |_| ()).await;
        stop.ask();
        ended
    };
    let asks = async {
        while belongings(cloud.mock()).1 == before.1 && !stop.is_asked() {
            tokio::task::yield_now().await;
        }
        stop.ask();
    };
    let (ended, ()) = tokio::join!(ends, asks);
    let none = ended.unwrap_err();
    assert!(none.why.to_string().contains("interrupted"), "{}", none.why);
    assert_eq!(none.left, []);
    assert_eq!(belongings(cloud.mock()), before);
}
