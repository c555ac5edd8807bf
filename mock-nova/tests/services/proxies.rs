//! What Nova passed on to other services until 2.35.

use rstest::rstest;
use serde_json::{Value, json};

use super::{Cloud, IMAGE, PUBLIC, names};

#[rstest]
#[case::images("images")]
#[case::networks("os-networks")]
#[case::security_groups("os-security-groups")]
#[case::floating_ips("os-floating-ips")]
#[tokio::test]
async fn proxies_end_with_2_35(#[case] path: &str) {
    let cloud = Cloud::start().await;
    let statuses = [
        cloud
            .get("demo", &format!("/compute/v2.1/{path}@2.35"))
            .await
            .status,
        cloud
            .get("demo", &format!("/compute/v2.1/{path}@2.36"))
            .await
            .status,
    ];
    assert_eq!(statuses, [200, 404]);
}

#[tokio::test]
async fn an_image_is_told_as_nova_told_it() {
    let cloud = Cloud::start().await;
    let shown = cloud
        .get("demo", &format!("/compute/v2.1/images/{IMAGE}"))
        .await
        .body;
    let image = &shown["image"];
    assert_eq!(
        (&image["status"], &image["progress"], &image["minDisk"]),
        (&json!("ACTIVE"), &json!(100), &json!(0))
    );
    assert_eq!(image["metadata"], json!({"hw_rng_model": "virtio"}));
    assert_eq!(
        image["links"][2]["href"],
        format!("{}/image/images/{IMAGE}", cloud.mock.url())
    );
    let listed = cloud.get("demo", "/compute/v2.1/images?limit=1").await;
    assert_eq!(names(&listed, "images").len(), 1);
    assert!(listed.body["images_links"].is_array());
}

/// Asked of a real Nova 34.0.0, but for the one about rights, which its image service without policy does not know.
#[rstest]
#[case::no_image("demo", "GET", "images/nope", Value::Null, 404, "Image not found.")]
#[case::no_image_to_delete("demo", "DELETE", "images/nope", Value::Null, 404, "Image not found.")]
#[case::anothers_image(
    "demo",
    "DELETE",
    "images/1a000000-0000-4000-8000-000000000001",
    Value::Null,
    403,
    "You are not allowed to delete the image."
)]
#[case::no_network(
    "demo",
    "GET",
    "os-networks/nope",
    Value::Null,
    404,
    "Network not found"
)]
#[case::no_uuid(
    "demo",
    "GET",
    "os-security-groups/nope",
    Value::Null,
    400,
    "Security group id should be uuid"
)]
#[case::no_description("demo", "POST", "os-security-groups", json!({"security_group": {"name": "a"}}), 400, "Invalid input for field/attribute security_group. Value: {'name': 'a'}. 'description' is a required property")]
#[case::a_reader("demo_reader", "POST", "os-security-groups", json!({"security_group": {"name": "a", "description": "b"}}), 403, "Policy doesn't allow os_compute_api:os-security-groups:create to be performed.")]
#[tokio::test]
async fn it_is_refused(
    #[case] user: &str,
    #[case] method: &str,
    #[case] path: &str,
    #[case] body: Value,
    #[case] status: u16,
    #[case] told: &str,
) {
    let cloud = Cloud::start().await;
    let refused = cloud
        .ask(user, method, &format!("/compute/v2.1/{path}"), body)
        .await;
    assert_eq!((refused.status, refused.message()), (status, told));
}

/// Asked of a real Nova 34.0.0.
#[rstest]
#[case::everybody("demo", 11)]
#[case::administrators("admin", 32)]
#[tokio::test]
async fn a_network_has_two_fields_of_thirty(#[case] user: &str, #[case] fields: usize) {
    let cloud = Cloud::start().await;
    let shown = cloud
        .get(user, &format!("/compute/v2.1/os-networks/{PUBLIC}"))
        .await
        .body;
    let network = shown["network"].as_object().unwrap();
    let told: Vec<&Value> = network.values().filter(|value| !value.is_null()).collect();
    assert_eq!(
        (network.len(), told),
        (fields, vec![&json!(PUBLIC), &json!("public")])
    );
}

#[tokio::test]
async fn a_group_made_here_is_the_network_services() {
    let cloud = Cloud::start().await;
    let path = "/compute/v2.1/os-security-groups";
    let body = json!({"security_group": {"name": "mine", "description": "d"}});
    let made = cloud.ask("demo", "POST", path, body).await.body["security_group"].clone();
    assert_eq!(made["rules"], json!([]));
    let id = made["id"].as_str().unwrap();
    let there = cloud
        .get("demo", &format!("/networking/v2.0/security-groups/{id}"))
        .await;
    assert_eq!(there.body["security_group"]["name"], "mine");
    let listed = cloud.get("demo", path).await;
    assert_eq!(names(&listed, "security_groups"), ["default", "mine"]);
    assert_eq!(
        listed.body["security_groups"][0]["rules"][0]["group"]["name"],
        "default"
    );
    assert_eq!(
        cloud
            .ask("demo", "DELETE", &format!("{path}/{id}"), Value::Null)
            .await
            .status,
        202
    );
    assert_eq!(cloud.get("demo", &format!("{path}/{id}")).await.status, 404);
}
