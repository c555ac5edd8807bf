//! `os-floating-ips`, until 2.35: the floating addresses of a project, as Nova retold them.

use nova_api::Superset;
use serde_json::{Value, json};

use super::super::fault::Fault;
use super::super::{Answered, Exchange};

pub(in crate::compute) fn list(exchange: &Exchange<'_>) -> Result<Answered, Fault> {
    exchange.may_this(&exchange.own_target())?;
    let own = exchange.caller.project_id.as_deref().unwrap_or_default();
    let shown: Vec<Value> = exchange.state.store.read(|cloud| {
        let floating_ips = cloud.networks.floating_ips.iter();
        let of_project = floating_ips.filter(|floating_ip| floating_ip.project_id == own);
        of_project
            .map(|floating_ip| {
                let mut servers = cloud.servers.youngest_first(Some(own), None);
                let server = floating_ip.port.and_then(|(port, _)| {
                    servers.find(|server| server.nics.iter().any(|nic| nic.port_id == port))
                });
                let pool = cloud.networks.get(&floating_ip.network_id);
                json!({
                    "fixed_ip": floating_ip.port.map(|(_, address)| address.to_string()),
                    "id": floating_ip.id,
                    "instance_id": server.map(|server| server.id.to_string()),
                    "ip": floating_ip.address.to_string(),
                    "pool": pool.map(|network| network.name.as_str()),
                })
            })
            .collect()
    });
    Ok(exchange.render(&Superset::from(json!({"floating_ips": shown}))))
}
