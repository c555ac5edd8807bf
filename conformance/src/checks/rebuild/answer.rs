//! What a rebuild answers and what becomes of the server: status, `Location`, password, and the time of the change.

use std::time::Duration;

use nova_api::Operation::ServerRebuild;
use serde_json::json;

use super::{
    begin,
    steps::{accepted, at_its_ends, once_per_request_band, rebuild, rebuilt, shown},
};
use crate::{
    check::{Answer, Caller, Check, Stop, Versions},
    servers::waiting::Pauses,
};

pub(super) fn checks() -> Vec<Check> {
    vec![
        rebuilding(),
        location(),
        password_made(),
        password_given(),
        updated(),
        created(),
        missing(),
        deleted(),
    ]
}

fn rebuilding() -> Check {
    begin(
        "rebuilding",
        "A server that is rebuilt is REBUILD in the answer, and ACTIVE in the end",
        "The server status is REBUILD while it is rebuilt; after it completes successfully, the status is ACTIVE.",
    )
    .versions(once_per_request_band(Versions::All))
    .probe(|cx| async move {
        let server = cx.server(Caller::Main).await?;
        let answer = rebuild(&cx, Caller::Main, &server, &json!({})).await?;
        accepted(&cx, &answer, "nothing but the image is needed")?;
        answer
            .expect_json_eq("/server/id", &json!(server.id))?
            .expect_json_eq("/server/status", &json!("REBUILD"))?;
        let settled = cx.as_(Caller::Main).wait_settled(&server.id).await?;
        settled.expect_json_eq("/server/status", &json!("ACTIVE"))?;
        Ok(())
    })
}

fn location() -> Check {
    begin(
        "location",
        "The answer's header Location names the server",
        "Location: the link to the server that is rebuilt.",
    )
    .versions(at_its_ends(Versions::All))
    .probe(|cx| async move {
        let server = cx.server(Caller::Main).await?;
        let answer = rebuild(&cx, Caller::Main, &server, &json!({})).await?;
        accepted(&cx, &answer, "nothing but the image is needed")?;
        let found = answer.header("location").unwrap_or("nothing");
        let links = answer.list_at("/server/links")?;
        let itself = links
            .iter()
            .find(|link| link.get("rel") == Some(&json!("self")));
        let itself = itself.and_then(|link| link.get("href")?.as_str());
        answer.expect(
            itself == Some(found),
            format!(
                "the link 'self' of the answer, '{}'",
                itself.unwrap_or("nothing")
            ),
            format!("'{found}'"),
            "header location",
        )?;
        Ok(())
    })
}

/// The shortest password that is no joke. Nova makes them 12 characters long, and a deployment may choose.
const SHORTEST: usize = 6;

/// The password in an answer. A deployment may choose to tell none.
fn password_in(answer: &Answer) -> Result<&str, Stop> {
    if answer.at("/server")?.get("adminPass").is_none() {
        return Err(Stop::NotApplicable(
            "the cloud tells no passwords ([api]enable_instance_password is off)".to_owned(),
        ));
    }
    answer.text_at("/server/adminPass")
}

fn password_made() -> Check {
    begin(
        "password.made",
        "A rebuild without a password makes one and tells it in the answer, another each time",
        "adminPass: the administrative password of the server. If you omit this parameter, the operation generates a new password.",
    )
    .versions(at_its_ends(Versions::All))
    .probe(|cx| async move {
        let server = cx.server(Caller::Main).await?;
        let mut passwords = Vec::new();
        for _ in 0..2 {
            let answer = rebuilt(&cx, Caller::Main, &server, &json!({})).await?;
            let password = password_in(&answer)?.to_owned();
            let long = password.chars().count();
            answer.expect(
                long >= SHORTEST,
                "a password that is made for the server",
                format!("{long} characters"),
                "/server/adminPass",
            )?;
            answer.expect(
                !passwords.contains(&password),
                "another password each time",
                "the one of the rebuild before",
                "/server/adminPass",
            )?;
            passwords.push(password);
        }
        Ok(())
    })
}

fn password_given() -> Check {
    begin(
        "password.given",
        "A rebuild with a password tells that password in the answer",
        "adminPass: the administrative password of the server.",
    )
    .versions(at_its_ends(Versions::All))
    .probe(|cx| async move {
        let server = cx.server(Caller::Main).await?;
        let chosen = cx.unique("Given1");
        let answer = rebuild(&cx, Caller::Main, &server, &json!({"adminPass": chosen})).await?;
        accepted(&cx, &answer, "a password may be given")?;
        let told = password_in(&answer)? == chosen;
        answer.expect(
            told,
            "the password that was given",
            "another",
            "/server/adminPass",
        )?;
        Ok(())
    })
}

/// Times are told to the second: within so long a rebuild must fall into another.
const ANOTHER_SECOND: Duration = Duration::from_secs(3);

fn updated() -> Check {
    begin(
        "updated",
        "A rebuild changes the time at which the server was updated",
        "updated: the date and time when the resource was updated.",
    )
    .versions(at_its_ends(Versions::All))
    .probe(|cx| async move {
        let server = cx.server(Caller::Main).await?;
        let before = shown(&cx, &server).await?;
        let before = before.at("/server/updated")?;
        let mut pauses = Pauses::within(ANOTHER_SECOND);
        loop {
            rebuilt(&cx, Caller::Main, &server, &json!({})).await?;
            let after = shown(&cx, &server).await?;
            let updated = after.at("/server/updated")?;
            if updated != before || !pauses.pause().await {
                after.expect(
                    updated.as_str() > before.as_str(),
                    format!("a time after {before}"),
                    updated,
                    "/server/updated",
                )?;
                return Ok(());
            }
        }
    })
}

fn created() -> Check {
    begin(
        "created",
        "A rebuild leaves the time at which the server was created",
        "created: the date and time when the resource was created.",
    )
    .versions(at_its_ends(Versions::All))
    .probe(|cx| async move {
        let server = cx.server(Caller::Main).await?;
        let before = shown(&cx, &server).await?;
        let created = before.at("/server/created")?;
        let answer = rebuilt(&cx, Caller::Main, &server, &json!({})).await?;
        answer.expect_json_eq("/server/created", created)?;
        shown(&cx, &server)
            .await?
            .expect_json_eq("/server/created", created)?;
        Ok(())
    })
}

const MISSING: &str = "itemNotFound(404): there is no such server.";

fn missing() -> Check {
    begin(
        "missing",
        "A rebuild of a server that is none is refused with 404",
        MISSING,
    )
    .versions(once_per_request_band(Versions::All))
    .probe(|cx| async move {
        let image = cx.ingredients().await?.image.clone();
        let none = super::images::unknown();
        let answer = cx
            .as_(Caller::Main)
            .ask(ServerRebuild, &[&none])
            .json(&super::steps::body(&image, &json!({})))
            .send()
            .await?;
        answer.expect_fault(404, format!("Instance {none} could not be found."))?;
        Ok(())
    })
}

fn deleted() -> Check {
    begin(
        "deleted",
        "A rebuild of a server that was deleted is refused with 404",
        MISSING,
    )
    .versions(at_its_ends(Versions::All))
    .probe(|cx| async move {
        let server = cx.server(Caller::Main).await?;
        let main = cx.as_(Caller::Main);
        let deletion = main
            .ask(nova_api::Operation::ServerDelete, &[&server.id])
            .send()
            .await?;
        deletion.to_set_up(204)?;
        main.wait_gone(&server.id).await?;
        let answer = rebuild(&cx, Caller::Main, &server, &json!({})).await?;
        answer.expect_fault(404, format!("Instance {} could not be found.", server.id))?;
        Ok(())
    })
}
