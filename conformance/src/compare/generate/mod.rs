//! Random requests, mostly plausible, of which each depends on the seed alone and never on an answer: so a run can be
//! repeated, and both clouds are asked the same. It knows the API's history and what clients do wrong; it asks nobody.
//!
//! A run is made of episodes. Each begins with nothing made and a generator of its own, so that it can be repeated without
//! those before it.

mod bodies;
mod others;
mod servers;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use nova_api::Microversion;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};

use super::ask::{Ask, Asked, Who};
use crate::caller::{Base, Caller};
use crate::check::encoded;

/// How many requests an episode has.
pub const EPISODE: usize = 100;

/// The most keypairs somebody is thought to have before deletions become likelier than creations.
const MANY: usize = 12;

/// What both clouds have to be asked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cast {
    /// Who can ask both.
    pub callers: BTreeSet<Caller>,
    /// The names of roles that have an id in both.
    pub roles: BTreeSet<String>,
    /// Whether quotas may be set in both.
    pub quotas: bool,
    /// Whether servers can be made in both.
    pub servers: bool,
}

/// Makes the requests of one episode.
#[derive(Debug)]
pub struct Generator<'a> {
    random: StdRng,
    cast: &'a Cast,
    /// What each user is thought to own.
    owned: BTreeMap<Caller, Vec<String>>,
    /// Numbers names.
    made: usize,
    /// What is thought of servers.
    servers: servers::Servers,
    /// The versions asked for more often than others.
    boundaries: &'static [u16],
}

/// The versions at which keypairs, quotas and limits change, and their neighbours: asked for more often.
const BOUNDARIES: &[u16] = &[
    1, 2, 9, 10, 34, 35, 36, 37, 50, 56, 57, 58, 59, 60, 74, 75, 76, 91, 92, 93, 101, 102, 104,
];

/// The requests of an episode. Three of five are about servers, where those can be made.
pub fn episode(seed: u64, number: usize, cast: &Cast) -> Vec<Ask> {
    let about_servers = cast.servers && number % 5 > 1;
    let number = u64::try_from(number).unwrap_or(u64::MAX);
    let mut generator = Generator {
        random: StdRng::seed_from_u64(seed.wrapping_mul(1_000_003).wrapping_add(number)),
        cast,
        owned: BTreeMap::new(),
        made: 0,
        servers: servers::Servers::default(),
        boundaries: if about_servers {
            servers::BOUNDARIES
        } else {
            BOUNDARIES
        },
    };
    let asks = (0..EPISODE).map(|_| {
        if about_servers {
            generator.ask_about_servers()
        } else {
            generator.ask()
        }
    });
    asks.collect()
}

/// The version a request is asked at, and how it says so.
struct Version {
    base: Base,
    asked: Asked,
    headers: Vec<(String, String)>,
}

impl Version {
    /// The newest, asked for in the usual way.
    fn plain() -> Self {
        Self {
            base: Base::Endpoint,
            asked: Asked::Version(Microversion::MAX),
            headers: vec![(
                "openstack-api-version".to_owned(),
                format!("compute {}", Microversion::MAX),
            )],
        }
    }

    /// Whether the request gets a contract at or before `2.minor`, or that of the legacy endpoint.
    fn to(&self, minor: u16) -> bool {
        match self.asked {
            Asked::Version(version) => version.minor() <= minor,
            Asked::Legacy => true,
            Asked::Refused => false,
        }
    }

    /// Whether the request gets a contract at or after `2.minor`.
    fn from(&self, minor: u16) -> bool {
        matches!(self.asked, Asked::Version(version) if version.minor() >= minor)
    }
}

impl Generator<'_> {
    /// True this often in a hundred.
    fn chance(&mut self, percent: u32) -> bool {
        self.random.random_range(0..100) < percent
    }

    fn pick<T: Copy>(&mut self, from: &[T], otherwise: T) -> T {
        from.choose(&mut self.random).copied().unwrap_or(otherwise)
    }

    fn pick_text(&mut self, from: &[String]) -> String {
        from.choose(&mut self.random).cloned().unwrap_or_default()
    }

    fn ask(&mut self) -> Ask {
        let version = self.version();
        let who = self.who();
        let mut ask = match self.random.random_range(0..1000) {
            0..360 => self.create(who, &version),
            360..500 => self.list(who, &version),
            500..660 => self.show_or_delete(who, &version, Method::GET),
            660..800 => self.show_or_delete(who, &version, Method::DELETE),
            800..840 => self.limits(who, &version),
            840..890 => self.quotas(who, &version),
            890..915 => self.set_quotas(&version),
            915..945 => self.extensions(who, &version),
            945..960 => self.documents(who, &version),
            _ => self.odd(who, &version),
        };
        self.decorate(&mut ask);
        ask
    }

    fn who(&mut self) -> Who {
        let caller = match self.random.random_range(0..1000) {
            0..600 => Caller::Main,
            600..700 => Caller::Second,
            700..780 => Caller::Other,
            780..850 => Caller::Reader,
            850..975 => Caller::Admin,
            975..985 => Caller::Nobody,
            985..992 => Caller::Expired,
            _ => return Who::Stranger,
        };
        Who::Caller(if self.cast.callers.contains(&caller) {
            caller
        } else {
            Caller::Main
        })
    }

    fn version(&mut self) -> Version {
        let common = |text: String| vec![("openstack-api-version".to_owned(), text)];
        let at = |version: Microversion, headers| Version {
            base: Base::Endpoint,
            asked: Asked::Version(version),
            headers,
        };
        match self.random.random_range(0..100) {
            0..10 => at(Microversion::MIN, Vec::new()),
            10..20 => Version {
                base: Base::Legacy,
                asked: Asked::Legacy,
                headers: Vec::new(),
            },
            20..24 => at(Microversion::MAX, common("compute latest".to_owned())),
            24..29 => self.odd_version(),
            29..36 => {
                let version = self.some_version();
                at(
                    version,
                    vec![(
                        "x-openstack-nova-api-version".to_owned(),
                        version.to_string(),
                    )],
                )
            }
            36..38 => {
                let version = self.some_version();
                let mut headers = common(format!("compute {version}"));
                headers.push(("x-openstack-nova-api-version".to_owned(), "2.3".to_owned()));
                at(version, headers)
            }
            _ => {
                let version = self.some_version();
                at(version, common(format!("compute {version}")))
            }
        }
    }

    fn odd_version(&mut self) -> Version {
        let mut headers = Vec::new();
        for _ in 0..if self.chance(85) { 1 } else { 2 } {
            let (name, value) = self.pick(values::ODD_VERSIONS, ("openstack-api-version", ""));
            headers.push((name.to_owned(), value.to_owned()));
        }
        Version {
            base: Base::Endpoint,
            asked: Asked::Refused,
            headers,
        }
    }

    fn some_version(&mut self) -> Microversion {
        let minor = if self.chance(50) {
            self.pick(self.boundaries, 1)
        } else {
            self.random
                .random_range(Microversion::MIN.minor()..=Microversion::MAX.minor())
        };
        Microversion::new(minor).unwrap_or(Microversion::MIN)
    }

    fn asking(
        operation: &'static str,
        who: Who,
        version: &Version,
        method: Method,
        path: String,
    ) -> Ask {
        Ask {
            operation,
            asked: version.asked,
            who,
            base: version.base,
            method,
            path,
            headers: version.headers.clone(),
            body: None,
            binds: Vec::new(),
        }
    }

    fn list(&mut self, who: Who, version: &Version) -> Ask {
        let mut parts = Vec::new();
        if self.chance(35) {
            let limit = if self.chance(60) {
                self.random.random_range(0..6).to_string()
            } else {
                self.pick(values::LIMITS, "").to_owned()
            };
            parts.push(format!("limit={limit}"));
        }
        if self.chance(25) {
            let owner = self.own_caller(who);
            parts.push(format!("marker={}", encoded(&self.some_name(owner, 75))));
        }
        self.maybe_user(who, &mut parts);
        let query = self.query(parts);
        Self::asking(
            "keypairs.list",
            who,
            version,
            Method::GET,
            format!("/os-keypairs{query}"),
        )
    }

    /// Whose keypairs a request with `user_id` means: the caller's mostly.
    fn maybe_user(&mut self, who: Who, parts: &mut Vec<String>) {
        let is_admin = who == Who::Caller(Caller::Admin);
        if self.chance(if is_admin { 50 } else { 12 }) {
            let user = self.some_user();
            parts.push(format!("user_id={user}"));
        }
    }

    fn some_user(&mut self) -> String {
        match self.random.random_range(0..100) {
            0..86 => {
                let caller = self.some_owner();
                format!("<user:{caller}>")
            }
            86..90 => "<project:main>".to_owned(),
            90..94 => "deadbeef".to_owned(),
            94..97 => String::new(),
            _ => "%20x%2F".to_owned(),
        }
    }

    fn some_owner(&mut self) -> Caller {
        let all = [
            Caller::Main,
            Caller::Main,
            Caller::Second,
            Caller::Other,
            Caller::Reader,
            Caller::Admin,
        ];
        let caller = self.pick(&all, Caller::Main);
        if self.cast.callers.contains(&caller) {
            caller
        } else {
            Caller::Main
        }
    }

    fn own_caller(&self, who: Who) -> Caller {
        match who {
            Who::Caller(Caller::Nobody | Caller::Expired) | Who::Stranger => Caller::Main,
            Who::Caller(caller) => caller,
        }
    }

    /// A name: this often in a hundred one that is thought to exist.
    fn some_name(&mut self, owner: Caller, exists: u32) -> String {
        if self.chance(exists)
            && let Some(name) = self
                .owned
                .get(&owner)
                .and_then(|names| names.choose(&mut self.random))
                .cloned()
        {
            return name;
        }
        match self.random.random_range(0..10) {
            0..4 => format!("k{}", self.random.random_range(0..=self.made + 1)),
            4..8 => self.odd_name(),
            _ => {
                let other = self.some_owner();
                self.owned
                    .get(&other)
                    .and_then(|names| names.first())
                    .cloned()
                    .unwrap_or_else(|| "nobody's".to_owned())
            }
        }
    }

    fn odd_name(&mut self) -> String {
        if self.chance(10) {
            let (letter, length) = self.pick(
                &[
                    ("k", 255),
                    ("k", 256),
                    ("é", 255),
                    ("🔑", 256),
                    ("k", 300),
                    ("a b", 85),
                ],
                ("k", 255),
            );
            return letter.repeat(length);
        }
        self.pick(values::ODD_NAMES, "")
            .replace('%', &self.made.to_string())
    }

    fn show_or_delete(&mut self, who: Who, version: &Version, method: Method) -> Ask {
        let caller = self.own_caller(who);
        let mut parts = Vec::new();
        let mut owner = caller;
        if version.from(10) && self.chance(if caller == Caller::Admin { 60 } else { 10 }) {
            owner = self.some_owner();
            parts.push(format!("user_id=<user:{owner}>"));
        } else {
            self.maybe_user(who, &mut parts);
        }
        let name = self.some_name(owner, 80);
        let acts = owner == caller || caller == Caller::Admin;
        if method == Method::DELETE && acts {
            self.owned
                .entry(owner)
                .or_default()
                .retain(|known| *known != name);
        }
        let query = self.query(parts);
        let segment = self.segment(&name);
        let operation = if method == Method::GET {
            "keypairs.show"
        } else {
            "keypairs.delete"
        };
        Self::asking(
            operation,
            who,
            version,
            method,
            format!("/os-keypairs/{segment}{query}"),
        )
    }

    /// A name as a segment of a path: encoded as it should be, mostly.
    fn segment(&mut self, name: &str) -> String {
        match self.random.random_range(0..100) {
            0..90 => encoded(name),
            90..93 => utf8_percent_encode(name, NON_ALPHANUMERIC).to_string(),
            93..94 => format!("{}/", encoded(name)),
            94..95 => format!("{}.json", encoded(name)),
            95..96 => format!("{}%00", encoded(name)),
            96..97 => format!("{}%2Fx", encoded(name)),
            97..98 => format!("{}%ff", encoded(name)),
            98..99 => format!("{}%0A", encoded(name)),
            _ => name.bytes().map(|byte| format!("%{byte:02x}")).collect(),
        }
    }

    /// The query of these parts, now and then with something odd in it.
    fn query(&mut self, mut parts: Vec<String>) -> String {
        if self.chance(9) {
            let odd = self.pick(values::ODD_QUERIES, "").to_owned();
            let at = self.random.random_range(0..=parts.len());
            parts.insert(at, self.known_roles_only(odd));
        }
        if self.chance(1) {
            parts.push(format!("long={}", "x".repeat(2000)));
        }
        if parts.is_empty() {
            String::new()
        } else {
            format!("?{}", parts.join("&"))
        }
    }

    /// A text whose roles exist in both clouds, or nobody.
    fn known_roles_only(&self, text: String) -> String {
        let known = |name: &str| self.cast.roles.contains(name);
        let all_known = text.split('<').skip(1).all(|rest| {
            rest.split_once('>')
                .is_none_or(|(name, _)| known(&format!("<{name}>")))
        });
        if all_known {
            text
        } else {
            text.replace(['<', '>'], "")
        }
    }

    /// Adds what seldom matters: headers, and bodies where none belong.
    fn decorate(&mut self, ask: &mut Ask) {
        if self.chance(8) {
            let accept = self.pick(values::ACCEPTS, "*/*");
            ask.headers.push(("accept".to_owned(), accept.to_owned()));
        }
        if self.chance(5) {
            let kind = self.pick(values::CONTENT_TYPES, "junk");
            ask.headers.retain(|(name, _)| name != "content-type");
            ask.headers
                .push(("content-type".to_owned(), kind.to_owned()));
        }
        if self.chance(4) {
            let (name, value) = self.pick(values::OTHER_HEADERS, ("x-junk", "junk"));
            let value = self.known_roles_only(value.to_owned());
            ask.headers.push((name.to_owned(), value));
        }
        if self.chance(2) && ask.method != Method::HEAD {
            let body = self.pick(&["{}", "null", "junk", "", "[]"], "");
            ask.body = Some(body.as_bytes().to_vec());
        }
        if self.chance(1) {
            ask.headers.retain(|(name, _)| name != "content-type");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cast() -> Cast {
        let callers = Caller::ALL.iter().copied().collect();
        let roles = ["<user:main>", "<user:other>", "<project:main>"]
            .map(str::to_owned)
            .into();
        Cast {
            callers,
            roles,
            quotas: true,
            servers: true,
        }
    }

    #[test]
    fn the_same_seed_asks_the_same() {
        assert_eq!(episode(7, 3, &cast()), episode(7, 3, &cast()));
        assert_ne!(episode(7, 3, &cast()), episode(7, 4, &cast()));
        assert_ne!(episode(7, 3, &cast()), episode(8, 3, &cast()));
    }

    #[test]
    fn every_request_can_be_sent_as_it_is() {
        for ask in (0..60).flat_map(|number| episode(2, number, &cast())) {
            let request = ask.to_request(
                &["<user:main>", "<user:other>", "<project:main>"]
                    .map(|name| ("5e1f".to_owned(), name.to_owned())),
            );
            let known = request
                .path
                .replace("<user:admin>", "1")
                .replace("<user:second>", "1")
                .replace("<user:reader>", "1")
                .replace("<user:expired>", "1")
                .replace("<user:nobody>", "1");
            let wanted = format!("http://cloud/v2.1{known}");
            assert_eq!(url::Url::parse(&wanted).map(String::from), Ok(wanted));
        }
    }

    #[test]
    fn every_operation_is_asked() {
        let asked: BTreeSet<&str> = (0..40)
            .flat_map(|number| episode(1, number, &cast()))
            .map(|ask| ask.operation)
            .collect();
        for operation in nova_api::Operation::ALL {
            assert!(
                asked.contains(operation.name()),
                "{operation} is never asked"
            );
        }
    }
}
