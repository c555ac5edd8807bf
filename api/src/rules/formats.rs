//! The formats that JSON Schema leaves open or that are Nova's own, each as Nova checks it.
//!
//! Source: answers of a real Nova, and what Python's library does where Nova leaves the matter to it.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use regex::Regex;

use crate::{iso8601, python_pattern};

/// A format of Nova's, and the sentence with which it refuses.
pub(crate) struct Format {
    pub(crate) name: &'static str,
    pub(crate) holds: fn(&str) -> bool,
    /// The reason in `An invalid 'name' value was provided. The name must be: …`, for formats that
    /// have a sentence of their own.
    pub(crate) reason: Option<&'static str>,
}

const fn plain(name: &'static str, holds: fn(&str) -> bool) -> Format {
    Format {
        name,
        holds,
        reason: None,
    }
}

/// In Nova a pattern that names every printable character; its refusal prints the whole table.
pub(crate) const PRINTABLE: &str = "printable";

/// The formats that Nova checks otherwise than JSON Schema would.
pub(crate) const FORMATS: &[Format] = &[
    Format {
        name: "name",
        holds: is_name,
        reason: Some("printable characters. Can not start or end with whitespace."),
    },
    Format {
        name: "name_with_leading_trailing_spaces",
        holds: is_name_within_spaces,
        reason: Some("printable characters with at least one non space character"),
    },
    plain(PRINTABLE, is_printable),
    plain("date-time", |text| iso8601::parse(text).is_some()),
    plain("uuid", is_uuid),
    plain("ipv4", |text| text.parse::<Ipv4Addr>().is_ok()),
    plain("ipv6", |text| text.parse::<Ipv6Addr>().is_ok()),
    plain("base64", is_base64),
    plain("regex", python_pattern::is_valid),
];

/// Nova's tables of printable characters end before the last code point of the basic plane.
fn within_nova_s_tables(text: &str) -> bool {
    text.chars().all(|c| u32::from(c) < 0xFFFF)
}

fn is_name(text: &str) -> bool {
    // Python's `$` also matches before a final line feed, so Nova lets one through.
    static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let inner = r"[^\p{C}\p{Zl}\p{Zp}]";
        let outer = r"[^\p{C}\p{Z}]";
        Regex::new(&format!(r"\A(?:{outer}(?:{inner}*{outer})?\n?)?\z")).ok()
    });
    NAME.as_ref().is_some_and(|name| name.is_match(text)) && within_nova_s_tables(text)
}

fn is_name_within_spaces(text: &str) -> bool {
    static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let inner = r"[^\p{C}\p{Zl}\p{Zp}]";
        Regex::new(&format!(r"\A{inner}*[^\p{{C}}\p{{Z}}]{inner}*\n?\z")).ok()
    });
    NAME.as_ref().is_some_and(|name| name.is_match(text)) && within_nova_s_tables(text)
}

fn is_printable(text: &str) -> bool {
    static PRINTABLE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\A[^\p{C}\p{Zl}\p{Zp}]*\n?\z").ok());
    PRINTABLE
        .as_ref()
        .is_some_and(|printable| printable.is_match(text))
        && within_nova_s_tables(text)
}

/// Hyphens may stand anywhere or nowhere, braces around it and `urn:uuid:` before it.
fn is_uuid(text: &str) -> bool {
    let bare = text.replace("urn:", "").replace("uuid:", "");
    let digits = bare.trim_matches(['{', '}']).replace('-', "");
    digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What is no letter of the alphabet is passed over, so that only the length and the padding can be wrong. Beyond
/// ASCII a real Nova fails with 500; here it is no base64.
fn is_base64(text: &str) -> bool {
    if !text.is_ascii() {
        return false;
    }
    let (mut letters, mut padding) = (0_usize, 0_usize);
    for byte in text.bytes() {
        match byte {
            b'=' => {
                let place = letters % 4;
                if place >= 2 {
                    padding += 1;
                    if place + padding >= 4 {
                        return true;
                    }
                }
            }
            b'+' | b'/' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
                letters += 1;
                padding = 0;
            }
            _ => {}
        }
    }
    letters.is_multiple_of(4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::empty("", true)]
    #[case::plain("key", true)]
    #[case::inner_space("my key", true)]
    #[case::accents("clé", true)]
    #[case::leading_space(" key", false)]
    #[case::trailing_space("key ", false)]
    #[case::trailing_nbsp("key\u{a0}", false)]
    #[case::one_line_feed_at_the_end("key\n", true)]
    #[case::two_line_feeds_at_the_end("key\n\n", false)]
    #[case::only_a_line_feed("\n", false)]
    #[case::control("k\u{7}y", false)]
    #[case::line_separator("k\u{2028}y", false)]
    #[case::beyond_the_basic_plane("k🔑y", false)]
    fn a_name_is_told(#[case] text: &str, #[case] want: bool) {
        assert_eq!(is_name(text), want);
    }

    #[rstest]
    #[case::empty("", false)]
    #[case::only_spaces("  ", false)]
    #[case::within_spaces("  key ", true)]
    #[case::tab("\tkey", false)]
    fn a_legacy_name_is_told(#[case] text: &str, #[case] want: bool) {
        assert_eq!(is_name_within_spaces(text), want);
    }

    #[rstest]
    #[case::empty("", true)]
    #[case::spaces_around(" a server ", true)]
    #[case::a_line_feed_at_the_end("a\n", true)]
    #[case::two_lines("a\nb", false)]
    #[case::beyond_the_basic_plane("🔑", false)]
    fn a_description_is_told(#[case] text: &str, #[case] want: bool) {
        assert_eq!(is_printable(text), want);
    }

    #[rstest]
    #[case::hyphens("70a599e0-31e7-49b7-b260-868f441e862b", true)]
    #[case::capitals("70A599E0-31E7-49B7-B260-868F441E862B", true)]
    #[case::bare("70a599e031e749b7b260868f441e862b", true)]
    #[case::braces("{70a599e0-31e7-49b7-b260-868f441e862b}", true)]
    #[case::urn("urn:uuid:70a599e0-31e7-49b7-b260-868f441e862b", true)]
    #[case::short("70a599e0-31e7-49b7-b260-868f441e862", false)]
    #[case::letter_g("g0a599e0-31e7-49b7-b260-868f441e862b", false)]
    #[case::empty("", false)]
    fn a_uuid_is_told(#[case] text: &str, #[case] want: bool) {
        assert_eq!(is_uuid(text), want);
    }

    #[rstest]
    #[case::empty("", true)]
    #[case::whole("aGVsbG8h", true)]
    #[case::padded("aGVsbG8=", true)]
    #[case::padding_missing("aGVsbG8", false)]
    #[case::one_letter_over("aGVsb", false)]
    #[case::text_after_the_padding("aGVsbG8=aGVsb", true)]
    #[case::other_characters_are_passed_over("aG Vs\nbG8!h", true)]
    #[case::padding_too_early("a===", false)]
    #[case::padding_alone("====", true)]
    #[case::beyond_ascii("é", false)]
    fn base64_is_told(#[case] text: &str, #[case] want: bool) {
        assert_eq!(is_base64(text), want);
    }
}
