//! As much of Glance's v2 API as clients need before they build a server: which images there are.
//!
//! Images come from the fixture and are only read. Knows who asks from [`identity`](crate::identity).

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Map, Value, json};

use crate::cloud::image::Image;
use crate::http::call::{Answer, Call, Unreadable};
use crate::identity::{Caller, authenticate};
use crate::state::AppState;

/// The versions answered, newest first, and which of them is current.
const VERSIONS: [(&str, &str); 4] = [
    ("v2.17", "CURRENT"),
    ("v2.16", "SUPPORTED"),
    ("v2.15", "SUPPORTED"),
    ("v2.0", "SUPPORTED"),
];

/// How many images a page has where the client does not say.
const DEFAULT_LIMIT: usize = 25;

/// The most images a page has.
const LARGEST_LIMIT: usize = 1000;

/// Answers every request below `/image`.
pub async fn serve(State(state): State<AppState>, request: Request) -> Response {
    let call = match Call::read("/image", request).await {
        Ok(call) => call,
        Err(Unreadable::Body) => {
            return refuse(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large.").into_response();
        }
    };
    let answer = answer(&state, &call);
    let request_id = state.minter.request_id();
    answer
        .with("x-openstack-request-id", request_id)
        .into_response()
}

fn answer(state: &AppState, call: &Call) -> Answer {
    let segments = call.segments();
    if segments.is_empty() || segments == ["versions"] {
        let status = if segments.is_empty() {
            StatusCode::MULTIPLE_CHOICES
        } else {
            StatusCode::OK
        };
        return Answer::new(status, Some(versions(call)));
    }
    let Some(caller) = call
        .header("x-auth-token")
        .and_then(|token| authenticate(state, token))
    else {
        let challenge = format!("Keystone uri=\"{}\"", call.base.join("/identity"));
        return refuse(StatusCode::UNAUTHORIZED, "This server could not verify that you are authorized to access the document you requested.")
            .with("www-authenticate", challenge);
    };
    match (&call.method, segments.as_slice()) {
        (&Method::GET | &Method::HEAD, ["v2", "images"]) => list(state, call, &caller),
        (&Method::GET | &Method::HEAD, ["v2", "images", id]) => show(state, &caller, id),
        (&Method::GET | &Method::HEAD, ["v2", "schemas", "image"]) => Answer::ok(schema()),
        (_, ["v2", "images", ..]) => refuse(
            StatusCode::METHOD_NOT_ALLOWED,
            "Images are read from the fixture; mock-nova does not change them.",
        )
        .with("allow", "GET, HEAD"),
        _ => refuse(StatusCode::NOT_FOUND, "The resource could not be found."),
    }
}

fn versions(call: &Call) -> Value {
    let versions: Vec<Value> = VERSIONS
        .iter()
        .map(|(id, status)| {
            json!({ "id": id, "status": status, "links": [{ "rel": "self", "href": call.base.join("/image/v2/") }] })
        })
        .collect();
    json!({ "versions": versions })
}

fn list(state: &AppState, call: &Call, caller: &Caller) -> Answer {
    let limit = match call.query("limit").map(str::parse::<usize>) {
        None => DEFAULT_LIMIT,
        Some(Ok(limit)) => limit.min(LARGEST_LIMIT),
        Some(Err(_)) => return refuse(StatusCode::BAD_REQUEST, "limit param must be an integer"),
    };
    let mut found: Vec<Image> = state.store.read(|cloud| {
        cloud
            .images
            .iter()
            .filter(|image| visible(image, caller) && wanted(image, call))
            .cloned()
            .collect()
    });
    // Glance's own order: the newest first.
    found.sort_by(|one, other| {
        other
            .created_at
            .cmp(&one.created_at)
            .then_with(|| other.id.cmp(&one.id))
    });
    match call.query("sort_key").or_else(|| {
        call.query("sort")
            .map(|sort| sort.split(':').next().unwrap_or_default())
    }) {
        Some("name") => found.sort_by(|one, other| one.name.cmp(&other.name)),
        Some("id") => found.sort_by(|one, other| one.id.cmp(&other.id)),
        _ => {}
    }
    if let Some(marker) = call.query("marker") {
        match found.iter().position(|image| image.id == marker) {
            Some(at) => drop(found.drain(..=at)),
            None => return refuse(StatusCode::BAD_REQUEST, "Invalid marker image ID"),
        }
    }
    let more = found.len() > limit;
    found.truncate(limit);
    let mut body = json!({ "images": found.iter().map(render).collect::<Vec<_>>(), "first": "/v2/images", "schema": "/v2/schemas/images" });
    if let (true, Some(last), Value::Object(body)) = (more, found.last(), &mut body) {
        body.insert(
            "next".to_owned(),
            json!(format!("/v2/images?limit={limit}&marker={}", last.id)),
        );
    }
    Answer::ok(body)
}

/// Whether an image passes the query's filters; those that are unknown look at the image's properties.
fn wanted(image: &Image, call: &Call) -> bool {
    let one_of = |value: &str, actual: &str| match value.strip_prefix("in:") {
        Some(values) => values
            .split(',')
            .any(|value| value.trim_matches('"') == actual),
        None => value == actual,
    };
    call.query.iter().all(|(key, value)| match key.as_str() {
        "limit" | "marker" | "sort" | "sort_key" | "sort_dir" | "member_status" => true,
        "id" => one_of(value, &image.id),
        "name" => one_of(value, &image.name),
        "status" => one_of(value, &image.status),
        "visibility" => value == "all" || *value == image.visibility,
        "owner" => image.owner.as_ref() == Some(value),
        "disk_format" => one_of(value, &image.disk_format),
        "container_format" => one_of(value, &image.container_format),
        "os_hidden" => !value.eq_ignore_ascii_case("true"),
        "protected" => !value.eq_ignore_ascii_case("true"),
        "tag" => false,
        property => image.properties.get(property) == Some(value),
    })
}

fn visible(image: &Image, caller: &Caller) -> bool {
    matches!(image.visibility.as_str(), "public" | "community")
        || caller.is_admin()
        || image.owner == caller.project_id
}

fn show(state: &AppState, caller: &Caller, id: &str) -> Answer {
    let found = state.store.read(|cloud| {
        cloud
            .images
            .get(id)
            .filter(|image| visible(image, caller))
            .cloned()
    });
    match found {
        Some(image) => Answer::ok(render(&image)),
        None => refuse(
            StatusCode::NOT_FOUND,
            &format!("No image found with ID {id}"),
        ),
    }
}

fn render(image: &Image) -> Value {
    let instant = image.created_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    // Properties stand beside the attributes, and an attribute wins.
    let mut body: Map<String, Value> = image
        .properties
        .iter()
        .map(|(key, value)| (key.clone(), json!(value)))
        .collect();
    if let Value::Object(attributes) = json!({
        "id": image.id,
        "name": image.name,
        "status": image.status,
        "visibility": image.visibility,
        "owner": image.owner,
        "disk_format": image.disk_format,
        "container_format": image.container_format,
        "size": image.size,
        "virtual_size": null,
        "min_disk": image.min_disk,
        "min_ram": image.min_ram,
        "checksum": null,
        "os_hash_algo": null,
        "os_hash_value": null,
        "os_hidden": false,
        "protected": false,
        "tags": [],
        "created_at": instant,
        "updated_at": instant,
        "self": format!("/v2/images/{}", image.id),
        "file": format!("/v2/images/{}/file", image.id),
        "schema": "/v2/schemas/image",
    }) {
        body.extend(attributes);
    }
    Value::Object(body)
}

/// Enough of Glance's schema for clients that ask it what an image looks like.
fn schema() -> Value {
    let text = json!({ "type": ["null", "string"] });
    let number = json!({ "type": ["null", "integer"] });
    json!({
        "name": "image",
        "additionalProperties": { "type": "string" },
        "properties": {
            "id": text, "name": text, "status": text, "visibility": text, "owner": text, "disk_format": text,
            "container_format": text, "checksum": text, "created_at": text, "updated_at": text, "self": text,
            "file": text, "schema": text, "size": number, "virtual_size": number, "min_disk": { "type": "integer" },
            "min_ram": { "type": "integer" }, "protected": { "type": "boolean" }, "os_hidden": { "type": "boolean" },
            "tags": { "type": "array", "items": { "type": "string" } },
        },
        "links": [{ "rel": "self", "href": "{self}" }],
    })
}

/// Glance answers errors as pages; clients read the status and show the text.
fn refuse(status: StatusCode, message: &str) -> Answer {
    let title = status.canonical_reason().unwrap_or_default();
    Answer::new(
        status,
        Some(
            json!({ "message": message, "code": format!("{} {title}", status.as_u16()), "title": title }),
        ),
    )
}
