//! What clients need to find the cloud: `clouds.yaml` and `openrc`. Knows the fixture's logins.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::fixture::{Fixture, Login};

/// What a shell may still hold from another cloud and that would contradict the lines of [`openrc`].
const CONTRADICTING: [&str; 16] = [
    "OS_CLOUD",
    "OS_TOKEN",
    "OS_AUTH_TOKEN",
    "OS_PROJECT_ID",
    "OS_PROJECT_NAME",
    "OS_USER_ID",
    "OS_USER_DOMAIN_ID",
    "OS_PROJECT_DOMAIN_ID",
    "OS_TENANT_ID",
    "OS_TENANT_NAME",
    "OS_SYSTEM_SCOPE",
    "OS_DOMAIN_ID",
    "OS_DOMAIN_NAME",
    "OS_APPLICATION_CREDENTIAL_ID",
    "OS_APPLICATION_CREDENTIAL_NAME",
    "OS_APPLICATION_CREDENTIAL_SECRET",
];

/// Whom one is where one does not say: the fixture's first plain member of a project, else its first user.
#[must_use]
pub fn usual(fixture: &Fixture) -> Option<&Login> {
    let mut logins = fixture.logins.iter();
    let plain = logins.find(|login| is_just(login, "member"));
    plain.or_else(|| fixture.logins.first())
}

/// A `clouds.yaml`: `mock-nova` for the [`usual`] user; -second, -other, -reader and -admin at the end of
/// that name for another member of its project, a member of another project, a reader and an administrator,
/// where there are any; and `mock-nova-USER` for each user, with `@DOMAIN` where that name has been given.
#[must_use]
pub fn clouds_yaml(fixture: &Fixture, url: &str, region: &str) -> String {
    let mut text = String::from("clouds:\n");
    for (entry, login) in entries(fixture) {
        // Writing to a String cannot fail.
        let _ = write_entry(&mut text, &entry, login, url, region);
    }
    text
}

/// Every entry and whom it logs in.
fn entries(fixture: &Fixture) -> Vec<(String, &Login)> {
    let mut entries = parts(fixture);
    for login in &fixture.logins {
        let plain = format!("mock-nova-{}", login.user);
        let namesakes = fixture
            .logins
            .iter()
            .filter(|other| other.user == login.user);
        let taken = entries
            .iter()
            .find(|(entry, _)| *entry == plain)
            .map(|(_, other)| std::ptr::eq(*other, login));
        match (taken, namesakes.count()) {
            // It is there already, by its part.
            (Some(true), 1) => {}
            (None, 1) => entries.push((plain, login)),
            _ => entries.push((format!("{plain}@{}", login.user_domain), login)),
        }
    }
    let mut seen = BTreeSet::new();
    entries.retain(|(entry, _)| seen.insert(entry.clone()));
    entries
}

/// The entries by the part that somebody plays in a test, which follows from the roles.
fn parts(fixture: &Fixture) -> Vec<(String, &Login)> {
    let Some(main) = usual(fixture) else {
        return Vec::new();
    };
    let place = |login: &Login| (login.project.clone(), login.project_domain.clone());
    let home = place(main);
    let find = |suits: &dyn Fn(&Login) -> bool| {
        let mut others = fixture.logins.iter();
        others.find(|login| !std::ptr::eq(*login, main) && suits(login))
    };
    let found = [
        (
            "second",
            find(&|login| is_just(login, "member") && place(login) == home),
        ),
        (
            "other",
            find(&|login| is_just(login, "member") && place(login) != home),
        ),
        (
            "reader",
            find(&|login| is_just(login, "reader") && place(login) == home),
        ),
        (
            "admin",
            find(&|login| login.roles.iter().any(|role| role == "admin")),
        ),
    ];
    let others = found
        .into_iter()
        .filter_map(|(part, login)| Some((format!("mock-nova-{part}"), login?)));
    std::iter::once(("mock-nova".to_owned(), main))
        .chain(others)
        .collect()
}

/// Whether this is the one role that was granted.
fn is_just(login: &Login, role: &str) -> bool {
    matches!(login.roles.as_slice(), [only] if only == role)
}

fn write_entry(
    text: &mut String,
    entry: &str,
    login: &Login,
    url: &str,
    region: &str,
) -> std::fmt::Result {
    writeln!(text, "  {}:", quoted(entry))?;
    writeln!(text, "    auth_type: password")?;
    writeln!(text, "    auth:")?;
    writeln!(
        text,
        "      auth_url: {}",
        quoted(&format!("{url}/identity/v3"))
    )?;
    writeln!(text, "      username: {}", quoted(&login.user))?;
    writeln!(text, "      password: {}", quoted(login.password.expose()))?;
    writeln!(
        text,
        "      user_domain_name: {}",
        quoted(&login.user_domain)
    )?;
    if let Some((project, domain)) = login.project.as_ref().zip(login.project_domain.as_ref()) {
        writeln!(text, "      project_name: {}", quoted(project))?;
        writeln!(text, "      project_domain_name: {}", quoted(domain))?;
    }
    writeln!(text, "    region_name: {}", quoted(region))?;
    writeln!(text, "    identity_api_version: \"3\"")?;
    writeln!(text, "    interface: public")
}

/// The lines that a shell sources to be this user, whoever it was before.
#[must_use]
pub fn openrc(login: &Login, url: &str, region: &str) -> String {
    let auth_url = format!("{url}/identity/v3");
    let mut variables = vec![
        ("OS_AUTH_TYPE", "password"),
        ("OS_AUTH_URL", &auth_url),
        ("OS_IDENTITY_API_VERSION", "3"),
        ("OS_USERNAME", &login.user),
        ("OS_PASSWORD", login.password.expose()),
        ("OS_USER_DOMAIN_NAME", &login.user_domain),
    ];
    if let Some((project, domain)) = login.project.as_ref().zip(login.project_domain.as_ref()) {
        variables.push(("OS_PROJECT_NAME", project));
        variables.push(("OS_PROJECT_DOMAIN_NAME", domain));
    }
    variables.extend([("OS_REGION_NAME", region), ("OS_INTERFACE", "public")]);
    let exports = variables
        .iter()
        .map(|(name, value)| format!("export {name}={}\n", shell_quoted(value)));
    std::iter::once(format!("unset {}\n", CONTRADICTING.join(" ")))
        .chain(exports)
        .collect()
}

/// YAML's double-quoted form, which is JSON's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn shell_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
