//! What no schema can say: each [`nova_api::Behavior`] has its probe here, and the probe's id ends with its name. A probe is
//! asked on both sides of the behavior's boundaries, and the contract says which side it is on.

use nova_api::{
    Behavior,
    Operation::{self, *},
    legacy_contract,
};
use serde_json::json;

use super::{
    legacy,
    material::{ANOTHER, ED25519},
    steps::{
        begin, has, has_none, has_one, import, listed, names, namesakes, not_listed, still_has,
    },
};
use crate::check::{Base, Caller, Check, Cx, Keypair, Says, Stop, Versions};

const ACTS_FOR_USER: &str = "Microversion 2.10: the user_id parameter lets administrators act on the keypairs of other users. Before, only the owner's own are acted on.";

pub(super) fn checks() -> Vec<Check> {
    vec![
        creates_for_user(),
        lists_for_user(),
        shows_for_user(),
        deletes_for_user(),
        pages(),
        generates(),
        trims_name(),
        drops_unknown_properties(),
    ]
}

fn for_user(operation: Operation, title: &str) -> crate::check::Draft {
    begin(
        operation,
        format!("{operation}.{}", Behavior::ActsForUser.name()),
        title,
    )
    .sentence(ACTS_FOR_USER)
    .source("Specification 'Allow admins to query and create keypairs owned by any user'")
    .versions(Versions::EachBoundarySide(operation))
    .callers([Caller::Main, Caller::Admin])
}

fn creates_for_user() -> Check {
    for_user(
        KeypairCreate,
        "What an administrator creates for a user is that user's",
    )
    .probe(|cx| async move {
        let name = cx.unique("for-user");
        let owner = cx.as_(Caller::Main).user_id()?.to_owned();
        cx.ledger().will_create(Keypair::of(Caller::Main, &name));
        cx.ledger().will_create(Keypair::of(Caller::Admin, &name));
        let mut body = import(&name, ED25519);
        body["keypair"]["user_id"] = json!(owner);
        let answer = cx
            .as_(Caller::Admin)
            .ask(KeypairCreate, &[])
            .json(&body)
            .send()
            .await?;
        if !cx.contract(KeypairCreate).behaves(Behavior::ActsForUser) {
            answer.expect_fault(400, Says::Anything)?;
            return has_none(&cx, Caller::Main, &name, "nothing made for the user").await;
        }
        answer
            .expect_contract(cx.contract(KeypairCreate))?
            .expect_json_eq("/keypair/user_id", &json!(owner))?;
        still_has(&cx, Caller::Main, &name, ED25519).await?;
        has_none(
            &cx,
            Caller::Admin,
            &name,
            "no keypair of the administrator's own",
        )
        .await
    })
}

fn lists_for_user() -> Check {
    for_user(
        KeypairList,
        "An administrator lists a user's keypairs, and not their own",
    )
    .probe(|cx| async move {
        let users = has_one(&cx, "users").await?;
        let own = cx.unique("own");
        has(&cx, Caller::Admin, &own, ANOTHER).await?;
        let owner = cx.as_(Caller::Main).user_id()?.to_owned();
        let ask = cx
            .as_(Caller::Admin)
            .ask(KeypairList, &[])
            .query("user_id", &owner);
        let answer = ask.send().await?;
        answer.expect_status(200)?;
        let acts = cx.contract(KeypairList).behaves(Behavior::ActsForUser);
        let (listed_one, other) = if acts { (&users, &own) } else { (&own, &users) };
        listed(&answer, listed_one)?;
        not_listed(&answer, other, "the keypairs of one user only")
    })
}

fn shows_for_user() -> Check {
    for_user(
        KeypairShow,
        "An administrator is shown a user's keypair, not their own of that name",
    )
    .probe(|cx| async move {
        let name = namesakes(&cx, Caller::Main, Caller::Admin, "namesake").await?;
        let owner = cx.as_(Caller::Main).user_id()?.to_owned();
        let admin = cx.as_(Caller::Admin);
        let answer = admin
            .ask(KeypairShow, &[&name])
            .query("user_id", &owner)
            .send()
            .await?;
        let acts = cx.contract(KeypairShow).behaves(Behavior::ActsForUser);
        let (key, user) = if acts {
            (ED25519, owner.as_str())
        } else {
            (ANOTHER, admin.user_id()?)
        };
        answer
            .expect_contract(cx.contract(KeypairShow))?
            .expect_json_eq("/keypair/public_key", &json!(key))?
            .expect_json_eq("/keypair/user_id", &json!(user))?;
        Ok(())
    })
}

fn deletes_for_user() -> Check {
    for_user(
        KeypairDelete,
        "An administrator deletes a user's keypair, not their own of that name",
    )
    .probe(|cx| async move {
        let name = namesakes(&cx, Caller::Main, Caller::Admin, "namesake").await?;
        let owner = cx.as_(Caller::Main).user_id()?.to_owned();
        let answer = cx
            .as_(Caller::Admin)
            .ask(KeypairDelete, &[&name])
            .query("user_id", &owner)
            .send()
            .await?;
        answer.expect_contract(cx.contract(KeypairDelete))?;
        let acts = cx.contract(KeypairDelete).behaves(Behavior::ActsForUser);
        let (gone, kept, key) = if acts {
            (Caller::Main, Caller::Admin, ANOTHER)
        } else {
            (Caller::Admin, Caller::Main, ED25519)
        };
        has_none(&cx, gone, &name, "the keypair to be deleted").await?;
        still_has(&cx, kept, &name, key).await
    })
}

fn pages() -> Check {
    begin(KeypairList, format!("keypairs.list.{}", Behavior::Pages.name()), "limit and marker are ignored before 2.35, and walk the list from then on")
        .sentence("Microversion 2.35: added pagination support for keypairs: optional query parameters limit and marker. Before, they are ignored.")
        .versions(Versions::EachBoundarySide(KeypairList))
        .callers([Caller::Main])
        .probe(|cx| async move {
            let first = has_one(&cx, "first").await?;
            let second = has_one(&cx, "second").await?;
            let main = cx.as_(Caller::Main);
            let answer = main.ask(KeypairList, &[]).query("limit", 1).query("marker", &first).send().await?;
            answer.expect_status(200)?;
            if cx.contract(KeypairList).behaves(Behavior::Pages) {
                let found = names(&answer)?;
                answer.expect(found == [second.as_str()], format!("only '{second}'"), found.join(", "), "/keypairs")?;
            } else {
                listed(&answer, &first)?;
                listed(&answer, &second)?;
                answer.expect_absent("/keypairs_links")?;
            }
            Ok(())
        })
}

fn generates() -> Check {
    begin(KeypairCreate, format!("keypairs.create.{}", Behavior::Generates.name()), "Without a public key a keypair is generated before 2.92, and refused from then on")
        .sentence("Microversion 2.92: the POST /os-keypairs API now requires the public_key parameter; it no longer generates keypairs.")
        .versions(Versions::All.asked_at(&[1, 91, 92, 104]))
        .callers([Caller::Main])
        .probe(|cx| async move {
            let name = cx.unique("generated");
            cx.ledger().will_create(Keypair::of(Caller::Main, &name));
            let body = json!({"keypair": {"name": name}});
            let answer = cx.as_(Caller::Main).ask(KeypairCreate, &[]).json(&body).send().await?;
            if cx.contract(KeypairCreate).behaves(Behavior::Generates) {
                answer.expect_contract(cx.contract(KeypairCreate))?.at("/keypair/private_key")?;
                return Ok(());
            }
            answer.expect_fault(400, Says::Anything)?;
            has_none(&cx, Caller::Main, &name, "nothing generated").await
        })
}

/// What both endpoints make of a body: the status of each, where the legacy one is there.
async fn on_both_endpoints(cx: &Cx, body: &serde_json::Value, trimmed: &str) -> Result<(), Stop> {
    legacy::is_there(cx).await?;
    cx.ledger().will_create(Keypair::of(Caller::Main, trimmed));
    let main = cx.as_(Caller::Main);
    let refused = main.ask(KeypairCreate, &[]).json(body).send().await?;
    refused.expect_fault(400, Says::Anything)?;
    let taken = main
        .ask(KeypairCreate, &[])
        .from_base(Base::Legacy)
        .without_version()
        .json(body)
        .send()
        .await?;
    taken
        .expect_contract(legacy_contract(KeypairCreate))?
        .expect_json_eq("/keypair/name", &json!(trimmed))?;
    still_has(cx, Caller::Main, trimmed, ED25519).await
}

fn trims_name() -> Check {
    begin(
        KeypairCreate,
        format!("keypairs.create.{}", Behavior::TrimsName.name()),
        "The legacy endpoint drops spaces around a name, the other refuses them",
    )
    .sentence(
        "The v2.0 compatible API drops leading and trailing spaces of names; 2.1 refuses them.",
    )
    .source(legacy::SOURCE)
    .versions(Versions::at(&[1]))
    .callers([Caller::Main])
    .probe(|cx| async move {
        let name = cx.unique("trimmed");
        on_both_endpoints(&cx, &import(&format!("  {name} "), ED25519), &name).await
    })
}

fn drops_unknown_properties() -> Check {
    begin(KeypairCreate, format!("keypairs.create.{}", Behavior::DropsUnknownProperties.name()), "The legacy endpoint ignores unknown properties, the other refuses them")
        .sentence("The v2.0 compatible API has relaxed validation: it drops unknown properties of a request; 2.1 refuses them.")
        .source(legacy::SOURCE)
        .versions(Versions::at(&[1]))
        .callers([Caller::Main])
        .probe(|cx| async move {
            let name = cx.unique("dropped");
            let mut body = import(&name, ED25519);
            body["keypair"]["nvc_unknown"] = json!(1);
            body["nvc_unknown"] = json!(1);
            on_both_endpoints(&cx, &body, &name).await
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_behavior_has_a_probe_of_its_name() {
        let checks = crate::checks::registry();
        for behavior in Behavior::ALL {
            let named = checks
                .iter()
                .any(|check| check.id().ends_with(&format!(".{}", behavior.name())));
            assert!(
                named,
                "no probe for {behavior:?}: write one whose id ends with '{}'",
                behavior.name()
            );
        }
    }
}
