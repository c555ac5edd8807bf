//! `servers/{server}/ips`: at which addresses a server is.

use std::borrow::Cow;

use nova_api::Superset;

use super::fault::Fault;
use super::servers::view::addresses;
use super::{Answered, Exchange};

pub(in crate::compute) fn list(exchange: &Exchange<'_>) -> Result<Answered, Fault> {
    let server = exchange.server_to_use()?;
    let addresses = Superset::Object(plain(addresses(&server)));
    Ok(exchange.render(&Superset::object([("addresses", addresses)])))
}

pub(in crate::compute) fn show(exchange: &Exchange<'_>) -> Result<Answered, Fault> {
    let server = exchange.server_to_use()?;
    let label = exchange.parameter_at(1);
    let found = plain(addresses(&server))
        .into_iter()
        .find(|(known, _)| known == label);
    let found =
        found.ok_or_else(|| Fault::not_found("Instance is not a member of specified network"))?;
    Ok(exchange.render(&Superset::Object(vec![found])))
}

/// Of each address, what is said here: its version and itself.
fn plain(addresses: Superset<'_>) -> Vec<(Cow<'_, str>, Superset<'_>)> {
    let Superset::Object(networks) = addresses else {
        return Vec::new();
    };
    networks
        .into_iter()
        .map(|(label, addresses)| {
            let addresses = match addresses {
                Superset::Array(addresses) => {
                    addresses.into_iter().map(version_and_itself).collect()
                }
                _ => Vec::new(),
            };
            (label, Superset::Array(addresses))
        })
        .collect()
}

fn version_and_itself(address: Superset<'_>) -> Superset<'_> {
    match address {
        Superset::Object(mut members) => {
            members.retain(|(name, _)| matches!(&**name, "version" | "addr"));
            Superset::Object(members)
        }
        other => other,
    }
}
