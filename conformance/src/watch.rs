//! What every answer of a run is watched for: secrets that are told to somebody else, or told again. A private key is told
//! once, to who had it generated; a password once, in the answer to the request that set it. The watch hears every exchange
//! on its way (it wraps the wires) and keeps digests only. It knows exchanges, and no check.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aws_lc_rs::digest::{SHA256, digest};
use futures::{FutureExt, future::BoxFuture};
use http::Method;
use nova_client::{RawRequest, redact};
use serde_json::Value;

use crate::caller::{Base, Caller, Cloud, Party, Reply, Wire};

/// How a private key begins and ends in PEM.
const KEY_MARK: &str = "PRIVATE KEY-----";

/// The field in which Nova tells a password, once.
const PASSWORD_FIELD: &str = "adminPass";

/// Shorter words are too common to be told from chance.
const SHORTEST_WORD: usize = 8;

/// Shorter passwords are not even looked for as a whole value.
const SHORTEST_PASSWORD: usize = 6;

/// What kind of secret it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// The private half of a generated keypair.
    PrivateKey,
    /// The password of a server's administrator, or of a user.
    Password,
}

/// A secret in an answer where it has no place. It tells where, and never what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// What kind of secret.
    pub(crate) kind: Kind,
    /// Whose or of what it is.
    pub(crate) what: String,
    /// Who was told.
    pub(crate) to: Caller,
    /// In the answer to which request.
    pub(crate) line: String,
}

impl fmt::Display for Told {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, to, line, .. } = self;
        write!(out, "{what}, told to the caller '{to}' by {line}")
    }
}

type Digest = [u8; 32];

/// Hears a run's exchanges.
#[derive(Default)]
pub(crate) struct Watch {
    // A std lock, because nothing awaits while it is held.
    heard: Mutex<Heard>,
}

#[derive(Default)]
struct Heard {
    known: HashMap<Digest, (Kind, String)>,
    exchanges: usize,
    told: Vec<Told>,
}

impl fmt::Debug for Watch {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heard = self.heard();
        out.debug_struct("Watch")
            .field("exchanges", &heard.exchanges)
            .field("told", &heard.told.len())
            .finish_non_exhaustive()
    }
}

/// The same cloud, whose answers are watched; the passwords of its people are watched for.
pub(crate) fn watched(cloud: &Cloud, watch: &Arc<Watch>) -> Cloud {
    let mut watched = cloud.clone();
    for (caller, password) in cloud.passwords() {
        let what = format!("the password of the caller '{caller}'");
        if password.expose().len() >= SHORTEST_PASSWORD {
            watch.heard().keep(password.expose(), Kind::Password, &what);
        }
    }
    for (caller, party) in cloud.parties() {
        let wire = Arc::new(Watched {
            wire: Arc::clone(&party.wire),
            watch: Arc::clone(watch),
            caller,
        });
        watched.add(
            caller,
            Party {
                wire,
                ..party.clone()
            },
        );
    }
    watched
}

struct Watched {
    wire: Arc<dyn Wire>,
    watch: Arc<Watch>,
    caller: Caller,
}

impl Wire for Watched {
    fn send<'a>(
        &'a self,
        base: Base,
        request: &'a RawRequest,
    ) -> BoxFuture<'a, Result<Reply, String>> {
        async move {
            let reply = self.wire.send(base, request).await?;
            self.watch.hear(self.caller, request, &reply);
            Ok(reply)
        }
        .boxed()
    }
}

impl Watch {
    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Secrets of this kind that were told where they should not have been, and how many exchanges were heard.
    pub(crate) fn told(&self, kind: Kind) -> (Vec<Told>, usize) {
        let heard = self.heard();
        let told = heard.told.iter().filter(|told| told.kind == kind);
        (told.cloned().collect(), heard.exchanges)
    }

    /// Takes note of one exchange: what it tells that is known to be secret, and what secrets it makes.
    pub(crate) fn hear(&self, caller: Caller, request: &RawRequest, reply: &Reply) {
        let answer = Spoken::of(
            &reply.body,
            reply.headers.iter().map(|(_, value)| value.as_str()),
        );
        let sent = || {
            Spoken::of(
                request.body.as_deref().unwrap_or_default(),
                [request.path.as_str()],
            )
        };
        let line = || redact::text(&format!("{} {}", request.method, request.path));
        let mut heard = self.heard();
        heard.exchanges += 1;
        let mut found: BTreeSet<(Kind, String)> = BTreeSet::new();
        let suspicious: Vec<(Digest, (Kind, String))> = answer
            .words
            .iter()
            .filter_map(|word| Some((*word, heard.known.get(word)?.clone())))
            .collect();
        if !suspicious.is_empty() {
            // Whoever says a secret may hear it back, as in a complaint about the very request.
            let sent = sent();
            found.extend(
                suspicious
                    .into_iter()
                    .filter(|(word, _)| !sent.words.contains(word))
                    .map(|(_, secret)| secret),
            );
        }
        let makes_key = request.method == Method::POST
            && path_of(request) == "/os-keypairs"
            && reply.status < 300;
        if !answer.key_lines.is_empty() && !makes_key && sent().key_lines.is_empty() {
            found.insert((Kind::PrivateKey, "a private key".to_owned()));
        }
        if !answer.passwords.is_empty() && request.method != Method::POST {
            found.insert((Kind::Password, format!("a field {PASSWORD_FIELD}")));
        }
        let line = line();
        for secret in answer.key_lines {
            heard.known.entry(secret).or_insert_with(|| {
                (
                    Kind::PrivateKey,
                    format!("the private key in the answer to {line}"),
                )
            });
        }
        for password in answer
            .passwords
            .iter()
            .chain(&Spoken::of(request.body.as_deref().unwrap_or_default(), []).passwords)
        {
            heard.keep(
                password,
                Kind::Password,
                &format!("the password that {line} set"),
            );
        }
        let told = found.into_iter().map(|(kind, what)| Told {
            kind,
            what,
            to: caller,
            line: line.clone(),
        });
        heard.told.extend(told);
    }
}

impl Heard {
    fn keep(&mut self, secret: &str, kind: Kind, what: &str) {
        self.known
            .entry(digested(secret))
            .or_insert_with(|| (kind, what.to_owned()));
    }
}

fn path_of(request: &RawRequest) -> &str {
    request.path.split('?').next().unwrap_or_default()
}

fn digested(word: &str) -> Digest {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, word.as_bytes()).as_ref());
    out
}

/// What a message says, as far as secrets could be in it.
#[derive(Default)]
struct Spoken {
    /// The digests of every text and of every word in it.
    words: HashSet<Digest>,
    /// The digests of the lines of private keys, but for the first, which is the same in all of a kind.
    key_lines: Vec<Digest>,
    /// The passwords that it names so.
    passwords: Vec<String>,
}

impl Spoken {
    fn of<'a>(body: &[u8], beside: impl IntoIterator<Item = &'a str>) -> Self {
        let mut spoken = Self::default();
        for text in beside {
            spoken.text(text);
        }
        match serde_json::from_slice::<Value>(body) {
            Ok(value) => spoken.value(&value),
            Err(_) => spoken.text(&String::from_utf8_lossy(body)),
        }
        spoken
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(items) => items.iter().for_each(|item| self.value(item)),
            Value::Object(fields) => {
                for (name, value) in fields {
                    self.text(name);
                    if let (true, Some(password)) = (name == PASSWORD_FIELD, value.as_str())
                        && is_unlikely(password)
                    {
                        self.passwords.push(password.to_owned());
                    }
                    self.value(value);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn text(&mut self, text: &str) {
        if text.len() >= SHORTEST_PASSWORD {
            self.words.insert(digested(text));
        }
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || "+/=_-.".contains(letter);
        for word in text
            .split(|letter| !is_part(letter))
            .filter(|word| word.len() >= SHORTEST_WORD)
        {
            self.words.insert(digested(word));
        }
        if text.contains(KEY_MARK) {
            let lines = text
                .lines()
                .filter(|line| !line.contains("-----") && line.len() >= SHORTEST_WORD);
            self.key_lines.extend(lines.skip(1).map(digested));
            // A key without a second line is none, but saying that it is one is bad enough.
            if self.key_lines.is_empty() {
                self.key_lines.push(digested(text));
            }
        }
    }
}

/// Whether a password is one that nothing else is likely to be called.
fn is_unlikely(password: &str) -> bool {
    password.len() >= SHORTEST_WORD
        && password.bytes().any(|byte| byte.is_ascii_digit())
        && password.bytes().any(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    const KEY: &str = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\nQyNTUxOQAAACBmadeUp0nLyHere\n-----END OPENSSH PRIVATE KEY-----\n";

    fn reply(body: &Value) -> Reply {
        Reply {
            status: 200,
            headers: Vec::new(),
            body: body.to_string().into(),
        }
    }

    fn told(exchanges: &[(RawRequest, Value)], kind: Kind) -> usize {
        let watch = Watch::default();
        for (request, answer) in exchanges {
            watch.hear(Caller::Main, request, &reply(answer));
        }
        watch.told(kind).0.len()
    }

    fn generates() -> (RawRequest, Value) {
        let request = RawRequest::post("/os-keypairs").json(&json!({"keypair": {"name": "a"}}));
        (request, json!({"keypair": {"private_key": KEY}}))
    }

    fn rebuilds() -> (RawRequest, Value) {
        let request = RawRequest::post("/servers/1/action").json(&json!({"rebuild": {}}));
        (request, json!({"server": {"adminPass": "q7Wm2Rt9Kx4Z"}}))
    }

    #[test]
    fn a_key_may_be_told_once() {
        assert_eq!(told(&[generates()], Kind::PrivateKey), 0);
    }

    #[rstest]
    #[case::shown_again("/os-keypairs/a", json!({"keypair": {"private_key": KEY}}))]
    #[case::in_a_fault("/os-keypairs/b", json!({"itemNotFound": {"message": format!("no {KEY}")}}))]
    #[case::one_line_of_it("/servers/1", json!({"server": {"name": "QyNTUxOQAAACBmadeUp0nLyHere"}}))]
    fn a_key_told_again_is_heard(#[case] path: &str, #[case] answer: Value) {
        assert_ne!(
            told(
                &[generates(), (RawRequest::get(path), answer)],
                Kind::PrivateKey
            ),
            0
        );
    }

    #[test]
    fn a_key_that_nobody_generated_is_heard_too() {
        let shown = (
            RawRequest::get("/os-keypairs/a"),
            json!({"keypair": {"private_key": KEY}}),
        );
        assert_eq!(told(&[shown], Kind::PrivateKey), 1);
    }

    #[test]
    fn a_key_in_a_refusal_to_make_one_is_heard() {
        let watch = Watch::default();
        let (request, answer) = generates();
        watch.hear(
            Caller::Main,
            &request,
            &Reply {
                status: 409,
                ..reply(&answer)
            },
        );
        assert_eq!(watch.told(Kind::PrivateKey).0.len(), 1);
    }

    #[test]
    fn a_password_may_be_told_once() {
        assert_eq!(told(&[rebuilds()], Kind::Password), 0);
    }

    #[rstest]
    #[case::shown("/servers/1", json!({"server": {"adminPass": "q7Wm2Rt9Kx4Z"}}))]
    #[case::in_words("/servers/1/os-instance-actions/r", json!({"message": "failed with q7Wm2Rt9Kx4Z, sorry"}))]
    fn a_password_told_again_is_heard(#[case] path: &str, #[case] answer: Value) {
        assert_ne!(
            told(
                &[rebuilds(), (RawRequest::get(path), answer)],
                Kind::Password
            ),
            0
        );
    }

    #[test]
    fn what_the_caller_says_may_be_repeated_to_them() {
        let own = json!({"rebuild": {"adminPass": "q7Wm2Rt9Kx4Z"}});
        let refused = json!({"badRequest": {"message": "Value: {'adminPass': 'q7Wm2Rt9Kx4Z'}"}});
        let request = RawRequest::post("/servers/1/action").json(&own);
        assert_eq!(told(&[rebuilds(), (request, refused)], Kind::Password), 0);
    }

    #[test]
    fn nothing_secret_is_kept_or_shown() {
        let watch = Watch::default();
        for (request, answer) in [rebuilds(), (RawRequest::get("/servers/1"), rebuilds().1)] {
            watch.hear(Caller::Second, &request, &reply(&answer));
        }
        let shown = format!("{watch:?} {:?}", watch.told(Kind::Password));
        assert!(!shown.contains("q7Wm2Rt9Kx4Z"), "{shown}");
    }
}
