//! Nova's Compute API at every microversion: keypairs, servers with all that is theirs, flavors, quotas and limits.
//!
//! A request passes as in Nova: its size, its token, its path, its version, its content type, its body, its
//! project; then the operation's contract checks it, a handler asks policy and the cloud, and the contract
//! prunes the handler's one superset body to what the version shows. Handlers see no version numbers.
//!
//! Knows the API description, the cloud, policy and key material; of the other services only whom a token
//! speaks for.

mod accept;
mod addresses;
mod availability_zones;
mod exchange;
mod extensions;
mod fault;
mod flavors;
mod instance_actions;
mod keypairs;
mod limits;
mod metadata;
mod negotiate;
mod paging;
mod password;
mod proxies;
mod query;
mod quotas;
mod route;
mod server_groups;
mod servers;
mod tags;
mod versions;
mod volume_attachments;
mod words;

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use nova_api::{Contract, Microversion, Operation, Query};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::http::call::Base;
use crate::identity;
use crate::keys::{GenerateError, KeyPool, KeyRing, RsaKey};
use crate::state::AppState;
use accept::{Form, TYPES};
use exchange::{Exchange, on, server_missing};
use fault::Fault;
pub(crate) use fault::{before_handlers, plain};
use negotiate::{Negotiator, Refused};
use route::{Asked, Route};

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
    keys: Keys,
    /// For forks.
    ring: KeyRing,
}

/// Where generated keys come from.
#[derive(Debug)]
enum Keys {
    /// Each is made for whoever asks.
    New(KeyPool),
    /// They are handed out again.
    Again(KeyRing),
}

impl Keys {
    async fn take(&self) -> Result<RsaKey, GenerateError> {
        match self {
            Self::New(pool) => pool.take().await,
            Self::Again(ring) => ring.take().await,
        }
    }
}

impl Compute {
    /// A service that offers 2.1 to `max`.
    #[must_use]
    pub fn new(max: Microversion) -> Self {
        Self {
            negotiator: Negotiator::new(max),
            keys: Keys::New(KeyPool::new(READY_KEYS)),
            ring: KeyRing::default(),
        }
    }

    /// What a fork has: the same versions, and keys that all forks share.
    pub(crate) fn fork(&self) -> Self {
        Self {
            negotiator: Negotiator::new(self.negotiator.max()),
            keys: Keys::Again(self.ring.again()),
            ring: self.ring.again(),
        }
    }

    /// Begins to make keys before they are asked for. Without it, the first that is asked for begins.
    pub fn make_keys_ready(&self) {
        if let Keys::New(pool) = &self.keys {
            pool.fill();
        }
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
    state.settle();
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
    let request_id = state.minter.request();
    let mut response = if rest.is_empty() || rest == "/" {
        versions::show(
            &state,
            &Base::of(&request),
            request.headers(),
            dialect,
            form.content_type,
        )
    } else {
        answer(
            &state,
            dialect,
            &rest,
            form.content_type,
            request_id,
            request,
        )
        .await
    };
    if let Ok(id) = HeaderValue::from_str(&format!("req-{request_id}")) {
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
    request_id: Uuid,
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
    let operation = match operation(&route, headers, &body) {
        Ok(operation) => operation,
        Err(fault) => return declared(fault.into_response(), version),
    };
    let contract = match version {
        Some(version) => state.history().contract(operation, version),
        None => state.history().legacy_contract(operation),
    };
    // As in Nova, links name the caller's project where the request's address does, be it in the query.
    let address = parts.uri.to_string();
    let own = caller.project_id.as_deref();
    let project = own
        .filter(|id| address.contains(id))
        .map(|id| format!("/{id}"))
        .unwrap_or_default();
    let exchange = Exchange {
        state,
        caller: &caller,
        contract,
        dialect,
        parameters: &route.parameters,
        headers,
        request_id,
        endpoint: base.join(&format!("/compute{}{project}", dialect.prefix())),
        images: base.join("/image"),
        bookmarks: base.join(&format!("/compute{project}")),
    };
    let outcome = exchange
        .run(&route, parts.uri.query().unwrap_or_default(), &body)
        .await;
    let response = match outcome {
        Ok(answered) => answered.into_response(contract, content_type),
        Err(fault) => fault.into_response(),
    };
    declared(response, version)
}

/// The answer, with the version it was given at where there is one.
fn declared(mut response: Response, version: Option<Microversion>) -> Response {
    if let Some(version) = version {
        negotiate::declare(response.headers_mut(), &version.to_string());
    }
    response
}

/// What a handler answers when it agrees.
enum Answered {
    /// A rendered body.
    Body(Vec<u8>),
    /// A rendered body, and where what it describes is found from now on.
    Located {
        /// The body.
        body: Vec<u8>,
        /// The address.
        location: String,
    },
    /// No body.
    Nothing,
    /// A whole answer in another form than JSON.
    Whole(Response),
}

impl Answered {
    fn into_response(self, contract: &Contract, content_type: &'static str) -> Response {
        let status = StatusCode::from_u16(contract.status()).unwrap_or(StatusCode::OK);
        let body = match self {
            Self::Whole(response) => return response,
            Self::Nothing => Vec::new(),
            Self::Body(body) => body,
            Self::Located { body, location } => {
                let mut response = fault::plain(status, content_type, body);
                if let Ok(location) = HeaderValue::from_str(&location) {
                    response.headers_mut().insert(header::LOCATION, location);
                }
                return response;
            }
        };
        fault::plain(status, content_type, body)
    }
}

impl Exchange<'_> {
    async fn run(&self, route: &Route, query: &str, body: &Bytes) -> Result<Answered, Fault> {
        if !acceptable(self.headers) {
            return Err(Fault::unsupported_type());
        }
        let operation = self.contract.operation();
        let mut body = if takes_body(operation) {
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
        if takes_body(operation) {
            self.contract.check_body(&body)?;
            self.contract.drop_unknown(&mut body);
        }
        let query = match query::decoded(query) {
            Some(pairs) => self.contract.check_query(pairs)?,
            // There are operations whose query Nova does not look at.
            None if !operation.reads_query() && !self.contract.strict_query() => Query::default(),
            None => return Err(Fault::bad_request("Query string is not UTF-8 encoded")),
        };
        match operation {
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
            Operation::ServerList => servers::list::list(self, &query),
            Operation::ServerDetail => servers::list::detail(self, &query),
            Operation::ServerCreate => servers::create::create(self, &body),
            Operation::ServerShow => servers::show::show(self),
            Operation::ServerUpdate => servers::update::update(self, &body),
            Operation::ServerDelete => servers::delete::delete(self),
            Operation::ServerRebuild => servers::rebuild::rebuild(self, &body),
            Operation::ServerStart
            | Operation::ServerStop
            | Operation::ServerReboot
            | Operation::ServerPause
            | Operation::ServerUnpause
            | Operation::ServerSuspend
            | Operation::ServerResume
            | Operation::ServerLock
            | Operation::ServerUnlock
            | Operation::ServerRescue
            | Operation::ServerUnrescue
            | Operation::ServerResize
            | Operation::ServerConfirmResize
            | Operation::ServerRevertResize
            | Operation::ServerShelve
            | Operation::ServerUnshelve
            | Operation::ServerResetState => servers::actions::act(self, &body),
            Operation::MetadataList => metadata::list(self),
            Operation::MetadataCreate => metadata::create(self, &body),
            Operation::MetadataReplace => metadata::replace(self, &body),
            Operation::MetadataShow => metadata::show(self),
            Operation::MetadataUpdate => metadata::update(self, &body),
            Operation::MetadataDelete => metadata::delete(self),
            Operation::TagList => tags::list(self),
            Operation::TagReplace => tags::replace(self, &body),
            Operation::TagDeleteAll => tags::delete_all(self),
            Operation::TagShow => tags::show(self),
            Operation::TagAdd => tags::add(self),
            Operation::TagDelete => tags::delete(self),
            Operation::PasswordShow => password::show(self),
            Operation::PasswordClear => password::clear(self),
            Operation::AddressList => addresses::list(self),
            Operation::AddressShow => addresses::show(self),
            Operation::InstanceActionList => instance_actions::list(self, &query),
            Operation::InstanceActionShow => instance_actions::show(self),
            Operation::VolumeAttachmentList => volume_attachments::list(self, &query),
            Operation::VolumeAttachmentShow => volume_attachments::show(self),
            Operation::ServerGroupList => server_groups::list(self, &query),
            Operation::ServerGroupCreate => server_groups::create(self, &body),
            Operation::ServerGroupShow => server_groups::show(self),
            Operation::ServerGroupDelete => server_groups::delete(self),
            Operation::AvailabilityZoneList => availability_zones::list(self),
            Operation::AvailabilityZoneDetail => availability_zones::detail(self),
            Operation::FlavorList => flavors::list(self, &query),
            Operation::FlavorDetail => flavors::detail(self, &query),
            Operation::FlavorShow => flavors::show(self),
            Operation::ExtraSpecList => flavors::extra_specs(self),
            Operation::ExtraSpecShow => flavors::extra_spec(self),
            Operation::ImageList => proxies::images::list(self, &query),
            Operation::ImageDetail => proxies::images::detail(self, &query),
            Operation::ImageShow => proxies::images::show(self),
            Operation::ImageDelete => proxies::images::delete(self),
            Operation::NetworkList => proxies::networks::list(self),
            Operation::NetworkShow => proxies::networks::show(self),
            Operation::SecurityGroupList => proxies::security_groups::list(self, &query),
            Operation::SecurityGroupCreate => proxies::security_groups::create(self, &body),
            Operation::SecurityGroupShow => proxies::security_groups::show(self),
            Operation::SecurityGroupDelete => proxies::security_groups::delete(self),
            Operation::FloatingIpList => proxies::floating_ips::list(self),
        }
    }
}

/// The operation that is asked for, which for an action only the body says.
fn operation(route: &Route, headers: &HeaderMap, body: &Bytes) -> Result<Operation, Fault> {
    match route.asked {
        Asked::One(operation) => Ok(operation),
        Asked::Action if !acceptable(headers) => Err(Fault::unsupported_type()),
        Asked::Action => {
            let name = route::only_key(body)?;
            route::action(&name)
                .ok_or_else(|| Fault::bad_request(format!("There is no such action: {name}")))
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
