//! `GET images`: which of the images a query means, in which order, and how many of them.

use std::cmp::Ordering;

use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::fault::Fault;
use super::{Exchange, render};
use crate::cloud::image::Image;
use crate::cloud::viewer::Viewer;
use crate::http::call::{Answer, Call};

/// How many images a page has where the client does not say.
const DEFAULT_LIMIT: usize = 25;

/// The most images a page has.
const LARGEST_LIMIT: usize = 1000;

pub(super) fn list(exchange: &Exchange<'_>) -> Result<Answer, Fault> {
    let (call, viewer) = (exchange.call, exchange.viewer());
    let limit = match call.query("limit").map(str::parse::<usize>) {
        None => DEFAULT_LIMIT,
        Some(Ok(limit)) => limit.min(LARGEST_LIMIT),
        Some(Err(_)) => return Err(Fault::bad_request("limit param must be an integer")),
    };
    let order = order(call)?;
    let mut found: Vec<Image> = exchange.state.store.read(|cloud| {
        let images = cloud.images.iter();
        images
            .filter(|image| listed(image, viewer, call) && wanted(image, call))
            .cloned()
            .collect()
    });
    found.sort_by(|one, other| {
        order
            .iter()
            .map(|(key, descending)| {
                let found = compare(key, one, other);
                if *descending { found.reverse() } else { found }
            })
            .fold(Ordering::Equal, Ordering::then)
    });
    if let Some(marker) = call.query("marker") {
        match found.iter().position(|image| image.id == marker) {
            Some(at) => drop(found.drain(..=at)),
            None => return Err(Fault::bad_request("Invalid marker image ID")),
        }
    }
    let more = found.len() > limit;
    found.truncate(limit);
    let mut body = json!({
        "images": found.iter().map(render).collect::<Vec<_>>(),
        "first": link(call, None),
        "schema": "/v2/schemas/images",
    });
    if let (true, Some(last), Value::Object(body)) = (more, found.last(), &mut body) {
        body.insert("next".to_owned(), json!(link(call, Some(&last.id))));
    }
    Ok(Answer::ok(body))
}

/// The same query again, from its beginning or from behind an image.
fn link(call: &Call, marker: Option<&str>) -> String {
    let pairs = call.query.iter().filter(|(key, _)| key != "marker");
    let pairs = pairs.map(|(key, value)| (key.as_str(), value.as_str()));
    let pairs: Vec<String> = pairs
        .chain(marker.map(|marker| ("marker", marker)))
        .map(|(key, value)| format!("{key}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)))
        .collect();
    if pairs.is_empty() {
        "/v2/images".to_owned()
    } else {
        format!("/v2/images?{}", pairs.join("&"))
    }
}

/// By what to sort, and whether descending: the newest first where the query does not say.
fn order(call: &Call) -> Result<Vec<(String, bool)>, Fault> {
    let mut order: Vec<(String, bool)> = Vec::new();
    let direction = |word: &str| match word {
        "asc" => Ok(false),
        "desc" => Ok(true),
        other => Err(Fault::bad_request(format!(
            "Invalid sort direction: {other}"
        ))),
    };
    if let Some(sort) = call.query("sort") {
        for part in sort.split(',') {
            let (key, word) = part.split_once(':').unwrap_or((part, "desc"));
            order.push((key.trim().to_owned(), direction(word.trim())?));
        }
    } else {
        let words: Vec<&str> = all(call, "sort_dir").collect();
        for (place, key) in all(call, "sort_key").enumerate() {
            let word = words.get(place).or(words.first()).unwrap_or(&"desc");
            order.push((key.to_owned(), direction(word)?));
        }
        if let (true, Some(word)) = (order.is_empty(), words.first()) {
            order.push(("created_at".to_owned(), direction(word)?));
        }
    }
    for key in ["created_at", "id"] {
        if !order.iter().any(|(known, _)| known == key) {
            order.push((
                key.to_owned(),
                order.first().is_none_or(|(_, descending)| *descending),
            ));
        }
    }
    Ok(order)
}

fn all<'a>(call: &'a Call, name: &'a str) -> impl Iterator<Item = &'a str> {
    let pairs = call.query.iter();
    pairs
        .filter(move |(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}

fn compare(key: &str, one: &Image, other: &Image) -> Ordering {
    match key {
        "name" => one.name.cmp(&other.name),
        "status" => one.status.cmp(&other.status),
        "disk_format" => one.disk_format.cmp(&other.disk_format),
        "container_format" => one.container_format.cmp(&other.container_format),
        "size" => one.size.cmp(&other.size),
        "created_at" => one.created_at.cmp(&other.created_at),
        "updated_at" => one.updated_at.cmp(&other.updated_at),
        "id" => one.id.cmp(&other.id),
        _ => Ordering::Equal,
    }
}

/// Whether a list may hold an image at all: one's own, public ones, and what a query for its visibility asks for.
fn listed(image: &Image, viewer: Viewer<'_>, call: &Call) -> bool {
    match call.query("visibility") {
        Some("all") => image.is_visible_to(viewer),
        Some(visibility) => image.visibility == visibility && image.is_visible_to(viewer),
        None if image.visibility == "community" => {
            viewer.project_id.is_some() && image.owner.as_deref() == viewer.project_id
        }
        None => image.is_visible_to(viewer),
    }
}

/// Whether an image passes the query's filters; those that are unknown look at the image's properties.
fn wanted(image: &Image, call: &Call) -> bool {
    let one_of = |value: &str, actual: &str| match value.strip_prefix("in:") {
        Some(values) => values
            .split(',')
            .any(|value| value.trim_matches('"') == actual),
        None => value == actual,
    };
    let is_true = |value: &str| value.eq_ignore_ascii_case("true") || value == "1";
    let hidden = call.query("os_hidden").is_some_and(is_true);
    image.hidden == hidden
        && call.query.iter().all(|(key, value)| match key.as_str() {
            "limit" | "marker" | "sort" | "sort_key" | "sort_dir" | "member_status"
            | "visibility" | "os_hidden" => true,
            "id" => one_of(value, &image.id),
            "name" => one_of(value, &image.name),
            "status" => one_of(value, &image.status),
            "owner" => image.owner.as_ref() == Some(value),
            "disk_format" => one_of(value, &image.disk_format),
            "container_format" => one_of(value, &image.container_format),
            "protected" => image.protected == is_true(value),
            "tag" => image.tags.contains(value),
            "min_disk" => value.parse() == Ok(image.min_disk),
            "min_ram" => value.parse() == Ok(image.min_ram),
            "size_min" => value.parse().is_ok_and(|least: u64| image.size >= least),
            "size_max" => value.parse().is_ok_and(|most: u64| image.size <= most),
            "created_at" => at(value, image.created_at),
            "updated_at" => at(value, image.updated_at),
            property => image.properties.get(property) == Some(value),
        })
}

/// `gte:2026-01-01T00:00:00Z` and the like.
fn at(wanted: &str, actual: Timestamp) -> bool {
    let operators = ["gte", "gt", "lte", "lt", "eq", "neq"];
    let (operator, moment) = match wanted.split_once(':') {
        Some((operator, moment)) if operators.contains(&operator) => (operator, moment),
        _ => ("eq", wanted),
    };
    let Ok(moment) = moment.parse::<Timestamp>() else {
        return false;
    };
    // Glance knows no parts of a second.
    let found = actual.as_second().cmp(&moment.as_second());
    match operator {
        "gte" => found.is_ge(),
        "gt" => found.is_gt(),
        "lte" => found.is_le(),
        "lt" => found.is_lt(),
        "neq" => found.is_ne(),
        _ => found.is_eq(),
    }
}
