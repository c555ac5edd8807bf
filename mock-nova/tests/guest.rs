//! The guest's metadata, asked for as Neutron's proxy does. What is expected was answered by a real Nova 34.0.0, unless a
//! test says otherwise.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up shall fail"
)]

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use mock_nova::MockNova;
use mock_nova::sim::Clock;
use reqwest::{Client, Method, RequestBuilder};
use rstest::rstest;
use serde_json::{Value, json};

const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJvf2nY6gRUT8JQvYtXCZ4C5pDXx4CCOQ0nFDUrmP+eR a@b";
const OTHER_KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB other";
const IMAGE: &str = "1a000000-0000-4000-8000-000000000001";

/// A cloud, and one server in it.
struct Cloud {
    mock: MockNova,
    server: String,
    project: String,
}

impl Cloud {
    /// A server of `demo`, made with what differs from the simplest request.
    async fn with(server: Value) -> Self {
        Self::on(MockNova::start().await, server).await
    }

    async fn on(mock: MockNova, server: Value) -> Self {
        for (user, name, key) in [
            ("demo", "mine", KEY),
            ("demo", "both", KEY),
            ("demo_second", "both", OTHER_KEY),
        ] {
            let keypair = json!({"keypair": {"name": name, "type": "ssh", "public_key": key}});
            let made = compute(&mock, user, Method::POST, "/os-keypairs").json(&keypair);
            assert_eq!(made.send().await.unwrap().status(), 201);
        }
        let mut body = json!({"name": "Web Server 1", "imageRef": IMAGE, "flavorRef": "1", "networks": "none"});
        let asked = body.as_object_mut().unwrap();
        asked.extend(server.as_object().unwrap().clone());
        let made = compute(&mock, "demo", Method::POST, "/servers").json(&json!({"server": body}));
        let made: Value = made.send().await.unwrap().json().await.unwrap();
        let server = made["server"]["id"].as_str().unwrap().to_owned();
        let shown = compute(&mock, "demo", Method::GET, &format!("/servers/{server}"));
        let shown: Value = shown.send().await.unwrap().json().await.unwrap();
        let project = shown["server"]["tenant_id"].as_str().unwrap().to_owned();
        Self {
            mock,
            server,
            project,
        }
    }

    fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"secret");
        let tag = hmac::sign(&key, self.server.as_bytes());
        let signature: String = tag
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Client::new()
            .request(method, format!("{}{path}", self.mock.metadata_url()))
            .header("Accept", "text/plain")
            .header("X-Instance-ID", &self.server)
            .header("X-Instance-ID-Signature", signature)
            .header("X-Tenant-ID", &self.project)
            .header("X-Forwarded-For", "192.168.1.10")
    }

    async fn get(&self, path: &str) -> (u16, String) {
        answer(self.ask(Method::GET, path)).await
    }

    async fn meta_data(&self) -> Value {
        let (status, text) = self.get("/openstack/latest/meta_data.json").await;
        assert_eq!(status, 200, "{text}");
        serde_json::from_str(&text).unwrap()
    }
}

fn compute(mock: &MockNova, user: &str, method: Method, path: &str) -> RequestBuilder {
    Client::new()
        .request(method, format!("{}/compute/v2.1{path}", mock.url()))
        .header("X-Auth-Token", mock.token_for(user).unwrap())
        .header("OpenStack-API-Version", "compute 2.100")
}

async fn answer(request: RequestBuilder) -> (u16, String) {
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn a_guest_reads_who_it_is() {
    let cloud = Cloud::with(json!({"metadata": {"k": "v"}, "key_name": "mine"})).await;
    let mut told = cloud.meta_data().await;
    let seed = told.as_object_mut().unwrap().remove("random_seed").unwrap();
    assert_eq!(STANDARD.decode(seed.as_str().unwrap()).unwrap().len(), 512);
    assert_eq!(
        told,
        json!({
            "uuid": cloud.server,
            "meta": {"k": "v"},
            "public_keys": {"mine": KEY},
            "keys": [{"name": "mine", "type": "ssh", "data": KEY}],
            "hostname": "web-server-1.novalocal",
            "name": "Web Server 1",
            "launch_index": 0,
            "availability_zone": "nova",
            "project_id": cloud.project,
            "devices": [],
            "dedicated_cpus": [],
        })
    );
}

#[tokio::test]
async fn a_guest_without_a_key_reads_of_none() {
    let cloud = Cloud::with(json!({})).await;
    let told = cloud.meta_data().await;
    assert_eq!(
        (&told["public_keys"], &told["keys"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(cloud.get("/latest/meta-data/public-keys/").await.0, 404);
}

/// The one place where the rule of rebuild shows whose key it is.
#[tokio::test]
async fn after_a_rebuild_the_guest_has_the_key_of_who_called() {
    let cloud = Cloud::with(json!({"key_name": "both"})).await;
    let path = format!("/servers/{}/action", cloud.server);
    let rebuild = json!({"rebuild": {"imageRef": IMAGE, "key_name": "both"}});
    let asked = compute(&cloud.mock, "demo_second", Method::POST, &path).json(&rebuild);
    assert_eq!(asked.send().await.unwrap().status(), 202);
    assert_eq!(
        cloud.meta_data().await["public_keys"],
        json!({"both": OTHER_KEY})
    );
}

#[tokio::test]
async fn a_key_that_is_deleted_stays_with_the_guest() {
    let cloud = Cloud::with(json!({"key_name": "mine"})).await;
    let deleted = compute(&cloud.mock, "demo", Method::DELETE, "/os-keypairs/mine");
    assert_eq!(deleted.send().await.unwrap().status(), 204);
    assert_eq!(
        cloud
            .get("/latest/meta-data/public-keys/0/openssh-key")
            .await,
        (200, KEY.to_owned())
    );
}

#[rstest]
#[case::versions(
    "/",
    "1.0\n2007-01-19\n2007-03-01\n2007-08-29\n2007-10-10\n2007-12-15\n2008-02-01\n2008-09-01\n2009-04-04\nlatest"
)]
#[case::versions_of_openstack(
    "/openstack",
    "2012-08-10\n2013-04-04\n2013-10-17\n2015-10-15\n2016-06-30\n2016-10-06\n2017-02-22\n2018-08-27\n2020-10-14\n2025-04-04\nlatest"
)]
#[case::oldest("/openstack/2012-08-10/", "meta_data.json\nuser_data")]
#[case::with_a_password("/openstack/2013-04-04", "meta_data.json\nuser_data\npassword")]
#[case::newest(
    "/openstack/latest",
    "meta_data.json\nuser_data\npassword\nvendor_data.json\nnetwork_data.json\nvendor_data2.json"
)]
#[case::what_to_run("/openstack/latest/user_data", "#!/bin/sh\n")]
#[case::what_to_run_in_ec2("/latest/user-data", "#!/bin/sh\n")]
#[case::vendor("/openstack/latest/vendor_data.json", "{}")]
#[case::not_plugged_in("/openstack/latest/network_data.json", "{}")]
#[case::a_version_of_ec2("/ec2/1.0", "meta-data/\nuser-data")]
#[case::first_of_ec2(
    "/1.0/meta-data",
    "ami-id\nami-launch-index\nami-manifest-path\nhostname\ninstance-id\nlocal-ipv4\npublic-keys/\nreservation-id\nsecurity-groups"
)]
#[case::last_of_ec2(
    "/latest/meta-data/",
    "ami-id\nami-launch-index\nami-manifest-path\nblock-device-mapping/\nhostname\ninstance-action\ninstance-id\n\
     instance-type\nlocal-hostname\nlocal-ipv4\nplacement/\npublic-hostname\npublic-ipv4\npublic-keys/\nreservation-id\n\
     security-groups"
)]
#[case::keys("/latest/meta-data/public-keys/", "0=mine")]
#[case::a_key("/latest/meta-data/public-keys/0/", "openssh-key")]
#[case::its_text("/latest/meta-data/public-keys/0/openssh-key", KEY)]
#[case::flavor("/latest/meta-data/instance-type", "m1.tiny")]
#[case::zone("/2009-04-04/meta-data/placement/availability-zone", "nova")]
#[case::address("/latest/meta-data/local-ipv4", "192.168.1.10")]
#[case::no_floating_address("/latest/meta-data/public-ipv4", "")]
#[case::there_and_back("/openstack/latest/../2012-08-10/", "meta_data.json\nuser_data")]
#[tokio::test]
async fn a_guest_finds(#[case] path: &str, #[case] want: &str) {
    let user_data = STANDARD.encode("#!/bin/sh\n");
    let cloud = Cloud::with(json!({"key_name": "mine", "user_data": user_data})).await;
    assert_eq!(cloud.get(path).await, (200, want.to_owned()));
}

#[rstest]
#[case::a_root("/nope")]
#[case::a_version("/openstack/nope")]
#[case::a_file("/openstack/latest/nope")]
#[case::not_yet_then("/openstack/2012-08-10/password")]
#[case::no_user_data("/openstack/latest/user_data")]
#[case::below_a_file("/openstack/latest/meta_data.json/x")]
#[case::nobody_injected_files("/openstack/content/0000")]
#[tokio::test]
async fn a_guest_does_not_find(#[case] path: &str) {
    let cloud = Cloud::with(json!({})).await;
    let sentence = "404 Not Found\n\nThe resource could not be found.\n\n   ";
    assert_eq!(cloud.get(path).await, (404, sentence.to_owned()));
}

#[tokio::test]
async fn a_server_of_another_project_is_none() {
    let mut cloud = Cloud::with(json!({})).await;
    cloud.project = "ca000000000000000000000000000003".to_owned();
    assert_eq!(cloud.get("/openstack").await.0, 404);
}

#[tokio::test]
async fn a_server_that_is_gone_is_none() {
    let cloud = Cloud::with(json!({})).await;
    let path = format!("/servers/{}", cloud.server);
    let deleted = compute(&cloud.mock, "demo", Method::DELETE, &path);
    assert_eq!(deleted.send().await.unwrap().status(), 204);
    assert_eq!(cloud.get("/openstack").await.0, 404);
}

#[tokio::test]
async fn another_secret_is_the_one_that_counts() {
    let mock = MockNova::builder()
        .metadata_secret("another")
        .start()
        .await
        .unwrap();
    let cloud = Cloud::on(mock, json!({})).await;
    let sentence = "403 Forbidden\n\nInvalid proxy request signature.\n\n   ";
    assert_eq!(cloud.get("/openstack").await, (403, sentence.to_owned()));
}

#[tokio::test]
async fn versions_to_come_are_not_listed_and_yet_there() {
    let clock = Clock::frozen("2016-07-01T00:00:00Z".parse::<Timestamp>().unwrap());
    let mock = MockNova::builder().clock(clock).start().await.unwrap();
    let cloud = Cloud::on(mock, json!({})).await;
    let listed = cloud.get("/openstack").await.1;
    assert_eq!(
        listed,
        "2012-08-10\n2013-04-04\n2013-10-17\n2015-10-15\n2016-06-30\nlatest"
    );
    assert_eq!(cloud.get("/openstack/2025-04-04").await.0, 200);
}

#[tokio::test]
async fn a_guest_leaves_a_password_once() {
    let cloud = Cloud::with(json!({})).await;
    let path = "/openstack/latest/password";
    let leave = |text: &'static str| cloud.ask(Method::POST, path).body(text);
    assert_eq!(cloud.get(path).await, (200, String::new()));
    assert_eq!(answer(leave("sealed")).await, (200, String::new()));
    let again = answer(leave("another")).await;
    assert_eq!(
        again,
        (
            409,
            "409 Conflict\n\nThere was a conflict when trying to complete your request.\n\n   "
                .to_owned()
        )
    );
    assert_eq!(cloud.get(path).await, (200, "sealed".to_owned()));
    let path = format!("/servers/{}/os-server-password", cloud.server);
    let shown = compute(&cloud.mock, "demo", Method::GET, &path);
    assert_eq!(
        answer(shown).await,
        (200, r#"{"password":"sealed"}"#.to_owned())
    );
}

#[rstest]
#[case::changed(Method::PUT, 3, "GET and POST only are supported.")]
#[case::too_long(Method::POST, 1021, "Request is too large.")]
#[tokio::test]
async fn a_password_is_refused(
    #[case] method: Method,
    #[case] length: usize,
    #[case] sentence: &str,
) {
    let cloud = Cloud::with(json!({})).await;
    let asked = cloud
        .ask(method, "/openstack/latest/password")
        .body("x".repeat(length));
    assert_eq!(
        answer(asked).await,
        (400, format!("400 Bad Request\n\n{sentence}\n\n   "))
    );
}

/// As Nova's driver for libvirt tells it; the fake one of the reference has no devices to tell of.
#[tokio::test]
async fn a_guest_knows_its_devices_by_their_tags() {
    let network = "de000000-0000-4000-8000-000000000002";
    let cloud = Cloud::with(json!({"networks": [{"uuid": network, "tag": "front"}]})).await;
    let devices = &cloud.meta_data().await["devices"];
    assert_eq!(
        (&devices[0]["type"], &devices[0]["tags"]),
        (&json!("nic"), &json!(["front"]))
    );
    let (_, network_data) = cloud.get("/openstack/latest/network_data.json").await;
    let network_data: Value = serde_json::from_str(&network_data).unwrap();
    assert_eq!(
        network_data["links"][0]["ethernet_mac_address"],
        devices[0]["mac"]
    );
    assert_eq!(network_data["networks"][0]["network_id"], network);
}
