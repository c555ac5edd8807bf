//! Numbers as people read them: times, rates, parts, counts. Files hold plain numbers. It knows nobody.

use std::time::Duration;

use jiff::{Timestamp, Unit};

/// A time with three digits: `873 µs`, `12.3 ms`, `1.83 s`, `2 min 03 s`.
pub fn time(time: Duration) -> String {
    let us = time.as_secs_f64() * 1e6;
    if us < 999.5 {
        format!("{us:.0} µs")
    } else if us < 999_500.0 {
        format!("{} ms", digits(us / 1e3))
    } else if us < 59_950_000.0 {
        format!("{} s", digits(us / 1e6))
    } else {
        let seconds = time.as_secs_f64().round();
        format!(
            "{:.0} min {:02.0} s",
            (seconds / 60.0).floor(),
            seconds % 60.0
        )
    }
}

/// A time that is only guessed: `8 s`, `3 min`, `2 h`, rounded up.
pub fn about(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds <= 90.0 {
        format!("{:.0} s", seconds.ceil())
    } else if seconds <= 5_400.0 {
        format!("{:.0} min", (seconds / 60.0).ceil())
    } else {
        format!("{:.0} h", (seconds / 3_600.0).ceil())
    }
}

/// Three digits, the zeros at the end kept: they were measured.
fn digits(number: f64) -> String {
    if number < 9.995 {
        format!("{number:.2}")
    } else if number < 99.95 {
        format!("{number:.1}")
    } else {
        format!("{number:.0}")
    }
}

/// A rate: `1,834/s`, `3.25/s`.
pub fn rate(per_second: f64) -> String {
    if per_second < 999.5 {
        format!("{}/s", digits(per_second))
    } else {
        format!("{}/s", grouped(per_second))
    }
}

/// A moment that was written as RFC 3339, to the second; what is no moment, as it is.
pub fn moment(written: &str) -> String {
    let whole = |moment: Timestamp| moment.round(Unit::Second).ok();
    let moment = written.parse().ok().and_then(whole);
    moment.map_or_else(|| written.to_owned(), |moment| moment.to_string())
}

/// A part of a whole: `0.31 %`. What is more than nothing is not told as nothing.
pub fn percent(part: f64) -> String {
    let percent = part * 100.0;
    if percent == 0.0 {
        "0 %".to_owned()
    } else if percent < 0.01 {
        "< 0.01 %".to_owned()
    } else if percent < 10.0 {
        format!("{percent:.2} %")
    } else {
        format!("{percent:.1} %")
    }
}

/// By how much a ratio differs from 1: `+21.3 %`, and `×50.3` where a percentage is hard to read.
pub fn change(ratio: f64) -> String {
    if ratio >= 3.0 {
        return format!("×{}", digits(ratio));
    }
    let percent = (ratio - 1.0) * 100.0;
    let sign = if percent < 0.0 { '−' } else { '+' };
    format!("{sign}{:.1} %", percent.abs())
}

/// A count with its thousands apart: `12,345`.
pub fn count(count: u64) -> String {
    let plain = count.to_string();
    let mut out = String::with_capacity(plain.len() + plain.len() / 3);
    for (at, digit) in plain.chars().enumerate() {
        if at > 0 && (plain.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rate is positive and small"
)]
fn grouped(number: f64) -> String {
    count(number.round() as u64)
}

/// A count and what is counted: `1 request`, `2,000 requests`.
pub fn counted(count: u64, what: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{} {what}{s}", self::count(count))
}

/// A number of bytes: `512 MiB`.
pub fn bytes(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let mib = bytes as f64 / f64::from(1 << 20);
    if mib < 999.5 {
        format!("{} MiB", digits(mib))
    } else {
        format!("{} GiB", digits(mib / 1024.0))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::micro(873, "873 µs")]
    #[case::up_to_milli(1_000, "1.00 ms")]
    #[case::milli(12_345, "12.3 ms")]
    #[case::up_to_second(999_700, "1.00 s")]
    #[case::second(1_834_000, "1.83 s")]
    #[case::minute(123_000_000, "2 min 03 s")]
    #[case::nothing(0, "0 µs")]
    fn times_have_three_digits(#[case] us: u64, #[case] want: &str) {
        assert_eq!(time(Duration::from_micros(us)), want);
    }

    #[rstest]
    #[case::slow(3.251, "3.25/s")]
    #[case::fast(18_432.4, "18,432/s")]
    #[case::million(1_234_567.0, "1,234,567/s")]
    fn rates_are_grouped(#[case] per_second: f64, #[case] want: &str) {
        assert_eq!(rate(per_second), want);
    }

    #[rstest]
    #[case::none(0.0, "0 %")]
    #[case::little(0.000_01, "< 0.01 %")]
    #[case::some(0.0031, "0.31 %")]
    #[case::much(0.25, "25.0 %")]
    fn parts_are_percents(#[case] part: f64, #[case] want: &str) {
        assert_eq!(percent(part), want);
    }

    #[rstest]
    #[case::nanoseconds("2026-11-23T14:35:05.012111206Z", "2026-11-23T14:35:05Z")]
    #[case::seconds("2026-11-23T14:35:05Z", "2026-11-23T14:35:05Z")]
    #[case::nothing("<b>", "<b>")]
    fn moments_are_told_to_the_second(#[case] written: &str, #[case] want: &str) {
        assert_eq!(moment(written), want);
    }

    #[rstest]
    #[case::slower(1.213, "+21.3 %")]
    #[case::faster(0.9, "−10.0 %")]
    #[case::much_slower(50.33, "×50.3")]
    fn changes_have_a_sign(#[case] ratio: f64, #[case] want: &str) {
        assert_eq!(change(ratio), want);
    }
}
