//! `GET /servers/{server}`: one server, with all there is to say of it.

use std::borrow::Cow;

use nova_api::Superset;

use super::view::{self, Sight};
use crate::cloud::server::Server;
use crate::compute::fault::Fault;
use crate::compute::{Answered, Exchange};
use crate::policy::Target;

pub(in crate::compute) fn show(exchange: &Exchange<'_>) -> Result<Answered, Fault> {
    let server = exchange.server()?;
    exchange.may_this(&Target::project(&server.project_id))?;
    Ok(answer(exchange, &server))
}

/// The whole server, of which the contract keeps what the operation answers.
pub(in crate::compute) fn answer(exchange: &Exchange<'_>, server: &Server) -> Answered {
    let sight = Sight::of(exchange, &Target::project(&server.project_id));
    let shown = view::detailed(exchange, server, sight);
    let body = Superset::Object(vec![(Cow::Borrowed("server"), Superset::Object(shown))]);
    exchange.render_for(&body, sight.audience())
}
