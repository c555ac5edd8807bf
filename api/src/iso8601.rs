//! Dates and times as Nova reads them in `changes-since` and `changes-before`: most of ISO 8601, and more.
//!
//! Source: answers of a real Nova. A date may end with its year or month, the separators may be missing, a space may
//! stand for the `T`, and without a zone it is UTC.

use std::sync::LazyLock;

use regex::Regex;

/// A point in time as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// 1 to 9999
    pub year: i16,
    /// 1 to 12
    pub month: i8,
    /// 1 to 31, as the month has them
    pub day: i8,
    /// 0 to 23
    pub hour: i8,
    /// 0 to 59
    pub minute: i8,
    /// 0 to 59
    pub second: i8,
    /// What is finer is cut off.
    pub microsecond: i32,
    /// How far the clock that was read is ahead of UTC, in minutes.
    pub offset: i32,
}

/// Reads a date with or without a time; `None` where Nova would refuse it.
#[must_use]
pub fn parse(text: &str) -> Option<Written> {
    static WRITTEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(concat!(
            r"\A(?<year>[0-9]{4})",
            r"(?:-(?<only_month>[0-9]{1,2})",
            r"|(?:-(?<month>[0-9]{1,2})|(?<bare_month>[0-9]{2}))(?:-(?<day>[0-9]{1,2})|(?<bare_day>[0-9]{2}))",
            r"(?:[ T](?<hour>[0-9]{2})(?::?(?<minute>[0-9]{2}))?",
            r"(?::?(?<second>[0-9]{1,2})(?:[.,](?<fraction>[0-9]+))?)?",
            r"(?:Z|(?<sign>[-+])(?<zone_hour>[0-9]{2}):?(?<zone_minute>[0-9]{2})?)?)?",
            r")?\n?\z"
        ))
        .ok()
    });
    let parts = WRITTEN.as_ref()?.captures(text)?;
    let number = |name: &str| {
        parts
            .name(name)
            .and_then(|part| part.as_str().parse::<i32>().ok())
    };
    let either = |names: [&str; 3]| names.into_iter().find_map(number);
    let fraction = parts.name("fraction").map_or("", |part| part.as_str());
    let microsecond = format!("{:0<6.6}", fraction).parse().ok()?;
    let zone = number("zone_hour").unwrap_or(0) * 60 + number("zone_minute").unwrap_or(0);
    let written = Written {
        year: number("year")?.try_into().ok()?,
        month: either(["only_month", "month", "bare_month"])
            .unwrap_or(1)
            .try_into()
            .ok()?,
        day: either(["day", "bare_day", ""])
            .unwrap_or(1)
            .try_into()
            .ok()?,
        hour: number("hour").unwrap_or(0).try_into().ok()?,
        minute: number("minute").unwrap_or(0).try_into().ok()?,
        second: number("second").unwrap_or(0).try_into().ok()?,
        microsecond,
        offset: if parts.name("sign").is_some_and(|sign| sign.as_str() == "-") {
            -zone
        } else {
            zone
        },
    };
    written.is_possible().then_some(written)
}

impl Written {
    fn is_possible(&self) -> bool {
        let leap = self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0);
        let days = match self.month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return false,
        };
        self.year >= 1
            && (1..=days).contains(&self.day)
            && self.hour < 24
            && self.minute < 60
            && self.second < 60
            && self.offset.abs() < 24 * 60
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// Asked of the library that a real Nova 34.0.0 reads them with.
    #[rstest]
    #[case::whole("2026-08-01T12:30:45Z", Some("2026-08-01 12:30:45.000000 +0"))]
    #[case::fraction("2026-08-01T12:30:45.1234567Z", Some("2026-08-01 12:30:45.123456 +0"))]
    #[case::zone("2026-08-01T12:30:45+05:30", Some("2026-08-01 12:30:45.000000 +330"))]
    #[case::zone_behind("2026-08-01 12:30-0800", Some("2026-08-01 12:30:00.000000 -480"))]
    #[case::no_zone("2026-08-01T12:30:45", Some("2026-08-01 12:30:45.000000 +0"))]
    #[case::date("2026-08-01", Some("2026-08-01 00:00:00.000000 +0"))]
    #[case::month("2026-8", Some("2026-08-01 00:00:00.000000 +0"))]
    #[case::year("2026", Some("2026-01-01 00:00:00.000000 +0"))]
    #[case::without_separators("20260801T123045Z", Some("2026-08-01 12:30:45.000000 +0"))]
    #[case::year_and_month_without_hyphen("202608", None)]
    #[case::no_such_day("2026-02-29", None)]
    #[case::no_such_hour("2026-08-01T24:00:00Z", None)]
    #[case::zone_too_far("2026-08-01T00:00:00+24:00", None)]
    #[case::word("yesterday", None)]
    #[case::empty("", None)]
    fn a_time_is_read(#[case] text: &str, #[case] want: Option<&str>) {
        let read = parse(text).map(|w| {
            format!(
                "{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:06} {:+}",
                w.year, w.month, w.day, w.hour, w.minute, w.second, w.microsecond, w.offset
            )
        });
        assert_eq!(read.as_deref(), want);
    }
}
