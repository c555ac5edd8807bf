//! `GET /servers` and `GET /servers/detail`.

use std::borrow::Cow;
use std::sync::Arc;

use nova_api::{Audience, Query, Superset};

use super::search::Search;
use super::view::{self, Sight};
use crate::cloud::server::Server;
use crate::compute::fault::Fault;
use crate::compute::{Answered, Exchange, paging};
use crate::policy::{self, RuleId};

pub(in crate::compute) fn list(exchange: &Exchange<'_>, query: &Query) -> Result<Answered, Fault> {
    let (servers, full) = found(exchange, query, policy::SERVERS_INDEX_ALL)?;
    let shown = servers.iter().map(|server| view::basic(exchange, server));
    let body = page(exchange, query, "servers", &servers, full, shown.collect());
    Ok(exchange.render_for(&body, Audience::Everyone))
}

pub(in crate::compute) fn detail(
    exchange: &Exchange<'_>,
    query: &Query,
) -> Result<Answered, Fault> {
    let (servers, full) = found(exchange, query, policy::SERVERS_DETAIL_ALL)?;
    // Nova asks once for the whole list, about the caller.
    let sight = Sight::of(exchange, &exchange.own_target());
    let shown = servers
        .iter()
        .map(|server| Superset::Object(view::detailed(exchange, server, sight)));
    let body = page(
        exchange,
        query,
        "servers/detail",
        &servers,
        full,
        shown.collect(),
    );
    Ok(exchange.render_for(&body, sight.audience()))
}

fn found(
    exchange: &Exchange<'_>,
    query: &Query,
    all_projects: RuleId,
) -> Result<(Vec<Arc<Server>>, bool), Fault> {
    exchange.may_this(&exchange.own_target())?;
    match Search::read(exchange, query, all_projects)? {
        Some(search) => exchange.state.store.read(|cloud| search.page(cloud)),
        None => Ok((Vec::new(), false)),
    }
}

fn page<'a>(
    exchange: &Exchange<'_>,
    query: &Query,
    collection: &str,
    servers: &[Arc<Server>],
    full: bool,
    shown: Vec<Superset<'a>>,
) -> Superset<'a> {
    let mut body = vec![(Cow::Borrowed("servers"), Superset::Array(shown))];
    if let Some(last) = servers.last().filter(|_| full) {
        let links = paging::links(exchange, collection, query, &last.id.to_string());
        body.push((Cow::Borrowed("servers_links"), links));
    }
    Superset::Object(body)
}
