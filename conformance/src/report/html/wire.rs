//! A request and its answer as they went over the wire, with the place marked that a failure speaks of. It knows exchanges,
//! which are redacted already.

use super::{
    escape::{Text, put},
    marks::{range, value_at},
};
use crate::exchange::Exchange;

/// What a failure speaks of in its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spot<'a> {
    Status,
    Header(&'a str),
    Value(&'a str),
    Elsewhere,
}

impl<'a> Spot<'a> {
    /// From the place of a failure: `status of POST /x`, `header vary of …`, `/keypair/type in the answer of …`.
    pub(super) fn of(place: &'a str) -> Self {
        if place.starts_with("status of ") {
            return Self::Status;
        }
        if let Some((name, _)) = place
            .strip_prefix("header ")
            .and_then(|rest| rest.split_once(" of "))
        {
            return Self::Header(name);
        }
        match place.split_once(" in the answer of ") {
            Some((pointer, _)) if pointer.starts_with('/') => Self::Value(pointer),
            _ => Self::Elsewhere,
        }
    }
}

/// Adds an exchange, a figure for each way.
pub(super) fn exchange(page: &mut String, exchange: &Exchange, spot: Spot<'_>) {
    put(
        page,
        format_args!(
            "<div class=wire><figure><figcaption>Request, as the caller <b>{}</b></figcaption><pre><b>{}</b>",
            Text(exchange.caller),
            Text(&exchange.line()),
        ),
    );
    for (name, value) in &exchange.request_headers {
        put(page, format_args!("\n{}: {}", Text(name), Text(value)));
    }
    if let Some(body) = &exchange.request_body {
        put(page, format_args!("\n\n{}", Text(body)));
    }
    put(
        page,
        format_args!(
            "</pre></figure><figure><figcaption>Answer, after {} ms</figcaption><pre>",
            exchange.duration_ms
        ),
    );
    answer(page, exchange, spot);
    page.push_str("</pre></figure></div>\n");
}

fn answer(page: &mut String, exchange: &Exchange, spot: Spot<'_>) {
    match exchange.status {
        Some(status) if spot == Spot::Status => {
            put(page, format_args!("<b>HTTP <mark>{status}</mark></b>"));
        }
        Some(status) => put(page, format_args!("<b>HTTP {status}</b>")),
        None => page.push_str("<b>no answer</b>"),
    }
    for (name, value) in &exchange.answer_headers {
        let (name_text, value_text) = (Text(name), Text(value));
        match spot {
            Spot::Header(wanted) if wanted.eq_ignore_ascii_case(name) => {
                put(
                    page,
                    format_args!("\n<mark>{name_text}: {value_text}</mark>"),
                );
            }
            _ => put(page, format_args!("\n{name_text}: {value_text}")),
        }
    }
    if let Some(body) = &exchange.answer_body {
        let place = match spot {
            Spot::Value(pointer) => value_at(body, pointer),
            _ => None,
        };
        match place {
            Some(place) => put(page, format_args!("\n\n{}", range(body, place))),
            None => put(page, format_args!("\n\n{}", Text(body))),
        }
    }
    if let Some(error) = &exchange.error {
        put(page, format_args!("\n{}", Text(error)));
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::status("status of POST /os-keypairs", Spot::Status)]
    #[case::header("header vary of GET /servers", Spot::Header("vary"))]
    #[case::value(
        "/keypair/type in the answer of POST /os-keypairs",
        Spot::Value("/keypair/type")
    )]
    #[case::words("the order in the answer of GET /servers", Spot::Elsewhere)]
    #[case::nothing("", Spot::Elsewhere)]
    fn a_place_names_a_spot(#[case] place: &str, #[case] want: Spot<'_>) {
        assert_eq!(Spot::of(place), want);
    }
}
