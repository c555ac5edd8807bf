//! Bodies of requests about servers: good ones for a version, and what spoils them. It knows which version takes which field
//! no better than a client does: a field is now and then sent where it is not taken.

use nova_api::Operation::{self, *};
use rand::{RngExt as _, seq::IndexedRandom as _};
use serde_json::{Map, Value, json};

use super::{
    super::{Generator, Version, values::junk},
    fields::{COMMON, Field, NEW, REBUILT, odd_images, odd_keys},
    values,
};
use crate::{caller::Caller, compare::ask::Who};

impl Generator<'_> {
    /// Some of these fields with good values, where the version takes them; now and then one that it does not take.
    fn fields(&mut self, version: &Version, from: &[&[Field]], percent: u32) -> Map<String, Value> {
        let mut members = Map::new();
        for field in from.iter().copied().flatten() {
            let (first, last) = field.versions;
            let taken = (first == 1 || version.from(first)) && version.to(last);
            if self.chance(if taken { percent } else { 1 })
                && let Some(value) = (field.good)().choose(&mut self.random)
            {
                members.insert(field.name.to_owned(), value.clone());
            }
        }
        members
    }

    /// The body of a new server. One that is not `good` has several servers in it, or a volume, or hints.
    pub(super) fn server_body(&mut self, who: Who, version: &Version, good: bool) -> Value {
        let mut server = self.fields(version, &[COMMON, NEW], 12);
        for forced in ["host", "hypervisor_hostname"] {
            if good {
                server.remove(forced);
            }
        }
        server.insert("name".to_owned(), self.pick(values::NAMES, "a").into());
        let image = self.pick(
            &["<image:1>", "<image:1>", "<image:2>", "<image:3>"],
            "<image:1>",
        );
        server.insert("imageRef".to_owned(), image.into());
        let flavor = self.pick(
            &["<flavor:1>", "<flavor:1>", "<flavor:2>", "<flavor:6>"],
            "<flavor:1>",
        );
        server.insert("flavorRef".to_owned(), flavor.into());
        if version.from(37) || self.chance(40) {
            let networks = if version.from(37) {
                json!(self.pick(&["none", "none", "auto"], "none"))
            } else {
                json!([{"uuid": "<network:1>"}])
            };
            let networks = if self.chance(30) {
                json!([{"uuid": "<network:1>"}])
            } else {
                networks
            };
            server.insert("networks".to_owned(), networks);
        }
        let caller = self.own_caller(who);
        if self.chance(50)
            && let Some(key) = self
                .owned
                .get(&caller)
                .and_then(|names| names.choose(&mut self.random))
        {
            server.insert("key_name".to_owned(), key.clone().into());
        }
        let mut hints = None;
        if !good || self.chance(10) {
            match self.random.random_range(0..10) {
                // Two servers of one request are listed in an order that is chance.
                0 => {
                    let (least, most) = self.pick(&[(1, 1), (2, 1)], (1, 1));
                    server.insert("min_count".to_owned(), least.into());
                    server.insert("max_count".to_owned(), most.into());
                }
                1..4 => drop(server.insert("return_reservation_id".to_owned(), true.into())),
                // The volume is of the main caller's project.
                4..7 if matches!(caller, Caller::Main | Caller::Second) => {
                    server.remove("imageRef");
                    let root = json!([{"boot_index": 0, "uuid": "<volume:boot>", "source_type": "volume", "destination_type": "volume"}]);
                    server.insert("block_device_mapping_v2".to_owned(), root);
                }
                7..9 => hints = Some(json!({"group": format!("<group:{}>", self.servers.groups)})),
                _ => {
                    hints = Some(
                        self.pick(
                            &[
                                json!({"same_host": "<server:1>"}),
                                json!({"different_host": ["<server:1>"]}),
                                json!({"a": "b"}),
                                json!({"group": "x"}),
                                json!({}),
                                json!({"query": "x"}),
                                json!({"same_host": "x"}),
                                json!(null),
                            ]
                            .each_ref(),
                            &json!({}),
                        )
                        .clone(),
                    );
                }
            }
        }
        let mut body = json!({"server": server});
        if let Some(hints) = hints {
            let name = if self.chance(90) {
                "os:scheduler_hints"
            } else {
                "OS-SCH-HNT:scheduler_hints"
            };
            body[name] = hints;
        }
        body
    }

    /// Makes something wrong, or odd.
    pub(super) fn spoil_server(&mut self, body: &mut Value) {
        match self.random.random_range(0..100) {
            0..50 => self.spoil_field(body, "server", &[COMMON, NEW]),
            50..62 => {
                let (name, values): (&str, Vec<Value>) = self
                    .pick(
                        &[
                            (
                                "name",
                                values::ODD_NAMES.iter().map(|name| json!(name)).collect(),
                            ),
                            ("imageRef", odd_images()),
                            (
                                "flavorRef",
                                vec![
                                    json!("nothing"),
                                    json!(99),
                                    json!(1),
                                    json!(""),
                                    json!("http://a/flavors/1"),
                                    json!("-1"),
                                ],
                            ),
                            (
                                "networks",
                                vec![
                                    json!("none"),
                                    json!("auto"),
                                    json!([]),
                                    json!([{"uuid": "00000000-0000-4000-8000-000000000000"}]),
                                    json!([{"uuid": "x"}]),
                                    json!([{"port": "00000000-0000-4000-8000-000000000000"}]),
                                    json!([{"uuid": "<network:1>", "fixed_ip": "x"}]),
                                    json!([{"uuid": "<network:1>", "tag": "a"}]),
                                    json!([{"uuid": "<network:1>", "tag": "a,b"}]),
                                    json!([{}]),
                                    json!("x"),
                                ],
                            ),
                            ("key_name", odd_keys()),
                        ]
                        .each_ref(),
                        &("name", Vec::new()),
                    )
                    .clone();
                if let Some(value) = values.choose(&mut self.random) {
                    put(body, "server", name, value.clone());
                }
            }
            62..72 => {
                let name = self.pick(&["name", "imageRef", "flavorRef", "networks"], "name");
                if let Some(server) = body.get_mut("server").and_then(Value::as_object_mut) {
                    server.remove(name);
                }
            }
            72..92 => self.spoil_member(body, "server"),
            _ => self.spoil_whole(body),
        }
    }

    /// Gives one of these fields an odd value.
    fn spoil_field(&mut self, body: &mut Value, root: &str, from: &[&[Field]]) {
        let all: Vec<&Field> = from.iter().copied().flatten().collect();
        if let Some(field) = all.choose(&mut self.random)
            && let Some(value) = (field.odd)().choose(&mut self.random)
        {
            put(body, root, field.name, value.clone());
        }
    }

    /// Gives one of the members that are there junk. A cloud without quotas would make as many servers as are asked for.
    fn spoil_member(&mut self, body: &mut Value, root: &str) {
        let names: Vec<String> = body
            .get(root)
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(|members| members.keys().cloned())
            .filter(|name| !name.ends_with("_count"))
            .collect();
        if let (Some(name), Some(some)) = (
            names.choose(&mut self.random),
            junk().choose(&mut self.random),
        ) {
            put(body, root, name, some.clone());
        }
    }

    fn spoil_whole(&mut self, body: &mut Value) {
        if !body.is_object() {
            return;
        }
        let some = junk().choose(&mut self.random).cloned().unwrap_or_default();
        let root = body
            .as_object()
            .and_then(|members| members.keys().next().cloned())
            .unwrap_or_default();
        match self.random.random_range(0..6) {
            0 => *body = some,
            1 => body[&root] = some,
            2 => *body = json!({"x": body[&root].take()}),
            3 => body["unknown"] = some,
            4 => *body = json!([body.take()]),
            _ => *body = json!({}),
        }
    }

    pub(super) fn rebuild_body(&mut self, version: &Version, caller: Caller) -> Value {
        let mut rebuild = self.fields(version, &[COMMON, REBUILT], 10);
        let image = self.pick(
            &["<image:1>", "<image:1>", "<image:2>", "<image:3>"],
            "<image:1>",
        );
        rebuild.insert("imageRef".to_owned(), image.into());
        if self.chance(if version.from(54) { 50 } else { 4 }) {
            // The caller's own key mostly; the owner's, or nobody's, sometimes.
            let whose = if self.chance(70) {
                caller
            } else {
                self.some_owner()
            };
            let key = match self.random.random_range(0..10) {
                0..7 => self
                    .owned
                    .get(&whose)
                    .and_then(|names| names.choose(&mut self.random))
                    .cloned()
                    .map_or(json!("nothing"), Value::from),
                7..9 => json!(null),
                _ => odd_keys()
                    .choose(&mut self.random)
                    .cloned()
                    .unwrap_or_default(),
            };
            rebuild.insert("key_name".to_owned(), key);
        }
        json!({"rebuild": rebuild})
    }

    pub(super) fn spoil_rebuild(&mut self, body: &mut Value) {
        match self.random.random_range(0..100) {
            0..60 => self.spoil_field(body, "rebuild", &[COMMON, REBUILT]),
            60..72 => {
                if let Some(image) = odd_images().choose(&mut self.random) {
                    put(body, "rebuild", "imageRef", image.clone());
                }
            }
            72..78 => {
                if let Some(rebuild) = body.get_mut("rebuild").and_then(Value::as_object_mut) {
                    rebuild.remove("imageRef");
                }
            }
            78..92 => self.spoil_member(body, "rebuild"),
            92..95 => {
                if let Some(members) = body.as_object_mut() {
                    members.insert("os-stop".to_owned(), json!(null));
                }
            }
            _ => self.spoil_whole(body),
        }
    }

    pub(super) fn update_body(&mut self, version: &Version) -> Value {
        let fields: &[&str] = &[
            "accessIPv4",
            "accessIPv6",
            "OS-DCF:diskConfig",
            "description",
            "hostname",
        ];
        let mut server = self.fields(version, &[COMMON], 25);
        let stray = self.chance(5);
        server.retain(|name, _| stray || fields.contains(&name.as_str()));
        if self.chance(60) {
            server.insert("name".to_owned(), self.pick(values::NAMES, "a").into());
        }
        let mut body = json!({"server": server});
        if self.chance(25) {
            match self.random.random_range(0..4) {
                0 => self.spoil_member(&mut body, "server"),
                1 => self.spoil_whole(&mut body),
                2 => {
                    let name = self.pick(values::ODD_NAMES, "");
                    put(&mut body, "server", "name", name.into());
                }
                _ => self.spoil_field(&mut body, "server", &[COMMON]),
            }
        }
        body
    }

    /// What an action is asked with.
    pub(super) fn argument(&mut self, operation: Operation, version: &Version) -> Value {
        if self.chance(8) {
            return junk().choose(&mut self.random).cloned().unwrap_or_default();
        }
        let of = |values: &[Value], this: &mut Self| {
            values.choose(&mut this.random).cloned().unwrap_or_default()
        };
        match operation {
            ServerReboot => of(
                &[
                    json!({"type": "HARD"}),
                    json!({"type": "HARD"}),
                    json!({"type": "SOFT"}),
                    json!({"type": "hard"}),
                    json!({"type": "x"}),
                    json!({}),
                ],
                self,
            ),
            ServerResize => of(
                &[
                    json!({"flavorRef": "<flavor:2>"}),
                    json!({"flavorRef": "<flavor:2>"}),
                    json!({"flavorRef": "<flavor:1>"}),
                    json!({"flavorRef": "<flavor:3>"}),
                    json!({"flavorRef": "nothing"}),
                    json!({"flavorRef": "<flavor:2>", "OS-DCF:diskConfig": "AUTO"}),
                    json!({"flavorRef": ""}),
                    json!({}),
                ],
                self,
            ),
            ServerResetState => of(
                &[
                    json!({"state": "active"}),
                    json!({"state": "active"}),
                    json!({"state": "error"}),
                    json!({"state": "paused"}),
                    json!({}),
                ],
                self,
            ),
            ServerRescue => of(
                &[
                    json!(null),
                    json!(null),
                    json!({}),
                    json!({"adminPass": "chosen by the client"}),
                    json!({"rescue_image_ref": "<image:2>"}),
                    json!({"rescue_image_ref": "00000000-0000-4000-8000-000000000000"}),
                    json!({"adminPass": ""}),
                    json!({"x": 1}),
                ],
                self,
            ),
            ServerLock if version.from(73) || self.chance(10) => of(
                &[
                    json!(null),
                    json!({}),
                    json!({"locked_reason": "A text"}),
                    json!({"locked_reason": ""}),
                    json!({"locked_reason": "r".repeat(256)}),
                ],
                self,
            ),
            ServerUnshelve if version.from(77) || self.chance(10) => of(
                &[
                    json!(null),
                    json!(null),
                    json!({"availability_zone": "nova"}),
                    json!({"availability_zone": "nowhere"}),
                    json!({"availability_zone": null}),
                    json!({"host": "nowhere"}),
                    json!({}),
                ],
                self,
            ),
            _ if self.chance(90) => json!(null),
            _ => json!({}),
        }
    }
}

/// Gives a member of the inner object a value, where there is such an object.
fn put(body: &mut Value, root: &str, name: &str, value: Value) {
    if let Some(members) = body.get_mut(root).and_then(Value::as_object_mut) {
        members.insert(name.to_owned(), value);
    }
}
