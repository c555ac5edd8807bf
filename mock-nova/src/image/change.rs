//! How images are made, changed, switched off and on, and deleted.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::fault::Fault;
use super::{Exchange, may_write, render};
use crate::cloud::image::{IdTaken, Image};
use crate::http::call::Answer;

/// What only Glance itself writes.
const READ_ONLY: [&str; 15] = [
    "status",
    "created_at",
    "updated_at",
    "checksum",
    "os_hash_algo",
    "os_hash_value",
    "size",
    "virtual_size",
    "self",
    "file",
    "schema",
    "direct_url",
    "locations",
    "owner",
    "id",
];

pub(super) fn create(exchange: &Exchange<'_>) -> Result<Answer, Fault> {
    may_write(exchange.caller, "add_image")?;
    let Ok(Value::Object(asked)) = serde_json::from_slice(&exchange.call.body) else {
        return Err(Fault::bad_request(
            "JSON parse error: the body is no object.",
        ));
    };
    let id = match asked.get("id") {
        Some(Value::String(id)) if Uuid::try_parse(id).is_ok() => id.clone(),
        Some(other) => {
            return Err(Fault::bad_request(format!(
                "Invalid image id format: {other}"
            )));
        }
        None => exchange.state.minter.uuid().to_string(),
    };
    let now = exchange.state.clock.now();
    let mut image = Image {
        id,
        name: String::new(),
        status: "queued".to_owned(),
        visibility: "shared".to_owned(),
        owner: exchange.caller.project_id.clone(),
        disk_format: String::new(),
        container_format: String::new(),
        size: 0,
        min_disk: 0,
        min_ram: 0,
        created_at: now,
        updated_at: now,
        digests: None,
        protected: false,
        hidden: false,
        tags: BTreeSet::new(),
        properties: BTreeMap::new(),
    };
    if let (Some(Value::String(owner)), true) = (asked.get("owner"), exchange.viewer().admin) {
        image.owner = Some(owner.clone());
    }
    for (name, value) in asked
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "id" | "owner"))
    {
        set(exchange, &mut image, name, value)?;
    }
    let shown = render(&image);
    let location = exchange
        .call
        .base
        .join(&format!("/image/v2/images/{}", image.id));
    let id = image.id.clone();
    exchange
        .state
        .store
        .write(|cloud| cloud.images.add(image))
        .map_err(|IdTaken| {
            Fault::new(
                StatusCode::CONFLICT,
                format!("Image ID {id} already exists!"),
            )
        })?;
    Ok(Answer::created(shown).with("location", location))
}

/// Writes an attribute or a property.
fn set(exchange: &Exchange<'_>, image: &mut Image, name: &str, value: &Value) -> Result<(), Fault> {
    let invalid = || {
        Fault::bad_request(format!(
            "Provided object does not match schema 'image': {value} is not valid for {name}"
        ))
    };
    let text = || match value {
        Value::Null => Ok(String::new()),
        Value::String(text) if text.chars().count() <= 255 => Ok(text.clone()),
        _ => Err(invalid()),
    };
    let flag = || value.as_bool().ok_or_else(invalid);
    let number = || value.as_u64().ok_or_else(invalid);
    match name {
        "name" => image.name = text()?,
        "disk_format" => image.disk_format = text()?,
        "container_format" => image.container_format = text()?,
        "visibility" => {
            let visibility = text()?;
            if !matches!(
                visibility.as_str(),
                "public" | "private" | "shared" | "community"
            ) {
                return Err(invalid());
            }
            if visibility == "public" && !exchange.viewer().admin {
                return Err(Fault::not_allowed("publicize_image"));
            }
            image.visibility = visibility;
        }
        "min_disk" => image.min_disk = number()?,
        "min_ram" => image.min_ram = number()?,
        "protected" => image.protected = flag()?,
        "os_hidden" => image.hidden = flag()?,
        "tags" => {
            let tags = value.as_array().ok_or_else(invalid)?;
            let tags = tags
                .iter()
                .map(|tag| tag.as_str().map(str::to_owned).ok_or_else(invalid));
            image.tags = tags.collect::<Result<_, _>>()?;
        }
        read_only if READ_ONLY.contains(&read_only) => {
            return Err(Fault::new(
                StatusCode::FORBIDDEN,
                format!("Attribute '{read_only}' is read-only."),
            ));
        }
        property => {
            let value = value.as_str().ok_or_else(invalid)?;
            image
                .properties
                .insert(property.to_owned(), value.to_owned());
        }
    }
    Ok(())
}

pub(super) fn patch(exchange: &Exchange<'_>, id: &str) -> Result<Answer, Fault> {
    may_write(exchange.caller, "modify_image")?;
    let Ok(Value::Array(operations)) = serde_json::from_slice(&exchange.call.body) else {
        return Err(Fault::bad_request(
            "Request body must be a JSON array of operation objects.",
        ));
    };
    let now = exchange.state.clock.now();
    exchange.state.store.write(|cloud| {
        let mut image = own(
            exchange,
            cloud.images.find(id, exchange.viewer()),
            id,
            "modify_image",
        )?;
        for operation in &operations {
            let operation = operation
                .as_object()
                .ok_or_else(|| Fault::bad_request("Operations must be JSON objects."))?;
            apply(exchange, &mut image, operation)?;
        }
        image.updated_at = now;
        let shown = render(&image);
        if let Some(place) = cloud.images.get_mut(id) {
            *place = image;
        }
        Ok(Answer::ok(shown))
    })
}

/// One operation of a JSON patch.
fn apply(
    exchange: &Exchange<'_>,
    image: &mut Image,
    operation: &Map<String, Value>,
) -> Result<(), Fault> {
    let word = |name: &str| {
        operation
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let path = word("path").strip_prefix('/').ok_or_else(|| {
        Fault::bad_request(format!(
            "Pointer `{}` does not start with \"/\".",
            word("path")
        ))
    })?;
    let name = path.replace("~1", "/").replace("~0", "~");
    let value = operation.get("value").unwrap_or(&Value::Null);
    match word("op") {
        "add" | "replace" => set(exchange, image, &name, value),
        "remove" => match image.properties.remove(&name) {
            Some(_) => Ok(()),
            None if READ_ONLY.contains(&name.as_str()) => Err(Fault::new(
                StatusCode::FORBIDDEN,
                format!("Attribute '{name}' is read-only."),
            )),
            None => Err(Fault::new(
                StatusCode::CONFLICT,
                format!("Property {name} does not exist."),
            )),
        },
        other => Err(Fault::bad_request(format!(
            "Operation: \"{other}\" is not one of \"add\", \"replace\", \"remove\"."
        ))),
    }
}

pub(super) fn delete(exchange: &Exchange<'_>, id: &str) -> Result<Answer, Fault> {
    may_write(exchange.caller, "delete_image")?;
    exchange.state.store.write(|cloud| {
        let image = own(
            exchange,
            cloud.images.find(id, exchange.viewer()),
            id,
            "delete_image",
        )?;
        if image.protected {
            return Err(Fault::new(
                StatusCode::FORBIDDEN,
                format!("Image {id} is protected and cannot be deleted."),
            ));
        }
        cloud.images.remove(id);
        Ok(Answer::no_content())
    })
}

/// Switches an image off, so that no server is made of it, and on again.
pub(super) fn switch(exchange: &Exchange<'_>, id: &str, action: &str) -> Result<Answer, Fault> {
    let (from, to, rule) = match action {
        "deactivate" => ("active", "deactivated", "deactivate"),
        _ => ("deactivated", "active", "reactivate"),
    };
    may_write(exchange.caller, rule)?;
    exchange.state.store.write(|cloud| {
        let image = own(exchange, cloud.images.find(id, exchange.viewer()), id, rule)?;
        if image.status != from && image.status != to {
            return Err(Fault::new(
                StatusCode::FORBIDDEN,
                format!("Not allowed to {rule} image in status '{}'", image.status),
            ));
        }
        if let Some(image) = cloud.images.get_mut(id) {
            to.clone_into(&mut image.status);
            image.updated_at = exchange.state.clock.now();
        }
        Ok(Answer::no_content())
    })
}

/// Puts a tag on an image, or takes it off.
pub(super) fn tag(exchange: &Exchange<'_>, id: &str, tag: &str, on: bool) -> Result<Answer, Fault> {
    may_write(exchange.caller, "modify_image")?;
    exchange.state.store.write(|cloud| {
        own(
            exchange,
            cloud.images.find(id, exchange.viewer()),
            id,
            "modify_image",
        )?;
        let image = cloud.images.get_mut(id).ok_or_else(|| Fault::missing(id))?;
        if on {
            image.tags.insert(tag.to_owned());
        } else if !image.tags.remove(tag) {
            return Err(Fault::no_such_page());
        }
        Ok(Answer::no_content())
    })
}

/// A copy of an image that is the caller's to change.
fn own(
    exchange: &Exchange<'_>,
    found: Option<&Image>,
    id: &str,
    what: &str,
) -> Result<Image, Fault> {
    let image = found.ok_or_else(|| Fault::missing(id))?;
    if image.belongs_to(exchange.viewer()) {
        Ok(image.clone())
    } else {
        Err(Fault::not_allowed(what))
    }
}
