//! The security groups of a project, as Nova retold them until 2.35: one is made, shown, listed and deleted. A cloud that has
//! none of its own to give (no network service, or one that lets members make none) is not asked.

use nova_api::{
    Contract,
    Operation::{self, *},
};
use serde_json::{Value, json};

use super::{
    boundaries::NO_OPERATION,
    stage::{NOWHERE, begin},
};
use crate::check::{Answer, Caller, Check, Cx, Draft, Says, Stop, Undo, Versions, encoded};

pub(super) fn checks() -> Vec<Check> {
    let mut checks = vec![
        created(),
        incomplete(),
        other_members(),
        shown(),
        in_the_list(),
        deleted(),
    ];
    checks.extend([SecurityGroupShow, SecurityGroupDelete].map(routed));
    checks
}

fn of(operation: Operation, id: &str, title: &str) -> Draft {
    begin(operation, format!("{operation}.{id}"), title)
        .sentence("os-security-groups, until 2.35: lists, creates, shows and deletes the security groups of the project.")
        .versions(Versions::where_contract(operation, Contract::routed))
        .callers([Caller::Main])
}

/// A body that makes a group.
fn body(name: &str) -> Value {
    json!({"security_group": {"name": name, "description": "made by a check"}})
}

/// Makes a group. Returns the answer, which is not judged yet.
async fn make(cx: &Cx, body: impl FnOnce(&str) -> Value + Send) -> Result<(Answer, String), Stop> {
    let name = cx.unique("group");
    let body = body(&name);
    let main = cx.as_(Caller::Main);
    let answer = main
        .ask(SecurityGroupCreate, &[])
        .json(&body)
        .send()
        .await?;
    // What the network service refuses is no answer of Nova's own.
    if matches!(answer.status(), 403 | 409 | 413 | 500) {
        return Err(Stop::NotApplicable(format!(
            "the cloud makes no security group for its members: {} {}",
            answer.status(),
            answer.message().unwrap_or_default()
        )));
    }
    is_made(cx, &answer, &name);
    Ok((answer, name))
}

/// Has the group deleted, if the answer tells that there is one. A group that no answer tells of, a sweep finds by its name.
fn is_made(cx: &Cx, answer: &Answer, name: &str) {
    if let Ok(Value::String(id)) = answer.at("/security_group/id") {
        let path = format!("/os-security-groups/{}", encoded(id));
        let what = format!("security group '{name}'");
        cx.ledger()
            .will_create(Undo::delete(Caller::Main, what, path));
    }
}

/// Preparation: a group, whose id and name are returned.
async fn has(cx: &Cx) -> Result<(String, String), Stop> {
    let (answer, name) = make(cx, body).await?;
    answer.to_set_up(200)?;
    Ok((answer.text_at("/security_group/id")?.to_owned(), name))
}

fn expect_values(cx: &Cx, answer: &Answer, operation: Operation, name: &str) -> Result<(), Stop> {
    answer
        .expect_contract(cx.contract(operation))?
        .expect_json_eq("/security_group/name", &json!(name))?
        .expect_json_eq("/security_group/description", &json!("made by a check"))?
        .expect_json_eq(
            "/security_group/tenant_id",
            &json!(cx.as_(Caller::Main).project_id()?),
        )?;
    Ok(())
}

fn created() -> Check {
    of(
        SecurityGroupCreate,
        "answer",
        "A security group is made, and answered as it was asked for",
    )
    .probe(|cx| async move {
        let (answer, name) = make(&cx, body).await?;
        expect_values(&cx, &answer, SecurityGroupCreate, &name)
    })
}

fn incomplete() -> Check {
    of(
        SecurityGroupCreate,
        "incomplete",
        "A security group without a name or a description is refused",
    )
    .probe(|cx| async move {
        let name = cx.unique("refused");
        let whole = body(&name);
        let without = |field: &str| {
            let mut body = whole.clone();
            if let Some(group) = body["security_group"].as_object_mut() {
                group.shift_remove(field);
            }
            body
        };
        let bodies = [
            without("name"),
            without("description"),
            json!({}),
            json!([]),
        ];
        for body in bodies {
            let main = cx.as_(Caller::Main);
            let answer = main
                .ask(SecurityGroupCreate, &[])
                .json(&body)
                .send()
                .await?;
            is_made(&cx, &answer, &name);
            answer.expect_fault(400, Says::Anything)?;
        }
        Ok(())
    })
}

fn other_members() -> Check {
    of(
        SecurityGroupCreate,
        "other-members",
        "What a body has besides the security group is ignored",
    )
    .probe(|cx| async move {
        let adorned = |name: &str| {
            let mut body = body(name);
            body["nvc_unknown"] = json!(1);
            body["security_group"]["nvc_unknown"] = json!(1);
            body
        };
        let (answer, name) = make(&cx, adorned).await?;
        expect_values(&cx, &answer, SecurityGroupCreate, &name)
    })
}

fn shown() -> Check {
    of(
        SecurityGroupShow,
        "answer",
        "A security group is shown as it was made",
    )
    .probe(|cx| async move {
        let (id, name) = has(&cx).await?;
        let main = cx.as_(Caller::Main);
        let answer = main.ask(SecurityGroupShow, &[&id]).send().await?;
        expect_values(&cx, &answer, SecurityGroupShow, &name)?;
        answer.expect_json_eq("/security_group/id", &json!(id))?;
        Ok(())
    })
}

fn in_the_list() -> Check {
    of(
        SecurityGroupList,
        "holds",
        "A security group is listed as it is shown",
    )
    .probe(|cx| async move {
        let (id, name) = has(&cx).await?;
        let main = cx.as_(Caller::Main);
        let list = main.ask(SecurityGroupList, &[]).send().await?;
        list.expect_contract(cx.contract(SecurityGroupList))?;
        let mut groups = list.list_at("/security_groups")?.iter();
        let listed = groups.find(|group| group.get("id") == Some(&json!(id)));
        let found = listed.and_then(|group| group.get("name"));
        list.expect(
            found == Some(&json!(name)),
            format!("the group '{name}'"),
            found.map_or_else(|| "none".to_owned(), Value::to_string),
            "/security_groups",
        )?;
        Ok(())
    })
}

fn deleted() -> Check {
    of(
        SecurityGroupDelete,
        "answer",
        "A security group whose deletion was accepted is gone",
    )
    .probe(|cx| async move {
        let (id, _) = has(&cx).await?;
        let main = cx.as_(Caller::Main);
        let answer = main.ask(SecurityGroupDelete, &[&id]).send().await?;
        answer.expect_contract(cx.contract(SecurityGroupDelete))?;
        let shown = main.ask(SecurityGroupShow, &[&id]).send().await?;
        shown.expect_fault(404, Says::Anything)?;
        Ok(())
    })
}

/// There is no such operation from 2.36 on; that there is one before is said by the words of what is not found.
fn routed(operation: Operation) -> Check {
    of(
        operation,
        "since-2-36.routed",
        "The operation is there until 2.35, and not from 2.36 on",
    )
    .versions(Versions::at(&[35, 36]))
    .probe(move |cx| async move {
        let answer = cx
            .as_(Caller::Main)
            .ask(operation, &[NOWHERE])
            .send()
            .await?;
        let absent = answer.status() == 404 && answer.message() == Some(NO_OPERATION);
        let wanted = cx.contract(operation).routed();
        answer.expect(
            absent != wanted,
            if wanted {
                "an answer of the operation"
            } else {
                "404: no such operation"
            },
            format!("{} {:?}", answer.status(), answer.message()),
            "status",
        )?;
        Ok(())
    })
}
