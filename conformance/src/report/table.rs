//! The numbers of a run by group of checks, as a table of plain text. It knows what was collected.

use std::{collections::BTreeMap, fmt::Write as _};

use super::Collected;
use crate::outcome::Kind;

/// Groups beyond this many are added up in one line, so that a summary fits a screen.
const ROWS: usize = 8;

#[derive(Debug, Default, Clone)]
struct Row {
    name: String,
    counts: BTreeMap<Kind, usize>,
}

impl Row {
    fn is_bad(&self) -> bool {
        let bad = [Kind::Violation, Kind::Warning, Kind::Errored];
        bad.iter().any(|kind| self.counts.contains_key(kind))
    }

    fn add(&mut self, other: &Self) {
        for (kind, count) in &other.counts {
            *self.counts.entry(*kind).or_default() += count;
        }
    }
}

/// The table, a line each, its heading first. Columns in which nothing is counted are left out.
pub(super) fn lines(collected: &Collected) -> Vec<String> {
    let mut rows: Vec<Row> = Vec::new();
    let mut total = Row {
        name: "all".to_owned(),
        ..Row::default()
    };
    for finished in collected.finished.values() {
        let group = finished.check.group();
        let place = rows
            .iter()
            .position(|row| row.name == group)
            .unwrap_or_else(|| {
                rows.push(Row {
                    name: group.to_owned(),
                    ..Row::default()
                });
                rows.len() - 1
            });
        let kind = finished.outcome.kind();
        *rows[place].counts.entry(kind).or_default() += 1;
        *total.counts.entry(kind).or_default() += 1;
    }
    if rows.len() > ROWS {
        // What is wrong is shown before what is well.
        rows.sort_by_key(|row| !row.is_bad());
        let mut others = Row {
            name: format!("{} others", rows.len() - ROWS + 1),
            ..Row::default()
        };
        for row in rows.drain(ROWS - 1..) {
            others.add(&row);
        }
        rows.push(others);
    }
    if rows.len() != 1 {
        rows.push(total.clone());
    }
    let kinds: Vec<Kind> = Kind::ALL
        .into_iter()
        .filter(|kind| total.counts.contains_key(kind))
        .collect();
    let width = rows
        .iter()
        .map(|row| row.name.len())
        .max()
        .unwrap_or_default();
    let heading = kinds.iter().fold(" ".repeat(width), |mut line, kind| {
        let _ = write!(line, "  {}", kind.name());
        line
    });
    let body = rows.iter().map(|row| {
        kinds
            .iter()
            .fold(format!("{:width$}", row.name), |mut line, kind| {
                let count = row
                    .counts
                    .get(kind)
                    .map_or_else(|| "-".to_owned(), usize::to_string);
                let _ = write!(line, "  {count:>width$}", width = kind.name().len());
                line
            })
    });
    std::iter::once(heading).chain(body).collect()
}
