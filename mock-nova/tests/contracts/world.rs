//! A cloud in which everything that can be shown is there to be shown.

use mock_nova::MockNova;
use mock_nova::fixture::DEFAULT_TEXT;
use nova_api::Microversion;
use reqwest::{Client, Method};
use serde_json::{Value, json};

pub(crate) const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJvf2nY6gRUT8JQvYtXCZ4C5pDXx4CCOQ0nFDUrmP+eR a@b";
pub(crate) const IMAGE: &str = "1a000000-0000-4000-8000-000000000001";
pub(crate) const OTHER_IMAGE: &str = "1a000000-0000-4000-8000-000000000002";
const UNFIT_IMAGE: &str = "1a000000-0000-4000-8000-00000000000f";
const NETWORK: &str = "de000000-0000-4000-8000-000000000002";
const OUTER_NETWORK: &str = "de000000-0000-4000-8000-000000000001";

/// A flavor of which there is everything to say.
const FLAVOR: &str = "flavors:
  - {id: full, name: full, vcpus: 1, ram: 64, disk: 1, ephemeral: 1, swap: 1, description: d, extra_specs: {'hw:numa_nodes': '1'}}
";

pub(crate) struct World {
    mock: MockNova,
    client: Client,
    token: String,
    pub(crate) project_id: String,
    /// A server of which there is everything to say, but for a failure.
    pub(crate) full: String,
    /// A server that was not made.
    pub(crate) failed: String,
    /// The volume of the full server.
    pub(crate) volume: String,
    /// The group of the full server.
    pub(crate) group: String,
    /// An image of a server.
    pub(crate) snapshot: String,
}

impl World {
    pub(crate) async fn start() -> Self {
        let fixture = DEFAULT_TEXT.replace("flavors:\n", FLAVOR);
        let mock = MockNova::builder()
            .fixture_text(fixture)
            .start()
            .await
            .unwrap();
        let unlimited = ["instances", "cores", "ram", "server_groups", "key_pairs"];
        mock.set_default_quotas(unlimited.map(|name| (name, -1)));
        let token = mock.token_for("admin").unwrap();
        let mut world = Self {
            mock,
            client: Client::new(),
            token,
            project_id: "ca000000000000000000000000000001".to_owned(),
            full: String::new(),
            failed: String::new(),
            volume: String::new(),
            group: String::new(),
            snapshot: String::new(),
        };
        world.fill().await;
        world
    }

    async fn fill(&mut self) {
        let latest = Microversion::MAX;
        for name in ["one", "two"] {
            let body = json!({"keypair": {"name": name, "public_key": KEY}});
            self.ask(Method::POST, "/os-keypairs", latest, Some(body))
                .await;
        }
        let group = json!({"server_group": {"name": "g", "policy": "anti-affinity", "rules": {"max_server_per_host": 3}}});
        let (_, group) = self
            .ask(Method::POST, "/os-server-groups", latest, Some(group))
            .await;
        self.group = text(&group["server_group"]["id"]);
        let body = json!({
            "server": {
                "name": "full", "flavorRef": "full", "imageRef": IMAGE, "networks": [{"uuid": NETWORK}], "key_name": "one",
                "metadata": {"a": "b"}, "tags": ["t"], "description": "d", "user_data": "YQ==", "config_drive": true,
                "trusted_image_certificates": ["c"], "availability_zone": "nova", "accessIPv4": "192.0.2.1",
                "block_device_mapping_v2": [
                    {"boot_index": 0, "uuid": IMAGE, "source_type": "image", "destination_type": "local"},
                    {"boot_index": -1, "source_type": "blank", "destination_type": "volume", "volume_size": 1, "tag": "v"},
                ],
            },
            "os:scheduler_hints": {"group": self.group},
        });
        let (status, made) = self.ask(Method::POST, "/servers", latest, Some(body)).await;
        assert_eq!(status, 202, "{made}");
        self.full = text(&made["server"]["id"]);
        let attached = self
            .get(&format!("/servers/{}/os-volume_attachments", self.full))
            .await;
        self.volume = text(&attached["volumeAttachments"][0]["volumeId"]);
        self.failed = self.server(UNFIT_IMAGE).await;
        let image = json!({"name": "snapshot", "instance_uuid": self.full, "auto_disk_config": "True", "visibility": "public"});
        let made = self.beside("/image/v2/images", image).await;
        self.snapshot = text(&made["id"]);
        let ports = self
            .get_beside(&format!("/networking/v2.0/ports?device_id={}", self.full))
            .await;
        let floating = json!({"floatingip": {"floating_network_id": OUTER_NETWORK, "port_id": ports["ports"][0]["id"]}});
        self.beside("/networking/v2.0/floatingips", floating).await;
        let groups = self.get_beside("/networking/v2.0/security-groups").await;
        let rule = json!({"security_group_rule": {
            "security_group_id": groups["security_groups"][0]["id"], "direction": "ingress", "protocol": "tcp",
            "port_range_min": 22, "port_range_max": 22, "remote_ip_prefix": "0.0.0.0/0",
        }});
        self.beside("/networking/v2.0/security-group-rules", rule)
            .await;
    }

    /// A server like any other; its id.
    pub(crate) async fn server(&self, image: &str) -> String {
        let body = json!({"server": {"name": "s", "flavorRef": "1", "imageRef": image, "key_name": "one"}});
        let (status, made) = self
            .ask(Method::POST, "/servers", Microversion::MIN, Some(body))
            .await;
        assert_eq!(status, 202, "{made}");
        text(&made["server"]["id"])
    }

    /// An image to be deleted; its id.
    pub(crate) async fn image(&self) -> String {
        let made = self
            .beside("/image/v2/images", json!({"name": "mine"}))
            .await;
        text(&made["id"])
    }

    /// What is at a path, at the latest version.
    pub(crate) async fn get(&self, path: &str) -> Value {
        self.ask(Method::GET, path, Microversion::MAX, None).await.1
    }

    /// Asks at a version; the status and the body, null where there is none.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        version: Microversion,
        body: Option<Value>,
    ) -> (u16, Value) {
        let path = format!("/compute/v2.1{path}");
        self.send(method, &path, &format!("compute {version}"), body)
            .await
    }

    async fn beside(&self, path: &str, body: Value) -> Value {
        let (status, made) = self.send(Method::POST, path, "", Some(body)).await;
        assert_eq!(status, 201, "{made}");
        made
    }

    async fn get_beside(&self, path: &str) -> Value {
        self.send(Method::GET, path, "", None).await.1
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        version: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.mock.url()))
            .header("X-Auth-Token", &self.token)
            .header("OpenStack-API-Version", version);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let bytes = answer.bytes().await.unwrap();
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).unwrap()
        };
        (status, body)
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
