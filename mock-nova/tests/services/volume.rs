//! Cinder.

use rstest::rstest;
use serde_json::{Value, json};

use super::{Cloud, IMAGE, names};

async fn create(cloud: &Cloud, volume: Value) -> super::Answer {
    cloud
        .ask(
            "demo",
            "POST",
            "/volume/v3/volumes",
            json!({"volume": volume}),
        )
        .await
}

#[tokio::test]
async fn a_server_boots_from_a_volume_which_is_in_use_as_long_as_it_lives() {
    let cloud = Cloud::start().await;
    let made = create(
        &cloud,
        json!({"size": 1, "imageRef": IMAGE, "name": "root"}),
    )
    .await;
    assert_eq!(made.status, 202, "{}", made.body);
    let id = made.body["volume"]["id"].as_str().unwrap();
    let mapping = json!([{"boot_index": 0, "uuid": id, "source_type": "volume", "destination_type": "volume"}]);
    let body = json!({"server": {"name": "s", "flavorRef": "1", "imageRef": "", "block_device_mapping_v2": mapping}});
    let server = cloud
        .ask("demo", "POST", "/compute/v2.1/servers", body)
        .await;
    let server = server.body["server"]["id"].as_str().unwrap().to_owned();
    let path = format!("/volume/v3/volumes/{id}");
    let volume = cloud.get("demo", &path).await.body["volume"].clone();
    assert_eq!(
        (&volume["status"], &volume["attachments"][0]["server_id"]),
        (&json!("in-use"), &json!(server))
    );
    assert_eq!(volume["volume_image_metadata"]["image_id"], IMAGE);
    assert_eq!(
        cloud.ask("demo", "DELETE", &path, Value::Null).await.status,
        400
    );
    let attached = cloud
        .get(
            "demo",
            &format!("/compute/v2.1/servers/{server}/os-volume_attachments@2.89"),
        )
        .await
        .body;
    let attached = &attached["volumeAttachments"][0];
    assert_eq!(
        (&attached["volumeId"], attached.get("id")),
        (&json!(id), None)
    );
    assert!(attached["attachment_id"].is_string());
    cloud
        .ask(
            "demo",
            "DELETE",
            &format!("/compute/v2.1/servers/{server}"),
            Value::Null,
        )
        .await;
    assert_eq!(
        cloud.get("demo", &path).await.body["volume"]["status"],
        "available"
    );
    assert_eq!(
        cloud.ask("demo", "DELETE", &path, Value::Null).await.status,
        202
    );
    assert_eq!(cloud.get("demo", &path).await.status, 404);
}

#[rstest]
#[case::no_size(json!({}), 400)]
#[case::unknown_image(json!({"size": 1, "imageRef": "1a000000-0000-4000-8000-0000000000ff"}), 400)]
#[case::inactive_image(json!({"size": 1, "imageRef": "1a000000-0000-4000-8000-00000000000a"}), 400)]
#[case::unknown_type(json!({"size": 1, "volume_type": "gold"}), 404)]
#[case::more_than_there_may_be(json!({"size": 1001}), 413)]
#[tokio::test]
async fn a_volume_is_not_made(#[case] volume: Value, #[case] want: u16) {
    let cloud = Cloud::start().await;
    assert_eq!(create(&cloud, volume).await.status, want);
}

#[tokio::test]
async fn no_number_is_too_large_to_be_refused() {
    let cloud = Cloud::start().await;
    assert_eq!(create(&cloud, json!({"size": 1})).await.status, 202);
    assert_eq!(create(&cloud, json!({"size": u64::MAX})).await.status, 413);
}

#[tokio::test]
async fn a_new_server_has_a_volume_once() {
    let cloud = Cloud::start().await;
    let made = create(&cloud, json!({"size": 1, "imageRef": IMAGE})).await;
    let id = made.body["volume"]["id"].as_str().unwrap();
    let disk = |place: i64| json!({"boot_index": place, "uuid": id, "source_type": "volume", "destination_type": "volume"});
    let body = json!({"server": {"name": "s", "flavorRef": "1", "block_device_mapping_v2": [disk(0), disk(-1)]}});
    let refused = cloud
        .ask("demo", "POST", "/compute/v2.1/servers", body)
        .await;
    assert_eq!(refused.status, 400, "{}", refused.body);
    let volume = cloud.get("demo", &format!("/volume/v3/volumes/{id}")).await;
    assert_eq!(volume.body["volume"]["status"], "available");
}

#[tokio::test]
async fn the_next_page_is_of_the_same_volumes() {
    let cloud = Cloud::start().await;
    for name in ["a", "a", "b"] {
        create(&cloud, json!({"size": 1, "name": name})).await;
    }
    let page = cloud.get("demo", "/volume/v3/volumes?name=a&limit=1").await;
    let next = page.body["volumes_links"][0]["href"].as_str().unwrap();
    assert!(next.contains("?name=a&limit=1&marker="), "{next}");
}

#[tokio::test]
async fn volumes_belong_to_projects() {
    let cloud = Cloud::start().await;
    let made = create(&cloud, json!({"size": 1, "name": "mine"})).await;
    let id = made.body["volume"]["id"].as_str().unwrap();
    assert_eq!(
        cloud
            .get("alt_demo", &format!("/volume/v3/volumes/{id}"))
            .await
            .status,
        404
    );
    let list = |user: &'static str, query: &'static str| {
        let cloud = &cloud;
        async move {
            let listed = cloud
                .get(user, &format!("/volume/v3/volumes/detail{query}"))
                .await;
            names(&listed, "volumes").join(",")
        }
    };
    assert_eq!(list("demo", "").await, "mine");
    assert_eq!(list("alt_demo", "?all_tenants=1").await, "");
    assert_eq!(list("admin", "?all_tenants=1").await, "mine");
    let with_project = format!("/volume/v3/ca000000000000000000000000000002/volumes/{id}");
    assert_eq!(cloud.get("demo", &with_project).await.status, 200);
    let by_reader = cloud
        .ask("demo_reader", "DELETE", &with_project, Value::Null)
        .await;
    assert_eq!(by_reader.status, 403);
}

#[tokio::test]
async fn a_microversion_that_there_is_not_is_406() {
    let cloud = Cloud::start().await;
    let url = format!("{}/volume/v3/volumes", cloud.mock.url());
    let token = cloud.mock.token_for("demo").unwrap();
    let request = cloud
        .client
        .get(url)
        .header("X-Auth-Token", token)
        .header("OpenStack-API-Version", "volume 3.99");
    assert_eq!(request.send().await.unwrap().status(), 406);
}
