//! `GET volumes` and `GET volumes/detail`.

use serde_json::{Value, json};

use super::Exchange;
use super::fault::Fault;
use crate::cloud::volume::Volume;
use crate::http::call::{Answer, Call};

/// The most volumes of one page.
const LARGEST_LIMIT: usize = 1000;

pub(super) fn list(
    exchange: &Exchange<'_>,
    render: fn(&Exchange<'_>, &Volume) -> Value,
) -> Result<Answer, Fault> {
    let call = exchange.call;
    let number = |name: &str| match call.query(name).map(str::parse::<usize>) {
        None => Ok(None),
        Some(Ok(number)) => Ok(Some(number)),
        Some(Err(_)) => Err(Fault::bad_request(format!(
            "{name} param must be an integer"
        ))),
    };
    let (limit, offset) = (number("limit")?, number("offset")?.unwrap_or_default());
    let is_true = |value: &str| value.eq_ignore_ascii_case("true") || value == "1";
    let all = exchange.caller.is_admin() && call.query("all_tenants").is_some_and(is_true);
    let own = exchange.caller.project_id.as_deref();
    let mut found: Vec<Volume> = exchange.state.store.read(|cloud| {
        let volumes = cloud.volumes.iter();
        volumes
            .filter(|volume| all || own == Some(volume.project_id.as_str()))
            .filter(|volume| wanted(volume, call))
            .cloned()
            .collect()
    });
    // Cinder's own order: the newest first.
    found.sort_by(|one, other| {
        other
            .created_at
            .cmp(&one.created_at)
            .then_with(|| other.id.cmp(&one.id))
    });
    if call
        .query("sort")
        .is_some_and(|sort| sort.starts_with("name"))
        || call.query("sort_key") == Some("name")
    {
        found.sort_by(|one, other| one.name.cmp(&other.name));
    }
    if let Some(marker) = call.query("marker") {
        let place = found.iter().position(|volume| volume.id == marker);
        let place = place
            .ok_or_else(|| Fault::not_found(format!("Volume {marker} could not be found.")))?;
        found.drain(..=place);
    }
    let limit = limit
        .filter(|limit| *limit > 0)
        .unwrap_or(LARGEST_LIMIT)
        .min(LARGEST_LIMIT);
    let page: Vec<&Volume> = found.iter().skip(offset).take(limit).collect();
    let shown: Vec<Value> = page.iter().map(|volume| render(exchange, volume)).collect();
    let mut body = json!({ "volumes": shown });
    if let (true, Some(last), Value::Object(body)) = (page.len() == limit, page.last(), &mut body) {
        let (path, query) = call.target.split_once('?').unwrap_or((&call.target, ""));
        // What the client asked for stays, but for the place.
        let rest: String = query
            .split('&')
            .filter(|pair| {
                let name = pair.split('=').next().unwrap_or_default();
                !matches!(name, "" | "limit" | "marker" | "offset")
            })
            .map(|pair| format!("{pair}&"))
            .collect();
        let href = call
            .base
            .join(&format!("{path}?{rest}limit={limit}&marker={}", last.id));
        body.insert(
            "volumes_links".to_owned(),
            json!([{"rel": "next", "href": href}]),
        );
    }
    Ok(Answer::ok(body))
}

fn wanted(volume: &Volume, call: &Call) -> bool {
    call.query.iter().all(|(key, value)| match key.as_str() {
        "name" => volume.name.as_deref() == Some(value),
        "id" => volume.id == *value,
        "status" => volume.status.name() == value,
        "bootable" => volume.bootable == value.eq_ignore_ascii_case("true"),
        "size" => value.parse() == Ok(volume.size),
        "project_id" => volume.project_id == *value,
        _ => true,
    })
}
