//! What a handler works with: one request that has got as far as its operation, who asks, and what policy and the contract
//! say of it. Knows the cloud's state and policy; no route, no header of negotiation.

use std::sync::{Arc, LazyLock};

use axum::http::HeaderMap;
use nova_api::{Audience, Behavior, Contract, Operation, Superset};
use uuid::Uuid;

use super::fault::Fault;
use super::{Answered, Dialect, servers};
use crate::cloud::server::{By, Server, Servers};
use crate::identity::Caller;
use crate::policy::{Credentials, RuleId, Target};
use crate::state::AppState;

/// One request that has got as far as its operation.
pub(super) struct Exchange<'a> {
    pub(super) state: &'a AppState,
    pub(super) caller: &'a Caller,
    pub(super) contract: &'a Contract,
    pub(super) dialect: Dialect,
    /// What stands in the places of the path's parameters.
    pub(super) parameters: &'a [String],
    pub(super) headers: &'a HeaderMap,
    /// The id of the request.
    pub(super) request_id: Uuid,
    /// The address the client used, with the project id if it was there: links begin with it.
    pub(super) endpoint: String,
    /// The same without the version.
    pub(super) bookmarks: String,
    /// The address of the image service.
    pub(super) images: String,
}

impl Exchange<'_> {
    /// A name without the white space around it. A space there is dropped only where the contract says so; elsewhere it is
    /// refused, and never gets here.
    pub(super) fn trimmed<'n>(&self, name: &'n str) -> &'n str {
        let has_spaces = name.starts_with(' ') || name.ends_with(' ');
        if has_spaces && !self.contract.behaves(Behavior::TrimsName) {
            name
        } else {
            name.trim()
        }
    }

    /// What stands in the place of the path's first parameter.
    pub(super) fn parameter(&self) -> &str {
        self.parameter_at(0)
    }

    /// What stands in the place of one of the path's parameters, counted from 0.
    pub(super) fn parameter_at(&self, place: usize) -> &str {
        self.parameters.get(place).map_or("", String::as_str)
    }

    /// The server that the path's first parameter names, as the caller may see it: one of another project is only an
    /// administrator's to see.
    ///
    /// # Errors
    /// 404
    pub(super) fn server(&self) -> Result<Arc<Server>, Fault> {
        let id = self.parameter();
        let found = servers::view::id(id).and_then(|id| {
            self.state
                .store
                .read(|cloud| cloud.servers.get(id).map(Arc::clone))
        });
        found
            .filter(|server| self.sees(&server.project_id))
            .ok_or_else(|| server_missing(id))
    }

    /// The same, if policy lets the caller do with it what is asked.
    ///
    /// # Errors
    /// 404, or 403.
    pub(super) fn server_to_use(&self) -> Result<Arc<Server>, Fault> {
        let server = self.server()?;
        self.may_this(&on(&server))?;
        Ok(server)
    }

    /// Whether what belongs to a project is the caller's to see.
    pub(super) fn sees(&self, project_id: &str) -> bool {
        self.caller.project_id.as_deref() == Some(project_id) || self.is_admin()
    }

    /// Whether the caller is an administrator to Nova.
    pub(super) fn is_admin(&self) -> bool {
        self.state.rules.is_admin(&self.credentials())
    }

    /// Who asks, for what is recorded of it.
    pub(super) fn by(&self, servers: &mut Servers) -> By {
        By {
            user_id: servers.share(&self.caller.user_id),
            project_id: servers.share(self.caller.project_id.as_deref().unwrap_or_default()),
            request: self.request_id,
        }
    }

    /// Asks policy for the operation's own rule, where it has one.
    ///
    /// # Errors
    /// 403 with the rule's name.
    pub(super) fn may_this(&self, target: &Target<'_>) -> Result<(), Fault> {
        let operation = self.contract.operation();
        match (operation.policy(), own_rule(operation)) {
            (None, _) => Ok(()),
            (Some(_), Some(rule)) => self.may(rule, target),
            // A rule that nobody knows allows nothing.
            (Some(unknown), None) => Err(Fault::not_allowed(unknown)),
        }
    }

    /// Whether policy allows something.
    pub(super) fn allows(&self, rule: RuleId, target: &Target<'_>) -> bool {
        self.state.rules.allows(rule, &self.credentials(), target)
    }

    pub(super) fn project_is_the_callers(&self, project_id: &str) -> Result<(), Fault> {
        let own = self.caller.project_id.as_deref();
        if own == Some(project_id) {
            return Ok(());
        }
        Err(Fault::bad_request(format!(
            "Malformed request URL: URL's project_id '{project_id}' doesn't match Context's project_id '{}'",
            own.unwrap_or("None")
        )))
    }

    /// Whether the version knows this field of the body. Where it does not, it may be there all the same, and means nothing.
    pub(super) fn takes(&self, path: &str) -> bool {
        let known = self.contract.inputs().iter();
        known.into_iter().any(|(input, _)| *input == path)
    }

    /// The superset body, pruned to what the version shows.
    pub(super) fn render(&self, superset: &Superset<'_>) -> Answered {
        self.render_for(superset, Audience::Everyone)
    }

    /// The superset body, pruned to what the version shows to this audience.
    pub(super) fn render_for(&self, superset: &Superset<'_>, audience: Audience) -> Answered {
        Answered::Body(self.contract.render(superset, audience))
    }

    /// Where something is, at the version's endpoint.
    pub(super) fn link(&self, collection: &str, id: &str) -> String {
        format!("{}/{collection}/{id}", self.endpoint)
    }

    /// Where something is, whatever the version.
    pub(super) fn bookmark(&self, collection: &str, id: &str) -> String {
        format!("{}/{collection}/{id}", self.bookmarks)
    }

    pub(super) fn credentials(&self) -> Credentials<'_> {
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
    pub(super) fn own_target(&self) -> Target<'_> {
        Target::caller(&self.credentials())
    }

    /// Asks policy.
    ///
    /// # Errors
    /// 403 with the rule's name.
    pub(super) fn may(&self, rule: RuleId, target: &Target<'_>) -> Result<(), Fault> {
        if self.allows(rule, target) {
            Ok(())
        } else {
            Err(Fault::not_allowed(&rule.to_string()))
        }
    }
}

/// The rule that decides who may use an operation, where one does.
fn own_rule(operation: Operation) -> Option<RuleId> {
    static RULES: LazyLock<Vec<Option<RuleId>>> = LazyLock::new(|| {
        let operations = Operation::ALL.iter();
        operations
            .map(|operation| operation.policy().and_then(RuleId::named))
            .collect()
    });
    RULES.get(operation as usize).copied().flatten()
}

/// The target of rules about a server.
pub(super) fn on(server: &Server) -> Target<'_> {
    Target::made_by(&server.user_id, &server.project_id)
}

/// 404 as Nova says it of a server.
pub(super) fn server_missing(id: &str) -> Fault {
    Fault::not_found(format!("Instance {id} could not be found."))
}
