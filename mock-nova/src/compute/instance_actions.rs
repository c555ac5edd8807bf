//! `servers/{server}/os-instance-actions`: what was done to a server, by whom, and what happened on the way.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use nova_api::{Audience, Behavior, Query, Superset};
use uuid::Uuid;

use super::fault::Fault;
use super::servers::search::time;
use super::servers::view::{Members, host_id, micros};
use super::{Answered, Exchange, paging, server_missing};
use crate::cloud::server::{Action, Event, HOST, NODE, Server};
use crate::policy::{RuleId, Target};

/// See the events of an action whole. Target: the server's project.
const EVENTS: &str = "os_compute_api:os-instance-actions:events";

/// See what an event tells of a failure. Target: the server's project.
const DETAILS: &str = "os_compute_api:os-instance-actions:events:details";

/// Where the answer of one action has its events.
const EVENTS_SHOWN: &str = "/instanceAction/events";

pub(in crate::compute) fn list(exchange: &Exchange<'_>, query: &Query) -> Result<Answered, Fault> {
    let server = server_to_use(exchange)?;
    let moment = |name: &str| query.last(name).and_then(time);
    let (since, before) = (moment("changes-since"), moment("changes-before"));
    if let (Some(since), Some(before)) = (since, before)
        && before < since
    {
        return Err(Fault::bad_request(
            "The value of changes-since must be less than or equal to changes-before.",
        ));
    }
    let pages = exchange
        .contract
        .parameters()
        .iter()
        .any(|(name, _)| *name == "limit");
    let limit = if pages {
        paging::limit(query)
    } else {
        usize::MAX
    };
    let youngest_first: Vec<&Action> = server.actions.iter().rev().collect();
    // Nova does not look for the marker of a page that is to be empty.
    let after = match query.last("marker").filter(|_| limit > 0) {
        None => 0,
        Some(marker) => {
            let place = youngest_first
                .iter()
                .position(|action| id_of(action) == marker);
            // Nova has forgotten the marker's name when it says this.
            place.ok_or_else(|| Fault::bad_request("Marker None could not be found."))? + 1
        }
    };
    let changed = |at: Timestamp| {
        since.is_none_or(|since| at >= since) && before.is_none_or(|before| at <= before)
    };
    let page: Vec<&Action> = youngest_first[after..]
        .iter()
        .copied()
        .filter(|action| changed(action.updated))
        .take(limit)
        .collect();
    let shown = page
        .iter()
        .map(|action| Superset::Object(shown(&server, action)));
    let mut body: Members<'_> = vec![(
        Cow::Borrowed("instanceActions"),
        Superset::Array(shown.collect()),
    )];
    if let Some(last) = page.last().filter(|_| page.len() == limit) {
        let collection = format!("servers/{}/os-instance-actions", exchange.parameter());
        let links = paging::links(exchange, &collection, query, &id_of(last));
        body.push((Cow::Borrowed("links"), links));
    }
    Ok(exchange.render(&Superset::Object(body)))
}

pub(in crate::compute) fn show(exchange: &Exchange<'_>) -> Result<Answered, Fault> {
    let server = server_to_use(exchange)?;
    let id = exchange.parameter_at(1);
    let action = server
        .actions
        .iter()
        .rev()
        .find(|action| id_of(action) == id);
    let action = action.ok_or_else(|| Fault::not_found(format!("Action {id} not found")))?;

    let target = Target::project(&server.project_id);
    let allowed = |rule| RuleId::named(rule).is_some_and(|rule| exchange.allows(rule, &target));
    let sight = Sight {
        whole: allowed(EVENTS),
        details: allowed(DETAILS),
    };
    let mut shown = shown(&server, action);
    if sight.whole || everyone_sees_events(exchange) {
        let events = action.events.iter().rev();
        let events = events.map(|event| Superset::Object(sight.shown(action, event)));
        shown.push((Cow::Borrowed("events"), Superset::Array(events.collect())));
    }
    let answer = Superset::object([("instanceAction", Superset::Object(shown))]);
    // What policy hides is not in the body, so that the contract has only the version to look at.
    Ok(exchange.render_for(&answer, Audience::Admins))
}

/// The server that the path names, deleted or not where the version tells of deleted ones.
fn server_to_use(exchange: &Exchange<'_>) -> Result<Arc<Server>, Fault> {
    let server = if exchange.contract.behaves(Behavior::AnswersOfDeleted) {
        let path = exchange.parameter();
        let found = Uuid::try_parse(path).ok().and_then(|id| {
            let cloud = &exchange.state.store;
            cloud.read(|cloud| cloud.servers.get_even_deleted(id).map(Arc::clone))
        });
        found
            .filter(|server| exchange.sees(&server.project_id))
            .ok_or_else(|| server_missing(path))?
    } else {
        exchange.server()?
    };
    exchange.may_this(&Target::project(&server.project_id))?;
    Ok(server)
}

/// Whether the version tells everyone of events, and not only those whom policy shows them whole.
fn everyone_sees_events(exchange: &Exchange<'_>) -> bool {
    let shown = exchange.contract.outputs().iter();
    shown
        .into_iter()
        .any(|(path, audience, _)| *path == EVENTS_SHOWN && *audience == Audience::Everyone)
}

/// An action's id: that of the request that began it.
fn id_of(action: &Action) -> String {
    format!("req-{}", action.by.request)
}

fn shown<'a>(server: &Server, action: &'a Action) -> Members<'a> {
    let members = [
        ("action", Superset::from(action.name)),
        ("instance_uuid", Superset::from(server.id.to_string())),
        ("request_id", Superset::from(id_of(action))),
        ("user_id", Superset::from(&*action.by.user_id)),
        ("project_id", Superset::from(&*action.by.project_id)),
        ("start_time", micros(Some(action.started))),
        (
            "message",
            action.message.map_or(Superset::Null, Superset::from),
        ),
        ("updated_at", micros(Some(action.updated))),
    ];
    members
        .map(|(name, value)| (Cow::Borrowed(name), value))
        .into()
}

/// What policy lets the caller see of events.
#[derive(Clone, Copy)]
struct Sight {
    /// Where they happened, and the traceback of a failure.
    whole: bool,
    /// What is told of a failure in words.
    details: bool,
}

impl Sight {
    fn shown<'a>(self, action: &Action, event: &'a Event) -> Members<'a> {
        let text =
            |text: &'a Option<Arc<str>>| text.as_deref().map_or(Superset::Null, Superset::from);
        let result = event
            .result
            .map_or(Superset::Null, |result| Superset::from(result.name()));
        let host = host_of(event);
        let mut members = vec![
            ("event", Superset::from(event.name)),
            ("start_time", micros(Some(event.started))),
            ("finish_time", micros(event.finished)),
            ("result", result),
        ];
        if self.whole {
            members.push(("traceback", text(&event.traceback)));
            members.push(("host", Superset::from(host)));
        }
        members.push((
            "hostId",
            Superset::from(host_id(&action.by.project_id, host)),
        ));
        if self.details {
            members.push(("details", text(&event.details)));
        }
        members
            .into_iter()
            .map(|(name, value)| (Cow::Borrowed(name), value))
            .collect()
    }
}

/// Where an event happened: on the server's host, or where the hosts are told what to do.
fn host_of(event: &Event) -> &'static str {
    let on_host = event.name.starts_with("compute_") || event.name.starts_with("api_");
    if on_host { HOST } else { NODE }
}
