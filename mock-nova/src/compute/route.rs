//! From a method and a path to an operation. The routes are the API description's.

use std::sync::LazyLock;

use axum::http::Method;
use nova_api::Operation;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::fault::Fault;

/// A path, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route {
    /// The operation, or the actions among which the body chooses.
    pub(super) asked: Asked,
    /// The project id in the path, if there is one.
    pub(super) project_id: Option<String>,
    /// What stands in the places of the path's parameters, in their order.
    pub(super) parameters: Vec<String>,
}

/// What a path asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// This operation.
    One(Operation),
    /// The action of a server that the body names.
    Action,
}

/// The action of this name.
pub(super) fn action(name: &str) -> Option<Operation> {
    Operation::ALL
        .iter()
        .copied()
        .find(|operation| operation.action() == Some(name))
}

/// The one name of a body's members, by which it asks for an action.
///
/// Nova asks the body how long it is and then for its keys, whatever it is: a text of one letter gets further than one of two.
///
/// # Errors
/// 400 if it is not of length one, 404 if it has no length or no keys.
pub(super) fn only_key(body: &[u8]) -> Result<String, Fault> {
    let malformed = || Fault::bad_request("Malformed request body");
    let body: Value = serde_json::from_slice(body).map_err(|_| malformed())?;
    let length = match &body {
        Value::Object(members) => members.len(),
        Value::Array(items) => items.len(),
        Value::String(text) => text.chars().count(),
        Value::Null | Value::Bool(_) | Value::Number(_) => return Err(Fault::no_such_operation()),
    };
    match body {
        _ if length != 1 => Err(malformed()),
        Value::Object(members) => {
            let name = members.into_iter().map(|(name, _)| name).next();
            name.ok_or_else(malformed)
        }
        _ => Err(Fault::no_such_operation()),
    }
}

struct Template {
    operation: Operation,
    method: Method,
    segments: Vec<&'static str>,
}

static TEMPLATES: LazyLock<Vec<Template>> = LazyLock::new(|| {
    Operation::ALL
        .iter()
        .map(|operation| {
            let (method, path) = operation.route();
            let method = match method {
                nova_api::Method::Get => Method::GET,
                nova_api::Method::Post => Method::POST,
                nova_api::Method::Put => Method::PUT,
                nova_api::Method::Delete => Method::DELETE,
            };
            Template {
                operation: *operation,
                method,
                segments: path.split('/').skip(1).collect(),
            }
        })
        .collect()
});

/// Finds the operation of a path below the endpoint, [`decoded`] (`/os-keypairs/k`, `/PROJECT/os-keypairs/k`).
#[must_use]
pub(super) fn find(method: &Method, path: &str) -> Option<Route> {
    // The `$` of a Python pattern also matches before a final line feed.
    let path = path.strip_suffix('\n').unwrap_or(path);
    if let Some(route) = find_below(method, path, None) {
        return Some(route);
    }
    // As in Nova, a project id in the path is any word of hexadecimal digits and hyphens.
    let (project_id, rest) = path.strip_prefix('/')?.split_once('/')?;
    let hexadecimal = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-');
    if project_id.is_empty() || !project_id.bytes().all(hexadecimal) {
        return None;
    }
    let rest = path.get(path.len() - rest.len() - 1..)?;
    find_below(method, rest, Some(project_id))
}

fn find_below(method: &Method, path: &str, project_id: Option<&str>) -> Option<Route> {
    let path = path.strip_prefix('/')?;
    TEMPLATES
        .iter()
        .filter(|template| template.method == *method)
        .find_map(|template| {
            let mut parameters = Vec::new();
            let mut segments = path.split('/');
            for wanted in &template.segments {
                let segment = segments.next()?;
                if wanted.starts_with('{') {
                    if segment.is_empty() {
                        return None;
                    }
                    parameters.push(segment.to_owned());
                } else if segment != *wanted {
                    return None;
                }
            }
            if segments.next().is_some() {
                return None;
            }
            Some(Route {
                asked: match template.operation.action() {
                    Some(_) => Asked::Action,
                    None => Asked::One(template.operation),
                },
                project_id: project_id.map(str::to_owned),
                parameters,
            })
        })
}

/// Percent-decoded as WSGI servers do: each byte a character, as in Latin-1, which Nova's router leaves so. A name that
/// is not ASCII can therefore be made (on the legacy endpoint) and listed, but not found. A slash stays encoded, and of
/// several in a row one is left.
pub(super) fn decoded(path: &str) -> String {
    if !path.contains('%') && !path.contains("//") {
        return path.to_owned();
    }
    let mut out = String::with_capacity(path.len());
    for (n, part) in path.replace("%2f", "%2F").split("%2F").enumerate() {
        if n > 0 {
            out.push_str("%2F");
        }
        out.extend(percent_decode_str(part).map(char::from));
    }
    while out.contains("//") {
        out = out.replace("//", "/");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::list("GET", "/os-keypairs", Some((Operation::KeypairList, None, "")))]
    #[case::with_project("GET", "/ab12/os-keypairs", Some((Operation::KeypairList, Some("ab12"), "")))]
    #[case::not_a_project("GET", "/xyz/os-keypairs", None)]
    #[case::show("GET", "/os-keypairs/my%20key", Some((Operation::KeypairShow, None, "my key")))]
    #[case::delete("DELETE", "/ab12/os-keypairs/k", Some((Operation::KeypairDelete, Some("ab12"), "k")))]
    #[case::utf_8_is_read_as_latin_1("GET", "/os-keypairs/%C3%A9", Some((Operation::KeypairShow, None, "\u{c3}\u{a9}")))]
    #[case::slash_stays_encoded("GET", "/os-keypairs/a%2fb", Some((Operation::KeypairShow, None, "a%2Fb")))]
    #[case::line_feed_at_the_end("GET", "/os-keypairs/k%0A", Some((Operation::KeypairShow, None, "k")))]
    #[case::encoded_word("GET", "/os%2Dkeypairs", Some((Operation::KeypairList, None, "")))]
    #[case::latin_1("GET", "/os-keypairs/%ff", Some((Operation::KeypairShow, None, "ÿ")))]
    #[case::slashes("GET", "//os-keypairs", Some((Operation::KeypairList, None, "")))]
    #[case::trailing_slash("GET", "/os-keypairs/", None)]
    #[case::too_deep("GET", "/os-keypairs/a/b", None)]
    #[case::other_method("PUT", "/os-keypairs", None)]
    #[case::detail("GET", "/os-quota-sets/ab12/detail", Some((Operation::QuotaDetail, None, "ab12")))]
    #[case::nothing("GET", "/", None)]
    fn a_path_is_understood(
        #[case] method: Method,
        #[case] path: &str,
        #[case] want: Option<(Operation, Option<&str>, &str)>,
    ) {
        let got = find(&method, &decoded(path));
        let got = got.as_ref().map(|route| {
            let Asked::One(operation) = route.asked else {
                panic!("{path} is no action");
            };
            (
                operation,
                route.project_id.as_deref(),
                route.parameters.first().map_or("", String::as_str),
            )
        });
        assert_eq!(got, want);
    }
}
