//! `os-availability-zone`: where servers can be.
//!
//! This cloud has one zone with one host, and the zone in which Nova's own services are.

use nova_api::Superset;
use serde_json::{Value, json};

use super::fault::Fault;
use super::{Answered, Exchange};

/// The zone of the hosts.
pub(in crate::compute) const ZONE: &str = "nova";

pub(in crate::compute) fn list(exchange: &Exchange<'_>) -> Result<Answered, Fault> {
    exchange.may_this(&exchange.own_target())?;
    Ok(exchange.render(&zones([zone(ZONE, Value::Null)])))
}

pub(in crate::compute) fn detail(exchange: &Exchange<'_>) -> Result<Answered, Fault> {
    exchange.may_this(&exchange.own_target())?;
    let now = exchange
        .state
        .clock
        .now()
        .strftime("%Y-%m-%dT%H:%M:%S%.6f")
        .to_string();
    let up = || json!({"available": true, "active": true, "updated_at": now});
    let internal = json!({
        "conductor": {"nova-conductor": up()},
        "scheduler": {"nova-scheduler": up()},
    });
    let hosts = json!({"compute": {"nova-compute": up()}});
    Ok(exchange.render(&zones([zone("internal", internal), zone(ZONE, hosts)])))
}

#[expect(clippy::needless_pass_by_value, reason = "json! takes it over")]
fn zone(name: &str, hosts: Value) -> Value {
    json!({"zoneName": name, "zoneState": {"available": true}, "hosts": hosts})
}

fn zones<'a>(zones: impl IntoIterator<Item = Value>) -> Superset<'a> {
    let zones: Vec<Value> = zones.into_iter().collect();
    Superset::from(json!({"availabilityZoneInfo": zones}))
}
