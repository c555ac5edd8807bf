//! Who may rebuild a server at all, and who is said to have done it.

use std::{collections::BTreeSet, sync::Arc};

use nova_api::Operation::{InstanceActionList, InstanceActionShow, ServerRebuild};
use serde_json::{Value, json};

use super::{LOOKUP, rule};
use crate::{
    check::{Caller, Check, Cx, Draft, Stop, Versions},
    checks::{
        material::ED25519,
        rebuild::steps::{
            accepted, at_its_ends, expect_key, has_key, once_per_request_band, rebuild, refused,
            takes,
        },
    },
    profile::Profile,
};

const PEOPLE: &str = "Servers are owned by projects: users within the same project can rebuild another users instance; os_compute_api:servers:rebuild is for members, managers and administrators. unauthorized(401), forbidden(403), itemNotFound(404)";

/// With what status the default policy refuses a caller, or `None` where they may.
const CALLERS: &[(&str, Caller, Option<u16>)] = &[
    ("reader", Caller::Reader, Some(403)),
    ("other-project", Caller::Other, Some(404)),
    ("nobody", Caller::Nobody, Some(401)),
    ("expired", Caller::Expired, Some(401)),
    ("member", Caller::Second, None),
    ("owner", Caller::Main, None),
    ("admin", Caller::Admin, None),
];

pub(super) fn checks(profile: Option<&Arc<Profile>>) -> Vec<Check> {
    let mut checks = vec![action_names_caller(), action_shown_names_caller()];
    for (id, caller, by_default) in CALLERS {
        let may = profile.and_then(|profile| profile.may(ServerRebuild, *caller));
        let status = match (by_default, may) {
            // Who must log in first, or does not find what is another project's, comes before any right.
            (Some(401 | 404), _) | (_, None) => *by_default,
            (_, Some(true)) => None,
            (_, Some(false)) => Some(403),
        };
        let says = profile.and_then(|profile| profile.says(ServerRebuild));
        checks.push(match status {
            Some(status) => kept_from(id, *caller, status, says),
            None => open_to(id, *caller, says),
        });
    }
    checks
}

/// What decides who may: the default policy, or a profile and where it stands.
type Says = Option<(String, String)>;

fn people(id: &str, title: &str, caller: Caller, says: Says) -> Draft {
    let draft = rule(id, title, PEOPLE)
        .versions(once_per_request_band(Versions::All))
        .callers(BTreeSet::from([Caller::Main, caller]));
    match says {
        Some((sentence, source)) => draft.sentence(sentence).source(source),
        None => draft,
    }
}

/// What a rebuild by this caller names: where it can, a key of theirs, so that a wrong cloud shows what it does with it.
async fn naming_own_key(cx: &Cx, caller: Caller) -> Result<Value, Stop> {
    let with_key = json!({"key_name": "name"});
    let is_somebody = !matches!(caller, Caller::Nobody | Caller::Expired);
    if is_somebody && takes(cx.contract(ServerRebuild), &with_key) {
        let own = has_key(cx, caller, "own", ED25519).await?;
        return Ok(json!({"key_name": own}));
    }
    Ok(json!({}))
}

fn kept_from(id: &str, caller: Caller, status: u16, says: Says) -> Check {
    people(
        id,
        &format!(
            "A rebuild by the caller '{caller}' is refused with {status}, and nothing is rebuilt"
        ),
        caller,
        says,
    )
    .probe(move |cx| async move {
        let server = cx.keyed_server(Caller::Main).await?;
        let fields = naming_own_key(&cx, caller).await?;
        let answer = rebuild(&cx, caller, &server, &fields).await?;
        if status == 401 {
            let found = answer.status();
            answer.expect(found == 401, "401: there is no good token", found, "status")?;
        } else {
            refused(
                &answer,
                status,
                &format!("the caller '{caller}' may not rebuild it"),
            )?;
        }
        let shown = crate::checks::rebuild::steps::shown(&cx, &server).await?;
        shown.expect_json_eq("/server/status", &json!("ACTIVE"))?;
        expect_key(&cx, &server, server.key_name.clone()).await
    })
}

fn open_to(id: &str, caller: Caller, says: Says) -> Check {
    let draft = people(
        id,
        &format!("A rebuild by the caller '{caller}' is accepted"),
        caller,
        says,
    );
    let versions = at_its_ends(Versions::All);
    draft.versions(versions).probe(move |cx| async move {
        let server = cx.server(Caller::Main).await?;
        let answer = rebuild(&cx, caller, &server, &json!({})).await?;
        accepted(
            &cx,
            &answer,
            "the caller may rebuild servers of this project",
        )
    })
}

/// Somebody else than its owner rebuilds a server, and the request's id is returned.
async fn rebuilt_by_second(cx: &Cx) -> Result<(crate::check::Server, String), Stop> {
    let server = cx.server(Caller::Main).await?;
    let answer = rebuild(cx, Caller::Second, &server, &json!({})).await?;
    answer.to_set_up(cx.contract(ServerRebuild).status())?;
    let request = answer
        .header("x-compute-request-id")
        .or(answer.header("x-openstack-request-id"));
    let request = request.unwrap_or_default().to_owned();
    cx.as_(Caller::Main).wait_settled(&server.id).await?;
    Ok((server, request))
}

fn action_names_caller() -> Check {
    rule(
        "action-names-caller",
        "The list of a server's actions names who called rebuild, not whose server it is",
        LOOKUP,
    )
    .versions(at_its_ends(Versions::All))
    .probe(|cx| async move {
        let (server, request) = rebuilt_by_second(&cx).await?;
        let answer = cx
            .as_(Caller::Main)
            .ask(InstanceActionList, &[&server.id])
            .send()
            .await?;
        answer.expect_status(200)?;
        let place = "/instanceActions";
        let actions = answer.list_at(place)?;
        let is_it = |action: &&Value| {
            action.get("action") == Some(&json!("rebuild"))
                && (request.is_empty() || action.get("request_id") == Some(&json!(request)))
        };
        let action = actions
            .iter()
            .find(is_it)
            .ok_or_else(|| answer.wrong("an action 'rebuild' of that request", "none", place))?;
        let caller = cx.as_(Caller::Second).user_id()?.to_owned();
        let found = action.get("user_id").cloned().unwrap_or_default();
        answer.expect(
            found == json!(caller),
            format!("the caller's user_id, '{caller}'"),
            found,
            place,
        )?;
        Ok(())
    })
}

fn action_shown_names_caller() -> Check {
    rule(
        "action-shown-names-caller",
        "A server's action rebuild is shown with the user_id and project_id of who called it",
        LOOKUP,
    )
    .versions(at_its_ends(Versions::All))
    .probe(|cx| async move {
        let (server, request) = rebuilt_by_second(&cx).await?;
        if request.is_empty() {
            return Err(Stop::CouldNotAsk(
                "the answer to a rebuild names no request in its headers".to_owned(),
            ));
        }
        let answer = cx
            .as_(Caller::Main)
            .ask(InstanceActionShow, &[&server.id, &request])
            .send()
            .await?;
        answer.expect_status(200)?;
        let second = cx.as_(Caller::Second);
        answer
            .expect_json_eq("/instanceAction/action", &json!("rebuild"))?
            .expect_json_eq("/instanceAction/user_id", &json!(second.user_id()?))?
            .expect_json_eq("/instanceAction/project_id", &json!(second.project_id()?))?;
        Ok(())
    })
}
