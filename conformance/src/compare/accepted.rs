//! The differences between the mock and a real Nova that are meant to be: each with an id and a reason, as
//! `docs/fidelity.md` tells them to people (a test keeps both equal). Each says exactly what may differ: anything else is
//! reported. It knows requests and normalised answers.

use serde_json::Value;

use super::{
    ask::Ask,
    difference::{Answer, Kind, headers_apart},
    side::OTHER_SCHEME,
};

use crate::{caller::Base, normal::Body};

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
    /// Whether it explains the difference between the mock's answer and Nova's. Nothing explains a 5xx of the mock.
    pub fn covers(&self, ask: &Ask, mock: &Answer, nova: &Answer) -> bool {
        mock.status < 500 && (self.is)(ask, mock, nova)
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
                && mock.status == 400
                && mock.message() == Some("Malformed request body")
        },
    },
    Accepted {
        id: "numbers-as-python-reads-them",
        reason: "Python's integers have no end and no negative zero; the mock reads `-0`, and what 64 bits do not hold, as a floating-point number, and repeats it so in its sentence.",
        is: |ask, mock, nova| {
            ask.json().is_some()
                && ask.body.as_deref().is_some_and(has_odd_integer)
                && only_numbers_in_the_message(ask, mock, nova)
        },
    },
    Accepted {
        id: "forwarded-proto",
        reason: "The mock believes X-Forwarded-Proto, to work behind any proxy; Nova does where `[oslo_middleware] enable_proxy_headers_parsing` is set, which it is not by default.",
        is: |ask, mock, nova| {
            let by_the_same = |text: &str| text.replace(OTHER_SCHEME, ">");
            count(ask, "x-forwarded-proto") > 0
                && Kind::of(ask, &mock.clone().with_texts(by_the_same), nova).is_none()
        },
    },
    Accepted {
        id: "repeated-version-header",
        reason: "Which of two headers of one name reaches Nova is the web server's choice: some hand over the last, some both as a list; the mock reads all, as a list.",
        is: |ask, mock, nova| {
            VERSION_HEADERS.iter().any(|name| count(ask, name) > 1)
                && only_negotiation(ask, mock, nova)
        },
    },
    Accepted {
        id: "legacy-extensions",
        reason: "On `/v2` and `/v1.1` the mock answers the list of extensions of 2011, as the specification of the keypairs extension shows it; today's Nova answers its list of 2.1 there too.",
        is: |ask, mock, nova| {
            ask.operation.starts_with("extensions.")
                && ask.base == Base::Legacy
                && [mock, nova].iter().all(|answer| {
                    answer.status == 200
                        || answer.status == 404 && ask.operation == "extensions.show"
                })
                && headers_apart(ask, mock, nova)
                    .keys()
                    .all(|name| OF_THE_BODY.contains(name))
        },
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
    Accepted {
        id: "legacy-metadata-of-no-name",
        reason: "On `/v2`, where no schema looks at the names of metadata, Nova answers 500 to one that is empty or longer than 255 characters, by an oversight; the mock answers 400, as Nova does where it did not forget.",
        is: |ask, mock, nova| {
            let of_metadata = mock
                .message()
                .is_some_and(|words| words.starts_with("Invalid metadata"));
            ask.base == Base::Legacy && of_metadata && mock.status == 400 && nova.status == 500
        },
    },
    Accepted {
        id: "image-of-a-shelved-server",
        reason: "Nova keeps the disk of a shelved server as an image named after it, until the server is unshelved; the mock has no disks and makes no image.",
        is: |ask, mock, nova| {
            ask.operation.starts_with("images.")
                && Kind::of(ask, mock, &without_shelved(nova)).is_none()
        },
    },
    Accepted {
        id: "user-data-not-ascii",
        reason: "Nova answers 500 to user data with letters beyond ASCII, by an oversight in its check of base64; the mock answers 400 as to any other that is not base64.",
        is: |ask, mock, nova| {
            let of = |root: &str| {
                Some(
                    ask.json()?
                        .get(root)?
                        .get("user_data")?
                        .as_str()?
                        .is_ascii(),
                )
            };
            (of("server") == Some(false) || of("rebuild") == Some(false))
                && mock.status == 400
                && nova.status == 500
        },
    },
    Accepted {
        id: "printable-pattern",
        reason: "Where a text holds what is not printable, Nova's sentence ends in the pattern of every printable character of Unicode, several thousand characters long, which changes with its Python; the mock puts `…` in the place of most.",
        is: |ask, mock, nova| {
            const PATTERN: &str = r" does not match '^[\\ -\\~";
            let before = |answer: &Answer| {
                let message = answer.message().unwrap_or_default();
                message
                    .split_once(PATTERN)
                    .map(|(before, _)| before.to_owned())
            };
            mock.status == 400
                && nova.status == 400
                && before(mock).is_some()
                && before(mock) == before(nova)
                && headers_apart(ask, mock, nova).is_empty()
        },
    },
];

/// An answer without the images of shelved servers.
fn without_shelved(answer: &Answer) -> Answer {
    let mut answer = answer.clone();
    if let Body::Json(body) = &mut answer.body
        && let Some(images) = body.get_mut("images").and_then(Value::as_array_mut)
    {
        images.retain(|image| {
            let name = image.get("name").and_then(Value::as_str);
            !name.is_some_and(|name| name.ends_with("-shelved"))
        });
    }
    answer
}

/// The headers that ask for a version, and tell it.
const VERSION_HEADERS: &[&str] = &["openstack-api-version", "x-openstack-nova-api-version"];

/// The headers that follow from the body alone.
const OF_THE_BODY: &[&str] = &["content-length", "content-type"];

/// How often a request has a header.
fn count(ask: &Ask, wanted: &str) -> usize {
    let named = ask.headers.iter().filter(|(name, _)| name == wanted);
    named.count()
}

/// Whether there are 19 digits in a row, or a negative zero.
fn has_odd_integer(body: &[u8]) -> bool {
    body.windows(19)
        .any(|part| part.iter().all(u8::is_ascii_digit))
        || body
            .windows(4)
            .any(|part| part[..3] == *b":-0" && b",}]".contains(&part[3]))
}

/// Whether two faults are the same but for how their sentences print the same numbers.
fn only_numbers_in_the_message(ask: &Ask, mock: &Answer, nova: &Answer) -> bool {
    let (Some(ours), Some(theirs)) = (mock.message(), nova.message()) else {
        return false;
    };
    let without = |answer: &Answer, sentence: &str| {
        let blank = |text: &str| {
            if text == sentence {
                String::new()
            } else {
                text.to_owned()
            }
        };
        answer.clone().with_texts(blank)
    };
    Kind::of(ask, &without(mock, ours), &without(nova, theirs)).is_none()
        && apart_from_numbers(ours) == apart_from_numbers(theirs)
}

/// A sentence without its numbers, and the numbers.
fn apart_from_numbers(text: &str) -> (String, Vec<f64>) {
    let (mut words, mut numbers) = (String::new(), Vec::new());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let candidates = rest
            .find(|letter: char| !(letter.is_ascii_digit() || "+-.eE".contains(letter)))
            .unwrap_or(rest.len());
        let begins = rest
            .trim_start_matches('-')
            .starts_with(|first: char| first.is_ascii_digit());
        let number = (1..=candidates).rev().filter(|_| begins).find_map(|end| {
            let number = rest[..end].parse::<f64>().ok()?;
            rest[..end]
                .ends_with(|last: char| last.is_ascii_digit())
                .then_some((end, number))
        });
        let end = if let Some((end, number)) = number {
            words.push('#');
            numbers.push(number);
            end
        } else {
            words.push(letter);
            letter.len_utf8()
        };
        rest = &rest[end..];
    }
    (words, numbers)
}

/// Whether two answers differ by the negotiation of the version alone: one refuses the version, or both go on at different
/// versions (with success or a refusal of the body, which a version decides), or they differ in nothing but its headers.
fn only_negotiation(ask: &Ask, mock: &Answer, nova: &Answer) -> bool {
    let apart = headers_apart(ask, mock, nova);
    let version_apart = apart.keys().any(|name| VERSION_HEADERS.contains(name));
    let others_alike = apart.keys().all(|name| {
        VERSION_HEADERS.contains(name) || OF_THE_BODY.contains(name) || *name == "vary"
    });
    if !others_alike || nova.status >= 500 {
        return false;
    }
    let decided_by_a_version = |answer: &Answer| matches!(answer.status, 200..=299 | 400 | 406);
    let same_but_for_headers = mock.status == nova.status && mock.body == nova.body;
    refuses_the_version(mock)
        || refuses_the_version(nova)
        || version_apart
            && (same_but_for_headers || decided_by_a_version(mock) && decided_by_a_version(nova))
}

/// Whether an answer says that the version is malformed or not offered.
fn refuses_the_version(answer: &Answer) -> bool {
    let sentence = answer.message().unwrap_or_default();
    match answer.status {
        400 => sentence.starts_with("API Version String"),
        406 => sentence.starts_with("Version "),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::Method;
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        caller::{Caller, Reply},
        compare::ask::{Asked, Who},
        normal::Normaliser,
    };

    fn ask(operation: &'static str, headers: &[(&str, &str)], body: Option<&[u8]>) -> Ask {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Ask {
            operation,
            asked: Asked::Refused,
            who: Who::Caller(Caller::Main),
            base: if headers.is_empty() && body.is_none() || operation == "quota-sets.update" {
                Base::Legacy
            } else {
                Base::Endpoint
            },
            method: Method::GET,
            path: "/".to_owned(),
            headers: headers.iter().map(pair).collect(),
            body: body.map(<[u8]>::to_vec),
            binds: Vec::new(),
        }
    }

    fn answer(status: u16, headers: &[(&str, &str)], body: &Value) -> Answer {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let reply = Reply {
            status,
            headers: headers.iter().map(pair).collect(),
            body: Bytes::from(body.to_string()),
        };
        let normal =
            Normaliser::default().naming("https://mock", format!("<endpoint{OTHER_SCHEME}"));
        Answer::of(&reply, &normal.naming("http://mock", "<endpoint>"))
    }

    fn fault(status: u16, message: &str) -> Answer {
        answer(
            status,
            &[],
            &json!({"badRequest": {"code": status, "message": message}}),
        )
    }

    fn ok(body: &Value) -> Answer {
        answer(200, &[], body)
    }

    fn at(version: &str, status: u16, body: &Value) -> Answer {
        answer(status, &[("x-openstack-nova-api-version", version)], body)
    }

    fn covering(ask: &Ask, mock: &Answer, nova: &Answer) -> Vec<&'static str> {
        let covers = |accepted: &&Accepted| accepted.covers(ask, mock, nova);
        ACCEPTED
            .iter()
            .filter(covers)
            .map(|accepted| accepted.id)
            .collect()
    }

    fn not_utf_8() -> Ask {
        ask("keypairs.create", &[], Some(b"{\"a\": \"\xff\"}"))
    }

    fn nan() -> Ask {
        ask("keypairs.create", &[], Some(b"{\"a\": NaN}"))
    }

    fn long_integer() -> Ask {
        ask(
            "keypairs.create",
            &[],
            Some(b"{\"a\": 100000000000000000000}"),
        )
    }

    fn forwarded() -> Ask {
        ask("keypairs.list", &[("x-forwarded-proto", "https")], None)
    }

    fn twice() -> Ask {
        let name = "openstack-api-version";
        ask(
            "keypairs.list",
            &[(name, "compute 2.999"), (name, "compute 2.10")],
            None,
        )
    }

    fn extension() -> Ask {
        ask("extensions.show", &[], None)
    }

    fn quotas() -> Ask {
        ask("quota-sets.update", &[], Some(b"{}"))
    }

    fn user_data() -> Ask {
        let body = "{\"rebuild\":{\"user_data\":\"é\"}}";
        ask("servers.rebuild", &[("x-a", "b")], Some(body.as_bytes()))
    }

    fn metadata() -> Ask {
        ask("server-metadata.create", &[], None)
    }

    fn images() -> Ask {
        ask("images.detail", &[("x-a", "b")], None)
    }

    fn named(names: &[&str]) -> Answer {
        let images: Vec<Value> = names.iter().map(|name| json!({"name": name})).collect();
        ok(&json!({"images": images}))
    }

    fn server() -> Ask {
        ask("servers.show", &[("x-a", "b")], None)
    }

    #[rstest]
    #[case::not_utf_8(
        "body-not-utf-8",
        not_utf_8(),
        fault(400, "Malformed"),
        fault(500, "Oops")
    )]
    #[case::python("body-that-only-python-reads", nan(), fault(400, "Malformed request body"), ok(&json!({})))]
    #[case::number(
        "numbers-as-python-reads-them",
        long_integer(),
        fault(400, "Value: 1e+20. 1e+20 is no string"),
        fault(
            400,
            "Value: 100000000000000000000. 100000000000000000000 is no string"
        )
    )]
    #[case::negative_zero("numbers-as-python-reads-them", ask("keypairs.create", &[], Some(b"{\"a\":-0}")), fault(400, "Value: -0.0."), fault(400, "Value: 0."))]
    #[case::proto("forwarded-proto", forwarded(), ok(&json!({"href": "https://mock/v2.1"})), ok(&json!({"href": "http://mock/v2.1"})))]
    #[case::refused("repeated-version-header", twice(), fault(406, "Version 2.999 is not supported by the API."), at("2.10", 404, &json!({})))]
    #[case::two_versions("repeated-version-header", twice(), at("2.1", 200, &json!({"a": 1})), at("2.10", 201, &json!({"b": 1})))]
    #[case::only_the_header("repeated-version-header", twice(), at("2.1", 404, &json!({})), at("2.10", 404, &json!({})))]
    #[case::extension("legacy-extensions", extension(), fault(404, "none"), ok(&json!({"extension": {}})))]
    #[case::quotas("legacy-quota-of-unknown-names", quotas(), ok(&json!({})), fault(500, "KeyError"))]
    #[case::user_data(
        "user-data-not-ascii",
        user_data(),
        fault(400, "not a 'base64'"),
        fault(500, "Oops")
    )]
    #[case::metadata(
        "legacy-metadata-of-no-name",
        metadata(),
        fault(400, "Invalid metadata:  has 0 characters"),
        fault(500, "InvalidMetadata")
    )]
    #[case::shelved("image-of-a-shelved-server", images(), named(&["a"]), named(&["a", "b-shelved"]))]
    #[case::pattern(
        "printable-pattern",
        server(),
        fault(400, r"Value: a. 'a' does not match '^[\\ -\\~…]*$'"),
        fault(400, r"Value: a. 'a' does not match '^[\\ -\\~\\xa0]*$'")
    )]
    fn what_is_meant_to_differ_is_accepted(
        #[case] id: &str,
        #[case] ask: Ask,
        #[case] mock: Answer,
        #[case] nova: Answer,
    ) {
        assert_eq!(covering(&ask, &mock, &nova), [id]);
        if nova.status < 500 {
            let broken = fault(500, mock.message().unwrap_or_default());
            assert_eq!(covering(&ask, &broken, &nova), Vec::<&str>::new());
        }
    }

    #[rstest]
    #[case::not_utf_8_the_other_way(not_utf_8(), fault(500, "Oops"), fault(400, "Malformed"))]
    #[case::not_utf_8_read_all_the_same(not_utf_8(), ok(&json!({})), fault(500, "Oops"))]
    #[case::python_another_sentence(nan(), fault(400, "Invalid input"), ok(&json!({})))]
    #[case::python_another_status(nan(), fault(404, "Malformed request body"), ok(&json!({})))]
    #[case::number_another_sentence(
        long_integer(),
        fault(400, "1e+20 is no string"),
        fault(400, "1e+20 is too long")
    )]
    #[case::number_another_number(
        long_integer(),
        fault(400, "1e+20 is no string"),
        fault(400, "1e+21 is no string")
    )]
    #[case::number_another_status(
        long_integer(),
        fault(400, "1e+20"),
        fault(404, "100000000000000000000")
    )]
    #[case::number_another_body(long_integer(), ok(&json!({"a": 1e20})), ok(&json!({"a": 1})))]
    #[case::number_another_header(long_integer(), answer(400, &[("x-a", "1")], &json!({"f": {"message": "1e3"}})), answer(400, &[], &json!({"f": {"message": "1000"}})))]
    #[case::proto_another_body(forwarded(), ok(&json!({"href": "https://mock/v2.1"})), ok(&json!({"href": "http://mock/v2"})))]
    #[case::proto_another_status(forwarded(), ok(&json!({})), fault(404, "none"))]
    #[case::proto_of_nova(forwarded(), ok(&json!({"href": "http://mock/v2.1"})), ok(&json!({"href": "https://mock/v2.1"})))]
    #[case::proto_not_asked(ask("keypairs.list", &[("x-a", "b")], None), ok(&json!({"href": "https://mock"})), ok(&json!({"href": "http://mock"})))]
    #[case::repeated_same_version(twice(), at("2.10", 200, &json!({"a": 1})), at("2.10", 200, &json!({"b": 1})))]
    #[case::repeated_another_refusal(twice(), fault(400, "Invalid input"), ok(&json!({})))]
    #[case::repeated_not_decided_by_a_version(twice(), at("2.1", 404, &json!({})), at("2.10", 200, &json!({})))]
    #[case::repeated_another_header(twice(), answer(406, &[("x-a", "b")], &json!({"f": {"message": "Version 2.999 is not"}})), ok(&json!({})))]
    #[case::not_repeated(ask("keypairs.list", &[("openstack-api-version", "compute 2.10")], None), at("2.1", 200, &json!({})), at("2.10", 200, &json!({})))]
    #[case::extension_another_status(extension(), fault(400, "no"), ok(&json!({})))]
    #[case::extension_another_header(extension(), answer(200, &[("x-a", "b")], &json!({})), ok(&json!({"extension": {}})))]
    #[case::extension_not_legacy(ask("extensions.show", &[("x-a", "b")], None), fault(404, "none"), ok(&json!({})))]
    #[case::list_of_extensions_not_found(ask("extensions.list", &[], None), fault(404, "none"), ok(&json!({})))]
    #[case::quotas_the_other_way(quotas(), fault(500, "KeyError"), ok(&json!({})))]
    #[case::user_data_taken(user_data(), ok(&json!({})), fault(500, "Oops"))]
    #[case::user_data_of_ascii(ask("servers.create", &[("x-a", "b")], Some(b"{\"server\":{\"user_data\":\"*\"}}")), fault(400, "not"), fault(500, "Oops"))]
    #[case::metadata_taken(metadata(), ok(&json!({})), fault(500, "InvalidMetadata"))]
    #[case::metadata_not_legacy(ask("server-metadata.create", &[("x-a", "b")], None), fault(400, "Invalid metadata:"), fault(500, "Oops"))]
    #[case::another_image(images(), named(&["a"]), named(&["b-shelved", "c"]))]
    #[case::shelved_in_the_mock(images(), named(&["a-shelved"]), named(&[]))]
    #[case::pattern_of_another_value(
        server(),
        fault(400, r"Value: a. 'a' does not match '^[\\ -\\~…]*$'"),
        fault(400, r"Value: b. 'b' does not match '^[\\ -\\~x]*$'")
    )]
    #[case::quotas_both_served(quotas(), ok(&json!({"a": 1})), ok(&json!({"a": 2})))]
    fn what_else_differs_is_not(#[case] ask: Ask, #[case] mock: Answer, #[case] nova: Answer) {
        assert!(Kind::of(&ask, &mock, &nova).is_some(), "nothing differs");
        assert_eq!(covering(&ask, &mock, &nova), Vec::<&str>::new());
    }

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
