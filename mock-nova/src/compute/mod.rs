//! Nova's Compute API: keypairs, quotas, limits and extensions at every microversion.
//!
//! A request passes as in Nova: its size, its token, its path, its version, its content type, its body, its
//! project; then the operation's contract checks it, a handler asks policy and the cloud, and the contract
//! prunes the handler's one superset body to what the version shows. Handlers see no version numbers.
//!
//! Knows the API description, the cloud, policy and key material; of the other services only whom a token
//! speaks for.

mod accept;
mod extensions;
mod fault;
mod keypairs;
mod limits;
mod negotiate;
mod query;
mod quotas;
mod route;
mod versions;

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use nova_api::{
    Audience, Contract, Microversion, Operation, Query, Superset, contract, legacy_contract,
};
use serde_json::{Value, json};

use crate::http::call::Base;
use crate::identity::{self, Caller};
use crate::keys::KeyPool;
use crate::policy::{Credentials, RuleId, Target};
use crate::state::AppState;
use accept::{Form, TYPES};
use fault::Fault;
use negotiate::{Negotiator, Refused};
use route::Route;

/// The largest body that Nova reads, in bytes.
const MAX_BODY: usize = 114_688;

/// How many generated keys are kept ready.
const READY_KEYS: usize = 8;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-openstack-request-id");
const COMPUTE_REQUEST_ID: HeaderName = HeaderName::from_static("x-compute-request-id");

/// What the Compute service has beside the state: its versions and its keys.
#[derive(Debug)]
pub struct Compute {
    negotiator: Negotiator,
    keys: KeyPool,
}

impl Compute {
    /// A service that offers 2.1 to `max`.
    #[must_use]
    pub fn new(max: Microversion) -> Self {
        Self {
            negotiator: Negotiator::new(max),
            keys: KeyPool::new(READY_KEYS),
        }
    }

    /// Begins to make keys before they are asked for. Without it, the first that is asked for begins.
    pub fn make_keys_ready(&self) {
        self.keys.fill();
    }
}

/// Which of the API's dialects a path asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    /// `/v2.1`, with microversions.
    Current,
    /// `/v2`: 2.1 without microversions, tolerant of what it does not know.
    Legacy,
    /// `/v1.1`: `/v2` under the name of 2011.
    Oldest,
}

impl Dialect {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Current => "/v2.1",
            Self::Legacy => "/v2",
            Self::Oldest => "/v1.1",
        }
    }

    /// Splits `/v2.1/os-keypairs` into the dialect and the rest.
    fn split(path: &str) -> Option<(Self, &str)> {
        [Self::Current, Self::Legacy, Self::Oldest]
            .into_iter()
            .find_map(|dialect| {
                let rest = path.strip_prefix(dialect.prefix())?;
                (rest.is_empty() || rest.starts_with('/')).then_some((dialect, rest))
            })
    }
}

/// Answers every request below `/compute`.
pub async fn serve(State(state): State<AppState>, request: Request) -> Response {
    // Nova's CORS filter answers these before anything else.
    if request.method() == Method::OPTIONS {
        return Response::default();
    }
    let written = request
        .uri()
        .path()
        .strip_prefix("/compute")
        .unwrap_or_default();
    let path = route::decoded(written);
    let form = Form::of(request.headers(), &path);
    let asked = Dialect::split(&path);
    let (dialect, rest) = match (asked, form.version.as_deref()) {
        (Some((dialect, rest)), _) => (dialect, rest.to_owned()),
        (None, Some("2.1")) => (Dialect::Current, String::new()),
        (None, Some("2")) => (Dialect::Legacy, String::new()),
        (None, _) if !acceptable(request.headers()) => {
            return Fault::unsupported_type().into_response();
        }
        (None, _) if path.is_empty() || path == "/" => {
            return versions::list(&state, &Base::of(&request), form.content_type);
        }
        (None, _) => return versions::choices(&Base::of(&request), written, form.content_type),
    };
    let mut response = if rest.is_empty() || rest == "/" {
        versions::show(
            &state,
            &Base::of(&request),
            request.headers(),
            dialect,
            form.content_type,
        )
    } else {
        answer(&state, dialect, &rest, form.content_type, request).await
    };
    let request_id = state.minter.request_id();
    if let Ok(id) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(REQUEST_ID, id.clone());
        response.headers_mut().insert(COMPUTE_REQUEST_ID, id);
    }
    response
}

/// A request below a dialect's root.
async fn answer(
    state: &AppState,
    dialect: Dialect,
    path: &str,
    content_type: &'static str,
    request: Request,
) -> Response {
    let base = Base::of(&request);
    let (parts, body) = request.into_parts();
    let headers = &parts.headers;
    let Ok(body) = axum::body::to_bytes(body, MAX_BODY).await else {
        return fault::too_large(headers);
    };
    let token = headers
        .get("x-auth-token")
        .and_then(|token| token.to_str().ok());
    let Some(caller) = token.and_then(|token| identity::authenticate(state, token)) else {
        return unauthorized(&base);
    };
    let Some(route) = route::find(&parts.method, path) else {
        return fault::no_route(&parts.method, headers);
    };
    let version = match dialect {
        Dialect::Current => match state.compute.negotiator.version(headers) {
            Ok(version) => Some(version),
            Err(Refused { fault, version }) => {
                let mut response = fault.into_response();
                if let Some(version) = version {
                    negotiate::declare(response.headers_mut(), &version);
                }
                return response;
            }
        },
        Dialect::Legacy | Dialect::Oldest => None,
    };
    let contract = match version {
        Some(version) => contract(route.operation, version),
        None => legacy_contract(route.operation),
    };
    let project = route
        .project_id
        .as_deref()
        .map(|id| format!("/{id}"))
        .unwrap_or_default();
    let exchange = Exchange {
        state,
        caller: &caller,
        contract,
        dialect,
        parameter: &route.parameter,
        headers,
        endpoint: base.join(&format!("/compute{}{project}", dialect.prefix())),
    };
    let outcome = exchange
        .run(&route, parts.uri.query().unwrap_or_default(), &body)
        .await;
    let mut response = match outcome {
        Ok(answered) => answered.into_response(contract, content_type),
        Err(fault) => fault.into_response(),
    };
    if let Some(version) = version {
        negotiate::declare(response.headers_mut(), &version.to_string());
    }
    response
}

/// One request that has got as far as its operation.
struct Exchange<'a> {
    state: &'a AppState,
    caller: &'a Caller,
    contract: &'static Contract,
    dialect: Dialect,
    /// What stands in the place of the path's parameter.
    parameter: &'a str,
    headers: &'a HeaderMap,
    /// The address the client used, with the project id if it was there: links begin with it.
    endpoint: String,
}

/// What a handler answers when it agrees.
enum Answered {
    /// A rendered body.
    Body(Vec<u8>),
    /// No body.
    Nothing,
    /// A whole answer in another form than JSON.
    Whole(Response),
}

impl Answered {
    fn into_response(self, contract: &Contract, content_type: &'static str) -> Response {
        let body = match self {
            Self::Whole(response) => return response,
            Self::Nothing => Vec::new(),
            Self::Body(body) => body,
        };
        let status = StatusCode::from_u16(contract.status()).unwrap_or(StatusCode::OK);
        fault::plain(status, content_type, body)
    }
}

impl Exchange<'_> {
    async fn run(&self, route: &Route, query: &str, body: &Bytes) -> Result<Answered, Fault> {
        if !acceptable(self.headers) {
            return Err(Fault::unsupported_type());
        }
        let mut body = if takes_body(route.operation) {
            read(body)?
        } else {
            Value::Null
        };
        if let Some(project_id) = &route.project_id {
            self.project_is_the_callers(project_id)?;
        }
        if !self.contract.routed() {
            return Err(Fault::no_such_operation());
        }
        if takes_body(route.operation) {
            self.contract.check_body(&body)?;
            self.contract.drop_unknown(&mut body);
        }
        let query = match query::decoded(query) {
            Some(pairs) => self.contract.check_query(pairs)?,
            // Creation is the one operation whose query Nova does not look at.
            None if route.operation == Operation::KeypairCreate => Query::default(),
            None => return Err(Fault::bad_request("Query string is not UTF-8 encoded")),
        };
        match route.operation {
            Operation::KeypairList => keypairs::list(self, &query),
            Operation::KeypairCreate => keypairs::create(self, &body).await,
            Operation::KeypairShow => keypairs::show(self, &query),
            Operation::KeypairDelete => keypairs::delete(self, &query),
            Operation::LimitsShow => limits::show(self, &query),
            Operation::QuotaShow => quotas::show(self, &query),
            Operation::QuotaDetail => quotas::detail(self, &query),
            Operation::QuotaDefaults => quotas::defaults(self),
            Operation::QuotaUpdate => quotas::update(self, &query, &body),
            Operation::QuotaDelete => quotas::delete(self, &query),
            Operation::ExtensionList => extensions::list(self),
            Operation::ExtensionShow => extensions::show(self),
        }
    }

    fn project_is_the_callers(&self, project_id: &str) -> Result<(), Fault> {
        let own = self.caller.project_id.as_deref();
        if own == Some(project_id) {
            return Ok(());
        }
        Err(Fault::bad_request(format!(
            "Malformed request URL: URL's project_id '{project_id}' doesn't match Context's project_id '{}'",
            own.unwrap_or("None")
        )))
    }

    /// The superset body, pruned to what the version shows.
    fn render(&self, superset: &Superset<'_>) -> Answered {
        Answered::Body(self.contract.render(superset, Audience::Everyone))
    }

    fn credentials(&self) -> Credentials<'_> {
        let caller = self.caller;
        Credentials {
            user_id: &caller.user_id,
            project_id: caller.project_id.as_deref(),
            roles: &caller.roles,
            system_scope: caller.system.then_some("all"),
            domain_id: caller.domain_id.as_deref(),
            user_domain_id: Some(&caller.user_domain_id),
            project_domain_id: caller.project_domain_id.as_deref(),
        }
    }

    /// The target of operations that concern nobody but the caller.
    fn own_target(&self) -> Target<'_> {
        Target::caller(&self.credentials())
    }

    /// Asks policy.
    ///
    /// # Errors
    /// 403 with the rule's name.
    fn may(&self, rule: RuleId, target: &Target<'_>) -> Result<(), Fault> {
        if self.state.rules.allows(rule, &self.credentials(), target) {
            Ok(())
        } else {
            Err(Fault::not_allowed(&rule.to_string()))
        }
    }
}

const fn takes_body(operation: Operation) -> bool {
    matches!(
        operation.route().0,
        nova_api::Method::Post | nova_api::Method::Put
    )
}

/// The body as Nova reads it: none at all is `null`.
fn read(body: &Bytes) -> Result<Value, Fault> {
    if body.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(body).map_err(|_| Fault::bad_request("Malformed request body"))
}

/// Whether the content type, where there is one, is one that Nova reads.
fn acceptable(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return true;
    };
    let media = value
        .to_str()
        .unwrap_or("?")
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    media.is_empty() || media == "text/plain" || TYPES.contains(&media)
}

/// 401 as Keystone's middleware says it.
fn unauthorized(base: &Base) -> Response {
    let body = json!({"error": {
        "code": 401,
        "title": "Unauthorized",
        "message": "The request you have made requires authentication.",
    }});
    let mut response = fault::plain(StatusCode::UNAUTHORIZED, TYPES[0], body.to_string());
    let challenge = format!("Keystone uri=\"{}\"", base.join("/identity/v3"));
    if let Ok(challenge) = HeaderValue::from_str(&challenge) {
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}
