//! As much of Neutron's v2.0 API as clients need to plug a server in: networks, subnets, ports, security groups, routers and
//! floating addresses, listed with filters, shown, made, changed and deleted. No packet flows.
//!
//! Each kind of resource is a [`Kind`]: how its things are rendered for whoever may see them, and how they are made,
//! changed and deleted. Knows who asks from [`identity`](crate::identity), and the plain data of the cloud.

mod fault;
mod floating_ips;
mod kind;
mod networks;
mod ports;
mod routers;
mod security_groups;

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::cloud::Cloud;
use crate::cloud::viewer::Viewer;
use crate::http::call::{Answer, Call, Unreadable};
use crate::identity::{Caller, authenticate};
use crate::state::AppState;
use fault::Fault;
use kind::Kind;

/// What clients ask for and that the mock has none of.
const EMPTY: [&str; 3] = ["agents", "availability_zones", "rbac-policies"];

/// The extensions of Neutron whose fields and resources are served.
const EXTENSIONS: [(&str, &str); 5] = [
    ("security-group", "security-group"),
    ("router", "Neutron L3 Router"),
    ("external-net", "Neutron external network"),
    ("port-security", "Port Security"),
    ("standard-attr-timestamp", "Resource timestamps"),
];

/// Answers every request below `/networking`.
pub async fn serve(State(state): State<AppState>, request: Request) -> Response {
    state.settle();
    let call = match Call::read("/networking", request).await {
        Ok(call) => call,
        Err(Unreadable::Body) => return Fault::too_large().into_answer().into_response(),
    };
    let answer = answer(&state, &call);
    let request_id = state.minter.request_id();
    answer
        .with("x-openstack-request-id", request_id)
        .into_response()
}

/// Who makes or changes something, and with what.
struct Asking<'a> {
    state: &'a AppState,
    caller: &'a Caller,
    viewer: Viewer<'a>,
    /// What the body says of the thing.
    fields: &'a Map<String, Value>,
}

impl Asking<'_> {
    /// The project that a new thing is for: the caller's, unless an administrator says another.
    fn project_id(&self) -> Result<String, Fault> {
        let own = self.caller.project_id.clone().unwrap_or_default();
        let named = ["project_id", "tenant_id"]
            .iter()
            .find_map(|name| self.text(name));
        match named {
            Some(named) if named != own && !self.viewer.admin => {
                Err(Fault::not_allowed("create for another project"))
            }
            Some(named) => Ok(named.to_owned()),
            None => Ok(own),
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name).and_then(Value::as_str)
    }

    fn flag(&self, name: &str) -> Option<bool> {
        self.fields.get(name).and_then(Value::as_bool)
    }

    /// A field that may not be left out.
    fn needed(&self, name: &str) -> Result<&str, Fault> {
        self.text(name).ok_or_else(|| {
            Fault::bad_request(format!(
                "Failed to parse request. Required attribute '{name}' not specified"
            ))
        })
    }
}

fn answer(state: &AppState, call: &Call) -> Answer {
    let segments = call.segments();
    if segments.is_empty() {
        return Answer::ok(json!({ "versions": [version(call)] }));
    }
    let Some(caller) = call
        .header("x-auth-token")
        .and_then(|token| authenticate(state, token))
    else {
        let body = json!({ "error": { "code": 401, "title": "Unauthorized", "message": "The request you have made requires authentication." } });
        let challenge = format!("Keystone uri=\"{}\"", call.base.join("/identity"));
        return Answer::new(StatusCode::UNAUTHORIZED, Some(body))
            .with("www-authenticate", challenge);
    };
    let path: Vec<&str> = segments
        .iter()
        .map(|segment| segment.trim_end_matches(".json"))
        .collect();
    let answered = match path.as_slice() {
        ["v2.0"] => Ok(Answer::ok(json!({ "resources": resources(call) }))),
        ["v2.0", "extensions"] => Ok(Answer::ok(
            json!({ "extensions": EXTENSIONS.map(extension) }),
        )),
        ["v2.0", "extensions", alias] => EXTENSIONS
            .into_iter()
            .find(|(known, _)| known == alias)
            .map(|found| Answer::ok(json!({ "extension": extension(found) })))
            .ok_or_else(Fault::no_such_page),
        ["v2.0", nothing] if EMPTY.contains(nothing) => {
            let mut body = Map::new();
            body.insert(nothing.replace('-', "_"), json!([]));
            Ok(Answer::ok(Value::Object(body)))
        }
        ["v2.0", collection, rest @ ..] => match Kind::of_collection(collection) {
            Some(kind) => of_kind(state, call, &caller, kind, rest),
            None => Err(Fault::no_such_page()),
        },
        _ => Err(Fault::no_such_page()),
    };
    answered.unwrap_or_else(Fault::into_answer)
}

fn of_kind(
    state: &AppState,
    call: &Call,
    caller: &Caller,
    kind: Kind,
    rest: &[&str],
) -> Result<Answer, Fault> {
    let viewer = Viewer {
        project_id: caller.project_id.as_deref(),
        admin: caller.is_admin(),
    };
    let wrapped = |name: &str, value: Value| {
        let mut body = Map::new();
        body.insert(name.to_owned(), value);
        Value::Object(body)
    };
    match (&call.method, rest) {
        (&Method::GET | &Method::HEAD, []) => {
            let shown = state.store.read(|cloud| kind.seen(cloud, viewer, call));
            Ok(Answer::ok(wrapped(
                kind.plural(),
                Value::from(page(shown, call)?),
            )))
        }
        (&Method::GET | &Method::HEAD, [id]) => {
            let shown = state.store.read(|cloud| kind.one(cloud, viewer, id))?;
            Ok(Answer::ok(wrapped(kind.singular(), chosen(shown, call))))
        }
        (&Method::POST, []) => {
            may_write(caller, "create", kind)?;
            let fields = fields(call, kind)?;
            let asking = Asking {
                state,
                caller,
                viewer,
                fields: &fields,
            };
            let made = state.store.write(|cloud| {
                let id = kind.create(cloud, &asking)?;
                kind.one(cloud, viewer, &id)
            })?;
            Ok(Answer::created(wrapped(kind.singular(), made)))
        }
        (&Method::PUT, [id]) => {
            may_write(caller, "update", kind)?;
            let fields = fields(call, kind)?;
            let asking = Asking {
                state,
                caller,
                viewer,
                fields: &fields,
            };
            let changed = state.store.write(|cloud| {
                kind.owned(cloud, viewer, id)?;
                kind.update(cloud, &asking, id)?;
                kind.one(cloud, viewer, id)
            })?;
            Ok(Answer::ok(wrapped(kind.singular(), changed)))
        }
        (&Method::DELETE, [id]) => {
            may_write(caller, "delete", kind)?;
            state.store.write(|cloud| {
                kind.owned(cloud, viewer, id)?;
                kind.delete(cloud, viewer, id)
            })?;
            Ok(Answer::no_content())
        }
        (&Method::PUT, [id, action]) if kind == Kind::Router => {
            may_write(caller, "update", kind)?;
            let fields = match serde_json::from_slice(&call.body) {
                Ok(Value::Object(fields)) => fields,
                _ => return Err(Fault::unreadable()),
            };
            let asking = Asking {
                state,
                caller,
                viewer,
                fields: &fields,
            };
            let changed = state.store.write(|cloud| {
                kind.owned(cloud, viewer, id)?;
                routers::interface(cloud, &asking, id, action)
            })?;
            Ok(Answer::ok(changed))
        }
        (_, [] | [_]) => Err(Fault::method_not_allowed()),
        _ => Err(Fault::no_such_page()),
    }
}

/// Whether the caller may change anything: a reader may not.
fn may_write(caller: &Caller, verb: &str, kind: Kind) -> Result<(), Fault> {
    if caller.is_admin() || caller.roles.iter().any(|role| role == "member") {
        Ok(())
    } else {
        Err(Fault::not_allowed(&format!(
            "rule:{verb}_{}",
            kind.singular()
        )))
    }
}

/// What the body says of the thing.
fn fields(call: &Call, kind: Kind) -> Result<Map<String, Value>, Fault> {
    match serde_json::from_slice::<Value>(&call.body) {
        Ok(Value::Object(mut body)) => match body.remove(kind.singular()) {
            Some(Value::Object(fields)) => Ok(fields),
            _ => Err(Fault::bad_request(format!(
                "Unable to find '{}' in request body",
                kind.singular()
            ))),
        },
        _ => Err(Fault::unreadable()),
    }
}

/// Those that pass the query's filters, sorted and paged as it says.
fn page(shown: Vec<Value>, call: &Call) -> Result<Vec<Value>, Fault> {
    let mut kept: Vec<Value> = shown.into_iter().filter(|one| wanted(one, call)).collect();
    if let Some(key) = call.query("sort_key") {
        kept.sort_by_key(|one| one.get(key).map(Value::to_string));
        if call.query("sort_dir") == Some("desc") {
            kept.reverse();
        }
    }
    if let Some(marker) = call.query("marker") {
        let place = kept.iter().position(|one| one["id"] == marker);
        let place = place.ok_or_else(|| Fault::not_found("Marker", marker))?;
        kept.drain(..=place);
    }
    if let Some(limit) = call.query("limit") {
        let limit: usize = limit.parse().map_err(|_| {
            Fault::bad_request(format!(
                "Limit must be an integer 0 or greater and not '{limit}'"
            ))
        })?;
        if limit > 0 {
            kept.truncate(limit);
        }
    }
    Ok(kept.into_iter().map(|one| chosen(one, call)).collect())
}

/// Of a thing, the fields that the query asks for: all, if none.
fn chosen(mut one: Value, call: &Call) -> Value {
    if let (true, Value::Object(members)) = (call.has_query("fields"), &mut one) {
        members.retain(|name, _| {
            call.query
                .iter()
                .any(|(key, value)| key == "fields" && value == name)
        });
    }
    one
}

/// Whether what is shown passes the query's filters; a parameter given more than once means any of its values.
fn wanted(shown: &Value, call: &Call) -> bool {
    call.query.iter().all(|(key, value)| {
        if key == "fixed_ips" {
            return has_address(shown, value);
        }
        match shown.get(key) {
            // Paging, sorting and the choice of fields are no filters.
            None => true,
            Some(actual) => call
                .query
                .iter()
                .filter(|(other, _)| other == key)
                .any(|(_, value)| matches(actual, value)),
        }
    })
}

fn matches(actual: &Value, value: &str) -> bool {
    match actual {
        Value::String(actual) => actual == value,
        Value::Bool(actual) => *actual == (value.eq_ignore_ascii_case("true") || value == "1"),
        Value::Number(actual) => value.parse() == Ok(actual.as_i64().unwrap_or_default()),
        Value::Array(items) => items.iter().any(|item| matches(item, value)),
        Value::Null => value.is_empty(),
        Value::Object(_) => false,
    }
}

/// `fixed_ips=ip_address=10.0.0.3` and `fixed_ips=subnet_id=…`.
fn has_address(shown: &Value, wanted: &str) -> bool {
    let (name, value) = wanted.split_once('=').unwrap_or(("ip_address", wanted));
    let addresses = shown["fixed_ips"].as_array();
    addresses.is_some_and(|addresses| addresses.iter().any(|one| one[name] == value))
}

fn version(call: &Call) -> Value {
    json!({ "id": "v2.0", "status": "CURRENT", "links": [{ "rel": "self", "href": call.base.join("/networking/v2.0/") }] })
}

fn resources(call: &Call) -> Vec<Value> {
    Kind::ALL
        .iter()
        .map(|kind| {
            let path = kind.plural().replace('_', "-");
            let href = call.base.join(&format!("/networking/v2.0/{path}"));
            json!({"name": kind.singular(), "collection": kind.plural(), "links": [{"rel": "self", "href": href}]})
        })
        .collect()
}

fn extension((alias, name): (&str, &str)) -> Value {
    json!({"alias": alias, "name": name, "description": name, "links": [], "updated": "2024-01-01T10:00:00-00:00"})
}

/// A moment as Neutron writes it.
fn instant(time: jiff::Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A hardware address as text.
fn mac_text(mac: [u8; 6]) -> String {
    mac.map(|byte| format!("{byte:02x}")).join(":")
}

/// An id as a port has it.
fn uuid(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok()
}

/// Whether somebody is plugged into a network: a server or a port that a client made.
fn is_used(cloud: &Cloud, network_id: &str) -> bool {
    cloud
        .networks
        .ports
        .iter()
        .any(|port| port.network_id == network_id)
        || cloud
            .servers
            .youngest_first(None, None)
            .any(|server| server.nics.iter().any(|nic| &*nic.network_id == network_id))
}
