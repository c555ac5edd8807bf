//! Names that must be taken, names that are taken already, and names that nobody has. What is refused for its form stands
//! in [`super::refusals`].

use nova_api::Operation::{self, *};
use serde_json::json;

use super::{
    material::{ANOTHER, ED25519},
    steps::{begin, has, has_one, import, listed, names, still_has},
};
use crate::check::{Caller, Check, Keypair, Says, Versions};

const NAME: &str = "The keypair's name: 1 to 255 characters: letters, digits, _, - and inner spaces, and from 2.92 on @ and dot.";

pub(super) fn checks() -> Vec<Check> {
    vec![
        good("name.longest", "of 255 characters", |name| {
            format!("{name:a<255}")
        }),
        good("name.inner-spaces", "with spaces inside", |name| {
            format!("{name} of  mine")
        }),
        good("name.underscore-and-dash", "with _ and -", |name| {
            format!("{name}_-_")
        }),
        good("name.digits-at-the-end", "that ends with digits", |name| {
            format!("{name}0123456789")
        }),
        good("name.at-sign-taken", "with @", |name| {
            format!("{name}@home")
        }),
        good("name.dot-taken", "with a dot", |name| format!("{name}.pub")),
        good(
            "name.only-new-characters-at-the-end",
            "that ends with @ and a dot",
            |name| format!("{name}@."),
        ),
        taken(),
        taken_unharmed(),
        taken_by_generating(),
        shown_by_whole_name(),
        missing(KeypairShow),
        missing(KeypairDelete),
        missing_in_words(KeypairShow),
        missing_in_words(KeypairDelete),
    ]
}

/// A name that is taken wherever the contract takes it, and then found under exactly that name.
fn good(id: &str, what: &str, name: fn(&str) -> String) -> Check {
    let is_taken = move |contract: &nova_api::Contract| {
        contract.check_body(&import(&name("name"), ED25519)).is_ok()
    };
    begin(
        KeypairCreate,
        format!("keypairs.create.{id}"),
        format!("A name {what} is taken"),
    )
    .sentence(NAME)
    .versions(Versions::where_contract(KeypairCreate, is_taken).asked_once_per_band(KeypairCreate))
    .callers([Caller::Main])
    .probe(move |cx| async move {
        let name = name(&cx.unique("n"));
        cx.ledger().will_create(Keypair::of(Caller::Main, &name));
        let main = cx.as_(Caller::Main);
        let answer = main
            .ask(KeypairCreate, &[])
            .json(&import(&name, ED25519))
            .send()
            .await?;
        answer
            .expect_contract(cx.contract(KeypairCreate))?
            .expect_json_eq("/keypair/name", &json!(name))?;
        let shown = main.ask(KeypairShow, &[&name]).send().await?;
        shown
            .expect_status(200)?
            .expect_json_eq("/keypair/name", &json!(name))?;
        listed(&main.ask(KeypairList, &[]).send().await?, &name)?;
        let deleted = main.ask(KeypairDelete, &[&name]).send().await?;
        deleted.expect_status(cx.contract(KeypairDelete).status())?;
        Ok(())
    })
}

fn taken() -> Check {
    begin(
        KeypairCreate,
        "keypairs.create.name.taken",
        "A second keypair of the same name is refused",
    )
    .sentence("conflict(409): a keypair with this name exists already.")
    .versions(Versions::EachBoundarySide(KeypairCreate))
    .callers([Caller::Main])
    .probe(|cx| async move {
        let name = has_one(&cx, "taken").await?;
        let body = import(&name, ANOTHER);
        let answer = cx
            .as_(Caller::Main)
            .ask(KeypairCreate, &[])
            .json(&body)
            .send()
            .await?;
        answer.expect_fault(409, format!("Key pair '{name}' already exists."))?;
        Ok(())
    })
}

fn taken_unharmed() -> Check {
    begin(
        KeypairCreate,
        "keypairs.create.name.taken-unharmed",
        "A keypair is not overwritten by a second one of its name",
    )
    .sentence("conflict(409): a keypair with this name exists already; it stays as it is.")
    .versions(Versions::EachBoundarySide(KeypairCreate))
    .callers([Caller::Main])
    .probe(|cx| async move {
        let name = has_one(&cx, "taken").await?;
        let main = cx.as_(Caller::Main);
        main.ask(KeypairCreate, &[])
            .json(&import(&name, ANOTHER))
            .send()
            .await?;
        still_has(&cx, Caller::Main, &name, ED25519).await?;
        let list = main.ask(KeypairList, &[]).send().await?;
        let count = names(&list)?
            .into_iter()
            .filter(|listed| *listed == name)
            .count();
        list.expect(
            count == 1,
            format!("'{name}' once"),
            format!("it {count} times"),
            "/keypairs",
        )?;
        Ok(())
    })
}

fn taken_by_generating() -> Check {
    let generates = |contract: &nova_api::Contract| contract.behaves(nova_api::Behavior::Generates);
    begin(
        KeypairCreate,
        "keypairs.create.name.taken-by-generating",
        "No keypair is generated under a name that is taken",
    )
    .sentence("conflict(409): a keypair with this name exists already.")
    .versions(Versions::where_contract(KeypairCreate, generates))
    .callers([Caller::Main])
    .probe(|cx| async move {
        let name = has_one(&cx, "taken").await?;
        let body = json!({"keypair": {"name": name}});
        let answer = cx
            .as_(Caller::Main)
            .ask(KeypairCreate, &[])
            .json(&body)
            .send()
            .await?;
        answer.expect_fault(409, Says::Anything)?;
        still_has(&cx, Caller::Main, &name, ED25519).await
    })
}

fn shown_by_whole_name() -> Check {
    begin(
        KeypairShow,
        "keypairs.show.whole-name",
        "A keypair answers to its whole name only",
    )
    .sentence("keypair_name: the keypair name. itemNotFound(404) for any other.")
    .versions(Versions::EachBoundarySide(KeypairShow))
    .callers([Caller::Main])
    .probe(|cx| async move {
        let name = cx.unique("whole-name");
        let longer = format!("{name}-longer");
        has(&cx, Caller::Main, &longer, ED25519).await?;
        let main = cx.as_(Caller::Main);
        main.ask(KeypairShow, &[&name])
            .send()
            .await?
            .expect_fault(404, Says::Anything)?;
        main.ask(KeypairDelete, &[&name])
            .send()
            .await?
            .expect_fault(404, Says::Anything)?;
        still_has(&cx, Caller::Main, &longer, ED25519).await
    })
}

fn missing(operation: Operation) -> Check {
    begin(
        operation,
        format!("{operation}.missing"),
        "A keypair that does not exist is not found",
    )
    .sentence("Error response codes: itemNotFound(404).")
    .versions(Versions::EachBoundarySide(operation))
    .callers([Caller::Main])
    .probe(move |cx| async move {
        let name = cx.unique("missing");
        let answer = cx.as_(Caller::Main).ask(operation, &[&name]).send().await?;
        answer.expect_fault(404, Says::Anything)?;
        Ok(())
    })
}

fn missing_in_words(operation: Operation) -> Check {
    Check::should(
        format!("{operation}.missing-in-words"),
        "A missing keypair is named with the user who lacks it",
    )
    .sentence("Nova says 'Keypair X not found for user U'.")
    .source(operation.reference())
    .versions(Versions::EachBoundarySide(operation))
    .callers([Caller::Main])
    .probe(move |cx| async move {
        let name = cx.unique("missing");
        let main = cx.as_(Caller::Main);
        let answer = main.ask(operation, &[&name]).send().await?;
        answer.expect_fault(
            404,
            format!("Keypair {name} not found for user {}", main.user_id()?),
        )?;
        Ok(())
    })
}
