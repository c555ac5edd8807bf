//! Who asks and what about: the two sides a policy rule compares.
//!
//! Knows nobody. The attributes are those Nova puts into its request context
//! (`RequestContext.to_policy_values`) and into the targets of `context.can`.

/// Who asks: what the token says about the caller.
///
/// ```
/// use mock_nova::policy::Credentials;
///
/// let roles = ["member".to_owned(), "reader".to_owned()];
/// let caller = Credentials { user_id: "alice", project_id: Some("demo"), roles: &roles, ..Default::default() };
/// assert_eq!(caller.domain_id, None);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Credentials<'a> {
    /// The caller's user id.
    pub user_id: &'a str,
    /// The project the token is scoped to, if any.
    pub project_id: Option<&'a str>,
    /// The names of the roles the token carries; implied roles are listed too, as Keystone does.
    /// Their case does not matter.
    pub roles: &'a [String],
    /// `all` for a token scoped to the system.
    pub system_scope: Option<&'a str>,
    /// The domain the token is scoped to, if any.
    pub domain_id: Option<&'a str>,
    /// The domain of the user.
    pub user_domain_id: Option<&'a str>,
    /// The domain of the project.
    pub project_domain_id: Option<&'a str>,
}

/// What is asked about: the attributes a check string reads as `%(name)s`.
///
/// An attribute a target does not have refuses the check that reads it. That is not the same as
/// one that is there and holds nothing: two absent projects are equal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Target<'a> {
    user_id: Option<Option<&'a str>>,
    project_id: Option<Option<&'a str>>,
    others: &'a [(&'a str, &'a str)],
}

/// A value of an attribute.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'a> {
    Nothing,
    Text(&'a str),
    Flag(bool),
    List(&'a [String]),
}

impl<'a> Target<'a> {
    /// A target without attributes.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// What belongs to a user: a keypair.
    #[must_use]
    pub fn user(user_id: &'a str) -> Self {
        Self {
            user_id: Some(Some(user_id)),
            ..Self::default()
        }
    }

    /// What belongs to a project: a quota.
    #[must_use]
    pub fn project(project_id: &'a str) -> Self {
        Self {
            project_id: Some(Some(project_id)),
            ..Self::default()
        }
    }

    /// What a user made in a project: a server.
    #[must_use]
    pub fn made_by(user_id: &'a str, project_id: &'a str) -> Self {
        Self {
            user_id: Some(Some(user_id)),
            project_id: Some(Some(project_id)),
            others: &[],
        }
    }

    /// The caller itself: Nova's target where an operation names none.
    #[must_use]
    pub fn caller(credentials: &Credentials<'a>) -> Self {
        Self {
            user_id: Some(Some(credentials.user_id)),
            project_id: Some(credentials.project_id),
            others: &[],
        }
    }

    /// The same target with more attributes, as (name, value).
    #[must_use]
    pub fn with(self, others: &'a [(&'a str, &'a str)]) -> Self {
        Self { others, ..self }
    }

    pub(super) fn attribute(&self, name: &str) -> Option<Value<'a>> {
        let known = match name {
            "user_id" => self.user_id,
            "project_id" => self.project_id,
            _ => None,
        };
        known.map(Value::from).or_else(|| {
            let (_, value) = self.others.iter().find(|(other, _)| *other == name)?;
            Some(Value::Text(value))
        })
    }
}

impl<'a> Credentials<'a> {
    pub(super) fn attribute(&self, name: &str) -> Option<Value<'a>> {
        Some(match name {
            "user_id" => Value::Text(self.user_id),
            "project_id" => self.project_id.into(),
            "roles" => Value::List(self.roles),
            "system_scope" => self.system_scope.into(),
            // oslo.policy adds this older name, and only for a token that has the scope.
            "system" => Value::Text(self.system_scope.filter(|scope| !scope.is_empty())?),
            "domain_id" => self.domain_id.into(),
            "user_domain_id" => self.user_domain_id.into(),
            "project_domain_id" => self.project_domain_id.into(),
            // No client of this cloud sends the headers that would say otherwise.
            "is_admin_project" => Value::Flag(true),
            "service_roles" => Value::List(&[]),
            "service_user_id"
            | "service_user_domain_id"
            | "service_project_id"
            | "service_project_domain_id" => Value::Nothing,
            _ => return None,
        })
    }

    /// Whether the token is scoped to a project, or to nothing, which counts as the same.
    pub(super) fn has_project_scope(&self) -> bool {
        let names = |scope: Option<&str>| scope.is_some_and(|scope| !scope.is_empty());
        !names(self.system_scope) && !names(self.domain_id)
    }
}

impl<'a> From<Option<&'a str>> for Value<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.map_or(Self::Nothing, Self::Text)
    }
}
