//! Keystone's v3 API: who you are, where you may work, and where the services are.
//!
//! [`serve`] reads a request, finds who asks, and hands it to the function for its path; each function
//! answers as Keystone 30 does, or refuses in Keystone's words ([`Fault`]). The rules about users, projects
//! and tokens themselves are in [`cloud::identity`](crate::cloud::identity); the other services only know
//! [`authenticate`] and [`Caller`].

mod application_credentials;
mod assignments;
mod body;
mod catalog;
mod discovery;
mod domains;
mod fault;
mod groups;
mod listing;
mod login;
mod projects;
mod roles;
mod services;
mod tokens;
mod users;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::response::Response;

pub use crate::cloud::identity::Caller;
pub use fault::Fault;

use crate::cloud::identity::{Holder, Identity, Target};
use crate::http::call::{Answer, Call, Unreadable};
use crate::state::AppState;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-openstack-request-id");

/// Whom a token speaks for, if it is good: known, not expired, not revoked, its user and project enabled,
/// and with a role left in its scope.
///
/// Costs one hash lookup under the shared lock.
#[must_use]
pub fn authenticate(state: &AppState, token: &str) -> Option<Arc<Caller>> {
    let now = state.clock.now();
    state.store.read(|cloud| {
        cloud
            .identity
            .token(token, now)
            .map(|(_, caller)| Arc::clone(caller))
    })
}

/// Answers every request below `/identity`.
pub async fn serve(State(state): State<AppState>, request: Request) -> Response {
    let request_id = state.minter.request_id();
    let mut response = match Call::read("/identity", request).await {
        Ok(call) => Exchange::answer(&state, &call),
        Err(Unreadable::Body) => Fault::too_large().into_response(""),
    };
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("X-Auth-Token"));
    if let Ok(id) = HeaderValue::from_str(&request_id) {
        headers.insert(REQUEST_ID, id);
    }
    response
}

/// One request on its way: what was asked, by whom, of which cloud.
struct Exchange<'a> {
    state: &'a AppState,
    call: &'a Call,
    /// Absent without a token that is good.
    caller: Option<Arc<Caller>>,
}

impl<'a> Exchange<'a> {
    fn answer(state: &'a AppState, call: &'a Call) -> Response {
        let v3 = call.base.join("/identity/v3");
        let answer = body::check(call).and_then(|()| {
            // A token that is not good is as none: what needs one says so.
            let caller = call
                .header("x-auth-token")
                .and_then(|token| authenticate(state, token));
            Self {
                state,
                call,
                caller,
            }
            .dispatch()
        });
        match answer {
            Ok(answer) => answer.into_response(),
            Err(fault) => fault.into_response(&v3),
        }
    }

    /// Who asks; 401 without a good token.
    fn caller(&self) -> Result<&Caller, Fault> {
        self.caller.as_deref().ok_or_else(Fault::unauthorized)
    }

    /// Who asks, if `allowed`; else 403 naming `action`.
    fn permit(
        &self,
        action: &str,
        allowed: impl FnOnce(&Caller) -> bool,
    ) -> Result<&Caller, Fault> {
        let caller = self.caller()?;
        if caller.is_admin() || allowed(caller) {
            Ok(caller)
        } else {
            Err(Fault::forbidden(action))
        }
    }

    fn read<T>(&self, look: impl FnOnce(&Identity) -> T) -> T {
        self.state.store.read(|cloud| look(&cloud.identity))
    }

    fn write<T>(&self, change: impl FnOnce(&mut Identity) -> T) -> T {
        self.state.store.write(|cloud| change(&mut cloud.identity))
    }

    /// The address of something below `/v3`.
    fn link(&self, path: &str) -> String {
        self.call.base.join(&format!("/identity/v3/{path}"))
    }

    /// Every path there is, and what answers it.
    fn dispatch(&self) -> Result<Answer, Fault> {
        let segments = self.call.segments();
        let method = match &self.call.method {
            // HEAD is GET whose body nobody sends.
            &Method::HEAD => Method::GET,
            method => method.clone(),
        };
        let routes = match segments.as_slice() {
            [] => return discovery::root(self, &method),
            ["v3"] => return discovery::v3(self, &method),
            ["v3", rest @ ..] => rest,
            _ => return Err(Fault::no_such_page()),
        };
        match routes {
            ["auth", "tokens"] => match method {
                Method::POST => tokens::issue(self),
                Method::GET => tokens::validate(self),
                Method::DELETE => tokens::revoke(self),
                _ => Err(Fault::method_not_allowed(
                    "GET, POST, DELETE, HEAD, OPTIONS",
                )),
            },
            ["auth", "projects"] => get_only(&method, || projects::of_caller(self)),
            ["auth", "domains"] => get_only(&method, || domains::of_caller(self)),
            ["auth", "system"] => get_only(&method, || discovery::system_scopes(self)),
            ["auth", "catalog"] => get_only(&method, || catalog::of_caller(self)),
            ["projects", rest @ ..] => projects::route(self, &method, rest),
            ["users", rest @ ..] => users::route(self, &method, rest),
            ["domains", rest @ ..] => domains::route(self, &method, rest),
            ["roles", rest @ ..] => roles::route(self, &method, rest),
            ["role_assignments"] => get_only(&method, || assignments::list(self)),
            ["role_inferences"] => get_only(&method, || roles::inferences(self)),
            ["system", "users", user_id, "roles", rest @ ..] => {
                let holder = Holder::User((*user_id).to_owned());
                assignments::on(self, &method, Target::System, holder, rest)
            }
            ["system", "groups", group_id, "roles", rest @ ..] => {
                let holder = Holder::Group((*group_id).to_owned());
                assignments::on(self, &method, Target::System, holder, rest)
            }
            ["groups", rest @ ..] => groups::route(self, &method, rest),
            ["services", rest @ ..] => services::services(self, &method, rest),
            ["endpoints", rest @ ..] => services::endpoints(self, &method, rest),
            ["regions", rest @ ..] => services::regions(self, &method, rest),
            _ => Err(Fault::no_such_page()),
        }
    }
}

fn get_only(
    method: &Method,
    answer: impl FnOnce() -> Result<Answer, Fault>,
) -> Result<Answer, Fault> {
    if *method == Method::GET {
        answer()
    } else {
        Err(Fault::method_not_allowed("HEAD, GET, OPTIONS"))
    }
}
