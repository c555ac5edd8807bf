//! `--threshold "p99<2s for rebuild.active"`: what is demanded of a run, as people write it, and whether a run keeps it. It
//! knows results.
//!
//! ```text
//! threshold = measure comparison value ["for" name]
//! measure   = "p" number | "mean" | "max" | "errors" | "contention" | "rate" | "reached" | "dropped" | "late"
//! comparison= "<" | "<=" | ">" | ">="
//! value     = number unit; the unit of times is us, ms, s or m, that of parts is %, that of a rate is /s, that of counts none
//! name      = a request's or part's name; a * at its end takes all that begin so, each for itself
//! ```

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{
    results::{Kind, Results, Series, part, per_second},
    words,
};

/// What is demanded.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    text: String,
    measure: Measure,
    comparison: Comparison,
    value: Value,
    name: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Measure {
    Quantile(f64),
    Mean,
    Max,
    Errors,
    Contention,
    Rate,
    Reached,
    Dropped,
    Late,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Less,
    AtMost,
    More,
    AtLeast,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Value {
    Time(Duration),
    Part(f64),
    Count(f64),
    PerSecond(f64),
}

/// How one threshold stands for one name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The threshold, as it was written.
    pub threshold: String,
    /// The name it was judged for; none where it is for all together.
    pub name: Option<String>,
    /// What was measured, in words.
    pub found: String,
    /// Whether it holds.
    pub holds: bool,
}

/// A threshold that cannot be understood, or asked of such a run: where, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Mistake {
    text: String,
    at: usize,
    why: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = self.text[..self.at].chars().count();
        write!(out, "{}\n  {}\n  {:before$}^ here", self.why, self.text, "")
    }
}

/// The rest of a text that is being read.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
        &self.text[self.at..]
    }

    /// The letters that come next and are such; maybe none.
    fn run(&mut self, such: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest
            .find(|letter: char| !such(letter))
            .unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn mistake(&self, at: usize, why: impl Into<String>) -> Mistake {
        Mistake {
            text: self.text.to_owned(),
            at,
            why: why.into(),
        }
    }

    fn number(&mut self) -> Option<f64> {
        let digits = self.run(|letter| letter.is_ascii_digit() || letter == '.');
        digits.parse().ok()
    }
}

impl FromStr for Threshold {
    type Err = Mistake;

    fn from_str(text: &str) -> Result<Self, Mistake> {
        let mut reader = Reader { text, at: 0 };
        let measure = measure(&mut reader)?;
        let comparison = comparison(&mut reader)?;
        let value = value(&mut reader, measure)?;
        let name = name(&mut reader, measure)?;
        Ok(Self {
            text: text.trim().to_owned(),
            measure,
            comparison,
            value,
            name,
        })
    }
}

fn measure(reader: &mut Reader<'_>) -> Result<Measure, Mistake> {
    reader.rest();
    let begin = reader.at;
    let word = reader.run(|letter| letter.is_ascii_alphanumeric() || letter == '.');
    Ok(match word {
        "mean" => Measure::Mean,
        "max" => Measure::Max,
        "errors" => Measure::Errors,
        "contention" => Measure::Contention,
        "rate" => Measure::Rate,
        "reached" => Measure::Reached,
        "dropped" => Measure::Dropped,
        "late" => Measure::Late,
        _ => match word.strip_prefix('p').map(str::parse::<f64>) {
            Some(Ok(percent)) if percent > 0.0 && percent < 100.0 => {
                Measure::Quantile(percent / 100.0)
            }
            Some(Ok(_)) => {
                return Err(reader.mistake(
                    begin,
                    "a percentile is more than p0 and less than p100; the greatest is max",
                ));
            }
            _ => {
                return Err(reader.mistake(
                    begin,
                    "a threshold begins with what is measured: p50, p99.9, mean, max, errors, contention, rate, reached, dropped or late",
                ));
            }
        },
    })
}

fn comparison(reader: &mut Reader<'_>) -> Result<Comparison, Mistake> {
    reader.rest();
    let begin = reader.at;
    match reader.run(|letter| "<>=!".contains(letter)) {
        "<" => Ok(Comparison::Less),
        "<=" => Ok(Comparison::AtMost),
        ">" => Ok(Comparison::More),
        ">=" => Ok(Comparison::AtLeast),
        _ => Err(reader.mistake(begin, "here comes <, <=, > or >=")),
    }
}

fn value(reader: &mut Reader<'_>, measure: Measure) -> Result<Value, Mistake> {
    reader.rest();
    let begin = reader.at;
    let number = reader
        .number()
        .ok_or_else(|| reader.mistake(begin, format!("here comes {}", measure.wants())))?;
    reader.rest();
    let at = reader.at;
    let unit = reader.run(|letter| !letter.is_whitespace());
    let unit = match unit {
        "for" => {
            reader.at = at;
            ""
        }
        unit => unit,
    };
    let time = |seconds: f64| Duration::try_from_secs_f64(number * seconds).map(Value::Time);
    let value = match (measure, unit) {
        (Measure::Quantile(_) | Measure::Mean | Measure::Max, "us" | "µs") => time(1e-6).ok(),
        (Measure::Quantile(_) | Measure::Mean | Measure::Max, "ms") => time(1e-3).ok(),
        (Measure::Quantile(_) | Measure::Mean | Measure::Max, "s") => time(1.0).ok(),
        (Measure::Quantile(_) | Measure::Mean | Measure::Max, "m" | "min") => time(60.0).ok(),
        (Measure::Rate, "/s") => Some(Value::PerSecond(number)),
        (Measure::Reached, "%") => Some(Value::Part(number / 100.0)),
        (Measure::Errors | Measure::Contention | Measure::Dropped | Measure::Late, "%") => {
            Some(Value::Part(number / 100.0))
        }
        (Measure::Errors | Measure::Contention | Measure::Dropped | Measure::Late, "") => {
            Some(Value::Count(number))
        }
        _ => None,
    };
    value.ok_or_else(|| reader.mistake(at, format!("this is to be {}", measure.wants())))
}

fn name(reader: &mut Reader<'_>, measure: Measure) -> Result<Option<String>, Mistake> {
    let rest = reader.rest();
    let begin = reader.at;
    if rest.is_empty() {
        return match measure {
            Measure::Quantile(_) | Measure::Mean | Measure::Max => Err(reader.mistake(
                begin,
                "say for which request: \"… for keypairs.create\", or \"… for *\" for each; times of different requests together mean nothing",
            )),
            _ => Ok(None),
        };
    }
    let Some(name) = rest
        .strip_prefix("for ")
        .map(str::trim)
        .filter(|name| !name.is_empty())
    else {
        return Err(reader.mistake(begin, "here comes \"for\" and a name, or nothing"));
    };
    if matches!(measure, Measure::Reached | Measure::Dropped | Measure::Late) {
        return Err(reader.mistake(
            begin,
            "arrivals have no name: what is due is known, what it will be is not",
        ));
    }
    Ok(Some(name.to_owned()))
}

impl Measure {
    const fn wants(self) -> &'static str {
        match self {
            Self::Quantile(_) | Self::Mean | Self::Max => {
                "a time with its unit: 250us, 20ms, 2s or 1m"
            }
            Self::Errors | Self::Contention | Self::Dropped | Self::Late => {
                "a part such as 0.5%, or a count such as 10"
            }
            Self::Rate => "a rate such as 200/s",
            Self::Reached => "a part such as 99%",
        }
    }
}

impl Value {
    fn words(self) -> String {
        match self {
            Self::Time(time) => words::time(time),
            Self::Part(part) => words::percent(part),
            Self::Count(count) => format!("{count}"),
            Self::PerSecond(rate) => words::rate(rate),
        }
    }

    const fn number(self) -> f64 {
        match self {
            Self::Time(time) => time.as_secs_f64(),
            Self::Part(number) | Self::Count(number) | Self::PerSecond(number) => number,
        }
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl Threshold {
    /// Whether it can be asked of a run, in which things were due at their time or not, so that a wrong one is known before an
    /// hour of load.
    ///
    /// # Errors
    /// The run has no arrivals to be dropped.
    pub fn fits(&self, has_arrivals: bool) -> Result<(), Mistake> {
        let of_arrivals = matches!(
            self.measure,
            Measure::Reached | Measure::Dropped | Measure::Late
        );
        if of_arrivals && !has_arrivals {
            return Err(Mistake {
                text: self.text.clone(),
                at: 0,
                why: "users wait for their answers, so nothing is due, late or dropped; give a --rate".to_owned(),
            });
        }
        Ok(())
    }

    /// Judges a run: a row for each name it is for.
    pub fn judge(&self, results: &Results) -> Vec<Row> {
        let Some(name) = &self.name else {
            return vec![self.row(None, self.of_all(results))];
        };
        let named: Vec<(&String, &Series)> = results
            .measured
            .names
            .iter()
            .filter(|(known, _)| matches(name, known))
            .collect();
        if named.is_empty() {
            let known: Vec<&str> = results.measured.names.keys().map(String::as_str).collect();
            return vec![Row {
                threshold: self.text.clone(),
                name: Some(name.clone()),
                found: format!("nothing of this name was asked; there is {}", list(&known)),
                holds: false,
            }];
        }
        named
            .into_iter()
            .map(|(name, series)| self.row(Some(name), self.of_one(series, results)))
            .collect()
    }

    /// What was measured, and of how many; nothing where there is nothing to measure.
    fn row(&self, name: Option<&String>, found: Option<(Value, String)>) -> Row {
        let (found, holds) = match found {
            Some((found, of)) => (format!("{}{of}", found.words()), self.holds(found)),
            None => ("nothing was measured".to_owned(), false),
        };
        Row {
            threshold: self.text.clone(),
            name: name.cloned(),
            found,
            holds,
        }
    }

    fn holds(&self, found: Value) -> bool {
        let (found, limit) = (found.number(), self.value.number());
        match self.comparison {
            Comparison::Less => found < limit,
            Comparison::AtMost => found <= limit,
            Comparison::More => found > limit,
            Comparison::AtLeast => found >= limit,
        }
    }

    /// So many of so many, as a part or a count, whichever is asked for.
    fn share(&self, some: u64, all: u64, what: &str) -> Option<(Value, String)> {
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
        let value = match self.value {
            Value::Part(_) => Value::Part(part(some, all)),
            _ => Value::Count(some as f64),
        };
        let shown = match value {
            Value::Part(_) => format!(" ({} of {})", words::count(some), words::counted(all, what)),
            _ => format!(" of {}", words::counted(all, what)),
        };
        (all > 0).then_some((value, shown))
    }

    fn of_one(&self, series: &Series, results: &Results) -> Option<(Value, String)> {
        let times = series.times();
        let of = || format!(" (of {})", words::count(times.count()));
        let time = |time: Option<Duration>| time.map(|time| (Value::Time(time), of()));
        match self.measure {
            Measure::Quantile(part) => time(times.quantile(part)),
            Measure::Mean => time(times.mean()),
            Measure::Max => time(times.most()),
            Measure::Errors => self.share(series.failed(), series.ended(), what(series)),
            Measure::Contention => self.share(series.contention(), series.ended(), what(series)),
            Measure::Rate => (!times.is_empty()).then(|| {
                let rate = per_second(times.count(), results.measured_for());
                (Value::PerSecond(rate), of())
            }),
            Measure::Reached | Measure::Dropped | Measure::Late => None,
        }
    }

    fn of_all(&self, results: &Results) -> Option<(Value, String)> {
        let totals = results.totals();
        let arrivals = results.measured.arrivals.as_ref();
        match self.measure {
            Measure::Errors => self.share(totals.failed, totals.ended, "request"),
            Measure::Contention => self.share(totals.contention, totals.ended, "request"),
            Measure::Rate => (totals.ended > 0).then(|| {
                let fine = totals.ended.saturating_sub(totals.failed);
                let of = format!(" ({} answered)", words::counted(fine, "request"));
                (
                    Value::PerSecond(per_second(fine, results.measured_for())),
                    of,
                )
            }),
            Measure::Reached => {
                arrivals.and_then(|arrivals| self.share(arrivals.started, arrivals.due, "arrival"))
            }
            Measure::Dropped => {
                arrivals.and_then(|arrivals| self.share(arrivals.dropped, arrivals.due, "arrival"))
            }
            Measure::Late => {
                arrivals.and_then(|arrivals| self.share(arrivals.late, arrivals.due, "arrival"))
            }
            Measure::Quantile(_) | Measure::Mean | Measure::Max => None,
        }
    }
}

const fn what(series: &Series) -> &'static str {
    match series.kind {
        Kind::Request => "request",
        Kind::Part => "part",
    }
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => name == pattern,
    }
}

fn list(names: &[&str]) -> String {
    match names {
        [] => "nothing at all".to_owned(),
        [all @ .., last] if !all.is_empty() => format!("{} and {last}", all.join(", ")),
        [only, ..] => (*only).to_owned(),
    }
}

#[cfg(test)]
#[path = "threshold_tests.rs"]
mod tests;
