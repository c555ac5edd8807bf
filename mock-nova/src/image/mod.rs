//! As much of Glance's v2 API as clients need around a server: images listed with filters, shown, made, filled, changed,
//! switched off and on, and deleted. Of their bytes only the number and the digests are kept.
//!
//! Knows who asks from [`identity`](crate::identity), and images as plain data.

mod change;
mod fault;
mod file;
mod list;
mod schema;

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Map, Value, json};

use crate::cloud::image::Image;
use crate::cloud::viewer::Viewer;
use crate::http::call::{Answer, Call, Unreadable};
use crate::identity::{Caller, authenticate};
use crate::state::AppState;
use fault::Fault;

/// The versions answered, newest first, and which of them is current.
const VERSIONS: [(&str, &str); 4] = [
    ("v2.17", "CURRENT"),
    ("v2.16", "SUPPORTED"),
    ("v2.15", "SUPPORTED"),
    ("v2.0", "SUPPORTED"),
];

/// Answers every request below `/image`.
pub async fn serve(State(state): State<AppState>, request: Request) -> Response {
    let answer = match file::wanted(&request) {
        Some(id) => file::upload(&state, &id, request).await,
        None => match Call::read("/image", request).await {
            Ok(call) => answer(&state, &call),
            Err(Unreadable::Body) => Err(Fault::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "The body is too large.",
            )),
        },
    };
    let request_id = state.minter.request_id();
    answer
        .unwrap_or_else(Fault::into_answer)
        .with("x-openstack-request-id", request_id)
        .into_response()
}

/// One request of somebody known.
struct Exchange<'a> {
    state: &'a AppState,
    call: &'a Call,
    caller: &'a Caller,
}

impl Exchange<'_> {
    fn viewer(&self) -> Viewer<'_> {
        viewer(self.caller)
    }
}

fn viewer(caller: &Caller) -> Viewer<'_> {
    Viewer {
        project_id: caller.project_id.as_deref(),
        admin: caller.is_admin(),
    }
}

/// Whether the caller may change anything: a reader may not.
fn may_write(caller: &Caller, what: &str) -> Result<(), Fault> {
    if caller.is_admin() || caller.has_role("member") {
        Ok(())
    } else {
        Err(Fault::not_allowed(what))
    }
}

fn answer(state: &AppState, call: &Call) -> Result<Answer, Fault> {
    let segments = call.segments();
    if segments.is_empty() || segments == ["versions"] {
        let status = if segments.is_empty() {
            StatusCode::MULTIPLE_CHOICES
        } else {
            StatusCode::OK
        };
        return Ok(Answer::new(status, Some(versions(call))));
    }
    let caller = call
        .header("x-auth-token")
        .and_then(|token| authenticate(state, token))
        .ok_or_else(|| Fault::unauthorized(&call.base))?;
    let exchange = Exchange {
        state,
        call,
        caller: &caller,
    };
    let method = match &call.method {
        // HEAD is GET whose body nobody sends.
        &Method::HEAD => &Method::GET,
        method => method,
    };
    let ["v2", rest @ ..] = segments.as_slice() else {
        return Err(Fault::no_such_page());
    };
    match (method, rest) {
        (&Method::GET, ["images"]) => list::list(&exchange),
        (&Method::POST, ["images"]) => change::create(&exchange),
        (&Method::GET, ["images", id]) => show(&exchange, id),
        (&Method::PATCH, ["images", id]) => change::patch(&exchange, id),
        (&Method::DELETE, ["images", id]) => change::delete(&exchange, id),
        (&Method::GET, ["images", id, "file"]) => file::download(&exchange, id),
        (&Method::GET, ["images", id, "members"]) => {
            image(&exchange, id)?;
            Ok(Answer::ok(
                json!({"members": [], "schema": "/v2/schemas/members"}),
            ))
        }
        (
            &Method::POST,
            [
                "images",
                id,
                "actions",
                action @ ("deactivate" | "reactivate"),
            ],
        ) => change::switch(&exchange, id, action),
        (&Method::PUT, ["images", id, "tags", tag]) => change::tag(&exchange, id, tag, true),
        (&Method::DELETE, ["images", id, "tags", tag]) => change::tag(&exchange, id, tag, false),
        (&Method::GET, ["schemas", name]) => schema::of(name)
            .map(Answer::ok)
            .ok_or_else(Fault::no_such_page),
        (&Method::GET, ["info", "import"]) => Ok(Answer::ok(json!({"import-methods": {
            "description": "Import methods available.", "type": "array", "value": [],
        }}))),
        (_, ["images"] | ["images", _]) => Err(Fault::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "The method specified is not allowed for this resource.",
        )),
        _ => Err(Fault::no_such_page()),
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

/// The image of this id, if the caller may know of it.
fn image(exchange: &Exchange<'_>, id: &str) -> Result<Image, Fault> {
    exchange
        .state
        .store
        .read(|cloud| cloud.images.find(id, exchange.viewer()).cloned())
        .ok_or_else(|| Fault::missing(id))
}

fn show(exchange: &Exchange<'_>, id: &str) -> Result<Answer, Fault> {
    image(exchange, id).map(|image| Answer::ok(render(&image)))
}

fn render(image: &Image) -> Value {
    let instant = |time: jiff::Timestamp| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let digests = image.digests.as_ref();
    // Properties stand beside the attributes, and an attribute wins.
    let mut body: Map<String, Value> = image
        .properties
        .iter()
        .map(|(key, value)| (key.clone(), json!(value)))
        .collect();
    if let Value::Object(attributes) = json!({
        "id": image.id,
        "name": given(&image.name),
        "status": image.status,
        "visibility": image.visibility,
        "owner": image.owner,
        "disk_format": given(&image.disk_format),
        "container_format": given(&image.container_format),
        "size": image.has_file().then_some(image.size),
        "virtual_size": null,
        "min_disk": image.min_disk,
        "min_ram": image.min_ram,
        "checksum": digests.map(|digests| &digests.md5),
        "os_hash_algo": digests.map(|_| "sha512"),
        "os_hash_value": digests.map(|digests| &digests.sha512),
        "os_hidden": image.hidden,
        "protected": image.protected,
        "tags": image.tags,
        "created_at": instant(image.created_at),
        "updated_at": instant(image.updated_at),
        "self": format!("/v2/images/{}", image.id),
        "file": format!("/v2/images/{}/file", image.id),
        "schema": "/v2/schemas/image",
    }) {
        body.extend(attributes);
    }
    Value::Object(body)
}
