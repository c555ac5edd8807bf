//! The part of the script that knows no operation: version documents, negotiation, paths that lead nowhere.

use http::Method;

use super::script::Step;
use crate::{
    caller::{Base, Caller},
    compare::ask::{Ask, Asked, Who},
};

/// What lies before operations and versions: version documents, negotiation, paths that lead nowhere.
pub(super) fn steps(steps: &mut Vec<Step>) {
    let plain = |base, caller, method: Method, path: &str| Ask {
        operation: "versions",
        asked: Asked::Refused,
        who: Who::Caller(caller),
        base,
        method,
        path: path.to_owned(),
        headers: Vec::new(),
        body: None,
        binds: Vec::new(),
    };
    let get = |base, path| plain(base, Caller::Nobody, Method::GET, path);
    let listed = |version: &str| {
        let mut ask = plain(Base::Endpoint, Caller::Main, Method::GET, "/os-keypairs");
        ask.headers
            .push(("openstack-api-version".to_owned(), version.to_owned()));
        ask
    };
    let older = |version: &str| {
        let mut ask = plain(Base::Endpoint, Caller::Main, Method::GET, "/os-keypairs");
        ask.headers.push((
            "x-openstack-nova-api-version".to_owned(),
            version.to_owned(),
        ));
        ask
    };
    let all = [
        ("versions.list", get(Base::Root, "/")),
        ("versions.choices", get(Base::Root, "/os-keypairs")),
        ("versions.show-v2.1", get(Base::Root, "/v2.1/")),
        ("versions.show-v2", get(Base::Root, "/v2/")),
        (
            "negotiation-none",
            plain(Base::Endpoint, Caller::Main, Method::GET, "/os-keypairs"),
        ),
        ("negotiation-latest", listed("compute latest")),
        ("negotiation-list", listed("volume 3.1, compute 2.35")),
        ("negotiation-other-service", listed("volume 3.1")),
        ("negotiation-too-new", listed("compute 2.999")),
        ("negotiation-too-old", listed("compute 2.0")),
        ("negotiation-malformed", listed("compute abc")),
        ("negotiation-older-header", older("2.35")),
        ("negotiation-older-header-too-new", older("2.999")),
        (
            "route-unknown",
            plain(Base::Endpoint, Caller::Main, Method::GET, "/nothing"),
        ),
        (
            "route-unknown-without-token",
            get(Base::Endpoint, "/nothing"),
        ),
        (
            "route-of-other-method",
            plain(Base::Endpoint, Caller::Main, Method::PUT, "/os-keypairs"),
        ),
        (
            "route-with-project",
            plain(
                Base::Endpoint,
                Caller::Main,
                Method::GET,
                "/<project:main>/os-keypairs",
            ),
        ),
        (
            "route-with-other-project",
            plain(
                Base::Endpoint,
                Caller::Main,
                Method::GET,
                "/<project:other>/os-keypairs",
            ),
        ),
    ];
    for (name, ask) in all {
        let place = ["unversioned".to_owned(), format!("{name}.json")]
            .iter()
            .collect();
        steps.push(Step {
            place,
            scene: None,
            before: Vec::new(),
            ask,
            after: Vec::new(),
        });
    }
}
