//! As much of Neutron's v2.0 API as clients need to plug a server in: which networks there are.
//!
//! Networks come from the fixture and are only read. Knows who asks from [`identity`](crate::identity).

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Map, Value, json};

use crate::cloud::network::Network;
use crate::http::call::{Answer, Call, Unreadable};
use crate::identity::{Caller, authenticate};
use crate::state::AppState;

/// What clients list and that the mock has none of.
const EMPTY: [&str; 6] = [
    "ports",
    "routers",
    "floatingips",
    "security-groups",
    "security-group-rules",
    "extensions",
];

/// Answers every request below `/networking`.
pub async fn serve(State(state): State<AppState>, request: Request) -> Response {
    let call = match Call::read("/networking", request).await {
        Ok(call) => call,
        Err(Unreadable::Body) => {
            return refuse(
                StatusCode::PAYLOAD_TOO_LARGE,
                "HTTPRequestEntityTooLarge",
                "The body is too large.",
            )
            .into_response();
        }
    };
    let answer = answer(&state, &call);
    let request_id = state.minter.request_id();
    answer
        .with("x-openstack-request-id", request_id)
        .into_response()
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
    if !matches!(call.method, Method::GET | Method::HEAD) {
        let what = "Networks are read from the fixture; mock-nova does not change them.";
        return refuse(StatusCode::METHOD_NOT_ALLOWED, "HTTPMethodNotAllowed", what)
            .with("allow", "GET, HEAD");
    }
    let path: Vec<&str> = segments
        .iter()
        .map(|segment| segment.trim_end_matches(".json"))
        .collect();
    match path.as_slice() {
        ["v2.0"] => Answer::ok(json!({ "resources": [] })),
        ["v2.0", "networks"] => list(state, call, &caller, "networks", network),
        ["v2.0", "networks", id] => show(state, &caller, id, "network", "Network", network),
        ["v2.0", "subnets"] => list(state, call, &caller, "subnets", subnet),
        ["v2.0", "subnets", id] => show(state, &caller, &subnet_id(id), "subnet", "Subnet", subnet),
        ["v2.0", nothing] if EMPTY.contains(nothing) => {
            let mut body = Map::new();
            body.insert(nothing.replace('-', "_"), json!([]));
            Answer::ok(Value::Object(body))
        }
        _ => refuse(
            StatusCode::NOT_FOUND,
            "HTTPNotFound",
            "The resource could not be found.",
        ),
    }
}

fn version(call: &Call) -> Value {
    json!({ "id": "v2.0", "status": "CURRENT", "links": [{ "rel": "self", "href": call.base.join("/networking/v2.0/") }] })
}

fn list(
    state: &AppState,
    call: &Call,
    caller: &Caller,
    key: &str,
    render: fn(&Network) -> Value,
) -> Answer {
    let rendered: Vec<Value> = state.store.read(|cloud| {
        cloud
            .networks
            .iter()
            .filter(|network| visible(network, caller))
            .map(render)
            .collect()
    });
    let kept: Vec<Value> = rendered
        .into_iter()
        .filter(|one| wanted(one, call))
        .collect();
    let mut body = Map::new();
    body.insert(key.to_owned(), Value::from(kept));
    Answer::ok(Value::Object(body))
}

/// Whether what is shown passes the query's filters; a parameter given more than once means any of its values.
fn wanted(shown: &Value, call: &Call) -> bool {
    call.query.iter().all(|(key, _)| match shown.get(key) {
        // Paging and the choice of fields are not filters, and one network is less than a page.
        None => true,
        Some(actual) => call
            .query
            .iter()
            .filter(|(other, _)| other == key)
            .any(|(_, value)| match actual {
                Value::String(actual) => actual == value,
                Value::Bool(actual) => {
                    *actual == (value.eq_ignore_ascii_case("true") || value == "1")
                }
                Value::Number(actual) => value.parse() == Ok(actual.as_i64().unwrap_or_default()),
                _ => false,
            }),
    })
}

fn show(
    state: &AppState,
    caller: &Caller,
    id: &str,
    key: &str,
    kind: &str,
    render: fn(&Network) -> Value,
) -> Answer {
    let shown = state.store.read(|cloud| {
        cloud
            .networks
            .get(id)
            .filter(|network| visible(network, caller))
            .map(render)
    });
    match shown {
        Some(shown) => {
            let mut body = Map::new();
            body.insert(key.to_owned(), shown);
            Answer::ok(Value::Object(body))
        }
        None => refuse(
            StatusCode::NOT_FOUND,
            &format!("{kind}NotFound"),
            &format!("{kind} {id} could not be found."),
        ),
    }
}

fn visible(network: &Network, caller: &Caller) -> bool {
    network.shared
        || network.external
        || caller.is_admin()
        || caller.project_id.as_ref() == Some(&network.project_id)
}

fn network(network: &Network) -> Value {
    json!({
        "id": network.id,
        "name": network.name,
        "project_id": network.project_id,
        "tenant_id": network.project_id,
        "status": "ACTIVE",
        "admin_state_up": true,
        "shared": network.shared,
        "router:external": network.external,
        "subnets": [subnet_id(&network.id)],
        "mtu": 1450,
        "description": "",
        "port_security_enabled": true,
        "availability_zones": ["nova"],
        "availability_zone_hints": [],
        "tags": [],
    })
}

fn subnet(network: &Network) -> Value {
    json!({
        "id": subnet_id(&network.id),
        "name": format!("{}-subnet", network.name),
        "network_id": network.id,
        "project_id": network.project_id,
        "tenant_id": network.project_id,
        "ip_version": if network.cidr.contains(':') { 6 } else { 4 },
        "cidr": network.cidr,
        "enable_dhcp": true,
        "allocation_pools": [],
        "dns_nameservers": [],
        "host_routes": [],
    })
}

/// The id of a network's one subnet, and back: the last digit of the first group is turned over.
fn subnet_id(network_id: &str) -> String {
    let mut id: Vec<char> = network_id.chars().collect();
    if let Some(digit) = id.get_mut(7)
        && let Some(value) = digit.to_digit(16)
    {
        *digit = char::from_digit(value ^ 0xf, 16).unwrap_or(*digit);
    }
    id.into_iter().collect()
}

fn refuse(status: StatusCode, kind: &str, message: &str) -> Answer {
    Answer::new(
        status,
        Some(json!({ "NeutronError": { "type": kind, "message": message, "detail": "" } })),
    )
}
