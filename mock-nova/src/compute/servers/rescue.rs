//! The action `rescue`: a server is started from another image, to mend it from there.

use std::collections::BTreeMap;

use nova_api::Behavior;
use serde_json::Value;

use super::super::Exchange;
use super::super::fault::Fault;
use super::actions::Change;
use super::refusals::conflict;
use super::suitable;
use crate::cloud::Cloud;
use crate::cloud::server::Server;
use crate::cloud::volume::VolumeStatus;

/// Whether the server can be rescued with what is asked for.
pub(super) fn decide(
    exchange: &Exchange<'_>,
    cloud: &Cloud,
    server: &Server,
    asked: &Value,
) -> Result<Change, Fault> {
    let own_image = match server.image.as_deref() {
        Some(image) => Some(&image.properties),
        None => suitable::image_of_root(cloud, server).map(|image| &image.properties),
    };
    let image: Option<&BTreeMap<String, String>> = match asked["rescue_image_ref"].as_str() {
        None => own_image,
        Some(id) => {
            let unsupported =
                || Fault::bad_request(format!("Requested rescue image '{id}' is not supported"));
            let image = cloud
                .images
                .find(id, suitable::viewer(exchange))
                .ok_or_else(unsupported)?;
            // One that is a snapshot of volumes.
            if image.properties.contains_key("img_block_device_mapping")
                || image.properties.contains_key("block_device_mapping")
            {
                return Err(unsupported());
            }
            Some(&image.properties)
        }
    };
    for volume in &server.volumes {
        if let Some(volume) = cloud.volumes.get(&volume.volume_id)
            && volume.status != VolumeStatus::InUse
        {
            return Err(conflict(suitable::volume_is_not_attached(volume)));
        }
    }
    let fit = image.is_some_and(|properties| {
        properties.contains_key("hw_rescue_bus") && properties.contains_key("hw_rescue_device")
    });
    if server.is_volume_backed()
        && !(fit && exchange.contract.behaves(Behavior::RescuesVolumeBacked))
    {
        return Err(Fault::bad_request(format!(
            "Instance {} cannot be rescued: Cannot rescue a volume-backed instance",
            server.id
        )));
    }
    Ok(Box::new(|_| {}))
}
