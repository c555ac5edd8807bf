//! Bodies of requests: good ones, and good ones with one thing wrong. It knows what the API takes.

use http::Method;
use rand::{RngExt as _, seq::IndexedRandom as _};
use serde_json::{Map, Value, json};

use super::{Generator, MANY, Version, values};
use crate::{
    caller::Caller,
    compare::ask::{Ask, Asked, Who},
};

/// The names under which quotas are set.
const QUOTAS: &[&str] = &[
    "key_pairs",
    "key_pairs",
    "key_pairs",
    "cores",
    "ram",
    "instances",
    "metadata_items",
    "server_groups",
    "server_group_members",
    "injected_files",
    "injected_file_content_bytes",
    "injected_file_path_bytes",
    "floating_ips",
    "fixed_ips",
    "security_groups",
    "security_group_rules",
];

impl Generator<'_> {
    pub(super) fn create(&mut self, who: Who, version: &Version) -> Ask {
        let caller = self.own_caller(who);
        if self
            .owned
            .get(&caller)
            .is_some_and(|names| names.len() > MANY)
            && self.chance(60)
        {
            return self.show_or_delete(who, version, Method::DELETE);
        }
        let query = if self.chance(3) {
            self.query(vec!["user_id=x".to_owned()])
        } else {
            String::new()
        };
        let mut ask = Self::asking(
            "keypairs.create",
            who,
            version,
            Method::POST,
            format!("/os-keypairs{query}"),
        );
        let (mut body, owner) = self.good_body(version, who);
        make_deletable(version, &mut body);
        if self.chance(72) {
            if let (Some(owner), Some(name)) = (owner, body["keypair"]["name"].as_str()) {
                let owned = self.owned.entry(owner).or_default();
                if !owned.iter().any(|known| known == name) {
                    owned.push(name.to_owned());
                }
            }
            self.send(&mut ask, &body);
        } else if self.chance(25) {
            let text = self.spoiled_text(&body);
            ask.headers
                .push(("content-type".to_owned(), "application/json".to_owned()));
            ask.body = Some(text);
        } else {
            self.spoil(&mut body);
            make_deletable(version, &mut body);
            self.send(&mut ask, &body);
        }
        ask
    }

    /// Gives a request this JSON body, in one of the ways JSON is written.
    pub(super) fn send(&mut self, ask: &mut Ask, body: &Value) {
        let text = if self.chance(90) {
            body.to_string()
        } else {
            serde_json::to_string_pretty(body).unwrap_or_default()
        };
        ask.headers
            .push(("content-type".to_owned(), "application/json".to_owned()));
        ask.body = Some(text.into_bytes());
    }

    /// A body that makes a keypair at this version, and whose it will be, where it is somebody's who is known.
    pub(super) fn good_body(&mut self, version: &Version, who: Who) -> (Value, Option<Caller>) {
        self.made += 1;
        let caller = self.own_caller(who);
        let mut owner = Some(caller);
        let mut keypair = Map::new();
        keypair.insert("name".to_owned(), self.good_name(version, caller).into());
        let x509 = version.from(2) && self.chance(8);
        if x509 {
            keypair.insert("type".to_owned(), "x509".into());
        } else if version.from(2) && self.chance(30) {
            keypair.insert("type".to_owned(), "ssh".into());
        }
        // A generated key costs a cloud a tenth of a second.
        if version.from(92) || self.chance(92) {
            let key = if self.chance(90) {
                self.pick_text(if x509 { &values::X509 } else { &values::SSH })
            } else {
                owner = None;
                self.pick_text(&values::REFUSED)
            };
            keypair.insert("public_key".to_owned(), key.into());
        }
        if version.from(10) && self.chance(if caller == Caller::Admin { 40 } else { 6 }) {
            let whose = self.some_owner();
            owner = Some(whose).filter(|_| whose == caller || caller == Caller::Admin);
            keypair.insert("user_id".to_owned(), format!("<user:{whose}>").into());
        }
        (json!({"keypair": keypair}), owner)
    }

    fn good_name(&mut self, version: &Version, caller: Caller) -> String {
        let number = self.made;
        match self.random.random_range(0..100) {
            0..60 => format!("k{number}"),
            60..72 => self
                .pick(
                    &["my key %", "K_%-", "% ", "0%", "-%", "A%a", "z%", "_%"],
                    "k%",
                )
                .trim_end()
                .replace('%', &number.to_string()),
            72..80 if version.from(92) => self
                .pick(
                    &["k@%", "k.%", "me@example.com.%", ".%", "@%", "k%.json"],
                    "k@%",
                )
                .replace('%', &number.to_string()),
            80..83 => format!("{}{number}", "n".repeat(255 - number.to_string().len())),
            // One that exists.
            83..90 => self.some_name(caller, 100),
            90..94 => self.odd_name(),
            _ => format!("k{number}"),
        }
    }

    pub(super) fn quota_body(&mut self) -> Value {
        let mut set = Map::new();
        for _ in 0..self.random.random_range(0..4) {
            let name = self.pick(QUOTAS, "key_pairs");
            let limit: Value = match self.random.random_range(0..12) {
                0..7 => json!(self.random.random_range(-1..40)),
                7 => json!(self.random.random_range(-1..40).to_string()),
                8 => self
                    .pick(
                        &[
                            "-1",
                            " 5",
                            "5 ",
                            "05",
                            "+5",
                            "5\n",
                            "٣",
                            "5.0",
                            "-0",
                            "abc",
                            "",
                            "-2",
                            "2147483648",
                        ],
                        "5",
                    )
                    .into(),
                9 => self
                    .pick(
                        &[2_147_483_647_i64, 2_147_483_648, -2, i64::MAX, 0, 1000],
                        5,
                    )
                    .into(),
                10 => self
                    .pick(
                        &[
                            json!(1.5),
                            json!(5.0),
                            json!(null),
                            json!(true),
                            json!([]),
                            json!(-1.0),
                            json!(1e9),
                        ]
                        .each_ref(),
                        &json!(0),
                    )
                    .clone(),
                _ => json!(100),
            };
            set.insert(name.to_owned(), limit);
        }
        if self.chance(25) {
            let force: Value = self
                .pick(
                    &[
                        json!(true),
                        json!(false),
                        json!("True"),
                        json!("yes"),
                        json!("t"),
                        json!("y"),
                        json!("0"),
                        json!(1),
                        json!("off"),
                        json!(null),
                    ]
                    .each_ref(),
                    &json!(0),
                )
                .clone();
            set.insert("force".to_owned(), force);
        }
        if self.chance(8) {
            set.insert(
                self.pick(&["tenant_id", "id", "networks", "x", ""], "x")
                    .to_owned(),
                "<project:main>".into(),
            );
        }
        let mut body = json!({"quota_set": set});
        if self.chance(8) {
            self.spoil(&mut body);
        }
        body
    }

    /// Makes one thing wrong.
    fn spoil(&mut self, body: &mut Value) {
        let junk = values::junk();
        let some = junk.choose(&mut self.random).cloned().unwrap_or_default();
        let Some(root) = body
            .as_object()
            .and_then(|members| members.keys().next())
            .cloned()
        else {
            return;
        };
        match self.random.random_range(0..100) {
            0..4 => *body = some,
            4..8 => body[&root] = some,
            8..11 => {
                let inner = body[&root].take();
                *body = json!({self.pick(&["keypairs", "Keypair", "", "key_pair"], ""): inner});
            }
            11..14 => *body = body[&root].take(),
            14..20 => {
                let name = self.pick(
                    &[
                        "x",
                        "",
                        "keypair",
                        "ключ",
                        "it's",
                        "os:scheduler_hints",
                        "private_key",
                    ],
                    "x",
                );
                body[name] = some;
            }
            20..22 => *body = json!([body.take()]),
            // One member of the inner object becomes junk, disappears, or gets company.
            22..75 => {
                let names = [
                    "name",
                    "name",
                    "public_key",
                    "public_key",
                    "type",
                    "user_id",
                    "key_pairs",
                    "force",
                ];
                let name = self.pick(&names, "name");
                let some = if name == "name" && self.chance(60) {
                    self.odd_name().into()
                } else {
                    some
                };
                if let Some(inner) = body[&root].as_object_mut() {
                    inner.insert(name.to_owned(), some);
                }
            }
            75..85 => {
                if let Some(inner) = body[&root].as_object_mut() {
                    let names: Vec<String> = inner.keys().cloned().collect();
                    if let Some(name) = names.choose(&mut self.random) {
                        inner.remove(name);
                    }
                }
            }
            85..95 => {
                let count = self.random.random_range(1..4);
                for _ in 0..count {
                    let name = self.pick(
                        &[
                            "x",
                            "",
                            "id",
                            "fingerprint",
                            "private_key",
                            "Name",
                            "é",
                            "it's",
                            "a\"b",
                            "a\nb",
                            "user_id",
                            "type",
                        ],
                        "x",
                    );
                    let some = junk.choose(&mut self.random).cloned().unwrap_or_default();
                    if let Some(inner) = body[&root].as_object_mut() {
                        inner.insert(name.to_owned(), some);
                    }
                }
            }
            _ => {
                let long = self.random.random_range(1..130_000);
                if let Some(inner) = body[&root].as_object_mut() {
                    inner.insert("public_key".to_owned(), "x".repeat(long).into());
                }
            }
        }
    }

    /// The text of a body with something that is wrong as text, or unusual.
    fn spoiled_text(&mut self, body: &Value) -> Vec<u8> {
        let text = body.to_string();
        let mut bytes = text.clone().into_bytes();
        match self.random.random_range(0..12) {
            0 => bytes.truncate(self.random.random_range(0..text.len())),
            1 => bytes.extend_from_slice(b"x"),
            2 => bytes.insert(0, b' '),
            3 => {
                let mut marked = vec![0xEF, 0xBB, 0xBF];
                marked.append(&mut bytes);
                bytes = marked;
            }
            4 => {
                let at = self.random.random_range(0..bytes.len());
                bytes[at] = 0xFF;
            }
            5 => bytes = text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            _ => {
                let literal = self.pick(values::ODD_LITERALS, "NaN");
                let name = self.pick(&["name", "public_key", "type", "user_id", "x"], "x");
                let spoiled = text.replacen(
                    "{\"keypair\":{",
                    &format!("{{\"keypair\":{{\"{name}\":{literal},"),
                    1,
                );
                bytes = if self.chance(50) {
                    spoiled.into_bytes()
                } else {
                    // The last of two members of one name counts.
                    let end = text.len().saturating_sub(2);
                    format!(
                        "{},\"{name}\":{literal}}}}}",
                        text.get(..end).unwrap_or_default()
                    )
                    .into_bytes()
                };
            }
        }
        bytes
    }
}

/// On the legacy endpoint keypairs can be made that nobody can ever delete: Nova's router reads paths as Latin-1, so a name
/// with other letters is never found, and a `/` ends the name, encoded or not.
fn make_deletable(version: &Version, body: &mut Value) {
    if version.asked == Asked::Legacy
        && let Some(Value::String(name)) = body.pointer_mut("/keypair/name")
    {
        *name = name
            .chars()
            .map(|letter| {
                if letter == '/' || u32::from(letter) > 0xFF {
                    'é'
                } else {
                    letter
                }
            })
            .collect();
    }
}
