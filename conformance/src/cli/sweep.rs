//! `nova-conformance sweep`: deletes what earlier runs left. From the command line to an exit code; [`crate::sweep`] does it.

use std::{collections::BTreeSet, io::Write as _, time::Duration};

use nova_client::Config;

use super::{
    complain,
    people::{Named, People, Refused, nobody, out_of_reach, prepared, usage},
};
use crate::{
    caller::Caller,
    callers,
    exit::ExitCode,
    sweep::{Options, Swept, Told, sweep},
};

/// The options of `sweep`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    people: People,
    /// What is younger stays, for it may be a run's that is still going: a number and s, m, h or d.
    #[arg(long, value_name = "AGE", default_value = "1h", value_parser = parse_age)]
    older_than: Duration,
    /// Deletes nothing, and tells what would be deleted.
    #[arg(long)]
    dry_run: bool,
    /// How long one request may take.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    /// How long a server may take to go.
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=86400))]
    server_timeout: u64,
}

impl Args {
    pub(super) async fn go(self) -> ExitCode {
        match self.sweep().await {
            Ok(swept) => code_of(&swept),
            Err((code, what)) => {
                complain(what);
                code
            }
        }
    }

    async fn sweep(&self) -> Result<Swept, Refused> {
        let Named { main, others } = self.people.named()?.ok_or_else(|| {
            usage("no cloud is named: name the one to sweep with --os-cloud, OS_CLOUD or --admin-cloud")
        })?;
        let deadline = Duration::from_secs(self.timeout);
        let others: Vec<(Caller, Config)> = others
            .into_iter()
            .map(|(caller, config)| (caller, prepared(config, deadline)))
            .collect();
        let cloud = match (main, &others[..]) {
            (Some(main), _) => {
                callers::reach(prepared(main, deadline), others, &BTreeSet::new()).await
            }
            // An administrator sees what was made for runs by themselves.
            (None, [(Caller::Admin, admin)]) => callers::one(Caller::Admin, admin.clone())
                .await
                .map(|(cloud, _)| cloud),
            (None, _) => return Err(nobody("name --admin-cloud alone")),
        }
        .map_err(out_of_reach)?;
        let options = Options {
            older_than: self.older_than,
            dry_run: self.dry_run,
            deadline,
            patience: Duration::from_secs(self.server_timeout),
        };
        let swept = sweep(&cloud, &options, &mut tell).await;
        say(&summary(&swept, self.dry_run));
        Ok(swept)
    }
}

fn tell(told: Told) {
    match told {
        Told::Young(thing) => say(&format!("left alone, too young: {thing}")),
        Told::Would(thing) => say(&format!("would delete {thing}")),
        Told::Deleted(thing) => say(&format!("deleted {thing}")),
        Told::Left(thing, why) => complain(format!("{thing} is left: {why}")),
        Told::Unseen(what) => complain(what),
    }
}

fn say(line: &str) {
    // Where standard output is closed, what is deleted is deleted all the same.
    let _ = writeln!(anstream::stdout(), "{line}");
}

/// The last line.
fn summary(swept: &Swept, dry_run: bool) -> String {
    let Swept {
        deleted,
        young,
        left,
        unseen,
    } = swept;
    let verb = if dry_run { "to delete" } else { "deleted" };
    let mut line = format!("{deleted} {verb}, {young} too young, {left} left");
    if *unseen > 0 {
        line.push_str(&format!(", {unseen} could not be looked for"));
    }
    line
}

const fn code_of(swept: &Swept) -> ExitCode {
    if swept.left > 0 || swept.unseen > 0 {
        ExitCode::CouldNotAsk
    } else {
        ExitCode::Holds
    }
}

/// `90s`, `30m`, `1h`, `2d`, `0s`.
fn parse_age(text: &str) -> Result<Duration, String> {
    let unit = |letter: char| match letter {
        's' => Some(1),
        'm' => Some(60),
        'h' => Some(3600),
        'd' => Some(86_400),
        _ => None,
    };
    let parsed = text.char_indices().next_back().and_then(|(at, letter)| {
        let number: u64 = text[..at].parse().ok()?;
        number.checked_mul(unit(letter)?)
    });
    parsed
        .map(Duration::from_secs)
        .ok_or_else(|| "write a number and s, m, h or d, such as 90m".to_owned())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::at_once("0s", 0)]
    #[case::seconds("90s", 90)]
    #[case::minutes("30m", 1800)]
    #[case::hours("1h", 3600)]
    #[case::days("2d", 172_800)]
    fn an_age_is_a_number_and_a_unit(#[case] text: &str, #[case] seconds: u64) {
        assert_eq!(parse_age(text), Ok(Duration::from_secs(seconds)));
    }

    #[rstest]
    #[case::nothing("")]
    #[case::no_unit("10")]
    #[case::no_number("h")]
    #[case::another_unit("1w")]
    #[case::negative("-1h")]
    #[case::endless("999999999999999999d")]
    #[case::letter_of_two_bytes("1é")]
    fn another_age_is_none(#[case] text: &str) {
        assert!(parse_age(text).unwrap_err().contains("such as 90m"));
    }

    #[rstest]
    #[case::nothing_there(Swept::default(), ExitCode::Holds)]
    #[case::all_gone(Swept { deleted: 3, young: 1, ..Swept::default() }, ExitCode::Holds)]
    #[case::something_left(Swept { deleted: 3, left: 1, ..Swept::default() }, ExitCode::CouldNotAsk)]
    #[case::not_seen(Swept { unseen: 1, ..Swept::default() }, ExitCode::CouldNotAsk)]
    fn a_sweep_ends_as(#[case] swept: Swept, #[case] code: ExitCode) {
        assert_eq!(code_of(&swept), code);
    }
}
