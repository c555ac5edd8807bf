//! What a self-test found, for a terminal and as a page of the documentation. It knows what was [`Tested`], and writes text.

use std::{collections::BTreeMap, fmt::Write as _};

use nova_api::{
    Twist,
    flaw::{Unseen, unseen_flaws},
};

use super::{Judged, Tested};

/// So many checks of a row are named; the rest are counted.
const NAMED: usize = 3;

/// Every flaw with what found it out, and last what is missing.
#[must_use]
pub fn as_text(tested: &Tested) -> String {
    let mut text = String::new();
    for judged in &tested.flaws {
        line(
            &mut text,
            &format!("{}: {}", judged.flaw.name(), found(judged)),
        );
    }
    let blind = tested.blind();
    if tested.whole && !blind.is_empty() {
        line(&mut text, "\nThese checks found no flaw out:");
        for id in &blind {
            line(&mut text, &format!("  {id}"));
        }
    }
    let uncaught: Vec<&Judged> = tested.uncaught().collect();
    if !uncaught.is_empty() {
        line(&mut text, "\nThese flaws were not found out:");
        for judged in &uncaught {
            line(
                &mut text,
                &format!("  {}: {}", judged.flaw.name(), judged.flaw.says()),
            );
            for id in &judged.missed_by {
                line(&mut text, &format!("    {id} did not see it"));
            }
        }
    }
    line(
        &mut text,
        &format!(
            "\n{} of {} flaws found out in {:.1} s",
            tested.flaws.len() - uncaught.len(),
            tested.flaws.len(),
            tested.duration.as_secs_f64(),
        ),
    );
    text
}

fn found(judged: &Judged) -> String {
    if judged.caught_by.is_empty() {
        return "not found out".to_owned();
    }
    let named: Vec<&str> = judged
        .caught_by
        .iter()
        .take(NAMED)
        .map(String::as_str)
        .collect();
    let rest = judged.caught_by.len() - named.len();
    if rest == 0 {
        named.join(", ")
    } else {
        format!("{} and {rest} more", named.join(", "))
    }
}

/// The page `docs/self-test.md`. It says nothing that differs from run to run.
#[must_use]
pub fn as_markdown(tested: &Tested) -> String {
    let mut page = String::new();
    line(
        &mut page,
        "# Proof that each check bites\n\n\
         This page is written by `nova-conformance self-test --markdown docs/self-test.md`, which judges clouds that are wrong\n\
         in one way each and fails where a flaw is found out by no check. `mock-nova serve --flaw NAME` serves any of\n\
         them, and `mock-nova serve --list-flaws` lists them all.\n",
    );
    let caught = tested.flaws.len() - tested.uncaught().count();
    let bites = tested.bites();
    let biting = bites.values().filter(|flaws| **flaws > 0).count();
    line(
        &mut page,
        &format!(
            "{caught} of {} flaws are found out. {biting} of {} checks find one out.\n",
            tested.flaws.len(),
            bites.len()
        ),
    );
    history(&mut page, tested);
    behavior(&mut page, tested);
    left(&mut page, tested);
    page
}

fn history(page: &mut String, tested: &Tested) {
    line(
        page,
        "## Flaws of the history\n\n\
         For every change that a microversion makes to an operation: a cloud without it, one where it comes a version early, and one\n\
         where it comes a version late. Each cell counts the flaws found out, of those that there are.\n\n\
         | operation | missing | early | late |\n|---|---|---|---|",
    );
    let mut rows: BTreeMap<&str, BTreeMap<Twist, (usize, usize)>> = BTreeMap::new();
    for judged in &tested.flaws {
        if let Some(flaw) = judged.flaw.of_history() {
            let row = rows.entry(flaw.operation().name()).or_default();
            let (caught, all) = row.entry(flaw.twist()).or_default();
            *caught += usize::from(judged.is_caught());
            *all += 1;
        }
    }
    for (operation, row) in &rows {
        let cells: Vec<String> = Twist::ALL
            .iter()
            .map(|twist| match row.get(twist) {
                Some((caught, all)) => format!("{caught} of {all}"),
                None => "–".to_owned(),
            })
            .collect();
        line(page, &format!("| {operation} | {} |", cells.join(" | ")));
    }
    line(
        page,
        "\nThere is no cloud for what nobody could see; so many flaws, and why:\n",
    );
    let mut reasons: BTreeMap<Unseen, usize> = BTreeMap::new();
    for (_, why) in unseen_flaws() {
        *reasons.entry(*why).or_default() += 1;
    }
    for (why, count) in reasons {
        line(page, &format!("- {count}: {}", why.why()));
    }
}

fn behavior(page: &mut String, tested: &Tested) {
    line(
        page,
        "\n## Flaws of behavior\n\n| flaw | what is wrong | found out by |\n|---|---|---|",
    );
    for judged in &tested.flaws {
        if judged.flaw.of_history().is_none() {
            let row = format!(
                "| `{}` | {} | {} |",
                judged.flaw.name(),
                judged.flaw.says(),
                found(judged)
            );
            line(page, &row);
        }
    }
}

fn left(page: &mut String, tested: &Tested) {
    // Those of the history are counted above; the program's output names them.
    let uncaught: Vec<String> = tested
        .uncaught()
        .filter(|judged| judged.flaw.of_history().is_none())
        .map(|judged| judged.flaw.name())
        .collect();
    list(page, "Flaws that no check finds out", &uncaught);
    list(page, "Checks that find no flaw out", &tested.blind());
}

fn list(page: &mut String, title: &str, items: &[String]) {
    if !items.is_empty() {
        line(page, &format!("\n## {title}\n"));
        for item in items {
            line(page, &format!("- `{item}`"));
        }
    }
}

fn line(text: &mut String, line: &str) {
    // Writing to a String does not fail.
    let _ = writeln!(text, "{line}");
}
