//! What requests are made of: names, keys, junk. Lists only; [`super`] picks from them.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Value, json};

/// Public keys, made once for this purpose; their private halves were never kept.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Keys {
    /// SSH keys that are taken, by a word for what is special about them.
    ssh: serde_json::Map<String, Value>,
    /// Certificates that are taken.
    x509: serde_json::Map<String, Value>,
    /// What is refused, or taken although it should not be.
    refused: serde_json::Map<String, Value>,
}

const KEYS: &str = include_str!("../../../../fixtures/public-keys.json");

fn texts(of: &serde_json::Map<String, Value>) -> Vec<String> {
    of.values()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

// The file is compiled in, and a test reads it.
static POOL: LazyLock<Keys> = LazyLock::new(|| serde_json::from_str(KEYS).unwrap_or_default());

/// SSH keys that are taken.
pub(super) static SSH: LazyLock<Vec<String>> = LazyLock::new(|| texts(&POOL.ssh));
/// Certificates that are taken.
pub(super) static X509: LazyLock<Vec<String>> = LazyLock::new(|| texts(&POOL.x509));
/// What is refused, or taken although it should not be.
pub(super) static REFUSED: LazyLock<Vec<String>> = LazyLock::new(|| texts(&POOL.refused));

/// Names that are refused, or that somebody may have thought so; `%` stands for a number. Not among them are `.` and `..`:
/// no client can name such a keypair in a path, to delete it.
pub(super) const ODD_NAMES: &[&str] = &[
    "",
    " ",
    " k%",
    "k% ",
    "  k%  ",
    "k%\n",
    "\nk%",
    "k%\n\n",
    "k%\r",
    "k%\t",
    "a/b%",
    "a.b%",
    "a@b%",
    "k%.json",
    "..k%",
    "a%%b%",
    "é%",
    "ключ%",
    "k🔑%",
    "a\u{0}%",
    "a\u{7}%",
    "\u{a0}k%",
    "k%\u{a0}",
    "k\u{2028}%",
    "k\u{200b}%",
    "\u{feff}k%",
    "a+b%",
    "a&b%",
    "a?b%",
    "a#b%",
    "a;b%",
    "a'b%",
    "a\"b%",
    "<b>%",
    "null",
    "0",
    "detail",
    "ﬁ%",
    "𝟙%",
    "e\u{301}%",
    "a\\b%",
    "{%}",
    "a:b%",
    "a,b%",
    "-",
    "_",
    "٣%",
    "ａ%",
    "\u{85}k%",
    "\u{1c}k%",
    "\u{3000}k%",
    "k%\u{3000}",
    "\u{e000}%",
    "\u{ffff}%",
    "\u{10ffff}%",
    "a=b%",
    "a~b%",
    "a|b%",
    "%s%",
    "\u{378}%",
    "k%\u{1f}",
    "\u{2003}k%",
    "İ%",
    "ß%",
    "a  b%",
];

/// JSON values that no field wants.
pub(super) fn junk() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(2.0),
        json!(1e16),
        json!(1e-7),
        json!(-0.0),
        json!(1e300),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(""),
        json!(" "),
        json!("x"),
        json!("x".repeat(256)),
        json!("é\u{0}🔑\u{2028}"),
        json!("it's"),
        json!("\"'\\\n\t\r\u{7f}\u{ad}\u{a0}"),
        json!([]),
        json!({}),
        json!([null, true, 1, "a", {"b": []}]),
        json!({"a": 1, "b": {"c": [1.0, "é", null]}}),
        json!([[[[[["deep"]]]]]]),
        json!("ssh"),
        json!("SSH"),
        json!("<user:main>"),
        json!("00000000-0000-0000-0000-000000000000"),
    ]
}

/// Numbers as JSON writes them, which not every reader can hold; and what Python reads though it is no JSON.
pub(super) const ODD_LITERALS: &[&str] = &[
    "NaN",
    "Infinity",
    "-Infinity",
    "1e400",
    "-1e400",
    "123456789012345678901234567890",
    "-123456789012345678901234567890",
    "1E5",
    "1.0e2",
    "0.1",
    "100000000000000000000000",
    "1e22",
    "1e23",
    "123456789.123456789",
    "5e-324",
    "9007199254740993",
    "9007199254740993.0",
    "\"\\ud800\"",
    "\"\\udc00x\"",
    "\"\\ud83d\\udd11\"",
    "\"\\u0000\"",
    "\"\\/\"",
    "\"\t\"",
    "\"a\nb\"",
    "01",
    "+1",
    ".5",
    "1.",
    "'x'",
    "tru",
    "nul",
    "undefined",
    "\"\\x\"",
    "\"\\ud83d\"",
    "\"unterminated",
    "-",
    "--1",
    "0x10",
    "1_000",
    "-0",
    "1e5",
    "\"\\u00E9\"",
    "\"\\uD83D\\u0041\"",
    "TRUE",
    "None",
    "[1,]",
    "{\"a\":1,}",
    "{\"a\":1,\"a\":2}",
    "[1 2]",
    "{a:1}",
];

/// Values of `limit`.
pub(super) const LIMITS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "10",
    "1000",
    "1001",
    "-1",
    "abc",
    "",
    "1.5",
    "1_000",
    "%201",
    "1%20",
    "%2B1",
    "+1",
    "99999999999999999999999",
    "1e2",
    "0x1",
    "00002",
    "%D9%A3",
    "2%0A",
    "%C2%B2",
    "NaN",
    "1,2",
    "None",
];

/// Whole queries that are odd.
pub(super) const ODD_QUERIES: &[&str] = &[
    "foo=bar",
    "all_tenants=1",
    "limit",
    "limit=",
    "=1",
    "=",
    "&",
    "&&limit=1",
    "limit=1&&",
    "foo",
    "foo=1&foo=2",
    "FOO=1",
    "Limit=1",
    "user_id=",
    "user_id",
    "%ff=1",
    "foo=%ff",
    "user_id=%ff",
    "%00=1",
    "a;b=1",
    "limit=1;marker=2",
    "sort_key=name",
    "sort_dir=asc",
    "changes-since=2020",
    "name=k1",
    "page=1",
    "%6cimit=1",
    "a%3Db=c",
    "a=b=c",
    "limit=1&limit=2",
    "limit=2&limit=1",
    "limit=x&limit=1",
    "marker=a&marker=b",
    "reserved=1",
    "tenant_id=",
    "%E2%82%AC=%E2%82%AC",
    "a+b=c+d",
    "a%2",
    "a=%zz",
    "limit=%31",
    "user_id=<user:other>&user_id=<user:main>",
    "user_id=<user:main>&user_id=<user:other>",
    "user_id=&user_id=<user:main>",
    "marker=&limit=1",
    "limit=1&foo=bar",
    "foo=%27x%27",
    "a%27b=1",
    "a%22b=1&c%27d=2",
    "zeta=1&alpha=2",
];

/// `accept` headers.
pub(super) const ACCEPTS: &[&str] = &[
    "application/json",
    "*/*",
    "application/xml",
    "text/html",
    "text/plain",
    "text/xml",
    "application/vnd.openstack.compute+json",
    "application/vnd.openstack.compute+json;version=2.1",
    "application/json;q=0.1, text/html",
    "text/html, application/json",
    "text/*",
    "application/*",
    "image/png",
    "junk",
    "",
    "application/json, application/xml",
    "application/xml, application/json;q=0.5",
    "text/plain;q=0.9, text/html;q=0.1",
    "application/vnd.openstack.compute+json;q=0.9, application/json;q=0.5",
    "application/json;q=0",
    "*/*;q=0.1",
    "APPLICATION/JSON",
    "application/json;charset=utf-8",
];

/// `content-type` headers.
pub(super) const CONTENT_TYPES: &[&str] = &[
    "application/json",
    "application/json; charset=utf-8",
    "application/json;charset=latin-1",
    "text/plain",
    "text/html",
    "application/xml",
    "application/x-www-form-urlencoded",
    "application/vnd.openstack.compute+json",
    "",
    "junk",
    "APPLICATION/JSON",
    " application/json",
    "application/json;",
    "multipart/form-data; boundary=x",
    "application/octet-stream",
    "application/json, text/plain",
    "text/plain; charset=utf-8",
    "application/merge-patch+json",
    "text/json",
    "*/*",
];

/// Version headers that ask for no version of the API, or oddly: name and value.
pub(super) const ODD_VERSIONS: &[(&str, &str)] = &[
    ("openstack-api-version", "compute 2.0"),
    ("openstack-api-version", "compute 2.105"),
    ("openstack-api-version", "compute 2.999"),
    ("openstack-api-version", "compute 3.0"),
    ("openstack-api-version", "compute 1.1"),
    ("openstack-api-version", "compute 0.1"),
    ("openstack-api-version", "compute 2.01"),
    ("openstack-api-version", "compute 02.1"),
    ("openstack-api-version", "compute 2."),
    ("openstack-api-version", "compute 2"),
    ("openstack-api-version", "compute abc"),
    ("openstack-api-version", "compute 2.1.1"),
    ("openstack-api-version", "compute -2.1"),
    (
        "openstack-api-version",
        "compute 2.99999999999999999999999999",
    ),
    ("openstack-api-version", "compute"),
    ("openstack-api-version", "compute "),
    ("openstack-api-version", "compute  2.10"),
    ("openstack-api-version", "compute LATEST"),
    ("openstack-api-version", "compute Latest"),
    ("openstack-api-version", "compute 2.10 2.11"),
    ("openstack-api-version", "nova 2.10"),
    ("openstack-api-version", "COMPUTE 2.10"),
    ("openstack-api-version", "2.10"),
    ("openstack-api-version", "latest"),
    ("openstack-api-version", ""),
    ("openstack-api-version", "volume 3.1"),
    ("openstack-api-version", "volume 3.1, compute 2.10"),
    ("openstack-api-version", "compute 2.10, volume 3.1"),
    ("openstack-api-version", "compute 2.10, compute 2.35"),
    ("openstack-api-version", "compute 2.10,compute 2.999"),
    ("openstack-api-version", "compute 2.999,compute 2.10"),
    ("openstack-api-version", ",compute 2.10"),
    ("openstack-api-version", "compute 2.10,"),
    ("openstack-api-version", "compute,2.10"),
    ("openstack-api-version", "compute\t2.10"),
    ("openstack-api-version", "compute 2.10;volume 3.1"),
    ("openstack-api-version", "compute 2.é"),
    ("openstack-api-version", "compute 2.٣"),
    ("openstack-api-version", "compute=2.10"),
    ("openstack-api-version", "computes 2.10"),
    ("openstack-api-version", "compute 2.10'"),
    ("x-openstack-nova-api-version", "2.0"),
    ("x-openstack-nova-api-version", "2.999"),
    ("x-openstack-nova-api-version", "abc"),
    ("x-openstack-nova-api-version", ""),
    ("x-openstack-nova-api-version", "compute 2.10"),
    ("x-openstack-nova-api-version", "latest"),
    ("x-openstack-nova-api-version", "LATEST"),
    ("x-openstack-nova-api-version", "2.10, 2.11"),
    ("x-openstack-nova-api-version", " 2.10"),
];

/// Headers that should change nothing, or that no client may set: name and value.
pub(super) const OTHER_HEADERS: &[(&str, &str)] = &[
    ("x-user-id", "<user:admin>"),
    ("x-roles", "admin"),
    ("x-project-id", "<project:other>"),
    ("x-is-admin-project", "True"),
    ("x-identity-status", "Confirmed"),
    (
        "x-openstack-request-id",
        "req-11111111-2222-3333-4444-555555555555",
    ),
    ("x-openstack-request-id", "junk"),
    (
        "x-compute-request-id",
        "req-11111111-2222-3333-4444-555555555555",
    ),
    ("x-forwarded-proto", "https"),
    ("origin", "http://evil.example"),
    ("accept-language", "de"),
    ("accept-encoding", "gzip"),
    ("if-none-match", "*"),
    ("range", "bytes=0-1"),
    ("x-http-method-override", "DELETE"),
    ("cookie", "a=b"),
    ("user-agent", "junk"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pool_holds_public_keys_only() {
        assert!(SSH.len() >= 12 && X509.len() >= 4 && REFUSED.len() >= 20);
        assert!(!KEYS.contains("PRIVATE"));
    }
}
