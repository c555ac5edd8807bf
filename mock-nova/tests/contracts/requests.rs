//! Requests that succeed, in whose answers every field that can be shown is shown.

use nova_api::{Behavior, Contract, Microversion, Operation};
use reqwest::Method;
use serde_json::{Value, json};

use super::world::{IMAGE, KEY, OTHER_IMAGE, World};

impl World {
    pub(crate) async fn successes(
        &self,
        operation: Operation,
        contract: &Contract,
        version: Microversion,
    ) -> Vec<(u16, Value)> {
        use Operation as Op;
        let (method, template) = operation.route();
        let method = Method::from_bytes(method.name().as_bytes()).unwrap();
        let path = self.path(template);
        let ask = |path: String, body: Option<Value>| {
            let method = method.clone();
            async move { self.ask(method, &path, version, body).await }
        };
        match operation {
            Op::KeypairCreate => {
                let mut bodies = vec![json!({"keypair": {"name": "three", "public_key": KEY}})];
                if contract.behaves(Behavior::Generates) {
                    bodies.push(json!({"keypair": {"name": "four"}}));
                }
                let mut answers = Vec::new();
                for body in bodies {
                    answers.push(ask(path.clone(), Some(body)).await);
                }
                for name in ["three", "four"] {
                    self.ask(
                        Method::DELETE,
                        &format!("/os-keypairs/{name}"),
                        version,
                        None,
                    )
                    .await;
                }
                answers
            }
            Op::KeypairDelete => {
                let body = json!({"keypair": {"name": "three", "public_key": KEY}});
                self.ask(Method::POST, "/os-keypairs", version, Some(body))
                    .await;
                vec![ask(template.replace("{name}", "three"), None).await]
            }
            Op::KeypairList
            | Op::ServerList
            | Op::ServerDetail
            | Op::FlavorList
            | Op::FlavorDetail
            | Op::ImageList
            | Op::ImageDetail => {
                vec![
                    ask(path.clone(), None).await,
                    ask(format!("{path}?limit=1"), None).await,
                ]
            }
            Op::QuotaUpdate => vec![ask(path, Some(json!({"quota_set": {"key_pairs": -1}}))).await],
            Op::ServerCreate => {
                let server = |more: Value| {
                    let mut body =
                        json!({"server": {"name": "s", "flavorRef": "1", "imageRef": IMAGE}});
                    body["server"]
                        .as_object_mut()
                        .unwrap()
                        .extend(more.as_object().cloned().unwrap());
                    // From 2.37 on, it must be said.
                    if version.minor() >= 37 {
                        body["server"]["networks"] = json!("auto");
                    }
                    body
                };
                // A reservation is answered by itself, in another form that the contract tells too.
                let mut answers = vec![ask(path.clone(), Some(server(json!({})))).await];
                if contract.shows("/reservation_id") {
                    answers.push(
                        ask(path, Some(server(json!({"return_reservation_id": true})))).await,
                    );
                }
                answers
            }
            Op::ServerShow => {
                let failed = path.replace(&self.full, &self.failed);
                vec![ask(path, None).await, ask(failed, None).await]
            }
            Op::InstanceActionList => {
                vec![
                    ask(path.clone(), None).await,
                    ask(format!("{path}?limit=1"), None).await,
                ]
            }
            Op::InstanceActionShow => {
                let mut answers = Vec::new();
                for server in [&self.full, &self.failed] {
                    let path = format!("/servers/{server}/os-instance-actions");
                    let actions = self.get(&path).await;
                    let request = actions["instanceActions"][0]["request_id"]
                        .as_str()
                        .unwrap();
                    answers.push(ask(format!("{path}/{request}"), None).await);
                }
                answers
            }
            Op::ServerUpdate => {
                let failed = path.replace(&self.full, &self.failed);
                let body = || Some(json!({"server": {"name": "s"}}));
                vec![ask(path, body()).await, ask(failed, body()).await]
            }
            Op::ServerDelete => {
                let server = self.server(IMAGE).await;
                vec![ask(format!("/servers/{server}"), None).await]
            }
            Op::ServerRebuild => {
                let body = json!({"rebuild": {"imageRef": OTHER_IMAGE}});
                let kept = self.ask(method.clone(), &path, version, Some(body)).await;
                self.get(&format!("/servers/{}", self.full)).await;
                vec![kept]
            }
            Op::ServerStart
            | Op::ServerStop
            | Op::ServerReboot
            | Op::ServerPause
            | Op::ServerUnpause
            | Op::ServerSuspend
            | Op::ServerResume
            | Op::ServerLock
            | Op::ServerUnlock
            | Op::ServerRescue
            | Op::ServerUnrescue
            | Op::ServerResize
            | Op::ServerConfirmResize
            | Op::ServerRevertResize
            | Op::ServerShelve
            | Op::ServerUnshelve
            | Op::ServerResetState => {
                let server = self.server(IMAGE).await;
                let path = format!("/servers/{server}/action");
                for before in before(operation) {
                    let (status, told) = self
                        .ask(Method::POST, &path, Microversion::MIN, Some(before))
                        .await;
                    assert!(status < 300, "{told}");
                    self.get(&format!("/servers/{server}")).await;
                }
                vec![ask(path, Some(action(operation))).await]
            }
            Op::MetadataCreate | Op::MetadataReplace => {
                vec![ask(path, Some(json!({"metadata": {"a": "b"}}))).await]
            }
            Op::MetadataUpdate => vec![ask(path, Some(json!({"meta": {"a": "b"}}))).await],
            Op::MetadataDelete => {
                let server = self.server(IMAGE).await;
                let metadata = format!("/servers/{server}/metadata");
                let body = json!({"metadata": {"a": "b"}});
                self.ask(Method::POST, &metadata, version, Some(body)).await;
                vec![ask(format!("{metadata}/a"), None).await]
            }
            Op::TagReplace => vec![ask(path, Some(json!({"tags": ["t"]}))).await],
            Op::TagAdd | Op::TagDelete | Op::TagDeleteAll => {
                let server = self.server(IMAGE).await;
                let path = path.replace(&self.full, &server);
                if operation != Op::TagAdd {
                    self.ask(
                        Method::PUT,
                        &format!("/servers/{server}/tags/t"),
                        version,
                        None,
                    )
                    .await;
                }
                vec![ask(path, None).await]
            }
            Op::ServerGroupCreate => {
                let old = json!({"name": "h", "policies": ["affinity"]});
                let new = json!({"name": "h", "policy": "affinity"});
                let takes = |path: &str| contract.inputs().iter().any(|(known, _)| *known == path);
                let group = if takes("/server_group/policy") {
                    new
                } else {
                    old
                };
                vec![ask(path, Some(json!({"server_group": group}))).await]
            }
            Op::ServerGroupDelete => {
                let body = json!({"server_group": {"name": "h", "policies": ["affinity"]}});
                let (_, made) = self
                    .ask(
                        Method::POST,
                        "/os-server-groups",
                        Microversion::MIN,
                        Some(body),
                    )
                    .await;
                let id = made["server_group"]["id"].as_str().unwrap();
                vec![ask(format!("/os-server-groups/{id}"), None).await]
            }
            Op::ImageShow => {
                vec![
                    ask(path.clone(), None).await,
                    ask(format!("/images/{IMAGE}"), None).await,
                ]
            }
            Op::ImageDelete => {
                // Another one for the next time.
                let made = self.image().await;
                vec![ask(format!("/images/{made}"), None).await]
            }
            Op::SecurityGroupCreate => {
                let body = json!({"security_group": {"name": "mine", "description": "d"}});
                vec![ask(path, Some(body)).await]
            }
            Op::SecurityGroupShow | Op::SecurityGroupDelete => {
                let body = json!({"security_group": {"name": "mine", "description": "d"}});
                let (_, made) = self
                    .ask(
                        Method::POST,
                        "/os-security-groups",
                        Microversion::MIN,
                        Some(body),
                    )
                    .await;
                let id = made["security_group"]["id"].as_str().unwrap();
                vec![ask(format!("/os-security-groups/{id}"), None).await]
            }
            Op::KeypairShow
            | Op::LimitsShow
            | Op::QuotaShow
            | Op::QuotaDetail
            | Op::QuotaDefaults
            | Op::QuotaDelete
            | Op::ExtensionList
            | Op::ExtensionShow
            | Op::MetadataList
            | Op::MetadataShow
            | Op::TagList
            | Op::TagShow
            | Op::PasswordShow
            | Op::PasswordClear
            | Op::AddressList
            | Op::AddressShow
            | Op::VolumeAttachmentList
            | Op::VolumeAttachmentShow
            | Op::ServerGroupList
            | Op::ServerGroupShow
            | Op::AvailabilityZoneList
            | Op::AvailabilityZoneDetail
            | Op::FlavorShow
            | Op::ExtraSpecList
            | Op::ExtraSpecShow
            | Op::NetworkList
            | Op::NetworkShow
            | Op::SecurityGroupList
            | Op::FloatingIpList => vec![ask(path, None).await],
        }
    }

    fn path(&self, template: &str) -> String {
        template
            .replace("{project}", &self.project_id)
            .replace("{alias}", "os-keypairs")
            .replace("{name}", "one")
            .replace("{server}", &self.full)
            .replace("/metadata/{key}", "/metadata/a")
            .replace("/os-extra_specs/{key}", "/os-extra_specs/hw:numa_nodes")
            .replace("{tag}", "t")
            .replace("/ips/{network}", "/ips/private")
            .replace("{network}", "de000000-0000-4000-8000-000000000002")
            .replace("{volume}", &self.volume)
            .replace("{group}", &self.group)
            .replace("{flavor}", "full")
            .replace("{image}", &self.snapshot)
    }
}

/// What brings a new server into a state in which the action may begin.
fn before(operation: Operation) -> Vec<Value> {
    use Operation as Op;
    let first = match operation {
        Op::ServerStart => Op::ServerStop,
        Op::ServerUnpause => Op::ServerPause,
        Op::ServerResume => Op::ServerSuspend,
        Op::ServerUnlock => Op::ServerLock,
        Op::ServerUnrescue => Op::ServerRescue,
        Op::ServerConfirmResize | Op::ServerRevertResize => Op::ServerResize,
        Op::ServerUnshelve => Op::ServerShelve,
        _ => return Vec::new(),
    };
    vec![action(first)]
}

fn action(operation: Operation) -> Value {
    let what = match operation {
        Operation::ServerReboot => json!({"type": "SOFT"}),
        Operation::ServerResize => json!({"flavorRef": "2"}),
        Operation::ServerResetState => json!({"state": "active"}),
        _ => Value::Null,
    };
    let name = operation.action().unwrap();
    json!({name: what})
}
