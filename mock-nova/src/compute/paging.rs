//! Pages of a list: how long they are, and the link to the next one.

use nova_api::{Query, Superset};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::Exchange;
use super::fault::Fault;

/// The most things of one page, whatever `limit` asks.
pub(in crate::compute) const MAX_PAGE: usize = 1000;

/// A number of the query. It has digits only, by the contract; more than a machine word of them are more than there is of
/// anything.
pub(in crate::compute) fn number(query: &Query, name: &str) -> Option<usize> {
    let digits = query.last(name)?;
    Some(digits.trim().parse().unwrap_or(usize::MAX))
}

/// How many things a page has: as many as `limit` says, which may be none.
pub(in crate::compute) fn limit(query: &Query) -> usize {
    number(query, "limit").map_or(MAX_PAGE, |limit| limit.min(MAX_PAGE))
}

/// [`limit`] where no schema has looked at it, as for servers on the older endpoints: Python reads it, blanks, signs and
/// underscores included.
///
/// # Errors
/// 400 for what Python reads as no number, or as a negative one.
pub(in crate::compute) fn limit_as_python_reads_it(query: &Query) -> Result<usize, Fault> {
    let Some(text) = query.last("limit") else {
        return Ok(MAX_PAGE);
    };
    let invalid = |why| Fault::bad_request(format!("Invalid input received: limit must be {why}"));
    let text = text.trim();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_number = digits
        .split('_')
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    if !is_number {
        return Err(invalid("an integer"));
    }
    let number = digits.replace('_', "").parse().unwrap_or(usize::MAX);
    if text.starts_with('-') && number > 0 {
        return Err(invalid(">= 0"));
    }
    Ok(number.min(MAX_PAGE))
}

/// The links of a full page: to the next one, which begins after `marker`.
pub(in crate::compute) fn links<'a>(
    exchange: &Exchange<'_>,
    collection: &str,
    query: &Query,
    marker: &str,
) -> Superset<'a> {
    let href = next_link(exchange, query, collection, marker);
    Superset::Array(vec![Superset::object([
        ("rel", Superset::from("next")),
        ("href", Superset::from(href)),
    ])])
}

/// What Python's `urlencode` leaves as it is.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'_')
    .remove(b'.')
    .remove(b'-')
    .remove(b'~')
    .remove(b' ');

fn urlencode(text: &str) -> String {
    utf8_percent_encode(text, KEPT)
        .to_string()
        .replace(' ', "+")
}

/// As Nova builds it: the parameters in the order of their names, of repeated ones the greatest value, and the new marker
/// in the place of the old one, else last.
fn next_link(exchange: &Exchange<'_>, query: &Query, collection: &str, marker: &str) -> String {
    let mut pairs: Vec<(&str, &str)> = query
        .pairs()
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    pairs.sort_by(|one, other| one.0.cmp(other.0).then(other.1.cmp(one.1)));
    pairs.dedup_by_key(|(name, _)| *name);
    match pairs.iter_mut().find(|(name, _)| *name == "marker") {
        Some(old) => old.1 = marker,
        None => pairs.push(("marker", marker)),
    }
    let pairs: Vec<String> = pairs
        .into_iter()
        .map(|(name, value)| format!("{}={}", urlencode(name), urlencode(value)))
        .collect();
    format!("{}/{collection}?{}", exchange.endpoint, pairs.join("&"))
}
