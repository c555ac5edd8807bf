//! Clouds that are wrong on purpose, in one way each: to show that whoever judges clouds finds it out.
//!
//! There are two kinds. A *history flaw* is the API with one change missing, early or late; `nova-api` derives them all from
//! the history ([`nova_api::flaws`]), and the handlers serve such a history as they serve the right one. A *behavior flaw*
//! stands between the network and the router: a function of one request ([`way`]), which passes it on to the right cloud and
//! changes what is asked or answered, so that the handlers stay clean.
//!
//! Behavior flaws tell the people of the default cloud apart by their names (`demo`, `admin`, …); with another fixture those
//! about people do less.
//!
//! ```
//! let flaw = mock_nova::Flaw::named("keypairs.duplicate-overwrites").unwrap();
//! assert_eq!(flaw.says(), "A second keypair of a name replaces the first.");
//! let _cloud = mock_nova::MockNova::builder().flaw(flaw);
//! ```

mod keypairs;
mod people;
mod rebuild;
mod servers;
mod way;

use axum::Router;
use axum::extract::Request;
use nova_api::Twist;

use crate::state::AppState;
use way::Bend;

/// One way of being wrong.
#[derive(Clone, Debug)]
pub struct Flaw(Kind);

#[derive(Clone, Debug)]
enum Kind {
    History(nova_api::Flaw),
    Behavior(&'static Behavior),
}

/// A row of the list of behavior flaws.
#[derive(Debug)]
struct Behavior {
    module: &'static str,
    function: &'static str,
    says: &'static str,
    bend: Bend,
}

impl Behavior {
    fn name(&self) -> String {
        format!("{}.{}", self.module, self.function.replace('_', "-"))
    }
}

impl Flaw {
    /// The flaw of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        if name.starts_with("history.") {
            let mut all = nova_api::flaws().iter();
            return all
                .find(|flaw| flaw.name() == name)
                .map(|flaw| Self::from(flaw.clone()));
        }
        Self::behaviors().find(|flaw| flaw.name() == name)
    }

    /// Every flaw: those of behavior, then those of the history, oldest first.
    pub fn all() -> impl Iterator<Item = Self> {
        let history = nova_api::flaws().iter().cloned().map(Self::from);
        Self::behaviors().chain(history)
    }

    /// Every behavior flaw.
    pub fn behaviors() -> impl Iterator<Item = Self> {
        BEHAVIORS.iter().map(|row| Self(Kind::Behavior(row)))
    }

    /// Its name, which stays: `history.2.54.servers.rebuild.takes-key_name.late`, `rebuild.keys-of-the-owner`.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.0 {
            Kind::History(flaw) => flaw.name(),
            Kind::Behavior(row) => row.name(),
        }
    }

    /// What is wrong, as a sentence.
    #[must_use]
    pub fn says(&self) -> String {
        match &self.0 {
            Kind::Behavior(row) => row.says.to_owned(),
            Kind::History(flaw) => {
                let home = flaw.home().map_or_else(
                    || "of the legacy endpoint".to_owned(),
                    |version| format!("of {version}"),
                );
                let operation = flaw.operation();
                match flaw.twist() {
                    Twist::Missing => format!("A change {home} to {operation} is missing."),
                    Twist::Early => {
                        format!("A change {home} to {operation} comes a version early.")
                    }
                    Twist::Late => format!("A change {home} to {operation} comes a version late."),
                }
            }
        }
    }

    /// The flaw of the history, where it is one.
    #[must_use]
    pub const fn of_history(&self) -> Option<&nova_api::Flaw> {
        match &self.0 {
            Kind::History(flaw) => Some(flaw),
            Kind::Behavior(_) => None,
        }
    }

    const fn bend(&self) -> Option<Bend> {
        match self.0 {
            Kind::History(_) => None,
            Kind::Behavior(row) => Some(row.bend),
        }
    }
}

impl From<nova_api::Flaw> for Flaw {
    fn from(flaw: nova_api::Flaw) -> Self {
        Self(Kind::History(flaw))
    }
}

/// The cloud behind its flaw, where it has one that stands before the router.
pub(crate) fn before(right: Router, state: &AppState) -> Router {
    let Some(bend) = state.settings.flaw.as_ref().and_then(Flaw::bend) else {
        return right;
    };
    let state = state.clone();
    Router::new().fallback(move |request: Request| way::answer(right, state, bend, request))
}

macro_rules! behaviors {
    ($($module:ident::$function:ident: $says:literal,)*) => {
        static BEHAVIORS: &[Behavior] = &[$(
            Behavior {
                module: stringify!($module),
                function: stringify!($function),
                says: $says,
                bend: $module::$function,
            },
        )*];
    };
}

behaviors! {
    keypairs::create_stays_200: "Creating a keypair answers 200 at every version.",
    keypairs::delete_stays_202: "Deleting a keypair answers 202 at every version.",
    keypairs::delete_with_a_body: "Deleting a keypair answers with a body.",
    keypairs::private_key_shown_again: "A private key is answered whenever its keypair is shown.",
    keypairs::private_keys_mixed_up: "The private key answered is another keypair's.",
    keypairs::one_key_for_all: "Every keypair has the same public key.",
    keypairs::generated_of_another_type: "A generated keypair is of a type that nobody asked for.",
    keypairs::fingerprint_of_sha256: "Fingerprints are SHA-256 rather than MD5.",
    keypairs::key_without_its_comment: "A public key loses its comment.",
    keypairs::keys_trimmed: "Spaces around a public key are dropped.",
    keypairs::list_without_type: "The list of keypairs says no type.",
    keypairs::list_with_owner: "The list of keypairs says whose each is.",
    keypairs::list_is_empty: "The list of keypairs is always empty.",
    keypairs::show_without_created_at: "A keypair does not say when it was made.",
    keypairs::id_is_text: "A keypair's id is a text.",
    keypairs::ids_are_all_1: "Every keypair has the id 1.",
    keypairs::keypairs_are_shown_as_at_2_1: "Keypairs are shown as at 2.1, whatever the version.",
    keypairs::names_in_capitals: "Names are answered in capitals.",
    keypairs::no_vary: "No answer has a Vary header.",
    keypairs::vary_by_the_older_header_only: "Vary names only the older of the two version headers.",
    keypairs::no_request_id: "No answer has a request id.",
    keypairs::names_no_version: "No answer names its version.",
    keypairs::duplicate_overwrites: "A second keypair of a name replaces the first.",
    keypairs::missing_is_deleted: "Deleting what is not there succeeds.",
    keypairs::fault_of_another_name: "What is not there is a fault of another name.",
    keypairs::faults_say_nothing: "Every fault says the same nothing.",
    keypairs::policy_in_other_words: "A refusal by policy does not say which rule.",
    keypairs::quota_is_not_enforced: "No quota is enforced.",
    keypairs::answers_every_path: "Every path is answered.",
    keypairs::takes_what_it_should_refuse: "Every body makes a keypair.",
    keypairs::generates_at_2_92: "Keys are still generated at 2.92.",
    keypairs::names_of_2_92_before: "The names of 2.92 are taken before.",
    keypairs::names_trimmed: "Spaces around a keypair's name are dropped.",
    keypairs::unknown_fields_dropped: "Unknown fields of a keypair are dropped.",
    keypairs::any_media_type: "A body of any media type is read.",
    keypairs::unknown_parameters_tolerated: "Unknown query parameters are tolerated at every version.",
    keypairs::strict_before_2_75: "Unknown query parameters are refused before 2.75.",
    keypairs::legacy_is_strict: "The legacy endpoint is as strict as the other.",
    keypairs::limit_ignored: "The list of keypairs ignores its limit.",
    keypairs::large_limits_are_refused: "A limit of many digits is refused.",
    keypairs::marker_ignored: "The list of keypairs ignores its marker.",
    keypairs::marker_inclusive: "A page begins with its marker.",
    keypairs::pages_before_2_35: "The list of keypairs is paged before 2.35.",
    keypairs::list_backwards: "The list of keypairs is sorted the other way.",
    keypairs::link_without_marker: "The link to the next page has no marker.",
    keypairs::no_links: "No page links to the next.",
    keypairs::links_everywhere: "The last page links to a next one.",
    keypairs::malformed_versions_ignored: "A version that is none is ignored.",
    keypairs::too_new_means_newest: "A version that is too new means the newest.",
    keypairs::older_means_oldest: "A version that is too old means the oldest.",
    keypairs::no_version_means_newest: "Whoever names no version gets the newest.",
    keypairs::documents_of_another_version: "The version documents speak of another API.",
    keypairs::what_is_beside_stays_at_2_1: "What is beside keypairs stays at 2.1.",
    keypairs::no_keypairs_extension: "The list of extensions lacks os-keypairs.",
    keypairs::extensions_without_dates: "Extensions have no dates.",
    keypairs::user_id_ignored: "The query's user_id is ignored.",
    keypairs::made_for_the_administrator: "What an administrator makes for another is the administrator's own.",
    people::documents_need_a_token: "The version documents need a token.",
    people::policy_open: "Everybody may act on everybody's keypairs.",
    people::names_are_global: "Another user's keypair is shown and deleted by its name.",
    people::every_namesake_deleted: "With a keypair goes another user's of its name.",
    people::administrators_need_no_user_id: "An administrator reaches anybody's keypair by its name alone.",
    people::list_of_the_project: "The list holds the keypairs of the whole project.",
    people::list_of_everybody: "Everybody is listed somebody else's keypairs.",
    people::names_unique_among_users: "A keypair's name can be given once in the cloud.",
    people::administrator_deletes_own: "What an administrator deletes for another is the administrator's own.",
    people::owner_is_the_caller: "A keypair made for another says that it is the caller's.",
    people::quota_of_the_project: "The quota of keypairs is the project's rather than the user's.",
    people::no_login: "Nobody needs a token.",
    people::tokens_never_end: "A token that was revoked is still good.",
    rebuild::keys_of_the_owner: "A rebuild's key is looked up for the server's owner.",
    rebuild::unknown_keys_passed_over: "A rebuild's key that is not there is passed over.",
    rebuild::any_name_is_a_name: "A rebuild's key may be anything.",
    rebuild::keys_ignored: "A rebuild's key is ignored.",
    rebuild::null_keeps_the_key: "A rebuild whose key is null keeps the old one.",
    rebuild::omission_clears_the_key: "A rebuild that names no key takes the old one away.",
    rebuild::rebuilt_by_is_owned_by: "A server belongs to whoever rebuilt it last.",
    rebuild::rebuilt_is_another: "A rebuilt server is another one.",
    rebuild::servers_without_keys: "A server shows no key.",
    rebuild::answer_names_a_key_early: "The answer to a rebuild names a key before 2.54.",
    rebuild::rebuild_answers_amiss: "The answer to a rebuild is over too soon and says too little.",
    rebuild::rebuilds_for_everybody: "Readers and other projects may rebuild.",
    rebuild::rebuilds_without_login: "A rebuild needs no token.",
    rebuild::rebuilds_for_nobody: "Nobody may rebuild.",
    rebuild::actions_name_the_owner: "A server's actions name its owner, whoever asked for them.",
    rebuild::rebuilds_whatever_is_asked: "No rebuild is refused.",
    rebuild::rebuilds_what_is_on_its_way: "What is being made or rebuilt is rebuilt nevertheless.",
    rebuild::changes_ignored: "A rebuild changes nothing but image and key.",
    rebuild::what_is_not_named_is_lost: "A rebuild changes what it does not name.",
    rebuild::never_updated: "A server's time of change stands still.",
    rebuild::passwords_shown: "A server shows its password to whoever looks.",
    rebuild::faults_tell_keys: "A fault tells a private key.",
    servers::refuses_nothing: "Nothing around servers is refused.",
    servers::other_statuses: "What is around servers succeeds with another status.",
    servers::other_status_of_show: "A look at a server succeeds with another status.",
    servers::other_status_of_attachments: "A look at an attachment succeeds with another status.",
    servers::other_status_of_lists: "Lists around servers succeed with another status.",
    servers::other_status_of_groups: "The making of a server group succeeds with another status.",
    servers::other_status_of_a_group: "A look at a server group succeeds with another status.",
    servers::other_statuses_of_doing: "Actions that change a server succeed with another status.",
    servers::other_statuses_of_undoing: "Actions that change a server back succeed with another status.",
    servers::all_is_oldest: "Every version around servers is the oldest.",
    servers::all_is_newest: "Every version around servers is the newest.",
    servers::actions_by_nobody: "A server's newest action was nobody's.",
    servers::another_password: "The password that a new server answers is another.",
    servers::groups_with_strangers: "A server group has members that are not its own.",
    servers::new_tags_are_old: "A tag that was there answers as a new one.",
    servers::without_reservations: "Several servers answer no reservation.",
    servers::without_locks: "A server does not say whether it is locked.",
    servers::descriptions_swapped: "A server's description is what it was at other versions.",
    servers::no_swap_the_other_way: "No swap is said as at other versions.",
    servers::asked_lists_are_empty: "A list of servers that is limited or sorted is empty.",
    servers::lists_lack_one: "Every list around servers is one item short.",
    servers::lists_lack_their_first: "Every list around servers lacks what stands first in it.",
    servers::queries_ignored: "Lists of servers ignore filters, pages and orders.",
    servers::wishes_forgotten: "What is wished for a new server is forgotten.",
    servers::updates_describe: "An update changes the description, too.",
    servers::changes_forgotten: "Changes of a server are accepted and forgotten.",
    servers::nothing_changed: "Actions that change a server do nothing.",
    servers::nothing_changed_back: "Actions that change a server back do nothing.",
    servers::reboots_stop: "A reboot stops the server.",
    servers::confirmations_revert: "Confirming a new size brings the old one back.",
    servers::members_only: "Only whoever made a server may use what is around servers.",
    servers::strangers_are_teapots: "Who may not is answered in no way that they could expect.",
    servers::everybody_is_main: "Everybody is taken for the main user.",
    servers::everybody_is_admin: "Everybody is an administrator.",
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_flaw_is_found_by_its_name() {
        let mut seen = BTreeSet::new();
        for flaw in Flaw::behaviors() {
            assert!(seen.insert(flaw.name()), "{} stands twice", flaw.name());
            assert!(flaw.says().ends_with('.'), "{}", flaw.name());
            assert_eq!(
                Flaw::named(&flaw.name()).map(|flaw| flaw.says()),
                Some(flaw.says())
            );
        }
    }
}
