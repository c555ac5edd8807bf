//! Neutron.

use rstest::rstest;
use serde_json::{Value, json};

use super::{Cloud, IMAGE, PRIVATE, PUBLIC, names};

const ROOT: &str = "/networking/v2.0";

async fn create(cloud: &Cloud, collection: &str, body: Value) -> Value {
    let name = body.as_object().unwrap().keys().next().unwrap().clone();
    let path = format!("{ROOT}/{collection}");
    let made = cloud.ask("demo", "POST", &path, body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    made.body[&name].clone()
}

/// A network of demo's with a subnet; its id.
async fn network(cloud: &Cloud) -> String {
    let made = create(cloud, "networks", json!({"network": {"name": "mine"}})).await;
    let id = made["id"].as_str().unwrap().to_owned();
    let subnet = json!({"subnet": {"network_id": id, "cidr": "192.168.9.0/24", "ip_version": 4}});
    create(cloud, "subnets", subnet).await;
    id
}

#[rstest]
#[case::name("networks?name=private", 1)]
#[case::either_name("networks?name=private&name=public", 2)]
#[case::external("networks?router:external=True", 1)]
#[case::shared("networks?shared=true", 1)]
#[case::unknown_filter("networks?colour=red", 2)]
#[case::limit("networks?limit=1", 1)]
#[case::nothing_of_that_name("networks?name=other", 0)]
#[tokio::test]
async fn networks_are_filtered(#[case] path: &str, #[case] want: usize) {
    let cloud = Cloud::start().await;
    let listed = cloud.get("demo", &format!("{ROOT}/{path}")).await;
    assert_eq!(names(&listed, "networks").len(), want);
}

#[tokio::test]
async fn a_network_is_its_projects_and_used_while_a_server_is_on_it() {
    let cloud = Cloud::start().await;
    let id = network(&cloud).await;
    let path = format!("{ROOT}/networks/{id}");
    assert_eq!(cloud.get("alt_demo", &path).await.status, 404);
    let body = json!({"server": {"name": "s", "flavorRef": "1", "imageRef": IMAGE, "networks": [{"uuid": id}]}});
    let made = cloud
        .ask("demo", "POST", "/compute/v2.1/servers", body)
        .await;
    let server = made.body["server"]["id"].as_str().unwrap();
    let ports = cloud
        .get("demo", &format!("{ROOT}/ports?device_id={server}"))
        .await
        .body;
    assert_eq!(
        ports["ports"][0]["fixed_ips"][0]["ip_address"],
        "192.168.9.2"
    );
    assert_eq!(ports["ports"].as_array().unwrap().len(), 1);
    assert_eq!(
        cloud.ask("demo", "DELETE", &path, Value::Null).await.status,
        409
    );
    cloud
        .ask(
            "demo",
            "DELETE",
            &format!("/compute/v2.1/servers/{server}"),
            Value::Null,
        )
        .await;
    assert_eq!(
        cloud.ask("demo", "DELETE", &path, Value::Null).await.status,
        204
    );
    assert_eq!(cloud.get("demo", &path).await.status, 404);
}

#[rstest]
#[case::shared_network("demo", "networks", json!({"network": {"shared": true}}), 403)]
#[case::network_of_a_reader("demo_reader", "networks", json!({"network": {}}), 403)]
#[case::network_of_another_project("demo", "networks", json!({"network": {"project_id": "ca000000000000000000000000000003"}}), 403)]
#[case::no_root("demo", "networks", json!({"net": {}}), 400)]
#[case::subnet_on_anothers_network("demo", "subnets", json!({"subnet": {"network_id": PRIVATE, "cidr": "10.9.0.0/24"}}), 404)]
#[case::port_without_a_network("demo", "ports", json!({"port": {}}), 400)]
#[case::address_of_another_range("demo", "ports", json!({"port": {"network_id": PRIVATE, "fixed_ips": [{"ip_address": "192.168.1.1"}]}}), 400)]
#[case::floating_address_of_an_inner_network("demo", "floatingips", json!({"floatingip": {"floating_network_id": PRIVATE}}), 400)]
#[case::second_default_group("demo", "security-groups", json!({"security_group": {"name": "default"}}), 409)]
#[tokio::test]
async fn it_is_not_made(
    #[case] user: &str,
    #[case] collection: &str,
    #[case] body: Value,
    #[case] want: u16,
) {
    let cloud = Cloud::start().await;
    let path = format!("{ROOT}/{collection}");
    let refused = cloud.ask(user, "POST", &path, body).await;
    assert_eq!(refused.status, want, "{}", refused.body);
    assert!(refused.body["NeutronError"]["message"].is_string());
}

#[tokio::test]
async fn every_project_has_its_default_group() {
    let cloud = Cloud::start().await;
    let path = format!("{ROOT}/security-groups");
    let (demos, others) = (
        cloud.get("demo", &path).await,
        cloud.get("alt_demo", &path).await,
    );
    assert_eq!(
        (
            names(&demos, "security_groups"),
            names(&others, "security_groups")
        ),
        (vec!["default"], vec!["default"])
    );
    let id = demos.body["security_groups"][0]["id"].as_str().unwrap();
    assert_ne!(id, others.body["security_groups"][0]["id"]);
    let rule = json!({"security_group_rule": {"security_group_id": id, "direction": "ingress", "protocol": "tcp", "port_range_min": 22, "port_range_max": 22}});
    create(&cloud, "security-group-rules", rule.clone()).await;
    let again = cloud
        .ask(
            "demo",
            "POST",
            &format!("{ROOT}/security-group-rules"),
            rule,
        )
        .await;
    assert_eq!(again.status, 409);
    let rules = cloud.get("demo", &format!("{path}/{id}")).await.body;
    assert_eq!(
        rules["security_group"]["security_group_rules"]
            .as_array()
            .unwrap()
            .len(),
        5
    );
    assert_eq!(
        cloud
            .ask("demo", "DELETE", &format!("{path}/{id}"), Value::Null)
            .await
            .status,
        409
    );
}

#[tokio::test]
async fn a_floating_address_leads_to_a_server_until_it_is_taken_away() {
    let cloud = Cloud::start().await;
    let server = cloud.server("demo").await;
    let ports = cloud
        .get("demo", &format!("{ROOT}/ports?device_id={server}"))
        .await
        .body;
    let port = ports["ports"][0]["id"].as_str().unwrap();
    let asked = json!({"floatingip": {"floating_network_id": PUBLIC, "port_id": port}});
    let made = create(&cloud, "floatingips", asked).await;
    let address = made["floating_ip_address"].as_str().unwrap();
    let path = format!("/compute/v2.1/servers/{server}");
    let shown =
        || async { cloud.get("demo", &path).await.body["server"]["addresses"]["private"].clone() };
    let addresses = shown().await;
    assert_eq!(
        (&addresses[1]["addr"], &addresses[1]["OS-EXT-IPS:type"]),
        (&json!(address), &json!("floating"))
    );
    let made = format!("{ROOT}/floatingips/{}", made["id"].as_str().unwrap());
    assert_eq!(
        cloud.ask("demo", "DELETE", &made, Value::Null).await.status,
        204
    );
    let addresses = shown().await;
    assert_eq!(addresses.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_port_that_a_client_made_outlives_its_server() {
    let cloud = Cloud::start().await;
    let port = create(
        &cloud,
        "ports",
        json!({"port": {"network_id": PRIVATE, "name": "mine"}}),
    )
    .await;
    let id = port["id"].as_str().unwrap();
    let body = json!({"server": {"name": "s", "flavorRef": "1", "imageRef": IMAGE, "networks": [{"port": id}]}});
    let made = cloud
        .ask("demo", "POST", "/compute/v2.1/servers", body)
        .await;
    let server = made.body["server"]["id"].as_str().unwrap();
    let path = format!("{ROOT}/ports/{id}");
    assert_eq!(
        cloud.get("demo", &path).await.body["port"]["device_id"],
        *server
    );
    cloud
        .ask(
            "demo",
            "DELETE",
            &format!("/compute/v2.1/servers/{server}"),
            Value::Null,
        )
        .await;
    assert_eq!(cloud.get("demo", &path).await.body["port"]["device_id"], "");
}

#[tokio::test]
async fn a_router_joins_a_subnet_once() {
    let cloud = Cloud::start().await;
    let network = network(&cloud).await;
    let subnets = cloud
        .get("demo", &format!("{ROOT}/subnets?network_id={network}"))
        .await
        .body;
    let asked = json!({"subnet_id": subnets["subnets"][0]["id"]});
    let router = create(
        &cloud,
        "routers",
        json!({"router": {"external_gateway_info": {"network_id": PUBLIC}}}),
    )
    .await;
    let path = format!("{ROOT}/routers/{}", router["id"].as_str().unwrap());
    let join = format!("{path}/add_router_interface");
    assert_eq!(
        cloud.ask("demo", "PUT", &join, asked.clone()).await.status,
        200
    );
    assert_eq!(
        cloud.ask("demo", "PUT", &join, asked.clone()).await.status,
        400
    );
    assert_eq!(
        cloud.ask("demo", "DELETE", &path, Value::Null).await.status,
        409
    );
    cloud
        .ask(
            "demo",
            "PUT",
            &format!("{path}/remove_router_interface"),
            asked,
        )
        .await;
    assert_eq!(
        cloud.ask("demo", "DELETE", &path, Value::Null).await.status,
        204
    );
}
