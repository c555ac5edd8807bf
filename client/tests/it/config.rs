//! clouds.yaml, secure.yaml, clouds-public.yaml and the environment, as users write them.

use std::path::Path;

use nova_client::{Config, Scope, Trust};
use rstest::rstest;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::environment;

const CLOUDS: &str = "
clouds:
  full:
    auth:
      auth_url: https://cloud.example:5000/
      username: alice
      password: from-clouds
      project_name: demo
      user_domain_name: Users
      project_domain_id: projects
    region_name: North
    interface: internal
    cacert: ~/ca.pem
    compute_endpoint_override: https://nova.example/v2.1/
    block_storage_endpoint_override: https://cinder.example/v3
  split:
    auth: {auth_url: http://k, username: bob, project_id: 0123}
    verify: false
  app:
    auth_type: v3applicationcredential
    auth: {auth_url: http://k, application_credential_id: cred}
  regions:
    auth: {auth_url: http://k, username: u, password: p}
    regions:
      - name: East
        values: {interface: admin}
      - West
  merged:
    <<: &base
      auth: {auth_url: http://k, username: u, password: p}
      region_name: Below
    region_name: Above
  endpoint_type:
    auth: {auth_url: http://k, username: u, password: p}
    endpoint_type: internalURL
  profiled:
    profile: vendor
    auth: {username: u, password: p}
  strange_profile:
    profile: nobody
    auth: {username: u, password: p}
  no_url:
    auth: {username: u, password: p}
  no_password:
    auth: {auth_url: http://k, username: u}
  no_secret:
    auth: {auth_url: http://k, application_credential_id: cred}
  no_user:
    auth: {auth_url: http://k, password: p}
  no_mapping: here
  empty_auth:
    auth: nothing
  listed_password:
    auth: {auth_url: http://k, username: u, password: [p]}
  strange_type:
    auth_type: v3oidcpassword
    auth: {auth_url: http://k}
  strange_url:
    auth: {auth_url: 'cloud.example:5000', username: u, password: p}
  not_a_url:
    auth: {auth_url: /identity, username: u, password: p}
  user_in_url:
    auth: {auth_url: 'http://u:p@k', username: u, password: p}
  strange_verify:
    auth: {auth_url: http://k, username: u, password: p}
    verify: maybe
  client_certificate:
    auth: {auth_url: http://k, username: u, password: p}
    cert: /x.pem
";

const SECURE: &str = "
clouds:
  full: {auth: {password: from-secure}}
  split: {auth: {password: 0042}}
  app: {auth: {application_credential_secret: 'app secret'}}
";

const PUBLIC: &str = "
public-clouds:
  vendor:
    auth: {auth_url: http://vendor, username: below}
    region_name: Vendor
";

/// A folder with the three files, and the configuration of one of its clouds.
fn files() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("clouds.yaml", CLOUDS),
        ("secure.yaml", SECURE),
        ("clouds-public.yaml", PUBLIC),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn cloud(name: &str) -> Config {
    Config::from_file(
        &files().path().join("clouds.yaml"),
        name,
        &environment([("HOME", "/home/me")]),
    )
    .unwrap()
}

fn asks(config: &Config) -> Value {
    config.credentials.request_body(&config.scope)
}

#[test]
fn a_cloud_is_read_with_its_secret_laid_over() {
    let config = cloud("full");
    assert_eq!(
        asks(&config),
        json!({"auth": {
            "identity": {"methods": ["password"], "password": {"user": {
                "name": "alice", "domain": {"name": "Users"}, "password": "from-secure"}}},
            "scope": {"project": {"name": "demo", "domain": {"id": "projects"}}}}})
    );
    assert_eq!(config.name, "full");
    assert_eq!(config.auth_url, "https://cloud.example:5000");
    assert_eq!(
        (config.region.as_deref(), config.interface.as_str()),
        (Some("North"), "internal")
    );
    assert_eq!(config.trust, Trust::CaFile("/home/me/ca.pem".into()));
    assert_eq!(
        config.endpoint_overrides["compute"],
        "https://nova.example/v2.1"
    );
    assert_eq!(
        config.endpoint_overrides["block-storage"],
        "https://cinder.example/v3"
    );
    assert!(!format!("{config:?}").contains("from-"), "{config:?}");
}

#[test]
fn numbers_and_their_zeros_stay_as_written() {
    let config = cloud("split");
    assert_eq!(
        asks(&config).pointer("/auth/identity/password/user/password"),
        Some(&json!("0042"))
    );
    assert_eq!(
        asks(&config).pointer("/auth/scope/project/id"),
        Some(&json!("0123"))
    );
    assert_eq!(config.trust, Trust::Anyone);
}

#[rstest]
#[case::of_the_first_region("regions", Some("East"), "admin")]
#[case::over_a_yaml_merge("merged", Some("Above"), "public")]
#[case::in_its_old_spelling("endpoint_type", None, "internal")]
#[case::over_a_profile("profiled", Some("Vendor"), "public")]
fn region_and_interface(#[case] name: &str, #[case] region: Option<&str>, #[case] interface: &str) {
    let config = cloud(name);
    assert_eq!(
        (config.region.as_deref(), config.interface.as_str()),
        (region, interface)
    );
}

#[test]
fn a_profile_lies_under_the_cloud() {
    let config = cloud("profiled");
    assert_eq!(config.auth_url, "http://vendor");
    assert_eq!(
        asks(&config).pointer("/auth/identity/password/user/name"),
        Some(&json!("u"))
    );
}

/// A password in the shape `{"auth": …}` with the given user and scope.
fn password(user: &Value, scope: Option<Value>) -> Value {
    let mut user = user.clone();
    user["password"] = json!("S3");
    let mut auth = json!({"identity": {"methods": ["password"], "password": {"user": user}}});
    if let Some(scope) = scope {
        auth["scope"] = scope;
    }
    json!({ "auth": auth })
}

#[rstest]
#[case::names(
    &[("OS_USERNAME", "a"), ("OS_PASSWORD", "S3"), ("OS_PROJECT_NAME", "p"), ("OS_USER_DOMAIN_NAME", "U"), ("OS_PROJECT_DOMAIN_NAME", "P")],
    password(&json!({"name": "a", "domain": {"name": "U"}}), Some(json!({"project": {"name": "p", "domain": {"name": "P"}}})))
)]
#[case::ids(
    &[("OS_USER_ID", "a"), ("OS_PASSWORD", "S3"), ("OS_PROJECT_ID", "p"), ("OS_PROJECT_NAME", "ignored")],
    password(&json!({"id": "a"}), Some(json!({"project": {"id": "p"}})))
)]
#[case::the_default_domain(
    &[("OS_USERNAME", "a"), ("OS_PASSWORD", "S3"), ("OS_TENANT_NAME", "p")],
    password(&json!({"name": "a", "domain": {"id": "default"}}), Some(json!({"project": {"name": "p", "domain": {"id": "default"}}})))
)]
#[case::one_domain_for_both(
    &[("OS_USERNAME", "a"), ("OS_PASSWORD", "S3"), ("OS_PROJECT_NAME", "p"), ("OS_DOMAIN_NAME", "D")],
    password(&json!({"name": "a", "domain": {"name": "D"}}), Some(json!({"project": {"name": "p", "domain": {"name": "D"}}})))
)]
#[case::another_default_domain(
    &[("OS_USERNAME", "a"), ("OS_PASSWORD", "S3"), ("OS_DEFAULT_DOMAIN", "d"), ("OS_PROJECT_NAME", "")],
    password(&json!({"name": "a", "domain": {"id": "d"}}), None)
)]
#[case::a_domain_scope(
    &[("OS_USER_ID", "a"), ("OS_PASSWORD", "S3"), ("OS_DOMAIN_ID", "d")],
    password(&json!({"id": "a"}), Some(json!({"domain": {"id": "d"}})))
)]
#[case::the_system(
    &[("OS_USER_ID", "a"), ("OS_PASSWORD", "S3"), ("OS_SYSTEM_SCOPE", "all"), ("OS_PROJECT_NAME", "p")],
    password(&json!({"id": "a"}), Some(json!({"system": {"all": true}})))
)]
#[case::an_application_credential_asks_for_no_scope(
    &[("OS_APPLICATION_CREDENTIAL_ID", "c"), ("OS_APPLICATION_CREDENTIAL_SECRET", "S3"), ("OS_PROJECT_ID", "p")],
    json!({"auth": {"identity": {"methods": ["application_credential"], "application_credential": {"id": "c", "secret": "S3"}}}})
)]
#[case::an_application_credential_by_name(
    &[("OS_AUTH_TYPE", "v3applicationcredential"), ("OS_APPLICATION_CREDENTIAL_NAME", "c"),
      ("OS_APPLICATION_CREDENTIAL_SECRET", "S3"), ("OS_USERNAME", "a"), ("OS_USER_DOMAIN_NAME", "U")],
    json!({"auth": {"identity": {"methods": ["application_credential"], "application_credential": {
        "name": "c", "secret": "S3", "user": {"name": "a", "domain": {"name": "U"}}}}}})
)]
#[case::a_token(
    &[("OS_AUTH_TYPE", "v3token"), ("OS_TOKEN", "S3"), ("OS_PROJECT_ID", "p")],
    json!({"auth": {"identity": {"methods": ["token"], "token": {"id": "S3"}}, "scope": {"project": {"id": "p"}}}})
)]
#[case::a_token_without_its_type(
    &[("OS_TOKEN", "S3")],
    json!({"auth": {"identity": {"methods": ["token"], "token": {"id": "S3"}}}})
)]
fn each_way_to_authenticate_has_its_body(
    #[case] variables: &[(&str, &str)],
    #[case] expected: Value,
) {
    let env = |name: &str| match name {
        "OS_AUTH_URL" => Some("http://k/v3".to_owned()),
        _ => variables
            .iter()
            .find(|(variable, _)| *variable == name)
            .map(|(_, value)| (*value).to_owned()),
    };
    let config = Config::from_env(&env).unwrap();
    assert_eq!(asks(&config), expected);
    assert!(!format!("{config:?}").contains("S3"), "{config:?}");
}

#[test]
fn the_other_variables_of_an_openrc_file_count() {
    let env = environment([
        ("OS_AUTH_URL", "http://k"),
        ("OS_USERNAME", "u"),
        ("OS_PASSWORD", "p"),
        ("OS_REGION_NAME", "R"),
        ("OS_INTERFACE", "admin"),
        ("OS_CACERT", "/ca.pem"),
        ("OS_COMPUTE_ENDPOINT_OVERRIDE", "http://nova"),
        ("HTTPS_PROXY", "http://user:proxy-password@proxy:3128"),
        ("no_proxy", "k"),
    ]);
    let config = Config::from_env(&env).unwrap();
    assert_eq!(
        (config.region.as_deref(), config.interface.as_str()),
        (Some("R"), "admin")
    );
    assert_eq!(config.trust, Trust::CaFile("/ca.pem".into()));
    assert_eq!(config.endpoint_overrides["compute"], "http://nova");
    assert!(config.proxies.http.is_none() && config.proxies.https.is_some());
    assert_eq!(config.proxies.except.as_deref(), Some("k"));
    assert_eq!(config.scope, Scope::Unsaid);
    assert!(!format!("{config:?}").contains("proxy-password"));
}

#[rstest]
#[case::before_the_variables("OS_CLOUD", "split", "http://k")]
#[case::not_at_all("OS_NO_CLOUD", "split", "http://variables")]
fn a_named_cloud_comes(#[case] variable: &str, #[case] name: &str, #[case] expected: &str) {
    let folder = files();
    let file = folder.path().join("clouds.yaml").display().to_string();
    let env = environment([
        (variable, name),
        ("OS_CLIENT_CONFIG_FILE", &file),
        ("OS_AUTH_URL", "http://variables"),
        ("OS_USERNAME", "u"),
        ("OS_PASSWORD", "p"),
    ]);
    assert_eq!(Config::from_env(&env).unwrap().auth_url, expected);
}

#[rstest]
#[case::here_first(&["here", "home/.config/openstack", "xdg/openstack"], true, "here")]
#[case::then_xdg(&["home/.config/openstack", "xdg/openstack"], true, "xdg/openstack")]
#[case::or_the_home(&["home/.config/openstack"], false, "home/.config/openstack")]
fn clouds_yaml_is_looked_for(#[case] folders: &[&str], #[case] xdg: bool, #[case] expected: &str) {
    let root = tempfile::tempdir().unwrap();
    for folder in folders {
        let text = format!(
            "clouds: {{c: {{region_name: {folder}, auth: {{auth_url: 'http://k', token: t}}}}}}"
        );
        std::fs::create_dir_all(root.path().join(folder)).unwrap();
        std::fs::write(root.path().join(folder).join("clouds.yml"), text).unwrap();
    }
    let path = |folder: &str| root.path().join(folder).display().to_string();
    let env = environment([
        ("OS_CLOUD", "c"),
        ("HOME", &path("home")),
        (
            if xdg { "XDG_CONFIG_HOME" } else { "IGNORED" },
            &path("xdg"),
        ),
    ]);
    let config = Config::from_env_in(&root.path().join("here"), &env).unwrap();
    assert_eq!(config.region.as_deref(), Some(expected));
}

#[test]
fn secrets_that_no_file_holds_come_from_the_environment() {
    let folder = files();
    let file = folder.path().join("clouds.yaml");
    let env = environment([
        ("OS_PASSWORD", "outside"),
        ("OS_APPLICATION_CREDENTIAL_SECRET", "outside"),
        ("OS_TOKEN", "stray"),
        ("OS_USERNAME", "stray"),
    ]);
    let read = |cloud: &str| asks(&Config::from_file(&file, cloud, &env).unwrap());
    assert_eq!(
        read("no_password").pointer("/auth/identity/password/user/password"),
        Some(&json!("outside"))
    );
    assert_eq!(
        read("no_secret").pointer("/auth/identity/application_credential/secret"),
        Some(&json!("outside"))
    );
    assert_eq!(
        read("full").pointer("/auth/identity/password/user/password"),
        Some(&json!("from-secure"))
    );
}

#[rstest]
#[case::unknown_cloud(
    "nobody",
    "cloud 'nobody' is not in DIR/clouds.yaml (it has: full, split, app, regions, merged,"
)]
#[case::no_url(
    "no_url",
    "cloud 'no_url' in DIR/clouds.yaml: auth.auth_url is missing: add `auth.auth_url` to clouds.yaml (or secure.yaml), or set OS_AUTH_URL"
)]
#[case::no_password(
    "no_password",
    "auth.password is missing: add `auth.password` to clouds.yaml (or secure.yaml), or set OS_PASSWORD"
)]
#[case::no_secret("no_secret", "auth.application_credential_secret is missing")]
#[case::no_user("no_user", "auth.username is missing")]
#[case::no_mapping(
    "no_mapping",
    "DIR/clouds.yaml:50: cloud 'no_mapping' is not a mapping: write its settings"
)]
#[case::no_auth_mapping("empty_auth", "DIR/clouds.yaml:52: `auth` is not a mapping: write")]
#[case::a_list(
    "listed_password",
    "DIR/clouds.yaml:54: `password` is a list or a mapping: write one plain value"
)]
#[case::another_type(
    "strange_type",
    "DIR/clouds.yaml:56: auth_type is 'v3oidcpassword', which is not supported: use password,"
)]
#[case::another_scheme(
    "strange_url",
    "DIR/clouds.yaml:59: auth_url is neither http:// nor https://: write one of these"
)]
#[case::no_absolute_url(
    "not_a_url",
    "DIR/clouds.yaml:61: auth_url is not a URL (relative URL without a base): write http://"
)]
#[case::a_user_in_the_url("user_in_url", "auth_url has a user in it: remove it")]
#[case::neither_true_nor_false("strange_verify", "verify is 'maybe': write true or false")]
#[case::a_client_certificate(
    "client_certificate",
    "cert asks for a client certificate, which is not supported: remove it"
)]
#[case::another_profile(
    "strange_profile",
    "profile 'nobody' is in no clouds-public.yaml (there is: vendor): add it there"
)]
fn a_wrong_cloud_is_one_sentence(#[case] cloud: &str, #[case] expected: &str) {
    let folder = files();
    let sentence = error_in(folder.path(), cloud);
    assert!(sentence.contains(expected), "{sentence}");
}

fn error_in(folder: &Path, cloud: &str) -> String {
    let error =
        Config::from_file(&folder.join("clouds.yaml"), cloud, &environment([])).unwrap_err();
    error
        .to_string()
        .replace(&folder.display().to_string(), "DIR")
}

#[rstest]
#[case::broken_yaml("clouds:\n  a: [1\n  b: 2\n", "DIR/clouds.yaml:3:")]
#[case::no_clouds(
    "cloud: {}\n",
    "DIR/clouds.yaml:1: there is no `clouds:` at the top: put the clouds below one"
)]
#[case::nothing("", "DIR/clouds.yaml:1: there is no `clouds:` at the top")]
#[case::empty_clouds(
    "clouds:\n",
    "cloud 'a' is not in DIR/clouds.yaml (it has: nothing): name one"
)]
fn a_wrong_file_is_one_sentence(#[case] text: &str, #[case] expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("clouds.yaml"), text).unwrap();
    let sentence = error_in(folder.path(), "a");
    assert!(sentence.contains(expected), "{sentence}");
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let env = environment([
        ("OS_CLOUD", "a"),
        ("OS_CLIENT_CONFIG_FILE", "/nowhere/clouds.yaml"),
    ]);
    assert_eq!(
        Config::from_env(&env).unwrap_err().to_string(),
        "/nowhere/clouds.yaml cannot be read (No such file or directory (os error 2)): correct OS_CLIENT_CONFIG_FILE, or unset it"
    );
}

#[test]
fn where_clouds_yaml_was_looked_for_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let env = environment([("OS_CLOUD", "a"), ("HOME", "/nowhere")]);
    let sentence = Config::from_env_in(folder.path(), &env)
        .unwrap_err()
        .to_string();
    assert!(
        sentence
            .starts_with("cloud 'a' is asked for, but there is no clouds.yaml: put one at one of "),
        "{sentence}"
    );
    assert!(
        sentence.contains("/nowhere/.config/openstack/clouds.yaml, "),
        "{sentence}"
    );
}

#[test]
fn with_no_cloud_named_the_clouds_there_are_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("clouds.yaml"), "clouds: {a: {}, b: {}}").unwrap();
    let sentence = Config::from_env_in(folder.path(), &environment([]))
        .unwrap_err()
        .to_string();
    assert!(
        sentence.contains("set OS_CLOUD to a cloud of your clouds.yaml ("),
        "{sentence}"
    );
    assert!(
        sentence.contains("clouds.yaml has: a, b), or OS_AUTH_URL"),
        "{sentence}"
    );
}
