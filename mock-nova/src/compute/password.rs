//! `servers/{server}/os-server-password`: the password that a guest has set and encrypted with its key.

use nova_api::Superset;

use super::fault::Fault;
use super::{Answered, Exchange};

pub(in crate::compute) fn show(exchange: &Exchange<'_>) -> Result<Answered, Fault> {
    let server = exchange.server_to_use()?;
    let password = server.guest_password.as_deref().unwrap_or_default();
    Ok(exchange.render(&Superset::object([("password", Superset::from(password))])))
}

pub(in crate::compute) fn clear(exchange: &Exchange<'_>) -> Result<Answered, Fault> {
    let server = exchange.server_to_use()?;
    exchange.state.store.write(|cloud| {
        // Nova keeps the password beside the server: forgetting it is no update.
        let then = cloud
            .servers
            .get(server.id)
            .map_or(server.updated_at, |server| server.updated_at);
        cloud
            .servers
            .change(server.id, then, |server| server.guest_password = None);
    });
    Ok(Answered::Nothing)
}
