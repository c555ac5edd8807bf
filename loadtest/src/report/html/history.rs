//! `history.html`: many runs on one page, for people: for each name how its percentiles moved, with a mark where they changed
//! for good. It knows a history's groups.

use super::{
    begin,
    chart::{self, Chart, Mark, Scale},
    end, end_table, section,
};
use crate::{
    history::{Change, Group, Run},
    results::place,
    shared::{Text, put},
    words::{self, counted},
};

/// The page.
pub fn render(groups: &[Group]) -> String {
    let mut page = String::new();
    let runs: usize = groups.iter().map(|group| group.runs.len()).sum();
    let changes: usize = groups.iter().map(|group| group.changes.len()).sum();
    let heading = format!(
        "{}, {}",
        counted(runs as u64, "run"),
        counted(changes as u64, "change")
    );
    begin(&mut page, &format!("History: {heading}"));
    put(
        &mut page,
        format_args!(
            "<header class=good><p class=of>How did the speed of key creation and rebuild move?</p><h1>{heading}</h1></header>\n\
             <nav aria-label=Contents><ul>"
        ),
    );
    for (number, group) in groups.iter().enumerate() {
        put(
            &mut page,
            format_args!("<li><a href=#g{number}>{}</a></li>", Text(&title(group))),
        );
    }
    page.push_str("</ul></nav>\n<main>\n");
    for (number, group) in groups.iter().enumerate() {
        section(
            &mut page,
            &format!("g{number}"),
            &Text(&title(group)).to_string(),
        );
        told(&mut page, group);
        charts(&mut page, group);
        table(&mut page, group);
        page.push_str("</section>\n");
    }
    page.push_str("</main>\n");
    end(
        &mut page,
        "A change is a level that differs by more than 10 % from the one before, which in 99 of 100 histories without one would \
         not be seen; it takes six runs of the same load on the same cloud.",
    );
    page
}

fn title(group: &Group) -> String {
    format!(
        "{} on {}, {}",
        group.scenario,
        group.cloud,
        group.shape.model.words()
    )
}

/// The changes, in words.
fn told(page: &mut String, group: &Group) {
    if group.changes.is_empty() {
        put(
            page,
            format_args!(
                "<p>No change in {}.</p>\n",
                counted(group.runs.len() as u64, "run")
            ),
        );
        return;
    }
    super::table(
        page,
        "Changes",
        &["Name", "Measure", "#Change", "#Before", "#After", "Between"],
    );
    for change in &group.changes {
        let run = |place: usize| {
            let run = group.runs.get(place);
            run.map_or_else(String::new, |run| words::moment(&run.started_at))
        };
        let class = if change.ratio() > 1.0 { "bad" } else { "good" };
        put(
            page,
            format_args!(
                "<tr><td>{}</td><td>{}</td><td class=\"number {class}\">{}</td><td class=number>{}</td><td class=number>{}</td>\
                 <td>{} and {}</td></tr>\n",
                Text(&change.name),
                change.measure,
                words::change(change.ratio()),
                words::time(change.before),
                words::time(change.after),
                Text(&run(change.at.saturating_sub(1))),
                Text(&run(change.at)),
            ),
        );
    }
    end_table(page);
}

fn charts(page: &mut String, group: &Group) {
    let mut names: Vec<&str> = group
        .runs
        .iter()
        .flat_map(|run| run.times.keys())
        .map(|(name, _)| name.as_str())
        .collect();
    names.sort_by_key(|name| place(name));
    names.dedup();
    page.push_str("<div class=two>\n");
    for name in names {
        chart(page, group, name);
    }
    page.push_str("</div>\n");
}

fn chart(page: &mut String, group: &Group, name: &str) {
    let times = |measure: &'static str| {
        group
            .runs
            .iter()
            .map(move |run| run.times.get(&(name.to_owned(), measure)).copied())
    };
    let all = || times("p50").chain(times("p99")).flatten();
    let (Some(least), Some(most)) = (all().min(), all().max()) else {
        return;
    };
    let up = Scale::times(least, most);
    let days: Vec<&str> = group.runs.iter().map(day).collect();
    let across = Scale::runs(&days);
    let mut marks: Vec<Mark> = [("p50", "l1"), ("p99", "l3")]
        .into_iter()
        .map(|(measure, class)| Mark {
            class,
            label: measure.to_owned(),
            path: chart::line(times(measure).enumerate().map(|(run, time)| {
                let x = across.place(chart::place_of(run));
                Some((x, up.place(time?.as_secs_f64())))
            })),
        })
        .collect();
    let mut places: Vec<usize> = group
        .changes
        .iter()
        .filter(|change| change.name == name)
        .map(|change| change.at)
        .collect();
    places.sort_unstable();
    places.dedup();
    for (number, place) in places.iter().enumerate() {
        let x = across.place(chart::place_of(*place) - 0.5);
        marks.push(Mark {
            class: "l4",
            label: if number == 0 {
                "a change".to_owned()
            } else {
                String::new()
            },
            path: chart::line([Some((x, 0.0)), Some((x, 100.0))]),
        });
    }
    let changes: Vec<String> = group
        .changes
        .iter()
        .filter(|change| change.name == name)
        .map(in_words)
        .collect();
    Chart {
        caption: name,
        description: format!(
            "{name} over {}, between {} and {}. {}",
            counted(group.runs.len() as u64, "run"),
            words::time(least),
            words::time(most),
            if changes.is_empty() {
                "No change".to_owned()
            } else {
                changes.join("; ")
            }
        ),
        marks,
        across,
        up: Some(up),
    }
    .put(page);
}

fn in_words(change: &Change) -> String {
    format!(
        "{} went from {} to {}",
        change.measure,
        words::time(change.before),
        words::time(change.after)
    )
}

fn day(run: &Run) -> &str {
    // The month and the day: the years are in the table.
    run.started_at.get(5..10).unwrap_or(&run.started_at)
}

fn table(page: &mut String, group: &Group) {
    page.push_str("<details><summary>The runs</summary>");
    super::table(
        page,
        "The runs",
        &[
            "Begun", "Run", "#Rate", "#Failed", "#Wrong", "Judged", "File",
        ],
    );
    for run in &group.runs {
        let judged = match &run.judged {
            Some((0, sentence)) => format!("✓ {}", Text(sentence)),
            Some((_, sentence)) => format!("✗ {}", Text(sentence)),
            None => "–".to_owned(),
        };
        put(
            page,
            format_args!(
                "<tr><td>{}</td><td><code>{}</code></td><td class=number>{}</td><td class=number>{}</td><td class=number>{}</td>\
                 <td class=words>{judged}</td><td class=words>{}</td></tr>\n",
                Text(&words::moment(&run.started_at)),
                Text(&run.id),
                words::rate(run.rate),
                words::percent(run.failed),
                words::count(run.violations),
                Text(&run.file),
            ),
        );
    }
    end_table(page);
    page.push_str("</details>\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::tests::history;

    #[test]
    fn a_change_is_told_and_marked() {
        let page = render(&history(20, 12).groups(1));
        assert!(page.contains("<h1>20 runs, 2 changes</h1>"));
        assert!(page.contains("2026-03-12T04:00:00Z and 2026-03-13T04:00:00Z"));
        assert!(page.contains("<path class=l4 "));
        assert!(!page.contains("NaN"));
    }

    #[test]
    fn a_quiet_history_says_so() {
        let page = render(&history(7, 9).groups(1));
        assert!(page.contains("No change in 7 runs"));
        assert!(!page.contains("<path class=l4 "));
    }

    #[test]
    fn no_runs_are_a_page_too() {
        assert!(render(&[]).contains("<h1>0 runs, 0 changes</h1>"));
    }
}
