//! Whose keypairs are whose: nobody but their owner and an administrator sees, makes or deletes them, and two users may
//! give two keys the same name. Each failure here is a hole in the wall between users.

use nova_api::{
    Behavior, Contract,
    Operation::{self, *},
};
use serde_json::json;

use super::{
    material::{ANOTHER, ED25519},
    steps::{begin, has, has_none, has_one, import, listed, namesakes, not_listed, still_has},
};
use crate::check::{Caller, Check, Draft, Keypair, Says, Versions};

const SPEC: &str = "Specification 'Allow admins to query and create keypairs owned by any user'";
const OWN: &str = "Key pairs are stored for users and not for accounts. A user cannot see or manipulate the keys of other users, regardless of the role assigned to that user.";
const FORBIDDEN: &str = "403: If the user does not have permissions, per the policy file: is_admin:True or user_id:%(user_id)s.";

pub(super) fn checks() -> Vec<Check> {
    let mut checks = vec![
        same_name_twice(),
        deleting_own_leaves_namesake(),
        forbidden_leaves_both(),
        ids_differ(),
    ];
    for (id, neighbour) in [
        ("same-project", Caller::Second),
        ("other-project", Caller::Other),
        ("reader", Caller::Reader),
    ] {
        checks.push(not_listed_by(id, neighbour));
        checks.push(not_shown_to(id, neighbour));
        checks.push(not_deleted_by(id, neighbour));
    }
    checks.push(not_listed_by("admin", Caller::Admin));
    checks.push(not_shown_to("admin", Caller::Admin));
    checks.push(not_deleted_by("admin", Caller::Admin));
    for operation in [KeypairList, KeypairCreate, KeypairShow, KeypairDelete] {
        checks.push(policy_in_words(operation));
    }
    checks.extend([
        admin_pages_a_user(),
        admin_misses(KeypairShow),
        admin_misses(KeypairDelete),
        admin_takes_no_name_twice(),
    ]);
    checks
}

fn acts_for_user(contract: &Contract) -> bool {
    contract.behaves(Behavior::ActsForUser)
}

fn own(operation: Operation, id: &str, title: impl Into<String>) -> Draft {
    begin(operation, format!("{operation}.{id}"), title)
        .sentence(OWN)
        .source("Rackspace, 'Manage SSH Key Pairs for Cloud Servers with python-novaclient', Key Pairs and Role-Based Access Control")
        .versions(Versions::EachBoundarySide(operation))
}

fn same_name_twice() -> Check {
    own(
        KeypairCreate,
        "owners.same-name",
        "Two users may own keypairs of the same name, each their own key",
    )
    .callers([Caller::Main, Caller::Second])
    .probe(|cx| async move {
        let name = cx.unique("namesake");
        for (caller, key) in [(Caller::Main, ED25519), (Caller::Second, ANOTHER)] {
            cx.ledger().will_create(Keypair::of(caller, &name));
            let answer = cx
                .as_(caller)
                .ask(KeypairCreate, &[])
                .json(&import(&name, key))
                .send()
                .await?;
            answer.expect_status(cx.contract(KeypairCreate).status())?;
        }
        for (caller, key) in [(Caller::Main, ED25519), (Caller::Second, ANOTHER)] {
            still_has(&cx, caller, &name, key).await?;
            let list = cx.as_(caller).ask(KeypairList, &[]).send().await?;
            let found = listed(&list, &name)?
                .get("public_key")
                .cloned()
                .unwrap_or_default();
            list.expect(
                found == json!(key),
                "the caller's own key under that name",
                &found,
                "/keypairs",
            )?;
        }
        Ok(())
    })
}

fn deleting_own_leaves_namesake() -> Check {
    own(
        KeypairDelete,
        "owners.namesake-stays",
        "Deleting one's keypair leaves another user's of the same name",
    )
    .callers([Caller::Main, Caller::Second])
    .probe(|cx| async move {
        let name = namesakes(&cx, Caller::Main, Caller::Second, "namesake").await?;
        let answer = cx
            .as_(Caller::Main)
            .ask(KeypairDelete, &[&name])
            .send()
            .await?;
        answer.expect_status(cx.contract(KeypairDelete).status())?;
        has_none(
            &cx,
            Caller::Main,
            &name,
            "the caller's own keypair to be deleted",
        )
        .await?;
        still_has(&cx, Caller::Second, &name, ANOTHER).await
    })
}

fn forbidden_leaves_both() -> Check {
    own(
        KeypairDelete,
        "owners.forbidden-leaves-both",
        "Naming another user touches neither their keypair nor one's own of that name",
    )
    .versions(Versions::where_contract(KeypairDelete, acts_for_user))
    .callers([Caller::Main, Caller::Second])
    .probe(|cx| async move {
        let name = namesakes(&cx, Caller::Main, Caller::Second, "namesake").await?;
        let victim = cx.as_(Caller::Second).user_id()?.to_owned();
        let answer = cx
            .as_(Caller::Main)
            .ask(KeypairDelete, &[&name])
            .query("user_id", &victim)
            .send()
            .await?;
        answer.expect(
            answer.status() == 403,
            "403: another user's keypair is not to be deleted",
            answer.status(),
            "status",
        )?;
        still_has(&cx, Caller::Main, &name, ED25519).await?;
        still_has(&cx, Caller::Second, &name, ANOTHER).await
    })
}

fn ids_differ() -> Check {
    own(
        KeypairShow,
        "owners.ids",
        "Two users' keypairs of one name have ids and owners of their own",
    )
    .callers([Caller::Main, Caller::Second])
    .probe(|cx| async move {
        let name = namesakes(&cx, Caller::Main, Caller::Second, "namesake").await?;
        let (main, second) = (cx.as_(Caller::Main), cx.as_(Caller::Second));
        let one = main.ask(KeypairShow, &[&name]).send().await?;
        let other = second.ask(KeypairShow, &[&name]).send().await?;
        one.expect_status(200)?
            .expect_json_eq("/keypair/user_id", &json!(main.user_id()?))?;
        other
            .expect_status(200)?
            .expect_json_eq("/keypair/user_id", &json!(second.user_id()?))?;
        let differ = one.at("/keypair/id")? != other.at("/keypair/id")?;
        other.expect(
            differ,
            "an id of its own",
            "the other keypair's id",
            "/keypair/id",
        )?;
        Ok(())
    })
}

fn not_listed_by(id: &str, neighbour: Caller) -> Check {
    own(
        KeypairList,
        &format!("owners.not-of-{id}"),
        format!("One's list does not hold the keypairs of another user ({neighbour})"),
    )
    .callers([Caller::Main, neighbour])
    .probe(move |cx| async move {
        let name = has_one(&cx, "private").await?;
        let list = cx.as_(neighbour).ask(KeypairList, &[]).send().await?;
        list.expect_status(200)?;
        not_listed(&list, &name, "no keypair of another user")
    })
}

fn not_shown_to(id: &str, neighbour: Caller) -> Check {
    own(
        KeypairShow,
        &format!("owners.not-to-{id}"),
        format!("By its name alone a keypair is not shown to another user ({neighbour})"),
    )
    .callers([Caller::Main, neighbour])
    .probe(move |cx| async move {
        let name = has_one(&cx, "private").await?;
        has_none(
            &cx,
            neighbour,
            &name,
            "404: another user's keypair is not to be shown",
        )
        .await
    })
}

fn not_deleted_by(id: &str, neighbour: Caller) -> Check {
    own(
        KeypairDelete,
        &format!("owners.not-by-{id}"),
        format!("By its name alone a keypair is not deleted by another user ({neighbour})"),
    )
    .callers([Caller::Main, neighbour])
    .probe(move |cx| async move {
        let name = has_one(&cx, "private").await?;
        let answer = cx
            .as_(neighbour)
            .ask(KeypairDelete, &[&name])
            .send()
            .await?;
        still_has(&cx, Caller::Main, &name, ED25519).await?;
        answer.expect_fault(404, Says::Anything)?;
        Ok(())
    })
}

fn policy_in_words(operation: Operation) -> Check {
    Check::should(
        format!("{operation}.policy-in-words"),
        "What policy forbids is refused with the name of its rule",
    )
    .sentence(FORBIDDEN)
    .source(SPEC)
    .versions(Versions::where_contract(operation, acts_for_user))
    .callers([Caller::Main, Caller::Second])
    .probe(move |cx| async move {
        let name = cx.unique("forbidden");
        let victim = cx.as_(Caller::Second).user_id()?.to_owned();
        let ask = cx.as_(Caller::Main).ask(operation, &[&name]);
        let ask = if operation == KeypairCreate {
            cx.ledger().will_create(Keypair::of(Caller::Second, &name));
            let mut body = import(&name, ED25519);
            body["keypair"]["user_id"] = json!(victim);
            ask.json(&body)
        } else {
            ask.query("user_id", &victim)
        };
        let rule = operation.policy().unwrap_or_default();
        ask.send()
            .await?
            .expect_fault(403, format!("Policy doesn't allow {rule} to be performed."))?;
        Ok(())
    })
}

fn admin(operation: Operation, id: &str, title: &str) -> Draft {
    begin(operation, format!("{operation}.{id}"), title)
        .sentence("Admins should be able to see the keypairs of other users, and create new keypairs on their behalf, when needed.")
        .source(SPEC)
        .versions(Versions::where_contract(operation, acts_for_user))
        .callers([Caller::Main, Caller::Admin])
}

fn admin_pages_a_user() -> Check {
    admin(
        KeypairList,
        "admin.pages-a-user",
        "An administrator pages through a user's keypairs",
    )
    .versions(Versions::where_contract(KeypairList, |contract| {
        contract.behaves(Behavior::Pages)
    }))
    .probe(|cx| async move {
        let first = has_one(&cx, "first").await?;
        let second = has_one(&cx, "second").await?;
        let owner = cx.as_(Caller::Main).user_id()?.to_owned();
        let ask = cx
            .as_(Caller::Admin)
            .ask(KeypairList, &[])
            .query("user_id", &owner);
        let answer = ask.query("limit", 1).query("marker", &first).send().await?;
        answer.expect_status(200)?;
        listed(&answer, &second)?;
        not_listed(&answer, &first, "what comes after the marker")
    })
}

fn admin_misses(operation: Operation) -> Check {
    admin(
        operation,
        "admin.missing",
        "An administrator who names a user does not get their own keypair instead",
    )
    .probe(move |cx| async move {
        let name = cx.unique("admins");
        has(&cx, Caller::Admin, &name, ED25519).await?;
        let owner = cx.as_(Caller::Main).user_id()?.to_owned();
        let answer = cx
            .as_(Caller::Admin)
            .ask(operation, &[&name])
            .query("user_id", &owner)
            .send()
            .await?;
        answer.expect_fault(404, Says::Anything)?;
        still_has(&cx, Caller::Admin, &name, ED25519).await
    })
}

fn admin_takes_no_name_twice() -> Check {
    admin(
        KeypairCreate,
        "admin.name-taken",
        "An administrator cannot replace a user's keypair",
    )
    .probe(|cx| async move {
        let name = has_one(&cx, "taken").await?;
        let mut body = import(&name, ANOTHER);
        body["keypair"]["user_id"] = json!(cx.as_(Caller::Main).user_id()?);
        cx.ledger().will_create(Keypair::of(Caller::Admin, &name));
        let answer = cx
            .as_(Caller::Admin)
            .ask(KeypairCreate, &[])
            .json(&body)
            .send()
            .await?;
        answer.expect_fault(409, Says::Anything)?;
        still_has(&cx, Caller::Main, &name, ED25519).await
    })
}
