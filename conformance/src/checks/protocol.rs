//! What holds of every request before it reaches keypairs: tokens, routes, media types, and bodies that are no JSON.

use http::Method;
use nova_api::Operation::{self, *};

use super::{
    material::ED25519,
    steps::{KEYPAIRS, begin, has_none, import},
};
use crate::check::{Ask, Caller, Check, Cx, Keypair, Says, Stop, Versions};

const FAULTS: &str = "https://docs.openstack.org/api-guide/compute/faults.html";

pub(super) fn checks() -> Vec<Check> {
    let mut checks = Vec::new();
    for operation in KEYPAIRS {
        checks.push(without_token(*operation));
        checks.push(with_nonsense_token(*operation));
    }
    checks.extend([
        unauthorized_says_where(),
        unauthorized_in_words(),
        unknown_route(),
        unknown_method(),
        raw(
            "not-json",
            "A body that is not JSON is refused",
            400,
            "application/json",
            |_| "{".to_owned(),
        ),
        raw(
            "empty",
            "An empty body is refused",
            400,
            "application/json",
            |_| String::new(),
        ),
        raw(
            "xml",
            "A body said to be XML is refused",
            415,
            "application/xml",
            |name| import(name, ED25519).to_string(),
        ),
        raw(
            "form",
            "A body said to be a form is refused",
            415,
            "application/x-www-form-urlencoded",
            |name| format!("name={name}"),
        ),
        not_json_in_words(),
        media_type_in_words(),
        json_with_charset(),
        unknown_members_of_query(),
    ]);
    checks
}

fn asked(cx: &Cx, caller: Caller, operation: Operation) -> (Ask, String) {
    let name = cx.unique("unauthorized");
    let ask = cx.as_(caller).ask(operation, &[&name]);
    (
        if operation == KeypairCreate {
            ask.json(&import(&name, ED25519))
        } else {
            ask
        },
        name,
    )
}

fn without_token(operation: Operation) -> Check {
    begin(
        operation,
        format!("{operation}.not-logged-in"),
        "Without a token nothing is done",
    )
    .sentence("Error response codes: unauthorized(401).")
    .versions(Versions::EachBoundarySide(operation))
    .callers([Caller::Nobody])
    .probe(move |cx| async move {
        let (ask, _) = asked(&cx, Caller::Nobody, operation);
        ask.send().await?.expect_status(401)?;
        Ok(())
    })
}

fn with_nonsense_token(operation: Operation) -> Check {
    begin(
        operation,
        format!("{operation}.nonsense-token"),
        "With a token that never was one nothing is done",
    )
    .sentence("Error response codes: unauthorized(401).")
    .versions(Versions::EachBoundarySide(operation))
    .callers([Caller::Main])
    .probe(move |cx| async move {
        let (ask, name) = asked(&cx, Caller::Main, operation);
        cx.ledger().will_create(Keypair::of(Caller::Main, name));
        ask.header("x-auth-token", "nonsense")
            .send()
            .await?
            .expect_status(401)?;
        Ok(())
    })
}

fn unauthorized_says_where() -> Check {
    Check::should(
        "keypairs.list.not-logged-in-where",
        "A refused token is told where tokens are had",
    )
    .sentence("keystonemiddleware: WWW-Authenticate: Keystone uri=\"…\".")
    .source("https://docs.openstack.org/keystonemiddleware/latest/middlewarearchitecture.html")
    .versions(Versions::at(&[1]))
    .callers([Caller::Nobody])
    .probe(|cx| async move {
        let answer = cx.as_(Caller::Nobody).ask(KeypairList, &[]).send().await?;
        let said = answer
            .header("www-authenticate")
            .unwrap_or_default()
            .to_owned();
        let place = "header www-authenticate";
        answer.expect_status(401)?.expect(
            said.starts_with("Keystone uri="),
            "Keystone uri=…",
            format!("'{said}'"),
            place,
        )?;
        Ok(())
    })
}

fn unauthorized_in_words() -> Check {
    Check::should("keypairs.list.not-logged-in-in-words", "A missing token is refused in keystonemiddleware's words")
        .sentence("401 Unauthorized: {\"error\": {\"code\": 401, \"title\": \"Unauthorized\", \"message\": …}}.")
        .source("https://docs.openstack.org/keystonemiddleware/latest/middlewarearchitecture.html")
        .versions(Versions::at(&[1]))
        .callers([Caller::Nobody])
        .probe(|cx| async move {
            let answer = cx.as_(Caller::Nobody).ask(KeypairList, &[]).send().await?;
            answer
                .expect_status(401)?
                .expect_json_eq("/error/code", &401.into())?
                .expect_json_eq("/error/title", &"Unauthorized".into())?
                .expect_json_eq("/error/message", &"The request you have made requires authentication.".into())?;
            Ok(())
        })
}

fn unknown_route() -> Check {
    begin(
        KeypairShow,
        "keypairs.show.unknown-route",
        "What lies below a keypair is not found",
    )
    .sentence("itemNotFound(404): The requested resource could not be found.")
    .source(FAULTS)
    .versions(Versions::EachBoundarySide(KeypairShow))
    .callers([Caller::Main])
    .probe(|cx| async move {
        let main = cx.as_(Caller::Main);
        for path in ["/os-keypairs/a/b", "/os-keypair", "/nvc-unknown"] {
            main.get(path).send().await?.expect_status(404)?;
        }
        Ok(())
    })
}

fn unknown_method() -> Check {
    begin(KeypairCreate, "keypairs.create.unknown-method", "A keypair is not changed by PUT or PATCH")
        .sentence("Keypairs are created, listed, shown and deleted; badMethod(405) or itemNotFound(404) for any other method.")
        .source(FAULTS)
        .versions(Versions::EachBoundarySide(KeypairCreate))
        .callers([Caller::Main])
        .probe(|cx| async move {
            let name = super::steps::has_one(&cx, "unchanged").await?;
            let body = import(&name, super::material::ANOTHER);
            for method in [Method::PUT, Method::PATCH] {
                let ask = cx.as_(Caller::Main).request(method, format!("/os-keypairs/{name}")).json(&body);
                ask.send().await?.expect_status_in(&[404, 405])?;
            }
            super::steps::still_has(&cx, Caller::Main, &name, ED25519).await
        })
}

fn raw(id: &str, title: &str, status: u16, kind: &'static str, body: fn(&str) -> String) -> Check {
    begin(KeypairCreate, format!("keypairs.create.media.{id}"), title)
        .sentence(
            "badRequest(400): Malformed request body. badMediaType(415): Unsupported Content-Type.",
        )
        .source(FAULTS)
        .versions(Versions::EachBoundarySide(KeypairCreate))
        .callers([Caller::Main])
        .probe(move |cx| async move {
            let name = cx.unique("raw");
            cx.ledger().will_create(Keypair::of(Caller::Main, &name));
            send_raw(&cx, kind, body(&name))
                .await?
                .expect_fault(status, Says::Anything)?;
            has_none(
                &cx,
                Caller::Main,
                &name,
                "nothing made of a body that was refused",
            )
            .await
        })
}

async fn send_raw(cx: &Cx, kind: &str, body: String) -> Result<crate::check::Answer, Stop> {
    cx.as_(Caller::Main)
        .ask(KeypairCreate, &[])
        .header("content-type", kind)
        .body(body)
        .send()
        .await
}

fn not_json_in_words() -> Check {
    Check::should(
        "keypairs.create.media.not-json-in-words",
        "A body that is not JSON is refused in Nova's words",
    )
    .sentence("400 Malformed request body")
    .source(FAULTS)
    .versions(Versions::at(&[1]))
    .callers([Caller::Main])
    .probe(|cx| async move {
        send_raw(&cx, "application/json", "{".to_owned())
            .await?
            .expect_fault(400, "Malformed request body")?;
        Ok(())
    })
}

fn media_type_in_words() -> Check {
    Check::should(
        "keypairs.create.media.xml-in-words",
        "A body said to be XML is refused in Nova's words",
    )
    .sentence("415 Unsupported Content-Type")
    .source(FAULTS)
    .versions(Versions::at(&[1]))
    .callers([Caller::Main])
    .probe(|cx| async move {
        send_raw(&cx, "application/xml", "{}".to_owned())
            .await?
            .expect_fault(415, "Unsupported Content-Type")?;
        Ok(())
    })
}

fn json_with_charset() -> Check {
    begin(
        KeypairCreate,
        "keypairs.create.media.charset",
        "JSON may name its character set",
    )
    .sentence("Content-Type: application/json, with parameters or without.")
    .source(FAULTS)
    .versions(Versions::at(&[1]))
    .callers([Caller::Main])
    .probe(|cx| async move {
        let name = cx.unique("charset");
        cx.ledger().will_create(Keypair::of(Caller::Main, &name));
        let body = import(&name, ED25519).to_string();
        let answer = send_raw(&cx, "application/json; charset=UTF-8", body).await?;
        answer.expect_status(cx.contract(KeypairCreate).status())?;
        Ok(())
    })
}

fn unknown_members_of_query() -> Check {
    begin(KeypairCreate, "keypairs.create.other-query", "A query that create does not know is ignored at every version")
        .sentence("Microversion 2.75 refuses unknown query parameters of list, show and delete; create reads no query.")
        .versions(Versions::EachBoundarySide(KeypairCreate))
        .callers([Caller::Main])
        .probe(|cx| async move {
            let (answer, _) = super::steps::perform(&cx, KeypairCreate, |ask| ask.query("nvc_unknown", 1)).await?;
            answer.expect_status(cx.contract(KeypairCreate).status())?;
            Ok(())
        })
}
