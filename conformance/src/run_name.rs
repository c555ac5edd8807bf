//! The name of a run, which is part of the name of all it makes: when the run began and a few random letters. So what a run
//! left can be told from what others have, also by another program and much later ([`crate::sweep`]). It knows nobody.

use std::time::Duration;

use jiff::Timestamp;

use crate::check::name_prefix;

/// Five bits each; no `l`, `o`, `0`, `1`, which look alike.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// So many letters hold the seconds since the epoch for a thousand years.
const OF_TIME: usize = 7;

/// Two runs that begin in the same second differ in these.
const OF_CHANCE: usize = 5;

/// A run's name is not read as a time before this: what looks like one is somebody else's word. 2025-01-01.
const FIRST: Duration = Duration::from_secs(1_735_689_600);

/// The name of a run that begins now.
pub fn new(now: Timestamp, random: [u8; OF_CHANCE]) -> String {
    let seconds = u64::try_from(now.as_second()).unwrap_or_default();
    let time = (0..OF_TIME)
        .rev()
        .map(|place| letter(seconds >> (5 * place)));
    let chance = random.iter().map(|byte| letter(u64::from(*byte)));
    time.chain(chance).collect()
}

fn letter(bits: u64) -> char {
    let index = usize::try_from(bits % 32).unwrap_or_default();
    char::from(LETTERS[index])
}

/// When the run began that gave something this name; `None` where no run of this program did. A run's names are
/// `nvc-<run>-<number>-<count>-…`, `nvc-<run>-servers-…` and `nvc-<run>-people-…`; a check may put something of its own before
/// them.
pub fn origin(name: &str) -> Option<Timestamp> {
    name.match_indices(MARK).find_map(|(at, mark)| {
        let id = name.get(at + mark.len()..at + mark.len() + OF_TIME + OF_CHANCE)?;
        let rest = name[at..].strip_prefix(&name_prefix(id))?;
        began(id).filter(|_| is_rest(rest))
    })
}

fn is_rest(rest: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = rest.splitn(3, '-');
    match (parts.next(), parts.next(), parts.next()) {
        (Some("servers" | "people"), Some(_), _) => true,
        (Some(number), Some(count), Some(_)) => is_number(number) && is_number(count),
        _ => false,
    }
}

/// What all names begin with.
pub const MARK: &str = "nvc-";

/// The name of the run that made a user or project of this name for itself, with what stands before it.
pub(crate) fn of_people(name: &str) -> Option<String> {
    origin(name)?;
    let (run, _) = name.split_once("-people-")?;
    Some(run.to_owned())
}

/// What the name of a keypair says about a project's quota of keypairs: what it was, and to what a check narrowed it. A run
/// puts it back itself, and where it could not, a sweep does.
pub(crate) fn narrowed(was: i64, to: i64) -> String {
    format!("quota-{was}-to-{to}")
}

/// What [`narrowed`] said, of a name that a run gave.
pub(crate) fn was_narrowed(name: &str) -> Option<(i64, i64)> {
    origin(name)?;
    let (_, said) = name.split_once("-quota-")?;
    let (was, to) = said.split_once("-to-")?;
    Some((was.parse().ok()?, to.parse().ok()?))
}

/// The time in a run's name.
fn began(id: &str) -> Option<Timestamp> {
    let value = |letter: u8| LETTERS.iter().position(|known| *known == letter);
    let values: Option<Vec<usize>> = id.bytes().map(value).collect();
    let seconds = values?
        .into_iter()
        .take(OF_TIME)
        .try_fold(0_u64, |so_far, value| {
            Some((so_far << 5) | u64::try_from(value).ok()?)
        })?;
    let seconds = Some(seconds).filter(|seconds| *seconds >= FIRST.as_secs())?;
    Timestamp::from_second(i64::try_from(seconds).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn id() -> String {
        new(
            "2026-03-04T05:06:07Z".parse().unwrap(),
            [0, 31, 200, 255, 7],
        )
    }

    #[rstest]
    #[case::of_a_check(|id: &str| format!("nvc-{id}-12-0-taken"))]
    #[case::of_the_pool(|id: &str| format!("nvc-{id}-servers-3"))]
    #[case::key_of_the_pool(|id: &str| format!("nvc-{id}-servers-of-main"))]
    #[case::of_its_people(|id: &str| format!("nvc-{id}-people-main"))]
    #[case::with_something_before(|id: &str| format!("  nvc-{id}-1-2-n "))]
    #[case::after_another_mark(|id: &str| format!("nvc-x-nvc-{id}-1-2-n"))]
    fn a_runs_names_tell_when_it_began(#[case] name: fn(&str) -> String) {
        let began = origin(&name(&id())).unwrap();
        assert_eq!(began.to_string(), "2026-03-04T05:06:07Z");
    }

    #[rstest]
    #[case::limited(100, 4)]
    #[case::unlimited(-1, 4)]
    fn a_name_can_tell_what_a_quota_was(#[case] was: i64, #[case] to: i64) {
        let name = format!("nvc-{}-1-0-{}", id(), narrowed(was, to));
        assert_eq!(was_narrowed(&name), Some((was, to)));
    }

    #[rstest]
    #[case::of_a_run_about_something_else(&format!("nvc-{}-1-0-taken", id()))]
    #[case::of_nobodys_run("nvc-1-0-quota-100-to-4")]
    fn another_name_tells_nothing_of_a_quota(#[case] name: &str) {
        assert_eq!(was_narrowed(name), None);
    }

    #[rstest]
    #[case::empty("")]
    #[case::peoples_own("nvc-production-key")]
    #[case::peoples_own_with_numbers("nvc-production12-1-0-key")]
    #[case::too_short("nvc-abcdefgh-1-0-n")]
    #[case::letters_that_are_none("nvc-ABCDEFGHIJKL-1-0-n")]
    #[case::before_this_program("nvc-aaaaaaaaaaaa-1-0-n")]
    #[case::beyond_the_name("nvc-aé")]
    fn others_names_tell_nothing(#[case] name: &str) {
        assert_eq!(origin(name), None);
    }

    #[rstest]
    #[case::nothing_after_it("")]
    #[case::no_count("-1-n")]
    #[case::no_number("-a-0-n")]
    #[case::other_words("-backup-of-mine")]
    fn a_runs_name_alone_is_not_enough(#[case] rest: &str) {
        assert_eq!(origin(&format!("nvc-{}{rest}", id())), None);
    }
}
