//! The settings of one cloud as flat names and texts, wherever they were written, and what they mean: the way from
//! `auth.user_domain_name` or `OS_USER_DOMAIN_NAME` to a [`Config`]. It knows configuration and credentials, not files.

use std::{collections::BTreeMap, path::PathBuf};

use url::Url;

use super::{
    Config, Environment, Proxies, Trust,
    error::{ConfigError, Place},
    yaml::{Data, Node},
};
use crate::{
    auth::{ApplicationCredential, Credentials, Domain, Project, Scope, User},
    secret::Secret,
};

/// Every setting this crate reads, as clouds.yaml spells it; `OS_` and the name in capitals is its variable.
const NAMES: &[&str] = &[
    "application_credential_id",
    "application_credential_name",
    "application_credential_secret",
    "auth_type",
    "auth_url",
    "cacert",
    "cert",
    "default_domain",
    "default_domain_id",
    "default_domain_name",
    "domain_id",
    "domain_name",
    "endpoint_type",
    "insecure",
    "interface",
    "password",
    "project_domain_id",
    "project_domain_name",
    "project_id",
    "project_name",
    "region_name",
    "system_scope",
    "tenant_id",
    "tenant_name",
    "token",
    "user_domain_id",
    "user_domain_name",
    "user_id",
    "username",
    "verify",
];

/// The services whose endpoint the environment can override (`OS_COMPUTE_ENDPOINT_OVERRIDE`). In clouds.yaml any can.
const SERVICES: &[&str] = &[
    "compute",
    "identity",
    "image",
    "network",
    "placement",
    "volume",
];

const OVERRIDE: &str = "_endpoint_override";

/// Settings of one cloud: name to text and place. An empty text is no setting, as an openrc file leaves them about.
pub(super) struct Settings {
    cloud: String,
    place: Place,
    entries: BTreeMap<String, (String, Place)>,
}

/// The settings of the `OS_*` variables.
pub(super) fn from_environment(env: Environment<'_>) -> Settings {
    let mut settings = Settings::empty("environment", Place::Environment);
    let overrides = SERVICES
        .iter()
        .map(|service| format!("{service}{OVERRIDE}"));
    for name in NAMES.iter().map(|name| (*name).to_owned()).chain(overrides) {
        if let Some(value) = env(&variable(&name)) {
            settings.put(name, value, Place::Environment);
        }
    }
    settings
}

/// The settings of a cloud of clouds.yaml. What is below `auth:` wins over the same name beside it.
pub(super) fn from_cloud(cloud: &str, place: Place, node: &Node) -> Result<Settings, ConfigError> {
    let Data::Map(entries) = &node.data else {
        return Err(ConfigError::Shape {
            place: node.place(),
            what: format!(
                "cloud '{cloud}' is not a mapping: write its settings indented below it, `auth:` first"
            ),
        });
    };
    let mut settings = Settings::empty(cloud, place);
    for (name, value) in entries {
        settings.put_node(name, value)?;
    }
    match node.get("auth").map(|auth| (auth, &auth.data)) {
        None | Some((_, Data::Null)) => {}
        Some((_, Data::Map(entries))) => {
            for (name, value) in entries {
                settings.put_node(name, value)?;
            }
        }
        Some((auth, _)) => {
            return Err(ConfigError::Shape {
                place: auth.place(),
                what: "`auth` is not a mapping: write `auth_url` and the credentials indented below it".to_owned(),
            });
        }
    }
    if settings.text("region_name").is_none()
        && let Some(Data::List(regions)) = node.get("regions").map(|regions| &regions.data)
        && let Some(first) = regions.first()
        && let Some(name) = first
            .text()
            .or_else(|| first.get("name").and_then(Node::text))
    {
        settings.put("region_name".to_owned(), name.to_owned(), first.place());
    }
    Ok(settings)
}

fn variable(name: &str) -> String {
    format!("OS_{}", name.to_ascii_uppercase())
}

impl Settings {
    fn empty(cloud: &str, place: Place) -> Self {
        Self {
            cloud: cloud.to_owned(),
            place,
            entries: BTreeMap::new(),
        }
    }

    fn put(&mut self, name: String, value: String, place: Place) {
        if !value.is_empty() {
            self.entries.insert(name, (value, place));
        }
    }

    fn put_node(&mut self, name: &str, node: &Node) -> Result<(), ConfigError> {
        let known = NAMES.contains(&name) || name.ends_with(OVERRIDE);
        match &node.data {
            Data::Text(text) => self.put(name.to_owned(), text.clone(), node.place()),
            Data::List(_) | Data::Map(_) if known => {
                return Err(ConfigError::Shape {
                    place: node.place(),
                    what: format!("`{name}` is a list or a mapping: write one plain value"),
                });
            }
            Data::Null | Data::List(_) | Data::Map(_) => {}
        }
        Ok(())
    }

    /// A clouds.yaml kept in a repository leaves secrets out; then the environment may hold them.
    pub(super) fn add_missing_secrets(&mut self, env: Environment<'_>) {
        let mut secrets = vec!["password", "application_credential_secret"];
        // A stray OS_TOKEN must not turn a password cloud into a token cloud.
        if matches!(self.text("auth_type"), Some("token" | "v3token")) {
            secrets.push("token");
        }
        for name in secrets {
            if self.text(name).is_none()
                && let Some(value) = env(&variable(name))
            {
                self.put(name.to_owned(), value, Place::Environment);
            }
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.entries.get(name).map(|(value, _)| value.as_str())
    }

    fn owned(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    fn missing(&self, key: &str, name: &str) -> ConfigError {
        ConfigError::Missing {
            place: self.place.clone(),
            key: key.to_owned(),
            variable: variable(name),
        }
    }

    fn needed(&self, name: &str) -> Result<String, ConfigError> {
        self.owned(name)
            .ok_or_else(|| self.missing(&format!("auth.{name}"), name))
    }

    fn secret(&self, name: &str) -> Result<Secret, ConfigError> {
        self.needed(name).map(Secret::from)
    }

    fn invalid(&self, name: &str, why: impl Into<String>) -> ConfigError {
        let place = self
            .entries
            .get(name)
            .map_or_else(|| self.place.clone(), |(_, place)| place.clone());
        let key = if place == Place::Environment {
            variable(name)
        } else {
            name.to_owned()
        };
        ConfigError::Invalid {
            place,
            key,
            why: why.into(),
        }
    }

    fn flag(&self, name: &str) -> Result<Option<bool>, ConfigError> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Ok(Some(true)),
            "false" | "no" | "off" | "0" => Ok(Some(false)),
            _ => Err(self.invalid(name, format!("is '{text}': write true or false"))),
        }
    }

    fn url(&self, name: &str) -> Result<String, ConfigError> {
        let text = self.needed(name)?;
        let parsed = Url::parse(&text).map_err(|error| {
            self.invalid(
                name,
                format!("is not a URL ({error}): write http://… or https://…"),
            )
        })?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(self.invalid(name, "is neither http:// nor https://: write one of these"));
        }
        if !parsed.username().is_empty() || parsed.password().is_some() {
            return Err(self.invalid(
                name,
                "has a user in it: remove it, credentials are settings of their own",
            ));
        }
        Ok(text.trim_end_matches('/').to_owned())
    }

    /// What the settings mean.
    pub(super) fn into_config(self, env: Environment<'_>) -> Result<Config, ConfigError> {
        let mut config = Config::new(self.url("auth_url")?, self.credentials()?, self.scope()?);
        config.region = self.owned("region_name");
        if let Some(interface) = self
            .text("interface")
            .or_else(|| self.text("endpoint_type"))
        {
            // The old spelling, `publicURL`, is still in openrc files.
            config.interface = interface
                .strip_suffix("URL")
                .unwrap_or(interface)
                .to_owned();
        }
        for (name, _) in self
            .entries
            .iter()
            .filter(|(name, _)| name.ends_with(OVERRIDE))
        {
            let service = name.trim_end_matches(OVERRIDE).replace('_', "-");
            config.endpoint_overrides.insert(service, self.url(name)?);
        }
        config.trust = self.trust(env)?;
        config.proxies = Proxies::from_env(env);
        config.name = self.cloud;
        Ok(config)
    }

    fn trust(&self, env: Environment<'_>) -> Result<Trust, ConfigError> {
        if self.text("cert").is_some() {
            return Err(self.invalid(
                "cert",
                "asks for a client certificate, which is not supported: remove it",
            ));
        }
        if self.flag("verify")? == Some(false) || self.flag("insecure")? == Some(true) {
            return Ok(Trust::Anyone);
        }
        Ok(match self.text("cacert") {
            None => Trust::System,
            Some(file) => match (file.strip_prefix("~/"), env("HOME")) {
                (Some(below), Some(home)) => Trust::CaFile(PathBuf::from(home).join(below)),
                _ => Trust::CaFile(PathBuf::from(file)),
            },
        })
    }

    fn credentials(&self) -> Result<Credentials, ConfigError> {
        let credential = self
            .text("application_credential_id")
            .or_else(|| self.text("application_credential_name"));
        let guess = match (credential, self.text("token"), self.text("password")) {
            (Some(_), ..) => "v3applicationcredential",
            (None, Some(_), None) => "v3token",
            _ => "password",
        };
        match self.text("auth_type").unwrap_or(guess) {
            "password" | "v3password" => Ok(Credentials::Password { user: self.user()?, password: self.secret("password")? }),
            "v3applicationcredential" => {
                let credential = match (self.owned("application_credential_id"), self.owned("application_credential_name")) {
                    (Some(id), _) => ApplicationCredential::Id(id),
                    (None, Some(name)) => ApplicationCredential::Name { name, user: self.user()? },
                    (None, None) => return Err(self.missing("auth.application_credential_id", "application_credential_id")),
                };
                Ok(Credentials::ApplicationCredential { credential, secret: self.secret("application_credential_secret")? })
            }
            "token" | "v3token" => Ok(Credentials::Token(self.secret("token")?)),
            other => Err(self.invalid(
                "auth_type",
                format!("is '{other}', which is not supported: use password, v3applicationcredential or v3token"),
            )),
        }
    }

    fn user(&self) -> Result<User, ConfigError> {
        match self.owned("user_id") {
            Some(id) => Ok(User::Id(id)),
            None => Ok(User::Name {
                name: self.needed("username")?,
                domain: self.domain("user_domain"),
            }),
        }
    }

    fn project_id(&self) -> Option<String> {
        self.owned("project_id").or_else(|| self.owned("tenant_id"))
    }

    fn project_name(&self) -> Option<String> {
        self.owned("project_name")
            .or_else(|| self.owned("tenant_name"))
    }

    fn scope(&self) -> Result<Scope, ConfigError> {
        if let Some(system) = self.text("system_scope") {
            return match system {
                "all" => Ok(Scope::System),
                other => Err(self.invalid(
                    "system_scope",
                    format!("is '{other}': the only system scope is all"),
                )),
            };
        }
        Ok(if let Some(id) = self.project_id() {
            Scope::Project(Project::Id(id))
        } else if let Some(name) = self.project_name() {
            Scope::Project(Project::Name {
                name,
                domain: self.domain("project_domain"),
            })
        } else {
            self.named_domain("domain")
                .map_or(Scope::Unsaid, Scope::Domain)
        })
    }

    fn named_domain(&self, prefix: &str) -> Option<Domain> {
        self.owned(&format!("{prefix}_id"))
            .map(Domain::Id)
            .or_else(|| self.owned(&format!("{prefix}_name")).map(Domain::Name))
    }

    /// The domain said for a user or a project; or the one domain said for both, as openstacksdk allows when a project is
    /// the scope; or the default domain, as every client assumes.
    fn domain(&self, prefix: &str) -> Domain {
        let of_both = || {
            let project = self.project_id().or_else(|| self.project_name());
            project.and_then(|_| self.named_domain("domain"))
        };
        self.named_domain(prefix)
            .or_else(of_both)
            .or_else(|| self.named_domain("default_domain"))
            .or_else(|| self.owned("default_domain").map(Domain::Id))
            .unwrap_or_else(|| Domain::Id("default".to_owned()))
    }
}
