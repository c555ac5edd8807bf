//! Where and as what servers run: flavors, zones and server groups.

use mock_nova::MockNova;
use rstest::rstest;
use serde_json::{Value, json};

use super::{Cloud, names};

const SIZES: &str = "
projects: [{name: demo}, {name: admin}]
users:
  - {name: demo, password: secret, roles: {demo: [member]}}
  - {name: admin, password: secret, roles: {admin: [admin]}}
flavors:
  - {id: '1', name: tiny, vcpus: 1, ram: 512, disk: 1}
  - {id: '2', name: small, vcpus: 1, ram: 2048, disk: 20, swap: 7, description: a word, extra_specs: {'hw:numa_nodes': '1'}}
  - {id: '3', name: hidden, vcpus: 1, ram: 64, disk: 0, public: false}
quotas: {server_groups: 2}
";

async fn cloud() -> Cloud {
    Cloud::of(MockNova::builder().fixture_text(SIZES)).await
}

#[rstest]
#[case::plain("demo", "", &["tiny", "small"])]
#[case::page("demo", "?limit=1", &["tiny"])]
#[case::no_page("demo", "?limit=0", &[])]
#[case::after("demo", "?marker=1", &["small"])]
#[case::sorted("demo", "?sort_key=name", &["small", "tiny"])]
#[case::down("demo", "?sort_key=memory_mb&sort_dir=desc", &["small", "tiny"])]
#[case::ram("demo", "?minRam=1000", &["small"])]
#[case::disk("demo", "?minDisk=2", &["small"])]
#[case::only_administrators_see_the_others("demo", "?is_public=None", &["tiny", "small"])]
#[case::all("admin", "?is_public=None", &["tiny", "small", "hidden"])]
#[case::the_others("admin", "?is_public=false", &["hidden"])]
#[case::no_filter_by_name_yet("demo", "?name=ti", &["tiny", "small"])]
#[case::by_name("demo", "?name=^ti@2.102", &["tiny"])]
#[tokio::test]
async fn flavors_are_listed(#[case] user: &str, #[case] query: &str, #[case] want: &[&str]) {
    let cloud = cloud().await;
    let listed = cloud
        .get(user, &format!("/compute/v2.1/flavors{query}"))
        .await;
    assert_eq!(names(&listed, "flavors"), want);
}

/// Asked of a real Nova 34.0.0.
#[rstest]
#[case::marker("demo", "?marker=nope", 400, "marker [nope] not found")]
#[case::anothers_marker("demo", "?marker=3", 400, "marker [3] not found")]
#[case::ram("demo", "?minRam=x", 400, "Invalid minRam filter [x]")]
#[case::public("admin", "?is_public=x", 400, "Invalid is_public filter [x]")]
#[case::unknown("demo", "/nope", 404, "Flavor nope could not be found.")]
#[case::hidden("demo", "/3", 404, "Flavor 3 could not be found.")]
#[case::specs_of_a_hidden_one("demo", "/3/os-extra_specs", 404, "Flavor 3 could not be found.")]
#[case::no_such_spec(
    "demo",
    "/1/os-extra_specs/x",
    404,
    "Flavor 1 has no extra specs with key x."
)]
#[tokio::test]
async fn flavors_are_refused(
    #[case] user: &str,
    #[case] path: &str,
    #[case] status: u16,
    #[case] told: &str,
) {
    let cloud = cloud().await;
    let refused = cloud
        .get(user, &format!("/compute/v2.1/flavors{path}"))
        .await;
    assert_eq!((refused.status, refused.message()), (status, told));
}

/// Asked of a real Nova 34.0.0.
#[rstest]
#[case::of_2_1("1@2.1", &["swap", "rxtx_factor", "OS-FLV-DISABLED:disabled"], &["description", "extra_specs"])]
#[case::of_2_55("2@2.55", &["description"], &["extra_specs"])]
#[case::of_2_61("2@2.61", &["description", "extra_specs"], &[])]
#[case::of_2_102("2@2.102", &["extra_specs", "swap"], &["rxtx_factor", "OS-FLV-DISABLED:disabled"])]
#[tokio::test]
async fn a_flavor_shows(#[case] path: &str, #[case] has: &[&str], #[case] lacks: &[&str]) {
    let cloud = cloud().await;
    let shown = cloud
        .get("demo", &format!("/compute/v2.1/flavors/{path}"))
        .await
        .body;
    let flavor = &shown["flavor"];
    assert_eq!(
        has.iter().filter(|name| flavor.get(name).is_none()).count(),
        0,
        "{flavor}"
    );
    assert_eq!(
        lacks
            .iter()
            .filter(|name| flavor.get(name).is_some())
            .count(),
        0,
        "{flavor}"
    );
}

#[rstest]
#[case::no_swap_was_a_text("1@2.74", json!(""))]
#[case::and_is_a_number("1@2.75", json!(0))]
#[case::some_swap("2@2.1", json!(7))]
#[tokio::test]
async fn swap_is_told(#[case] path: &str, #[case] want: Value) {
    let cloud = cloud().await;
    let shown = cloud
        .get("demo", &format!("/compute/v2.1/flavors/{path}"))
        .await;
    assert_eq!(shown.body["flavor"]["swap"], want);
}

#[tokio::test]
async fn only_administrators_are_told_of_hosts() {
    let cloud = cloud().await;
    let zones = cloud
        .get("demo", "/compute/v2.1/os-availability-zone")
        .await
        .body;
    let zone = json!({"zoneName": "nova", "zoneState": {"available": true}, "hosts": null});
    assert_eq!(zones, json!({"availabilityZoneInfo": [zone]}));
    let path = "/compute/v2.1/os-availability-zone/detail";
    assert_eq!(cloud.get("demo", path).await.status, 403);
    let hosts = cloud.get("admin", path).await.body;
    assert_eq!(
        hosts["availabilityZoneInfo"][1]["hosts"]["compute"]["nova-compute"]["available"],
        true
    );
}

const GROUPS: &str = "/compute/v2.1/os-server-groups";

/// Asked of a real Nova 34.0.0.
#[tokio::test]
async fn a_group_is_told_as_each_version_has_it() {
    let cloud = cloud().await;
    let body = json!({"server_group": {"name": "g", "policy": "anti-affinity", "rules": {"max_server_per_host": "3"}}});
    let made = cloud
        .ask("demo", "POST", &format!("{GROUPS}@2.64"), body)
        .await
        .body;
    assert_eq!(
        made["server_group"]["rules"],
        json!({"max_server_per_host": 3})
    );
    let id = made["server_group"]["id"].as_str().unwrap();
    let old = cloud.get("demo", &format!("{GROUPS}/{id}@2.1")).await.body;
    let want = json!({"id": id, "name": "g", "policies": ["anti-affinity"], "metadata": {}, "members": []});
    assert_eq!(old["server_group"], want);
    let newer = cloud.get("demo", &format!("{GROUPS}/{id}@2.13")).await.body;
    assert!(newer["server_group"]["project_id"].is_string());
    assert_eq!(
        cloud.get("demo", GROUPS).await.body["server_groups"],
        json!([want])
    );
}

/// Asked of a real Nova 34.0.0.
#[tokio::test]
async fn groups_have_rules_and_a_quota() {
    let cloud = cloud().await;
    let create = |version: &'static str, group: Value| {
        let cloud = &cloud;
        async move {
            let path = format!("{GROUPS}@{version}");
            let answer = cloud
                .ask("demo", "POST", &path, json!({"server_group": group}))
                .await;
            (answer.status, answer.message().to_owned())
        }
    };
    let limited = json!({"name": "g", "policy": "affinity", "rules": {"max_server_per_host": 3}});
    assert_eq!(
        create("2.64", limited).await,
        (400, "Only anti-affinity policy supports rules.".to_owned())
    );
    assert_eq!(
        create("2.14", json!({"name": "g", "policies": ["soft-affinity"]}))
            .await
            .0,
        400
    );
    for name in ["g", "h"] {
        assert_eq!(
            create("2.15", json!({"name": name, "policies": ["soft-affinity"]}))
                .await
                .0,
            200
        );
    }
    let third = create("2.15", json!({"name": "i", "policies": ["affinity"]})).await;
    assert_eq!(
        third,
        (403, "Quota exceeded, too many server groups.".to_owned())
    );
}

/// Asked of a real Nova 34.0.0.
#[tokio::test]
async fn a_group_is_its_projects() {
    let cloud = cloud().await;
    let body = json!({"server_group": {"name": "g", "policies": ["affinity"]}});
    let made = cloud.ask("demo", "POST", GROUPS, body).await.body;
    let id = made["server_group"]["id"].as_str().unwrap();
    assert_eq!(
        names(&cloud.get("admin", GROUPS).await, "server_groups"),
        Vec::<&str>::new()
    );
    assert_eq!(
        names(
            &cloud
                .get("admin", &format!("{GROUPS}?all_projects=1"))
                .await,
            "server_groups"
        ),
        ["g"]
    );
    assert_eq!(
        cloud.get("admin", &format!("{GROUPS}/{id}")).await.status,
        200
    );
    assert_eq!(
        cloud
            .ask("demo", "DELETE", &format!("{GROUPS}/{id}"), Value::Null)
            .await
            .status,
        204
    );
    let gone = cloud.get("demo", &format!("{GROUPS}/{id}")).await;
    assert_eq!(
        (gone.status, gone.message()),
        (
            404,
            format!("Instance group {id} could not be found.").as_str()
        )
    );
}
