//! From the arguments of a test binary to a run and its exit code. It knows the command line's front door and libtest-mimic.

use std::{collections::BTreeSet, ffi::OsString, sync::mpsc, thread};

use libtest_mimic::{Arguments, Conclusion, Trial};
use nova_conformance::{
    check::Check,
    checks,
    cli::{self, Front},
    exit::ExitCode,
};

use crate::trials::{self, Ended, News};

/// How a test binary ends when a test failed.
const FAILED: u8 = 101;

/// Lists or judges what the arguments select, and says how the process is to end. The options are those of
/// `nova-conformance run`, separated by blanks.
pub(crate) fn judge(arguments: &Arguments, options: &str) -> u8 {
    let options: Vec<OsString> = options.split_whitespace().map(OsString::from).collect();
    judge_by(arguments, &checks::registry(), move |front| {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(cli::run_for(options, front))
    })
}

/// Like [`judge`], with other checks and another run.
pub(crate) fn judge_by(
    arguments: &Arguments,
    checks: &[Check],
    run: impl FnOnce(Front) -> ExitCode + Send + 'static,
) -> u8 {
    let (sender, news) = mpsc::channel();
    let (trials, follower) = trials::of(checks, sender);
    let only: BTreeSet<String> = trials
        .iter()
        .filter(|trial| !arguments.is_filtered_out(trial))
        .map(|trial| trial.name().to_owned())
        .collect();
    let selected = only.len();
    let conclude = |trials: Vec<Trial>| libtest_mimic::run(arguments, trials);
    if arguments.list || arguments.bench || selected == 0 {
        return code(&conclude(trials));
    }
    let front = Front {
        only,
        reporter: Box::new(follower),
    };
    let run = thread::spawn(move || run(front));
    // Without a beginning there is nothing to wait for; why not has been said on standard error.
    let conclusion = matches!(news.recv(), Ok(News::Begun)).then(|| conclude(trials));
    let ended = run.join().unwrap();
    let Some(conclusion) = conclusion else {
        return ended.code();
    };
    let end = match news.recv() {
        Ok(News::Ended(end)) => end,
        _ => Ended::default(),
    };
    for line in &end.said {
        eprintln!("{line}");
    }
    // One test that is ignored is how a runner with a process per test asks; more of them, and nothing is known.
    let only_ignored = end.summary.judged() == 0 && end.summary.leaks == 0 && selected == 1;
    match ended {
        _ if conclusion.has_failed() => FAILED,
        ExitCode::CouldNotAsk if only_ignored => 0,
        ExitCode::CouldNotAsk if end.summary.judged() == 0 => {
            eprintln!("error: nothing was judged: every test was ignored");
            ended.code()
        }
        other => other.code(),
    }
}

fn code(conclusion: &Conclusion) -> u8 {
    if conclusion.has_failed() { FAILED } else { 0 }
}
