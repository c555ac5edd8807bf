//! As much of Cinder's v3 API as clients need around a server: volumes listed, shown, made, renamed and deleted, which server
//! has each, and what types there are. Nobody reads their bytes.
//!
//! Knows who asks from [`identity`](crate::identity), and volumes as plain data.

mod fault;
mod list;

use std::collections::BTreeMap;

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Map, Value, json};

use crate::cloud::Cloud;
use crate::cloud::viewer::Viewer;
use crate::cloud::volume::{DEFAULT_TYPE, Refused, SourceImage, Volume, VolumeStatus};
use crate::http::call::{Answer, Call, Unreadable};
use crate::identity::{Caller, authenticate};
use crate::state::AppState;
use fault::Fault;

/// The one microversion there is.
const VERSION: &str = "3.0";

/// The id of the one type of volumes.
const TYPE_ID: &str = "7e000000-0000-4000-8000-000000000001";

/// How many volumes a project may have, and how many GiB together, as Cinder has it where nothing is configured.
const LIMITS: (u64, u64) = (10, 1000);

/// Answers every request below `/volume`.
pub async fn serve(State(state): State<AppState>, request: Request) -> Response {
    state.settle();
    let answer = match Call::read("/volume", request).await {
        Ok(call) => answer(&state, &call),
        Err(Unreadable::Body) => Err(Fault::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "Request is too large.",
        )),
    };
    let request_id = state.minter.request_id();
    answer
        .unwrap_or_else(Fault::into_answer)
        .with("openstack-api-version", format!("volume {VERSION}"))
        .with("vary", "OpenStack-API-Version")
        .with("x-compute-request-id", request_id.clone())
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
        Viewer {
            project_id: self.caller.project_id.as_deref(),
            admin: self.caller.is_admin(),
        }
    }

    /// What the body says of the thing of this name.
    fn body(&self, name: &str) -> Result<Map<String, Value>, Fault> {
        match serde_json::from_slice::<Value>(&self.call.body) {
            Ok(Value::Object(mut body)) => match body.remove(name) {
                Some(Value::Object(fields)) => Ok(fields),
                _ => Err(Fault::bad_request(format!(
                    "Missing required element '{name}' in request body."
                ))),
            },
            _ => Err(Fault::bad_request("Malformed request body")),
        }
    }

    /// Whether the caller may change anything: a reader may not.
    fn may_write(&self, rule: &str) -> Result<(), Fault> {
        if self.caller.is_admin() || self.caller.has_role("member") {
            Ok(())
        } else {
            Err(Fault::not_allowed(rule))
        }
    }
}

fn answer(state: &AppState, call: &Call) -> Result<Answer, Fault> {
    let segments = call.segments();
    match segments.as_slice() {
        [] => {
            return Ok(Answer::new(
                StatusCode::MULTIPLE_CHOICES,
                Some(json!({ "versions": [version(call)] })),
            ));
        }
        ["v3"] => return Ok(Answer::ok(json!({ "versions": [version(call)] }))),
        _ => {}
    }
    let caller = call
        .header("x-auth-token")
        .and_then(|token| authenticate(state, token))
        .ok_or_else(|| Fault::unauthorized(&call.base))?;
    let ["v3", rest @ ..] = segments.as_slice() else {
        return Err(Fault::no_such_page());
    };
    version_is_known(call)?;
    // The project's id may stand in the path, as it always did.
    let rest = match rest {
        [project_id, rest @ ..] if caller.project_id.as_deref() == Some(*project_id) => rest,
        rest => rest,
    };
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
    match (method, rest) {
        (&Method::GET, ["volumes"]) => list::list(&exchange, summary),
        (&Method::GET, ["volumes", "detail"]) => list::list(&exchange, detailed),
        (&Method::POST, ["volumes"]) => create(&exchange),
        (&Method::GET, ["volumes", id]) => show(&exchange, id),
        (&Method::PUT, ["volumes", id]) => update(&exchange, id),
        (&Method::DELETE, ["volumes", id]) => delete(&exchange, id),
        (&Method::GET, ["types"]) => Ok(Answer::ok(json!({ "volume_types": [volume_type()] }))),
        (&Method::GET, ["types", id]) if matches!(*id, "default" | TYPE_ID) => {
            Ok(Answer::ok(json!({ "volume_type": volume_type() })))
        }
        (&Method::GET, ["types", id]) => Err(Fault::not_found(format!(
            "Volume type {id} could not be found."
        ))),
        (&Method::GET, ["limits"]) => Ok(limits(&exchange)),
        (&Method::GET, ["extensions"]) => Ok(Answer::ok(json!({ "extensions": [] }))),
        (&Method::GET, ["snapshots" | "backups" | "attachments", ..]) => nothing(rest),
        _ => Err(Fault::no_such_page()),
    }
}

/// Whether the version that a request asks for is one that there is.
fn version_is_known(call: &Call) -> Result<(), Fault> {
    let asked = call.header("openstack-api-version").unwrap_or_default();
    let mut services = asked.split(',').map(str::trim);
    let asked = services.find_map(|service| service.strip_prefix("volume "));
    match asked.map(str::trim) {
        None | Some(VERSION | "latest") => Ok(()),
        Some(other) => Err(Fault::new(
            StatusCode::NOT_ACCEPTABLE,
            format!(
                "Version {other} is not supported by the API. Minimum is {VERSION} and maximum is {VERSION}."
            ),
        )),
    }
}

/// The lists of what the mock has none of.
fn nothing(rest: &[&str]) -> Result<Answer, Fault> {
    match rest {
        [kind] | [kind, "detail"] => {
            let mut body = Map::new();
            body.insert((*kind).to_owned(), json!([]));
            Ok(Answer::ok(Value::Object(body)))
        }
        _ => Err(Fault::no_such_page()),
    }
}

fn version(call: &Call) -> Value {
    json!({
        "id": "v3.0", "status": "CURRENT", "version": VERSION, "min_version": VERSION, "updated": "2023-08-31T00:00:00Z",
        "links": [{"rel": "self", "href": call.base.join("/volume/v3/")}],
        "media-types": [{"base": "application/json", "type": "application/vnd.openstack.volume+json;version=3"}],
    })
}

fn volume_type() -> Value {
    json!({
        "id": TYPE_ID, "name": DEFAULT_TYPE, "description": null, "is_public": true,
        "os-volume-type-access:is_public": true, "extra_specs": {}, "qos_specs_id": null,
    })
}

fn limits(exchange: &Exchange<'_>) -> Answer {
    let (count, size) = exchange
        .state
        .store
        .read(|cloud| used(cloud, exchange.viewer().project_id));
    Answer::ok(json!({"limits": {"rate": [], "absolute": {
        "maxTotalVolumes": LIMITS.0, "totalVolumesUsed": count,
        "maxTotalVolumeGigabytes": LIMITS.1, "totalGigabytesUsed": size,
        "maxTotalSnapshots": 10, "totalSnapshotsUsed": 0,
        "maxTotalBackups": 10, "totalBackupsUsed": 0,
        "maxTotalBackupGigabytes": 1000, "totalBackupGigabytesUsed": 0,
    }}}))
}

/// How many volumes a project has, and how many GiB together.
fn used(cloud: &Cloud, project_id: Option<&str>) -> (u64, u64) {
    let volumes = cloud.volumes.iter();
    let own = volumes.filter(|volume| Some(volume.project_id.as_str()) == project_id);
    own.fold((0, 0), |(count, size), volume| {
        (count + 1, size.saturating_add(volume.size))
    })
}

fn find(exchange: &Exchange<'_>, id: &str) -> Result<Volume, Fault> {
    exchange
        .state
        .store
        .read(|cloud| cloud.volumes.find(id, exchange.viewer()).cloned())
        .ok_or_else(|| Fault::missing(id))
}

fn show(exchange: &Exchange<'_>, id: &str) -> Result<Answer, Fault> {
    let volume = find(exchange, id)?;
    Ok(Answer::ok(json!({ "volume": detailed(exchange, &volume) })))
}

fn create(exchange: &Exchange<'_>) -> Result<Answer, Fault> {
    exchange.may_write("volume:create")?;
    let asked = exchange.body("volume")?;
    let text = |name: &str| asked.get(name).and_then(Value::as_str).map(str::to_owned);
    let size = asked.get("size");
    let size = size.and_then(|size| size.as_u64().or_else(|| size.as_str()?.parse().ok()));
    if let Some(unknown) =
        text("volume_type").filter(|kind| kind != DEFAULT_TYPE && kind != TYPE_ID)
    {
        return Err(Fault::not_found(format!(
            "Volume type with name {unknown} could not be found."
        )));
    }
    let metadata = asked
        .get("metadata")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    let now = exchange.state.clock.now();
    let mut volume = Volume {
        id: exchange.state.minter.uuid().to_string(),
        project_id: exchange.caller.project_id.clone().unwrap_or_default(),
        user_id: exchange.caller.user_id.clone(),
        name: text("name"),
        description: text("description"),
        size: size.unwrap_or_default(),
        status: VolumeStatus::Available,
        bootable: false,
        multiattach: asked
            .get("multiattach")
            .and_then(Value::as_bool)
            .unwrap_or_default(),
        volume_type: DEFAULT_TYPE.to_owned(),
        image: None,
        metadata: metadata
            .into_iter()
            .filter_map(|(key, value)| Some((key, value.as_str()?.to_owned())))
            .collect(),
        attachments: Vec::new(),
        created_at: now,
        updated_at: now,
    };
    let image_id = text("imageRef").or_else(|| text("image_id"));
    let source_id = text("source_volid");
    let volume = exchange.state.store.write(|cloud| {
        if let Some(image_id) = image_id {
            let image = cloud.images.find(&image_id, exchange.viewer());
            let image = image.ok_or_else(|| {
                Fault::bad_request(format!("Invalid image identifier or unable to access requested image: {image_id}"))
            })?;
            if !image.is_active() {
                return Err(Fault::bad_request(format!(
                    "Invalid input received: Image {image_id} is not active."
                )));
            }
            if volume.size < image.min_disk {
                return Err(Fault::bad_request(format!(
                    "Invalid input received: Volume size {}GB cannot be smaller than the image minDisk size {}GB.",
                    volume.size, image.min_disk
                )));
            }
            volume.bootable = true;
            volume.image = Some(SourceImage::of(image));
        }
        if let Some(source_id) = source_id {
            let source = cloud.volumes.find(&source_id, exchange.viewer());
            let source = source.ok_or_else(|| Fault::missing(&source_id))?;
            volume.size = volume.size.max(source.size);
            volume.bootable = source.bootable;
            volume.image.clone_from(&source.image);
        }
        if volume.size == 0 {
            return Err(Fault::bad_request(
                "Invalid input received: Volume size '0' must be an integer and greater than 0",
            ));
        }
        let (count, total) = used(cloud, Some(&volume.project_id));
        if count >= LIMITS.0 || total.saturating_add(volume.size) > LIMITS.1 {
            return Err(Fault::over_limit(count >= LIMITS.0, LIMITS));
        }
        cloud.volumes.add(volume.clone());
        Ok(volume)
    })?;
    let body = json!({ "volume": render(exchange, &volume) });
    Ok(Answer::new(StatusCode::ACCEPTED, Some(body)))
}

fn update(exchange: &Exchange<'_>, id: &str) -> Result<Answer, Fault> {
    exchange.may_write("volume:update")?;
    let asked = exchange.body("volume")?;
    let volume = find(exchange, id)?;
    let now = exchange.state.clock.now();
    let changed = exchange.state.store.write(|cloud| {
        let volume = cloud.volumes.get_mut(&volume.id)?;
        for (name, field) in [
            ("name", &mut volume.name),
            ("description", &mut volume.description),
        ] {
            if let Some(text) = asked.get(name).and_then(Value::as_str) {
                *field = Some(text.to_owned());
            }
        }
        if let Some(metadata) = asked.get("metadata").and_then(Value::as_object) {
            let texts = metadata
                .iter()
                .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
            volume.metadata = texts.collect::<BTreeMap<_, _>>();
        }
        volume.updated_at = now;
        Some(volume.clone())
    });
    let changed = changed.ok_or_else(|| Fault::missing(id))?;
    Ok(Answer::ok(json!({ "volume": render(exchange, &changed) })))
}

fn delete(exchange: &Exchange<'_>, id: &str) -> Result<Answer, Fault> {
    exchange.may_write("volume:delete")?;
    let gone = exchange
        .state
        .store
        .write(|cloud| cloud.volumes.delete(id, exchange.viewer()));
    match gone {
        Ok(_) => Ok(Answer::new(StatusCode::ACCEPTED, None)),
        Err(Refused::Missing) => Err(Fault::missing(id)),
        Err(Refused::Busy(_)) => Err(Fault::bad_request(
            "Invalid volume: Volume status must be available or error or error_restoring or error_extending or \
             error_managing and must not be migrating, attached, belong to a group, have snapshots, awaiting a \
             transfer, or be disassociated from snapshots after volume transfer.",
        )),
    }
}

fn links(exchange: &Exchange<'_>, id: &str) -> Value {
    let project_id = exchange.caller.project_id.as_deref().unwrap_or_default();
    let own = exchange
        .call
        .base
        .join(&format!("/volume/v3/{project_id}/volumes/{id}"));
    let bookmark = exchange
        .call
        .base
        .join(&format!("/volume/{project_id}/volumes/{id}"));
    json!([{"rel": "self", "href": own}, {"rel": "bookmark", "href": bookmark}])
}

fn summary(exchange: &Exchange<'_>, volume: &Volume) -> Value {
    json!({
        "id": volume.id,
        "name": volume.name.as_deref().unwrap_or_default(),
        "links": links(exchange, &volume.id),
    })
}

/// What is said of a volume when somebody looks.
fn detailed(exchange: &Exchange<'_>, volume: &Volume) -> Value {
    let mut body = render(exchange, volume);
    body["os-vol-tenant-attr:tenant_id"] = json!(volume.project_id);
    if let (Some(image), Value::Object(body)) = (&volume.image, &mut body) {
        let mut about = image.properties.clone();
        about.insert("image_id".to_owned(), image.id.clone());
        about.insert("image_name".to_owned(), image.name.clone());
        body.insert("volume_image_metadata".to_owned(), json!(about));
    }
    body
}

/// What is said of a volume when it is made or renamed.
fn render(exchange: &Exchange<'_>, volume: &Volume) -> Value {
    let instant = |time: jiff::Timestamp| time.strftime("%Y-%m-%dT%H:%M:%S%.6f").to_string();
    let admin = exchange.caller.is_admin();
    let attachments: Vec<Value> = volume
        .attachments
        .iter()
        .map(|attachment| {
            json!({
                "id": volume.id,
                "volume_id": volume.id,
                "attachment_id": attachment.id,
                "server_id": attachment.server_id,
                "device": attachment.device,
                "host_name": attachment.host.as_deref().filter(|_| admin),
                "attached_at": instant(attachment.attached_at),
            })
        })
        .collect();
    json!({
        "id": volume.id,
        "name": volume.name.as_deref().unwrap_or_default(),
        "description": volume.description,
        "size": volume.size,
        "status": volume.status.name(),
        "bootable": if volume.bootable { "true" } else { "false" },
        "multiattach": volume.multiattach,
        "encrypted": false,
        "volume_type": volume.volume_type,
        "availability_zone": "nova",
        "attachments": attachments,
        "metadata": volume.metadata,
        "user_id": volume.user_id,
        "snapshot_id": null,
        "source_volid": null,
        "consistencygroup_id": null,
        "replication_status": null,
        "links": links(exchange, &volume.id),
        "created_at": instant(volume.created_at),
        "updated_at": instant(volume.updated_at),
    })
}
