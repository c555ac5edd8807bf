//! The differences between the mock and a real Nova that are meant to be: each with an id and a reason, as
//! `docs/fidelity.md` tells them to people (a test keeps both equal). It knows requests and normalised answers.

use super::{ask::Ask, difference::Answer};
use crate::caller::Base;

/// A difference that is meant to be.
#[derive(Debug)]
pub struct Accepted {
    /// Its name, which does not change.
    pub id: &'static str,
    /// Why it is.
    pub reason: &'static str,
    /// Whether it explains the difference between the mock's answer and Nova's.
    is: fn(ask: &Ask, mock: &Answer, nova: &Answer) -> bool,
}

impl Accepted {
    /// Whether it explains the difference between two answers, whichever of them is the mock's.
    pub fn covers(&self, ask: &Ask, left: &Answer, right: &Answer) -> bool {
        (self.is)(ask, left, right) || (self.is)(ask, right, left)
    }
}

/// Every difference that is meant to be.
pub static ACCEPTED: &[Accepted] = &[
    Accepted {
        id: "body-not-utf-8",
        reason: "Nova answers 500 to a body that is not UTF-8, by an oversight; the mock answers 400 as to any other that it cannot read: it promises no 5xx.",
        is: |ask, mock, nova| {
            let text = ask.body.as_deref().map(std::str::from_utf8);
            matches!(text, Some(Err(_))) && mock.status == 400 && nova.status == 500
        },
    },
    Accepted {
        id: "body-that-only-python-reads",
        reason: "Python reads NaN, Infinity, numbers beyond the range of a double and halves of surrogate pairs in JSON, and Nova goes on with them; the mock answers 400 as to any other body that is not JSON.",
        is: |ask, mock, _| {
            ask.body.is_some()
                && ask.json().is_none()
                && mock.message() == Some("Malformed request body")
        },
    },
    Accepted {
        id: "numbers-as-python-reads-them",
        reason: "Python's integers have no end and no negative zero; the mock reads `-0`, and what 64 bits do not hold, as a floating-point number, and repeats it so in its sentence.",
        is: |ask, mock, nova| {
            mock.status == nova.status
                && ask.json().is_some()
                && ask.body.as_deref().is_some_and(has_odd_integer)
        },
    },
    Accepted {
        id: "forwarded-proto",
        reason: "The mock believes X-Forwarded-Proto, to work behind any proxy; Nova does where `[oslo_middleware] enable_proxy_headers_parsing` is set, which it is not by default.",
        is: |ask, _, _| {
            ask.headers
                .iter()
                .any(|(name, _)| name == "x-forwarded-proto")
        },
    },
    Accepted {
        id: "repeated-version-header",
        reason: "Which of two headers of one name reaches Nova is the web server's choice: some hand over the last, some both as a list; the mock reads all, as a list.",
        is: |ask, _, _| {
            let count = |wanted: &str| {
                ask.headers
                    .iter()
                    .filter(|(name, _)| name == wanted)
                    .count()
            };
            count("openstack-api-version") > 1 || count("x-openstack-nova-api-version") > 1
        },
    },
    Accepted {
        id: "legacy-extensions",
        reason: "On `/v2` and `/v1.1` the mock answers the list of extensions of 2011, as the specification of the keypairs extension shows it; today's Nova answers its list of 2.1 there too.",
        is: |ask, _, _| ask.operation.starts_with("extensions.") && ask.base == Base::Legacy,
    },
    Accepted {
        id: "legacy-quota-of-unknown-names",
        reason: "Asked on `/v2` to set quotas of names that it does not know and no others, Nova answers 500 (a KeyError), by an oversight; the mock drops them and answers 200, as both do where a known name stands beside them.",
        is: |ask, mock, nova| {
            ask.operation == "quota-sets.update"
                && ask.base == Base::Legacy
                && mock.status == 200
                && nova.status == 500
        },
    },
];

/// Whether there are 19 digits in a row, or a negative zero.
fn has_odd_integer(body: &[u8]) -> bool {
    body.windows(19)
        .any(|part| part.iter().all(u8::is_ascii_digit))
        || body
            .windows(4)
            .any(|part| part[..3] == *b":-0" && b",}]".contains(&part[3]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_tells_every_one_and_no_other() {
        let page = include_str!("../../../docs/fidelity.md");
        let told: Vec<(&str, &str)> = page
            .lines()
            .filter_map(|line| {
                line.strip_prefix("| `")?
                    .strip_suffix(" |")?
                    .split_once("` | ")
            })
            .collect();
        let known: Vec<(&str, &str)> = ACCEPTED
            .iter()
            .map(|accepted| (accepted.id, accepted.reason))
            .collect();
        assert_eq!(
            told, known,
            "write docs/fidelity.md and ACCEPTED alike, line for line"
        );
    }
}
