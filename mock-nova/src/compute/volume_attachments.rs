//! `servers/{server}/os-volume_attachments`: which volumes a server has.

use nova_api::{Query, Superset};

use super::fault::Fault;
use super::{Answered, Exchange, paging};
use crate::cloud::server::{Server, Volume};

pub(in crate::compute) fn list(exchange: &Exchange<'_>, query: &Query) -> Result<Answered, Fault> {
    let server = exchange.server_to_use()?;
    let limit = paging::limit(query);
    // No limit and a limit of none are the same here.
    let limit = if limit == 0 { paging::MAX_PAGE } else { limit };
    let offset = paging::number(query, "offset").unwrap_or_default();
    let page = server.volumes.iter().skip(offset).take(limit);
    let attachments = page.map(|volume| attachment(&server, volume)).collect();
    Ok(exchange.render(&Superset::object([(
        "volumeAttachments",
        Superset::Array(attachments),
    )])))
}

pub(in crate::compute) fn show(exchange: &Exchange<'_>) -> Result<Answered, Fault> {
    let server = exchange.server_to_use()?;
    let id = exchange.parameter_at(1);
    let found = server
        .volumes
        .iter()
        .find(|volume| &*volume.volume_id == id);
    let volume = found.ok_or_else(|| {
        let server = exchange.parameter();
        Fault::not_found(format!("Instance {server} is not attached to volume {id}"))
    })?;
    Ok(exchange.render(&Superset::object([(
        "volumeAttachment",
        attachment(&server, volume),
    )])))
}

fn attachment<'a>(server: &Server, volume: &'a Volume) -> Superset<'a> {
    Superset::object([
        ("id", Superset::from(&*volume.volume_id)),
        ("volumeId", Superset::from(&*volume.volume_id)),
        ("serverId", Superset::from(server.id.to_string())),
        ("device", Superset::from(&*volume.device)),
        (
            "tag",
            volume.tag.as_deref().map_or(Superset::Null, Superset::from),
        ),
        (
            "delete_on_termination",
            Superset::Bool(volume.delete_on_termination),
        ),
        (
            "attachment_id",
            Superset::from(volume.attachment_id.to_string()),
        ),
        ("bdm_uuid", Superset::from(volume.bdm_id.to_string())),
    ])
}
