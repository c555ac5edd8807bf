//! A request's way through a cloud that is wrong: what was asked and by whom, and how to ask the right cloud behind it.
//!
//! Knows HTTP, and the right cloud as a router; of the state only who people are.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::Response;
use futures::future::BoxFuture;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::identity;
use crate::state::AppState;

/// What a wrong cloud makes of a request.
pub(super) type Bend = fn(Way, Ask) -> Answered;

/// An answer to come. The error is a sentence.
pub(super) type Answered = BoxFuture<'static, Result<Reply, String>>;

/// A larger request is not looked at: the right cloud refuses it.
const MOST: usize = 1 << 20;

/// The beginning of every token that this cloud ever gave.
const OWN_TOKEN: &str = "gAAAAAB";

const TOKEN: &str = "x-auth-token";

/// Who asks: the people of the default cloud, whom flaws tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// `demo`
    Main,
    /// `demo_second`, of the same project.
    Second,
    /// `alt_demo`, of another project.
    Other,
    /// `demo_reader`, who may only look.
    Reader,
    /// `admin`
    Admin,
    /// Whoever else, and whoever has no token.
    Nobody,
    /// Whoever has a token that was good once.
    Expired,
}

impl Caller {
    const PEOPLE: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Main, "demo", "demo"),
        (Self::Second, "demo_second", "demo"),
        (Self::Other, "alt_demo", "alt_demo"),
        (Self::Reader, "demo_reader", "demo"),
        (Self::Admin, "admin", "admin"),
    ];

    /// The user and the project; none where it is nobody in particular.
    fn person(self) -> Option<(&'static str, &'static str)> {
        let mut people = Self::PEOPLE.iter();
        people
            .find(|(caller, ..)| *caller == self)
            .map(|(_, user, project)| (*user, *project))
    }

    fn of(state: &AppState, token: Option<&str>) -> Self {
        let Some(token) = token else {
            return Self::Nobody;
        };
        let Some(caller) = identity::authenticate(state, token) else {
            return if token.starts_with(OWN_TOKEN) {
                Self::Expired
            } else {
                Self::Nobody
            };
        };
        let mut people = Self::PEOPLE.iter();
        people
            .find(|(_, user, _)| id_of(state, user).as_deref() == Some(&caller.user_id))
            .map_or(Self::Nobody, |(known, ..)| *known)
    }
}

fn id_of(state: &AppState, user: &str) -> Option<String> {
    state.store.read(|cloud| {
        let mut users = cloud.identity.users().iter();
        users
            .find(|known| known.name == user)
            .map(|known| known.id.clone())
    })
}

/// Where a request's path begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Base {
    /// `/compute/v2.1`
    Endpoint,
    /// `/compute`
    Root,
    /// `/compute/v2`
    Legacy,
}

impl Base {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Endpoint => "/compute/v2.1",
            Self::Root => "/compute",
            Self::Legacy => "/compute/v2",
        }
    }

    /// Splits what a request asks for; none where it is not of the Compute API.
    fn split(target: &str) -> Option<(Self, &str)> {
        [Self::Endpoint, Self::Legacy, Self::Root]
            .into_iter()
            .find_map(|base| {
                let rest = target.strip_prefix(base.prefix())?;
                (rest.is_empty() || rest.starts_with(['/', '?'])).then_some((base, rest))
            })
    }
}

/// A request to the Compute API.
#[derive(Clone)]
pub(super) struct Ask {
    pub(super) method: Method,
    /// The path below the base, with the query, as it was written.
    pub(super) path: String,
    /// Every header but the token.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Option<Bytes>,
    /// Whose request it is; of one that a flaw thought of, whoever asked the first one.
    pub(super) token: Option<String>,
}

impl Ask {
    fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            headers: Vec::new(),
            body: None,
            token: None,
        }
    }

    pub(super) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    pub(super) fn post(path: impl Into<String>) -> Self {
        Self::new(Method::POST, path)
    }

    pub(super) fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::DELETE, path)
    }

    pub(super) fn at(mut self, version: &str) -> Self {
        let version = format!("compute {version}");
        self.headers
            .push(("openstack-api-version".to_owned(), version));
        self
    }

    pub(super) fn json(mut self, body: &Value) -> Self {
        self.headers
            .push(("content-type".to_owned(), "application/json".to_owned()));
        self.body = Some(body.to_string().into());
        self
    }

    fn into_request(self, base: Base) -> Result<Request, String> {
        let target = format!("{}{}", base.prefix(), self.path);
        let uri = Uri::try_from(target).map_err(|error| error.to_string())?;
        let mut request = Request::new(self.body.map_or_else(Body::empty, Body::from));
        *request.method_mut() = self.method;
        *request.uri_mut() = uri;
        let token = self.token.map(|token| (TOKEN.to_owned(), token));
        for (name, value) in self.headers.into_iter().chain(token) {
            let name = HeaderName::try_from(name).map_err(|error| error.to_string())?;
            let value = HeaderValue::try_from(value).map_err(|error| error.to_string())?;
            request.headers_mut().append(name, value);
        }
        Ok(request)
    }
}

/// An answer.
#[derive(Clone)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Bytes,
}

impl Reply {
    async fn of(response: Response) -> Result<Self, String> {
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX)
            .await
            .map_err(|error| error.to_string())?;
        let headers = parts.headers.iter();
        // What the bent body's length is, the server works out.
        let headers = headers.filter(|(name, _)| *name != "content-length");
        Ok(Self {
            status: parts.status.as_u16(),
            headers: headers
                .map(|(name, value)| (name.to_string(), as_text(value)))
                .collect(),
            body,
        })
    }

    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in self.headers {
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name), HeaderValue::try_from(value))
            {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}

fn as_text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

/// Changes a reply's body, where it is JSON.
pub(super) fn edit(reply: &mut Reply, change: impl FnOnce(&mut Value)) {
    if let Ok(mut body) = serde_json::from_slice::<Value>(&reply.body) {
        change(&mut body);
        reply.body = body.to_string().into();
    }
}

/// One request's way to the right cloud behind the wrong one.
#[derive(Clone)]
pub(super) struct Way {
    right: Router,
    state: AppState,
    token: Option<String>,
    pub(super) caller: Caller,
    pub(super) base: Base,
}

impl Way {
    /// What the right cloud answers.
    pub(super) async fn send(&self, ask: &Ask) -> Result<Reply, String> {
        let mut ask = ask.clone();
        // A request that a flaw thought of comes from whoever asked the first one.
        if ask.token.is_none() {
            ask.token.clone_from(&self.token);
        }
        self.send_as_it_is(ask).await
    }

    /// What the right cloud answers to somebody else.
    pub(super) async fn send_as(&self, caller: Caller, ask: &Ask) -> Result<Reply, String> {
        let mut ask = ask.clone();
        ask.token = self.token_of(caller);
        self.send_as_it_is(ask).await
    }

    async fn send_as_it_is(&self, ask: Ask) -> Result<Reply, String> {
        let request = ask.into_request(self.base)?;
        match self.right.clone().oneshot(request).await {
            Ok(response) => Reply::of(response).await,
            Err(never) => match never {},
        }
    }

    fn token_of(&self, caller: Caller) -> Option<String> {
        let (user, project) = caller.person()?;
        self.state.token_in(user, Some(project))
    }

    /// The id of a caller's user; nothing where it is nobody in particular.
    pub(super) fn id_of(&self, caller: Caller) -> String {
        caller
            .person()
            .and_then(|(user, _)| id_of(&self.state, user))
            .unwrap_or_default()
    }
}

/// Answers a request as the wrong cloud does. What is not of the Compute API goes to the right one.
pub(super) async fn answer(
    right: Router,
    state: AppState,
    bend: Bend,
    request: Request,
) -> Response {
    let target = request
        .uri()
        .path_and_query()
        .map_or_else(|| "/".to_owned(), ToString::to_string);
    let Some((base, path)) = Base::split(&target) else {
        return straight(right, request).await;
    };
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MOST).await else {
        return Reply {
            status: 413,
            headers: Vec::new(),
            body: Bytes::new(),
        }
        .into_response();
    };
    let token = parts.headers.get(TOKEN).map(as_text);
    let headers = parts.headers.iter().filter(|(name, _)| *name != TOKEN);
    let ask = Ask {
        method: parts.method,
        path: path.to_owned(),
        headers: headers
            .map(|(name, value)| (name.to_string(), as_text(value)))
            .collect(),
        body: (!body.is_empty()).then_some(body),
        token,
    };
    let way = Way {
        caller: Caller::of(&state, ask.token.as_deref()),
        token: ask.token.clone(),
        right,
        state,
        base,
    };
    match bend(way, ask).await {
        Ok(reply) => reply.into_response(),
        Err(sentence) => {
            tracing::error!(sentence, "a flaw could not ask the cloud behind it");
            Reply {
                status: 500,
                headers: Vec::new(),
                body: Bytes::new(),
            }
            .into_response()
        }
    }
}

async fn straight(right: Router, request: Request) -> Response {
    match right.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}
