//! `routers`.

use serde_json::{Value, json};

use super::fault::Fault;
use super::kind::Kind;
use super::{Asking, instant};
use crate::cloud::Cloud;
use crate::cloud::network::Router;
use crate::cloud::viewer::Viewer;

pub(super) fn seen(cloud: &Cloud, viewer: Viewer<'_>) -> Vec<Value> {
    let routers = cloud.networks.routers.iter();
    routers
        .filter(|router| viewer.owns(&router.project_id))
        .map(shown)
        .collect()
}

fn shown(router: &Router) -> Value {
    let gateway = router.external_network.as_ref().map(
        |network| json!({"network_id": network, "enable_snat": true, "external_fixed_ips": []}),
    );
    json!({
        "id": router.id,
        "name": router.name,
        "description": "",
        "project_id": router.project_id,
        "tenant_id": router.project_id,
        "status": "ACTIVE",
        "admin_state_up": router.admin_state_up,
        "external_gateway_info": gateway,
        "routes": [],
        "availability_zones": ["nova"],
        "availability_zone_hints": [],
        "tags": [],
        "revision_number": 1,
        "created_at": instant(router.created_at),
        "updated_at": instant(router.created_at),
    })
}

pub(super) fn create(cloud: &mut Cloud, asking: &Asking<'_>) -> Result<String, Fault> {
    let id = asking.state.minter.uuid().to_string();
    let router = Router {
        id: id.clone(),
        name: asking.text("name").unwrap_or_default().to_owned(),
        project_id: asking.project_id()?,
        external_network: gateway(cloud, asking)?,
        interfaces: Vec::new(),
        admin_state_up: asking.flag("admin_state_up").unwrap_or(true),
        created_at: asking.state.clock.now(),
    };
    cloud.networks.routers.add(router);
    Ok(id)
}

/// The network that a body wants the router to lead out by.
fn gateway(cloud: &Cloud, asking: &Asking<'_>) -> Result<Option<String>, Fault> {
    let info = asking.fields.get("external_gateway_info");
    let Some(id) = info.and_then(|info| info["network_id"].as_str()) else {
        return Ok(None);
    };
    let network = cloud
        .networks
        .get(id)
        .ok_or_else(|| Kind::Network.missing(id))?;
    if network.external {
        Ok(Some(id.to_owned()))
    } else {
        Err(Fault::bad_request(format!(
            "Bad router request: Network {id} is not an external network."
        )))
    }
}

pub(super) fn update(cloud: &mut Cloud, asking: &Asking<'_>, id: &str) -> Result<(), Fault> {
    let external_network = gateway(cloud, asking)?;
    let router = cloud
        .networks
        .routers
        .get_mut(id)
        .ok_or_else(|| Kind::Router.missing(id))?;
    if let Some(name) = asking.text("name") {
        name.clone_into(&mut router.name);
    }
    if let Some(up) = asking.flag("admin_state_up") {
        router.admin_state_up = up;
    }
    if asking.fields.contains_key("external_gateway_info") {
        router.external_network = external_network;
    }
    Ok(())
}

pub(super) fn delete(cloud: &mut Cloud, id: &str) -> Result<(), Fault> {
    let used = cloud
        .networks
        .routers
        .get(id)
        .is_some_and(|router| !router.interfaces.is_empty());
    if used {
        return Err(Fault::conflict(
            "RouterInUse",
            format!("Router {id} still has ports"),
        ));
    }
    cloud.networks.routers.remove(id);
    Ok(())
}

/// `add_router_interface` and `remove_router_interface`.
pub(super) fn interface(
    cloud: &mut Cloud,
    asking: &Asking<'_>,
    id: &str,
    action: &str,
) -> Result<Value, Fault> {
    let subnet_id = asking.needed("subnet_id")?;
    let subnet = cloud
        .networks
        .subnet(subnet_id)
        .ok_or_else(|| Kind::Subnet.missing(subnet_id))?;
    let network_id = subnet.network_id.clone();
    let router = cloud
        .networks
        .routers
        .get_mut(id)
        .ok_or_else(|| Kind::Router.missing(id))?;
    let place = router
        .interfaces
        .iter()
        .position(|(known, _)| known == subnet_id);
    let port = match (action, place) {
        ("add_router_interface", Some(_)) => {
            let message =
                format!("Bad router request: Router already has a port on subnet {subnet_id}.");
            return Err(Fault::bad_request(message));
        }
        ("add_router_interface", None) => {
            let port = asking.state.minter.uuid();
            router.interfaces.push((subnet_id.to_owned(), port));
            port
        }
        ("remove_router_interface", Some(place)) => router.interfaces.remove(place).1,
        ("remove_router_interface", None) => {
            let message = format!("Router {id} has no interface on subnet {subnet_id}");
            return Err(Fault::not_found("RouterInterface", &message));
        }
        _ => return Err(Fault::no_such_page()),
    };
    let project_id = &router.project_id;
    Ok(json!({
        "id": id,
        "project_id": project_id,
        "tenant_id": project_id,
        "port_id": port.to_string(),
        "network_id": network_id,
        "subnet_id": subnet_id,
        "subnet_ids": [subnet_id],
    }))
}
