//! Charts without a script: lines and areas are SVG that stretches with the page, and what is to be read (ticks, legends) is
//! text beside it, of the page's size on every screen and on paper. It knows numbers and markup, nothing of runs.

use std::time::Duration;

use crate::{
    shared::{Text, put},
    words,
};

/// Columns of a chart over time: more intervals than this are drawn together.
pub(super) const COLUMNS: u32 = 120;

/// A scale from the bottom of a chart to its top, or from its left to its right.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    log: bool,
    ticks: Vec<(f64, String)>,
}

impl Scale {
    /// Times, by their logarithm, so that a stall of seconds does not flatten the milliseconds.
    pub(super) fn times(least: Duration, most: Duration) -> Self {
        let low = least.as_secs_f64().max(1e-6);
        let high = most.as_secs_f64().max(low);
        let (low, high) = (nice_below(low), nice_above(high));
        let (low, high) = if high / low < 4.0 {
            (nice_below(low * 0.7), nice_above(high * 1.4))
        } else {
            (low, high)
        };
        let steps: &[f64] = match (high / low).log10() {
            decades if decades > 3.0 => &[1.0],
            decades if decades > 1.7 => &[1.0, 3.0],
            _ => &[1.0, 2.0, 5.0],
        };
        let mut ticks = Vec::new();
        let mut decade = 10_f64.powf(low.log10().floor());
        while decade <= high {
            for step in steps {
                let tick = decade * step;
                if tick >= low * 0.999 && tick <= high * 1.001 {
                    ticks.push((tick, tick_time(tick)));
                }
            }
            decade *= 10.0;
        }
        Self {
            low,
            high,
            log: true,
            ticks,
        }
    }

    /// Only the powers of ten, where those are enough: side by side, names need room.
    pub(super) fn with_few_ticks(mut self) -> Self {
        let is_power = |at: f64| (at.log10() - at.log10().round()).abs() < 1e-9;
        let powers = self.ticks.iter().filter(|(at, _)| is_power(*at)).count();
        if powers > 2 {
            self.ticks.retain(|(at, _)| is_power(*at));
        }
        self
    }

    /// Numbers from 0, told by `name`.
    pub(super) fn from_zero(most: f64, name: impl Fn(f64) -> String) -> Self {
        let step = nice_step(most.max(1e-9) / 4.0);
        let steps = (most.max(1e-9) / step).ceil().max(1.0);
        let mut ticks = Vec::new();
        let mut at = 0.0;
        while at <= steps {
            ticks.push((at * step, name(at * step)));
            at += 1.0;
        }
        Self {
            low: 0.0,
            high: steps * step,
            log: false,
            ticks,
        }
    }

    /// Seconds since the measuring began, up to the end of what is drawn.
    pub(super) fn seconds(length: f64) -> Self {
        let step = nice_step(length.max(1.0) / 5.0).max(1.0);
        let mut ticks = Vec::new();
        let mut at = 0.0;
        while at <= length * 1.001 {
            ticks.push((at, words::about(Duration::from_secs_f64(at))));
            at += step;
        }
        Self {
            low: 0.0,
            high: length.max(1.0),
            log: false,
            ticks,
        }
    }

    /// Runs beside each other, the first at 0, with the names of a few.
    pub(super) fn runs(names: &[&str]) -> Self {
        let each = names.len().div_ceil(3).max(1);
        let ticks = names.iter().enumerate().step_by(each);
        Self {
            low: -0.5,
            high: place_of(names.len().max(1)) - 0.5,
            log: false,
            ticks: ticks
                .map(|(run, name)| (place_of(run), (*name).to_owned()))
                .collect(),
        }
    }

    /// Where a number is, from 0 to 100.
    pub(super) fn place(&self, number: f64) -> f64 {
        let part = if self.log {
            (number.max(self.low) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (number - self.low) / (self.high - self.low)
        };
        part.clamp(0.0, 1.0) * 100.0
    }
}

/// A run's number as a place.
#[expect(clippy::cast_precision_loss, reason = "runs are few")]
pub(super) const fn place_of(run: usize) -> f64 {
    run as f64
}

fn decades(number: f64, bigger: bool) -> f64 {
    let decade = 10_f64.powf(number.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0];
    let found = if bigger {
        steps
            .into_iter()
            .find(|step| step * decade >= number * 0.999)
    } else {
        steps
            .into_iter()
            .rev()
            .find(|step| step * decade <= number * 1.001)
    };
    found.unwrap_or(1.0) * decade
}

fn nice_below(number: f64) -> f64 {
    decades(number, false)
}

fn nice_above(number: f64) -> f64 {
    decades(number, true)
}

fn nice_step(number: f64) -> f64 {
    nice_above(number)
}

/// A tick has no digits that say nothing: `20 ms`, not `20.0 ms`.
fn tick_time(seconds: f64) -> String {
    let us = (seconds * 1e6).round();
    if us < 1_000.0 {
        format!("{us} µs")
    } else if us < 1_000_000.0 {
        format!("{} ms", us / 1e3)
    } else {
        format!("{} s", us / 1e6)
    }
}

/// One thing drawn, in the order in which they are added.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    /// The class of the page's style that colours it.
    pub(super) class: &'static str,
    /// What the legend calls it; nothing where the legend has it already.
    pub(super) label: String,
    /// The path, in a space of 1000 by 100 whose top is 0.
    pub(super) path: String,
}

/// A chart.
#[derive(Debug)]
pub(super) struct Chart<'a> {
    /// What it shows, above it.
    pub(super) caption: &'a str,
    /// What it shows, for those who cannot see it.
    pub(super) description: String,
    /// What is drawn.
    pub(super) marks: Vec<Mark>,
    /// From left to right.
    pub(super) across: Scale,
    /// From the bottom to the top; nothing where heights have no number.
    pub(super) up: Option<Scale>,
}

impl Chart<'_> {
    /// Adds it to the page.
    pub(super) fn put(&self, page: &mut String) {
        put(
            page,
            format_args!(
                "<figure class=chart><figcaption>{}<span class=keys>",
                Text(self.caption)
            ),
        );
        for mark in self.marks.iter().filter(|mark| !mark.label.is_empty()) {
            put(
                page,
                format_args!(
                    "<span class=key><svg viewBox=\"0 0 20 10\" aria-hidden=true><path class={} d=\"{}\"/></svg>{}</span>",
                    mark.class,
                    if mark.class.starts_with('f') {
                        "M0 1H20V9H0Z"
                    } else {
                        "M0 5H20"
                    },
                    Text(&mark.label)
                ),
            );
        }
        put(
            page,
            format_args!(
                "</span></figcaption>\n<div class=plot role=img aria-label=\"{}\">",
                Text(&self.description)
            ),
        );
        page.push_str("<svg viewBox=\"0 0 1000 100\" preserveAspectRatio=none aria-hidden=true>");
        self.grid(page);
        for mark in &self.marks {
            put(
                page,
                format_args!("<path class={} d=\"{}\"/>", mark.class, mark.path),
            );
        }
        page.push_str("</svg>");
        for (at, name) in self.up.iter().flat_map(|up| up.ticks.iter()) {
            let place = self.up.as_ref().map_or(0.0, |up| up.place(*at));
            put(
                page,
                format_args!("<i class=y style=\"bottom:{place:.2}%\">{}</i>", Text(name)),
            );
        }
        let last = self.across.ticks.len().saturating_sub(1);
        for (number, (at, name)) in self.across.ticks.iter().enumerate() {
            let place = self.across.place(*at);
            let end = match number {
                0 if place < 3.0 => " start",
                number if number == last && place > 92.0 => " end",
                _ => "",
            };
            put(
                page,
                format_args!(
                    "<i class=\"x{end}\" style=\"left:{place:.2}%\">{}</i>",
                    Text(name)
                ),
            );
        }
        page.push_str("</div></figure>\n");
    }

    fn grid(&self, page: &mut String) {
        page.push_str("<path class=grid d=\"");
        for (at, _) in self.up.iter().flat_map(|up| up.ticks.iter()) {
            let place = 100.0 - self.up.as_ref().map_or(0.0, |up| up.place(*at));
            put(page, format_args!("M0 {place:.2}H1000"));
        }
        if self.up.is_none() {
            page.push_str("M0 100H1000");
        }
        page.push_str("\"/>");
    }
}

/// A line through points, given as places from 0 to 100; where one is missing, the line is broken.
pub(super) fn line(points: impl IntoIterator<Item = Option<(f64, f64)>>) -> String {
    let mut path = String::new();
    let mut before: Option<(f64, f64)> = None;
    let mut alone = true;
    for point in points {
        match (point, before) {
            (Some((x, y)), Some(_)) => {
                put(&mut path, format_args!("L{:.1} {:.2}", x * 10.0, 100.0 - y));
                alone = false;
            }
            (Some((x, y)), None) => {
                put(&mut path, format_args!("M{:.1} {:.2}", x * 10.0, 100.0 - y));
                alone = true;
            }
            // A point without neighbours would have no length, and not be seen.
            (None, Some(_)) if alone => path.push_str("h4"),
            (None, _) => {}
        }
        before = point;
    }
    if before.is_some() && alone {
        path.push_str("h4");
    }
    path
}

/// Bars from a height to another, as places from 0 to 100: left, right, bottom, top.
pub(super) fn bars(bars: impl IntoIterator<Item = (f64, f64, f64, f64)>) -> String {
    let mut path = String::new();
    for (left, right, bottom, top) in bars {
        if top > bottom {
            put(
                &mut path,
                format_args!(
                    "M{:.1} {:.2}V{:.2}H{:.1}V{:.2}Z",
                    left * 10.0,
                    100.0 - bottom,
                    100.0 - top,
                    right * 10.0,
                    100.0 - bottom
                ),
            );
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[rstest]
    #[case::one_decade(3, 40, "2 ms 5 ms 10 ms 20 ms 50 ms")]
    #[case::two_decades(1, 90, "1 ms 3 ms 10 ms 30 ms 100 ms")]
    #[case::many(1, 60_000, "1 ms 10 ms 100 ms 1 s 10 s 100 s")]
    #[case::narrow(20, 21, "10 ms 20 ms 50 ms 100 ms")]
    fn ticks_of_times_are_few_and_round(#[case] least: u64, #[case] most: u64, #[case] want: &str) {
        let scale = Scale::times(MS(least), MS(most));
        let names: Vec<&str> = scale.ticks.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names.join(" "), want);
    }

    #[rstest]
    #[case::bottom(0.001, 0.0)]
    #[case::middle(0.01, 50.0)]
    #[case::top(0.1, 100.0)]
    #[case::beyond(7.0, 100.0)]
    fn times_stand_by_their_logarithm(#[case] seconds: f64, #[case] want: f64) {
        let place = Scale::times(MS(1), MS(100)).place(seconds);
        assert!((place - want).abs() < 1e-6, "{place}");
    }

    #[rstest]
    #[case::few(3.0, "0 1 2 3")]
    #[case::many(1_234.0, "0 500 1000 1500")]
    #[case::none(0.0, "0")]
    fn numbers_begin_at_nothing(#[case] most: f64, #[case] want: &str) {
        let scale = Scale::from_zero(most, |number| format!("{number:.0}"));
        let mut names: Vec<&str> = scale.ticks.iter().map(|(_, name)| name.as_str()).collect();
        names.dedup();
        assert_eq!(names.join(" "), want);
    }

    #[test]
    fn a_line_breaks_where_nothing_was_measured() {
        let points = [
            Some((0.0, 0.0)),
            Some((1.0, 50.0)),
            None,
            Some((3.0, 100.0)),
            None,
        ];
        assert_eq!(line(points), "M0.0 100.00L10.0 50.00M30.0 0.00h4");
    }

    #[test]
    fn bars_without_height_are_not_drawn() {
        assert_eq!(
            bars([(0.0, 1.0, 0.0, 50.0), (1.0, 2.0, 0.0, 0.0)]),
            "M0.0 100.00V50.00H10.0V100.00Z"
        );
    }
}
