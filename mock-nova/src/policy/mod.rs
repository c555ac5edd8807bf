//! oslo.policy rules, evaluated: who may do what, in Nova's own words.
//!
//! For the HTTP side, which asks [`Rules::allows`] before it touches the cloud. Knows the language
//! of check strings and Nova's default rules; knows neither HTTP nor the cloud. Rules are parsed
//! once, at start; an answer is a walk over a small tree and allocates nothing.
//!
//! ```
//! use mock_nova::policy::{Credentials, KEYPAIRS_SHOW, Rules, Target};
//!
//! let rules = Rules::nova_defaults();
//! let roles = ["member".to_owned()];
//! let alice = Credentials { user_id: "alice", project_id: Some("demo"), roles: &roles, ..Default::default() };
//!
//! assert!(rules.allows(KEYPAIRS_SHOW, &alice, &Target::user("alice")));
//! assert!(!rules.allows(KEYPAIRS_SHOW, &alice, &Target::user("bob")));
//! ```

use std::{borrow::Cow, collections::HashMap, path::Path};

mod caller;
mod check;
mod defaults;
mod error;
mod file;
mod parse;
mod renamed;
#[cfg(test)]
mod tests;

pub use caller::{Credentials, Target};
pub use error::{PolicyError, PolicyProblem, SyntaxError};

use check::{Check, Question};
use defaults::DEFAULTS;
use file::{Entry, Text};
use renamed::{RENAMED, Renamed};

/// One of Nova's rules. Displays as its name, which is what a refusal quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RuleId(usize);

/// List keypairs. Target: the user whose keypairs are listed.
pub const KEYPAIRS_INDEX: RuleId = id("os_compute_api:os-keypairs:index");
/// Show a keypair. Target: its user.
pub const KEYPAIRS_SHOW: RuleId = id("os_compute_api:os-keypairs:show");
/// Create or import a keypair. Target: the user who shall have it.
pub const KEYPAIRS_CREATE: RuleId = id("os_compute_api:os-keypairs:create");
/// Delete a keypair. Target: its user.
pub const KEYPAIRS_DELETE: RuleId = id("os_compute_api:os-keypairs:delete");
/// Show a project's quota. Target: the project.
pub const QUOTA_SETS_SHOW: RuleId = id("os_compute_api:os-quota-sets:show");
/// Show a project's quota and what is used of it. Target: the project.
pub const QUOTA_SETS_DETAIL: RuleId = id("os_compute_api:os-quota-sets:detail");
/// Change a project's quota. Target: the project.
pub const QUOTA_SETS_UPDATE: RuleId = id("os_compute_api:os-quota-sets:update");
/// Bring a project's quota back to the defaults. Target: the project.
pub const QUOTA_SETS_DELETE: RuleId = id("os_compute_api:os-quota-sets:delete");
/// Show the default quota. Target: the project.
pub const QUOTA_SETS_DEFAULTS: RuleId = id("os_compute_api:os-quota-sets:defaults");
/// Show the quota of a quota class. Target: none.
pub const QUOTA_CLASS_SETS_SHOW: RuleId = id("os_compute_api:os-quota-class-sets:show");
/// Change the quota of a quota class. Target: none.
pub const QUOTA_CLASS_SETS_UPDATE: RuleId = id("os_compute_api:os-quota-class-sets:update");
/// Show one's limits. Target: none.
pub const LIMITS: RuleId = id("os_compute_api:limits");
/// Show another project's limits, asked after [`LIMITS`]. Target: the caller, not that project.
pub const LIMITS_OTHER_PROJECT: RuleId = id("os_compute_api:limits:other_project");
/// List or show extensions. Target: none.
pub const EXTENSIONS: RuleId = id("os_compute_api:extensions");

/// Show of a server where it is, what its hypervisor calls it and so on. Target: the server.
pub const EXTENDED_SERVER_ATTRIBUTES: RuleId = id("os_compute_api:os-extended-server-attributes");
/// Show whether a server's host is up. Target: the server, or none in lists.
pub const SERVERS_SHOW_HOST_STATUS: RuleId = id("os_compute_api:servers:show:host_status");
/// Show that nobody knows whether a server's host is up. Target: the server, or none in lists.
pub const SERVERS_SHOW_HOST_STATUS_UNKNOWN: RuleId =
    id("os_compute_api:servers:show:host_status:unknown-only");
/// Show the extra specs of a server's flavor. Target: the server, or none in lists.
pub const SERVERS_SHOW_FLAVOR_EXTRA_SPECS: RuleId =
    id("os_compute_api:servers:show:flavor-extra-specs");
/// List the servers of every project. Target: none.
pub const SERVERS_INDEX_ALL: RuleId = id("os_compute_api:servers:index:get_all_tenants");
/// Likewise, with details.
pub const SERVERS_DETAIL_ALL: RuleId = id("os_compute_api:servers:detail:get_all_tenants");
/// Use every filter there is. Target: none.
pub const SERVERS_ALL_FILTERS: RuleId = id("os_compute_api:servers:allow_all_filters");
/// Make a server on a host of one's choice. Target: the caller.
pub const SERVERS_CREATE_FORCED_HOST: RuleId = id("os_compute_api:servers:create:forced_host");
/// Ask the scheduler for a host. Target: the caller.
pub const SERVERS_REQUESTED_DESTINATION: RuleId =
    id("compute:servers:create:requested_destination");
/// Make a server with volumes. Target: the caller.
pub const SERVERS_CREATE_ATTACH_VOLUME: RuleId = id("os_compute_api:servers:create:attach_volume");
/// Make a server with ports of one's choice. Target: the caller.
pub const SERVERS_CREATE_ATTACH_NETWORK: RuleId =
    id("os_compute_api:servers:create:attach_network");
/// Make a server whose image is signed. Target: the caller.
pub const SERVERS_CREATE_TRUSTED_CERTS: RuleId = id("os_compute_api:servers:create:trusted_certs");
/// Make a server from an image with a flavor that has no disk. Target: the caller.
pub const SERVERS_ZERO_DISK_FLAVOR: RuleId = id("os_compute_api:servers:create:zero_disk_flavor");
/// Give a rebuilt server other certificates. Target: the server.
pub const SERVERS_REBUILD_TRUSTED_CERTS: RuleId =
    id("os_compute_api:servers:rebuild:trusted_certs");
/// Put a server that is unshelved on a host of one's choice. Target: the server.
pub const UNSHELVE_TO_HOST: RuleId = id("os_compute_api:os-shelve:unshelve_to_host");
/// Take off a lock that somebody else put on. Target: the server's project.
pub const UNLOCK_OVERRIDE: RuleId = id("os_compute_api:os-lock-server:unlock:unlock_override");
/// Plug a server into a network that leads out. Target: the caller.
pub const NETWORK_ATTACH_EXTERNAL: RuleId = id("network:attach_external_network");

/// List the extra specs of a flavor. Target: the caller.
pub const FLAVOR_EXTRA_SPECS: RuleId = id("os_compute_api:os-flavor-extra-specs:index");
/// List the server groups of every project. Target: the caller.
pub const SERVER_GROUPS_ALL: RuleId = id("os_compute_api:os-server-groups:index:all_projects");

/// What makes an admin of a caller: `role:admin`, unless a policy file says otherwise.
const CONTEXT_IS_ADMIN: RuleId = id("context_is_admin");

/// How many rules a rule may lead through: an answer recurses this deep.
const MAX_DEPTH: usize = 64;

/// A set of rules: Nova's defaults, with the overrides of a policy file if there is one.
#[derive(Debug)]
pub struct Rules {
    /// Nova's rules at the places of [`DEFAULTS`], then the rules only the policy file has.
    rules: Vec<Rule>,
    places: HashMap<Cow<'static, str>, usize>,
}

#[derive(Debug)]
struct Rule {
    check: Check,
    project_scope_only: bool,
}

impl Rules {
    /// Nova 34's rules as they are without a policy file.
    #[must_use]
    pub fn nova_defaults() -> Self {
        let mut rules = Self {
            rules: Vec::new(),
            places: HashMap::new(),
        };
        for (place, default) in DEFAULTS.iter().enumerate() {
            rules.places.insert(Cow::Borrowed(default.name), place);
        }
        for default in DEFAULTS {
            rules.rules.push(Rule {
                // As oslo.policy does with a check string it cannot read, were there one.
                check: parse::check_string(default.check, &rules.places).unwrap_or(Check::Never),
                project_scope_only: default.project_scope_only,
            });
        }
        rules
    }

    /// Nova 34's rules with the overrides of a policy file: `text`, read from `file`.
    ///
    /// The file is YAML or JSON and maps names to check strings. Besides Nova's names it may have
    /// names Nova once used, names of its own that another of its rules refers to, and `default`,
    /// which answers for references to rules that do not exist.
    ///
    /// # Errors
    ///
    /// If the file is not such a mapping, a name is unknown, a check string cannot be parsed or
    /// rules refer to each other in a circle.
    pub fn with_overrides(file: &Path, text: &str) -> Result<Self, PolicyError> {
        let entries = file::entries(file, text)?;
        let mut rules = Self::nova_defaults();
        for entry in &entries {
            rules.add_place(&entry.name);
        }
        let mut checks = Vec::with_capacity(entries.len());
        for entry in &entries {
            checks.push(rules.parse(entry).map_err(|error| {
                PolicyProblem::Syntax {
                    name: entry.name.clone(),
                    error,
                }
                .at(file, entry.line)
            })?);
        }
        rules.refuse_unknown(file, &entries, &checks)?;
        rules.follow_renamed(&entries, &checks);
        for (entry, check) in entries.iter().zip(checks) {
            let place = rules.places[entry.name.as_str()];
            rules.rules[place].check = check;
        }
        rules.refuse_circles(file, &entries)?;
        Ok(rules)
    }

    /// Whether `caller` may do to `target` what `rule` is about.
    ///
    /// A token scoped to the system or to a domain may nothing, whatever its roles: all of Nova's
    /// operations are about projects.
    #[must_use]
    pub fn allows(&self, rule: RuleId, caller: &Credentials<'_>, target: &Target<'_>) -> bool {
        let rule = &self.rules[rule.0];
        (!rule.project_scope_only || caller.has_project_scope())
            && rule.check.allows(&Question {
                rules: self,
                caller,
                target,
                deciding_admin: false,
            })
    }

    /// Whether `caller` is an admin: what Nova finds out once per request and check strings read as
    /// `is_admin:True`. Unlike an operation's rule it does not look at the token's scope.
    #[must_use]
    pub fn is_admin(&self, caller: &Credentials<'_>) -> bool {
        let target = &Target::caller(caller);
        let ask = Question {
            rules: self,
            caller,
            target,
            deciding_admin: true,
        };
        self.check(CONTEXT_IS_ADMIN.0).allows(&ask)
    }

    fn check(&self, place: usize) -> &Check {
        &self.rules[place].check
    }

    fn parse(&self, entry: &Entry) -> Result<Check, SyntaxError> {
        match &entry.text {
            Text::String(text) => parse::check_string(text, &self.places),
            Text::List(alternatives) => parse::check_list(alternatives, &self.places),
        }
    }

    fn add_place(&mut self, name: &str) {
        if !self.places.contains_key(name) {
            self.places
                .insert(Cow::Owned(name.to_owned()), self.rules.len());
            self.rules.push(Rule {
                check: Check::Never,
                project_scope_only: false,
            });
        }
    }

    /// A name that neither Nova nor the file itself has a use for is a mistake.
    fn refuse_unknown(
        &self,
        file: &Path,
        entries: &[Entry],
        checks: &[Check],
    ) -> Result<(), PolicyError> {
        let mut used = vec![false; self.rules.len()];
        for check in checks {
            check.each_rule(&mut |place| used[place] = true);
        }
        for entry in entries {
            let name = entry.name.as_str();
            let place = self.places[name];
            let known = place < DEFAULTS.len()
                || used[place]
                || name == "default"
                || RENAMED.iter().any(|renamed| renamed.was == name);
            if !known {
                let names = DEFAULTS.iter().map(|default| default.name);
                let nearest = error::nearest(name, names);
                let name = name.to_owned();
                return Err(PolicyProblem::UnknownRule { name, nearest }.at(file, entry.line));
            }
        }
        Ok(())
    }

    /// Lets an override of an old name decide the rules that took its place.
    fn follow_renamed(&mut self, entries: &[Entry], checks: &[Check]) {
        for (entry, check) in entries.iter().zip(checks) {
            for Renamed {
                check: old, now, ..
            } in RENAMED.iter().filter(|r| r.was == entry.name)
            {
                let repeats = parse::check_string(old, &self.places).is_ok_and(|old| old == *check);
                for new in *now {
                    let place = self.places[*new];
                    if !repeats && *check != Check::Rule(place) {
                        self.rules[place].check = check.clone();
                    }
                }
            }
        }
    }

    /// A circle of references would never answer.
    fn refuse_circles(&self, file: &Path, entries: &[Entry]) -> Result<(), PolicyError> {
        let mut search = Search {
            rules: self,
            heights: vec![None; self.rules.len()],
            way: Vec::new(),
        };
        for entry in entries {
            search
                .height(self.places[entry.name.as_str()])
                .map_err(|stop| {
                    let name = |place: usize| self.name(place).to_owned();
                    match stop {
                        Stop::Circle(circle) => {
                            let circle = circle.into_iter().map(name).collect();
                            PolicyProblem::Circle { circle }
                        }
                        Stop::TooDeep => PolicyProblem::TooDeep {
                            name: entry.name.clone(),
                            limit: MAX_DEPTH,
                        },
                    }
                    .at(file, entry.line)
                })?;
        }
        Ok(())
    }

    fn name(&self, place: usize) -> &str {
        self.places
            .iter()
            .find(|(_, other)| **other == place)
            .map_or("", |(name, _)| name)
    }
}

/// A depth-first search for circles.
struct Search<'r> {
    rules: &'r Rules,
    /// How many rules a rule leads through at most, once known.
    heights: Vec<Option<usize>>,
    /// The rules between the start and here.
    way: Vec<usize>,
}

enum Stop {
    Circle(Vec<usize>),
    TooDeep,
}

impl Search<'_> {
    fn height(&mut self, place: usize) -> Result<usize, Stop> {
        if let Some(start) = self.way.iter().position(|on_way| *on_way == place) {
            let circle = self.way[start..].iter().copied().chain([place]).collect();
            return Err(Stop::Circle(circle));
        }
        if let Some(height) = self.heights[place] {
            return Ok(height);
        }
        if self.way.len() > MAX_DEPTH {
            return Err(Stop::TooDeep);
        }
        let mut next = Vec::new();
        self.rules
            .check(place)
            .each_rule(&mut |place| next.push(place));
        self.way.push(place);
        let mut height = 0;
        for place in next {
            height = height.max(self.height(place)? + 1);
        }
        self.way.pop();
        if height > MAX_DEPTH {
            return Err(Stop::TooDeep);
        }
        self.heights[place] = Some(height);
        Ok(height)
    }
}

impl parse::Resolve for HashMap<Cow<'static, str>, usize> {
    fn resolve(&self, name: &str) -> Result<usize, SyntaxError> {
        self.get(name)
            .or_else(|| self.get("default"))
            .copied()
            .ok_or_else(|| SyntaxError::UnknownRule {
                name: name.to_owned(),
                nearest: error::nearest(name, self.keys().map(AsRef::as_ref)),
            })
    }
}

impl RuleId {
    /// The rule of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        DEFAULTS.iter().position(|rule| rule.name == name).map(Self)
    }

    /// The name Nova knows the rule by.
    #[must_use]
    pub fn name(self) -> &'static str {
        DEFAULTS[self.0].name
    }
}

impl std::fmt::Display for RuleId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// The rule of a name. Only for constants: a name that [`DEFAULTS`] does not have runs past its end
/// and does not compile.
const fn id(name: &str) -> RuleId {
    let mut place = 0;
    while !same(DEFAULTS[place].name.as_bytes(), name.as_bytes()) {
        place += 1;
    }
    RuleId(place)
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut i = 0;
    while i < a.len() && i < b.len() && a[i] == b[i] {
        i += 1;
    }
    i == a.len() && i == b.len()
}
