//! Glance.

use rstest::rstest;
use serde_json::{Value, json};

use super::{Cloud, IMAGE, names};

async fn create(cloud: &Cloud, user: &str, image: Value) -> super::Answer {
    cloud.ask(user, "POST", "/image/v2/images", image).await
}

async fn upload(cloud: &Cloud, id: &str, bytes: Vec<u8>) -> u16 {
    let url = format!("{}/image/v2/images/{id}/file", cloud.mock.url());
    let request = cloud
        .client
        .put(url)
        .header("X-Auth-Token", cloud.mock.token_for("demo").unwrap())
        .header("Content-Type", "application/octet-stream")
        .body(bytes);
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn an_image_is_queued_until_its_bytes_come_and_then_says_what_they_were() {
    let cloud = Cloud::start().await;
    let made = create(
        &cloud,
        "demo",
        json!({"name": "mine", "disk_format": "raw", "container_format": "bare"}),
    )
    .await;
    assert_eq!((made.status, &made.body["status"]), (201, &json!("queued")));
    let id = made.body["id"].as_str().unwrap();
    assert_eq!(made.body["size"], Value::Null);
    // More than the other services read.
    assert_eq!(upload(&cloud, id, vec![0; 1_000_000]).await, 204);
    let shown = cloud
        .get("demo", &format!("/image/v2/images/{id}"))
        .await
        .body;
    assert_eq!(shown["status"], "active");
    assert_eq!(shown["size"], 1_000_000);
    assert_eq!(shown["checksum"], "879f4bba57ed37c9ec5e5aedf9864698");
    assert_eq!(upload(&cloud, id, vec![0; 1]).await, 409);
}

#[tokio::test]
async fn bytes_need_formats_first() {
    let cloud = Cloud::start().await;
    let made = create(&cloud, "demo", json!({"name": "mine"})).await;
    assert_eq!(
        upload(&cloud, made.body["id"].as_str().unwrap(), vec![0]).await,
        400
    );
}

#[rstest]
#[case::name("name=cirros-0.6.3-x86_64-disk", 1)]
#[case::ids(
    "id=in:1a000000-0000-4000-8000-000000000001,1a000000-0000-4000-8000-000000000002",
    2
)]
#[case::status("status=queued", 1)]
#[case::either_status("status=in:queued,active", 8)]
#[case::a_property("hw_rng_model=virtio", 2)]
#[case::another_value("hw_rng_model=none", 0)]
#[case::visibility("visibility=private", 0)]
#[case::hidden("os_hidden=true", 0)]
#[case::tag("tag=x", 0)]
#[case::since("updated_at=gte:2027-01-01T00:00:00Z", 0)]
#[case::page("limit=1", 1)]
#[case::after_the_last("marker=1a000000-0000-4000-8000-00000000000a", 0)]
#[tokio::test]
async fn a_list_is_filtered(#[case] query: &str, #[case] want: usize) {
    let cloud = Cloud::start().await;
    let listed = cloud
        .get("demo", &format!("/image/v2/images?{query}"))
        .await;
    assert_eq!(names(&listed, "images").len(), want, "{}", listed.body);
}

#[tokio::test]
async fn a_page_leads_to_the_next() {
    let cloud = Cloud::start().await;
    let mut path = "/v2/images?limit=1&sort=name:asc&hw_rng_model=virtio".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = cloud.get("demo", &format!("/image{path}")).await;
        seen.extend(names(&page, "images").into_iter().map(str::to_owned));
        match page.body["next"].as_str() {
            Some(next) => path = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(
        seen,
        ["cirros-0.6.2-x86_64-disk", "cirros-0.6.3-x86_64-disk"]
    );
}

#[rstest]
#[case::private("private", false, false)]
#[case::shared("shared", false, false)]
#[case::community("community", true, false)]
#[tokio::test]
async fn another_project_sees(#[case] visibility: &str, #[case] shown: bool, #[case] listed: bool) {
    let cloud = Cloud::start().await;
    let made = create(
        &cloud,
        "demo",
        json!({"name": "mine", "visibility": visibility}),
    )
    .await;
    let id = made.body["id"].as_str().unwrap();
    let status = cloud
        .get("alt_demo", &format!("/image/v2/images/{id}"))
        .await
        .status;
    assert_eq!(status, if shown { 200 } else { 404 });
    let list = cloud.get("alt_demo", "/image/v2/images").await;
    assert_eq!(names(&list, "images").contains(&"mine"), listed);
}

#[rstest]
#[case::to_make_public_images("demo", "POST", "/image/v2/images", json!({"visibility": "public"}))]
#[case::to_delete_anothers(
    "demo",
    "DELETE",
    "/image/v2/images/1a000000-0000-4000-8000-000000000001",
    Value::Null
)]
#[case::to_make_any_as_a_reader("demo_reader", "POST", "/image/v2/images", json!({"name": "x"}))]
#[case::to_write_what_glance_writes("admin", "PATCH", "/image/v2/images/1a000000-0000-4000-8000-000000000001", json!([{"op": "replace", "path": "/status", "value": "active"}]))]
#[tokio::test]
async fn it_is_forbidden(
    #[case] user: &str,
    #[case] method: &str,
    #[case] path: &str,
    #[case] body: Value,
) {
    let cloud = Cloud::start().await;
    assert_eq!(cloud.ask(user, method, path, body).await.status, 403);
}

#[tokio::test]
async fn an_image_that_is_switched_off_makes_no_server() {
    let cloud = Cloud::start().await;
    let off = format!("/image/v2/images/{IMAGE}/actions/deactivate");
    assert_eq!(
        cloud.ask("admin", "POST", &off, Value::Null).await.status,
        204
    );
    let body = json!({"server": {"name": "s", "flavorRef": "1", "imageRef": IMAGE}});
    let refused = cloud
        .ask("demo", "POST", "/compute/v2.1/servers", body)
        .await;
    assert_eq!(
        (refused.status, refused.message()),
        (400, format!("Image {IMAGE} is not active.").as_str())
    );
}

#[tokio::test]
async fn attributes_properties_and_tags_are_patched() {
    let cloud = Cloud::start().await;
    let made = create(
        &cloud,
        "demo",
        json!({"name": "mine", "os_distro": "cirros"}),
    )
    .await;
    let path = format!("/image/v2/images/{}", made.body["id"].as_str().unwrap());
    let patch = json!([
        {"op": "replace", "path": "/min_ram", "value": 64},
        {"op": "remove", "path": "/os_distro"},
        {"op": "add", "path": "/hw_disk_bus", "value": "scsi"},
        {"op": "replace", "path": "/protected", "value": true},
    ]);
    let patched = cloud.ask("demo", "PATCH", &path, patch).await.body;
    assert_eq!(
        (&patched["min_ram"], &patched["hw_disk_bus"]),
        (&json!(64), &json!("scsi"))
    );
    assert_eq!(patched.get("os_distro"), None);
    assert_eq!(
        cloud.ask("demo", "DELETE", &path, Value::Null).await.status,
        403
    );
    assert_eq!(
        cloud
            .ask("demo", "PUT", &format!("{path}/tags/blue"), Value::Null)
            .await
            .status,
        204
    );
    assert_eq!(cloud.get("demo", &path).await.body["tags"], json!(["blue"]));
}
