//! Which checks at which microversions: from the user's words to a plan. It knows checks and the versions a cloud offers.

use std::{fmt, str::FromStr, sync::Arc};

use globset::{Glob, GlobMatcher};
use nova_api::Microversion;

use crate::check::Check;

/// One check at one microversion.
#[derive(Debug, Clone)]
pub struct Instance {
    /// The check.
    pub check: Arc<Check>,
    /// The microversion.
    pub version: Microversion,
}

/// What a run asks, in the order of its reports.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The instances; an instance's number is its place here.
    pub instances: Vec<Instance>,
}

impl Plan {
    /// The instances of the checks that the filters pick, at the versions that are wanted.
    ///
    /// `newest` is the newest version the cloud offers, for `latest`.
    pub fn new(
        checks: Vec<Check>,
        filters: &[Filter],
        wanted: &Wanted,
        newest: Microversion,
    ) -> Self {
        let mut instances = Vec::new();
        for check in checks.into_iter().filter(|check| picks(filters, check)) {
            let check = Arc::new(check);
            for version in wanted.of(&check, newest) {
                instances.push(Instance {
                    check: Arc::clone(&check),
                    version,
                });
            }
        }
        Self { instances }
    }
}

/// Whether any of the filters picks a check; without filters each is picked.
pub fn picks(filters: &[Filter], check: &Check) -> bool {
    filters.is_empty() || filters.iter().any(|filter| filter.picks(check.id()))
}

/// A pattern over the ids of checks: `keypairs.*.name.*`, where `*` also stands for dots. A pattern without `*`, `?`, `[`
/// and `{` picks the check of this id and all below it: `keypairs.create`.
#[derive(Debug, Clone)]
pub struct Filter {
    text: String,
    glob: Option<GlobMatcher>,
}

impl Filter {
    /// Whether the filter picks the check of this id.
    pub fn picks(&self, id: &str) -> bool {
        match &self.glob {
            Some(glob) => glob.is_match(id),
            None => id
                .strip_prefix(self.text.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.')),
        }
    }

    /// As the user wrote it.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl FromStr for Filter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("an empty filter picks nothing: write an id such as keypairs.create, or a pattern such as *.name.*".to_owned());
        }
        let glob = if text.contains(['*', '?', '[', '{']) {
            let glob = Glob::new(text).map_err(|error| {
                format!(
                    "not a pattern ({}): write one such as keypairs.*.name",
                    error.kind()
                )
            })?;
            Some(glob.compile_matcher())
        } else {
            None
        };
        Ok(Self {
            text: text.to_owned(),
            glob,
        })
    }
}

/// Which microversions are wanted of each check.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Wanted {
    /// Those each check asks at by itself: both sides of every boundary.
    #[default]
    Boundaries,
    /// Every version at which a check's sentence holds.
    All,
    /// These, where a check's sentence holds.
    Listed(Vec<Span>),
}

/// One version, or all from one to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span(End, End);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Version(Microversion),
    Latest,
}

impl End {
    const fn minor(self, newest: Microversion) -> u16 {
        match self {
            Self::Version(version) => version.minor(),
            Self::Latest => newest.minor(),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text == "latest" {
            return Ok(Self::Latest);
        }
        Microversion::parse(text)
            .map(Self::Version)
            .map_err(|error| format!("'{text}': {error}"))
    }
}

impl Wanted {
    /// Whether the words name a version; what each check asks at by itself is not looked at.
    pub fn names(&self, version: Microversion, newest: Microversion) -> bool {
        match self {
            Self::Boundaries | Self::All => true,
            Self::Listed(spans) => spans.iter().any(|Span(first, last)| {
                (first.minor(newest)..=last.minor(newest)).contains(&version.minor())
            }),
        }
    }

    fn of(&self, check: &Check, newest: Microversion) -> Vec<Microversion> {
        match self {
            Self::Boundaries => check.versions().by_default(),
            Self::All => Microversion::all()
                .filter(|version| check.versions().holds_at(*version))
                .collect(),
            Self::Listed(_) => Microversion::all()
                .filter(|version| {
                    self.names(*version, newest) && check.versions().holds_at(*version)
                })
                .collect(),
        }
    }
}

impl FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "all" => return Ok(Self::All),
            "boundaries" => return Ok(Self::Boundaries),
            _ => {}
        }
        let spans = text.split(',').map(|part| {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (first, last) = (End::parse(first)?, End::parse(last)?);
            if let (End::Version(first), End::Version(last)) = (first, last)
                && first.minor() > last.minor()
            {
                return Err(format!("'{part}' runs backwards: write {last}-{first}"));
            }
            Ok(Span(first, last))
        });
        spans.collect::<Result<_, String>>().map(Self::Listed).map_err(|error| {
            format!("{error}. Write versions and ranges such as 2.1,2.10-2.35,latest; or all; or boundaries")
        })
    }
}

/// As `--microversions` takes it.
impl fmt::Display for Wanted {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boundaries => out.write_str("boundaries"),
            Self::All => out.write_str("all"),
            Self::Listed(spans) => {
                for (number, Span(first, last)) in spans.iter().enumerate() {
                    let comma = if number == 0 { "" } else { "," };
                    write!(out, "{comma}{first}")?;
                    if first != last {
                        write!(out, "-{last}")?;
                    }
                }
                Ok(())
            }
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => version.fmt(out),
            Self::Latest => out.write_str("latest"),
        }
    }
}

/// `2.1, 2.9–2.11`: versions, oldest first, for people.
pub fn spelled(versions: &[Microversion]) -> String {
    spell(versions, ", ", "–")
}

/// `2.1,2.9-2.11`: versions, oldest first, as `--microversions` takes them.
pub fn typed(versions: &[Microversion]) -> String {
    spell(versions, ",", "-")
}

fn spell(versions: &[Microversion], comma: &str, dash: &str) -> String {
    let runs = versions.chunk_by(|one, next| one.minor() + 1 == next.minor());
    let runs: Vec<String> = runs
        .filter_map(|run| match run {
            [] => None,
            [only] => Some(only.to_string()),
            [first, .., last] => Some(format!("{first}{dash}{last}")),
        })
        .collect();
    runs.join(comma)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::check::{Caller, Versions};

    fn check() -> Check {
        Check::must("a.b", "t")
            .sentence("s")
            .source("s")
            .versions(Versions::at(&[1, 2, 10, 104]))
            .callers([Caller::Main])
            .probe(|_| async { Ok(()) })
    }

    fn planned(wanted: &str) -> String {
        let newest = Microversion::new(50).unwrap();
        let plan = Plan::new(vec![check()], &[], &wanted.parse().unwrap(), newest);
        typed(
            &plan
                .instances
                .iter()
                .map(|instance| instance.version)
                .collect::<Vec<_>>(),
        )
    }

    #[rstest]
    #[case::as_the_check_says("boundaries", "2.1-2.2,2.10,2.104")]
    #[case::all("all", "2.1-2.2,2.10,2.104")]
    #[case::one("2.2", "2.2")]
    #[case::one_where_it_does_not_hold("2.3", "")]
    #[case::range("2.2-2.20", "2.2,2.10")]
    #[case::several("2.1, 2.5-2.10", "2.1,2.10")]
    #[case::latest_is_the_clouds("latest", "")]
    #[case::up_to_latest("2.2-latest", "2.2,2.10")]
    fn versions_are_planned(#[case] wanted: &str, #[case] want: &str) {
        assert_eq!(planned(wanted), want);
    }

    #[rstest]
    #[case::beyond(
        "2.105",
        "'2.105': no such microversion: this API goes from 2.1 to 2.104."
    )]
    #[case::word(
        "newest",
        "'newest': not a microversion: write it as 2.N, for example 2.54."
    )]
    #[case::backwards("2.9-2.2", "'2.9-2.2' runs backwards: write 2.2-2.9.")]
    fn a_wrong_list_is_explained(#[case] list: &str, #[case] want: &str) {
        let error = list.parse::<Wanted>().unwrap_err();
        assert!(error.starts_with(want), "{error}");
    }

    #[rstest]
    #[case::exact("keypairs.create.answer", true)]
    #[case::above("keypairs.create", true)]
    #[case::half_a_word("keypairs.cre", false)]
    #[case::glob("keypairs.*", true)]
    #[case::glob_within("*.create.*", true)]
    #[case::glob_elsewhere("*.delete.*", false)]
    #[case::choice("keypairs.{create,show}.answer", true)]
    fn a_filter_picks(#[case] filter: &str, #[case] want: bool) {
        assert_eq!(
            filter
                .parse::<Filter>()
                .unwrap()
                .picks("keypairs.create.answer"),
            want
        );
    }
}
