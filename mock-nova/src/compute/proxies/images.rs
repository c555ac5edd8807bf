//! `images`, until 2.35: what servers boot from, as Nova retold it.

use std::borrow::Cow;

use axum::http::StatusCode;
use jiff::Timestamp;
use nova_api::{Query, Superset};

use super::super::fault::Fault;
use super::super::servers::view::{Members, links, zulu};
use super::super::words::boolean;
use super::super::{Answered, Exchange, paging};
use super::viewer;
use crate::cloud::image::Image;

pub(in crate::compute) fn list(exchange: &Exchange<'_>, query: &Query) -> Result<Answered, Fault> {
    page(exchange, query, "images", basic)
}

pub(in crate::compute) fn detail(
    exchange: &Exchange<'_>,
    query: &Query,
) -> Result<Answered, Fault> {
    page(exchange, query, "images/detail", detailed)
}

pub(in crate::compute) fn show(exchange: &Exchange<'_>) -> Result<Answered, Fault> {
    let viewer = viewer(exchange);
    let image = exchange
        .state
        .store
        .read(|cloud| cloud.images.find(exchange.parameter(), viewer).cloned())
        .ok_or_else(missing)?;
    Ok(exchange.render(&Superset::object([(
        "image",
        Superset::Object(detailed(exchange, &image)),
    )])))
}

pub(in crate::compute) fn delete(exchange: &Exchange<'_>) -> Result<Answered, Fault> {
    let viewer = viewer(exchange);
    let id = exchange.parameter();
    exchange.state.store.write(|cloud| {
        let image = cloud.images.find(id, viewer).ok_or_else(missing)?;
        let may_write = viewer.admin || exchange.caller.has_role("member");
        if !may_write || !image.belongs_to(viewer) || image.protected {
            return Err(Fault::new(
                StatusCode::FORBIDDEN,
                "You are not allowed to delete the image.",
            ));
        }
        cloud.images.remove(id);
        Ok(Answered::Nothing)
    })
}

fn missing() -> Fault {
    Fault::not_found("Image not found.")
}

fn page(
    exchange: &Exchange<'_>,
    query: &Query,
    collection: &str,
    render: for<'a> fn(&Exchange<'_>, &'a Image) -> Members<'a>,
) -> Result<Answered, Fault> {
    let viewer = viewer(exchange);
    let mut images: Vec<Image> = exchange.state.store.read(|cloud| {
        let images = cloud.images.iter();
        images
            .filter(|image| !image.hidden && image.is_visible_to(viewer) && wanted(image, query))
            .cloned()
            .collect()
    });
    // Glance's own order: the newest first.
    images.sort_by(|one, other| {
        let by_time = other.created_at.cmp(&one.created_at);
        by_time.then_with(|| other.id.cmp(&one.id))
    });
    if let Some(marker) = query.last("marker").filter(|marker| !marker.is_empty()) {
        let place = images.iter().position(|image| image.id == marker);
        let place = place.ok_or_else(|| Fault::bad_request("Invalid marker image ID"))?;
        images.drain(..=place);
    }
    // A limit of none is as no limit to the client through which Nova asks.
    let limit = paging::number(query, "limit").filter(|limit| *limit > 0);
    images.truncate(limit.unwrap_or(usize::MAX));
    let shown = images
        .iter()
        .map(|image| Superset::Object(render(exchange, image)))
        .collect();
    let mut body: Members<'_> = vec![(Cow::Borrowed("images"), Superset::Array(shown))];
    if let Some(last) = images
        .last()
        .filter(|_| images.len() == paging::limit(query))
    {
        let links = paging::links(exchange, collection, query, &last.id);
        body.push((Cow::Borrowed("images_links"), links));
    }
    Ok(exchange.render(&Superset::Object(body)))
}

/// Whether an image passes the query's filters.
fn wanted(image: &Image, query: &Query) -> bool {
    let has = |name: &str, value: &str| {
        image
            .properties
            .get(name)
            .is_some_and(|known| known == value)
    };
    query
        .pairs()
        .iter()
        .all(|(name, value)| match name.as_str() {
            "name" => image.name == *value,
            "status" => image.status == value.to_lowercase(),
            "minRam" => value.parse() == Ok(image.min_ram),
            "minDisk" => value.parse() == Ok(image.min_disk),
            "type" => has("image_type", value),
            "server" => has(
                "instance_uuid",
                value.rsplit('/').next().unwrap_or_default(),
            ),
            "changes-since" => value
                .parse::<Timestamp>()
                .is_ok_and(|since| image.updated_at >= since),
            other => match other.strip_prefix("property-") {
                Some(name) => has(name, value),
                None => true,
            },
        })
}

fn basic<'a>(exchange: &Exchange<'_>, image: &'a Image) -> Members<'a> {
    vec![
        (Cow::Borrowed("id"), Superset::from(image.id.as_str())),
        (Cow::Borrowed("name"), name(image)),
        (Cow::Borrowed("links"), all_links(exchange, image)),
    ]
}

fn detailed<'a>(exchange: &Exchange<'_>, image: &'a Image) -> Members<'a> {
    let number = |value: u64| Superset::Integer(i64::try_from(value).unwrap_or(i64::MAX));
    let (status, progress) = match image.status.as_str() {
        "active" => ("ACTIVE", 100),
        "queued" => ("SAVING", 25),
        "saving" => ("SAVING", 50),
        "deleted" | "pending_delete" => ("DELETED", 0),
        "killed" => ("ERROR", 0),
        _ => ("UNKNOWN", 0),
    };
    let properties = image
        .properties
        .iter()
        .map(|(name, value)| (Cow::Borrowed(name.as_str()), Superset::from(value.as_str())));
    let mut members = vec![
        (Cow::Borrowed("id"), Superset::from(image.id.as_str())),
        (Cow::Borrowed("name"), name(image)),
        (Cow::Borrowed("minRam"), number(image.min_ram)),
        (Cow::Borrowed("minDisk"), number(image.min_disk)),
        (
            Cow::Borrowed("metadata"),
            Superset::Object(properties.collect()),
        ),
        (Cow::Borrowed("created"), zulu(image.created_at)),
        (Cow::Borrowed("updated"), zulu(image.updated_at)),
        (Cow::Borrowed("status"), Superset::from(status)),
        (Cow::Borrowed("progress"), Superset::Integer(progress)),
        (
            Cow::Borrowed("OS-EXT-IMG-SIZE:size"),
            if image.has_file() {
                number(image.size)
            } else {
                Superset::Null
            },
        ),
        (Cow::Borrowed("links"), all_links(exchange, image)),
    ];
    if let Some(server) = image.properties.get("instance_uuid") {
        let server = Superset::object([
            ("id", Superset::from(server.as_str())),
            ("links", links(exchange, "servers", server)),
        ]);
        members.push((Cow::Borrowed("server"), server));
    }
    if let Some(word) = image.properties.get("auto_disk_config") {
        let auto = boolean(word) == Some(true);
        let config = if auto { "AUTO" } else { "MANUAL" };
        members.push((Cow::Borrowed("OS-DCF:diskConfig"), Superset::from(config)));
    }
    members
}

fn name(image: &Image) -> Superset<'_> {
    if image.name.is_empty() {
        Superset::Null
    } else {
        Superset::from(image.name.as_str())
    }
}

/// The usual two links, and one to the image service.
fn all_links<'a>(exchange: &Exchange<'_>, image: &Image) -> Superset<'a> {
    let Superset::Array(mut all) = links(exchange, "images", &image.id) else {
        return Superset::Null;
    };
    all.push(Superset::object([
        ("rel", Superset::from("alternate")),
        ("type", Superset::from("application/vnd.openstack.image")),
        (
            "href",
            Superset::from(format!("{}/images/{}", exchange.images, image.id)),
        ),
    ]));
    Superset::Array(all)
}
