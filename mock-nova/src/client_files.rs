//! What clients need to find the cloud: `clouds.yaml` and `openrc`. Knows the fixture's logins.

use std::fmt::Write as _;

use crate::fixture::{Fixture, Login};

/// A `clouds.yaml` with an entry for each user, and `mock-nova` for the first.
#[must_use]
pub fn clouds_yaml(fixture: &Fixture, url: &str, region: &str) -> String {
    let mut text = String::from("clouds:\n");
    let first = fixture
        .logins
        .first()
        .map(|login| ("mock-nova".to_owned(), login));
    let each = fixture
        .logins
        .iter()
        .map(|login| (format!("mock-nova-{}", login.user), login));
    for (entry, login) in first.into_iter().chain(each) {
        // Writing to a String cannot fail.
        let _ = write_entry(&mut text, &entry, login, url, region);
    }
    text
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

/// The lines that a shell sources to be this user.
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
    variables
        .iter()
        .map(|(name, value)| format!("export {name}={}\n", shell_quoted(value)))
        .collect()
}

/// YAML's double-quoted form, which is JSON's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn shell_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
