//! What nobody is told: a private key but once, to who had it generated, and a password but once, in the answer to the request
//! that set it. These two are asked last and alone, because they judge every exchange of the whole run.

use nova_api::{
    Behavior,
    Operation::{KeypairCreate, KeypairList, KeypairShow, ServerRebuild, ServerShow},
};
use serde_json::{Value, json};

use crate::{
    check::{Caller, Check, Cx, Keypair, Stop, Versions},
    checks::{
        material::ED25519,
        rebuild::steps::{rebuild, rebuilt},
        steps::import,
    },
    watch::Kind,
};

pub(super) fn checks() -> Vec<Check> {
    vec![private_keys(), passwords()]
}

/// That the watch heard no secret of this kind in the whole run.
fn nothing_told(cx: &Cx, kind: Kind, expected: &str) -> Result<(), Stop> {
    let (told, exchanges) = cx.watch().told(kind);
    let found = match told.as_slice() {
        [] => return Ok(()),
        [one] => one.to_string(),
        [first, more @ ..] => format!("{first}, and {} more", more.len()),
    };
    cx.expect(
        false,
        expected,
        found,
        format!("the {exchanges} exchanges of the run"),
    )
}

fn private_keys() -> Check {
    Check::must(
        "security.secrets.private-keys",
        "No answer of the run holds a private key, but the one that generated it",
    )
    .sentence("private_key: only returned in the answer to the request that generated the keypair. Only the public key is stored in your profile. If you lose the private key you must generate a new key pair.")
    .source("Rackspace, 'Manage SSH Key Pairs for Cloud Servers with python-novaclient', Create a Key Pair")
    .versions(Versions::All.asked_at(&[91]))
    .callers([Caller::Main, Caller::Second])
    .alone()
    .probe(|cx| async move {
        let name = cx.unique("generated");
        cx.ledger().will_create(Keypair::of(Caller::Main, &name));
        let main = cx.as_(Caller::Main);
        let contract = cx.contract(KeypairCreate);
        let body = if contract.behaves(Behavior::Generates) {
            json!({"keypair": {"name": name}})
        } else {
            import(&name, ED25519)
        };
        let create = || main.ask(KeypairCreate, &[]).json(&body).send();
        create().await?.to_set_up(contract.status())?;
        create().await?.to_set_up(409)?;
        for caller in [Caller::Main, Caller::Second] {
            cx.as_(caller).ask(KeypairShow, &[&name]).send().await?;
            cx.as_(caller).ask(KeypairList, &[]).send().await?;
        }
        nothing_told(
            &cx,
            Kind::PrivateKey,
            "no private key in any answer but the one to the request that generated it",
        )
    })
}

fn passwords() -> Check {
    Check::must(
        "security.secrets.passwords",
        "No answer of the run holds a password, but the one to the request that set it",
    )
    .sentence("adminPass: the administrative password of the server, shown in the answer to the request that set it; it and a user's password are in no other answer and no error.")
    .source(ServerRebuild.reference())
    .versions(Versions::All.asked_at(&[104]))
    .callers([Caller::Main, Caller::Second])
    .servers(1)
    .alone()
    .probe(|cx| async move {
        let server = cx.server(Caller::Main).await?;
        rebuilt(&cx, Caller::Second, &server, &json!({})).await?;
        let chosen = cx.unique("Chosen1");
        let fields = json!({"adminPass": chosen});
        rebuilt(&cx, Caller::Main, &server, &fields).await?;
        let again = json!({"adminPass": chosen, "metadata": {"": ""}});
        rebuild(&cx, Caller::Main, &server, &again).await?.to_set_up(400)?;
        for caller in [Caller::Main, Caller::Second] {
            let asker = cx.as_(caller);
            asker.ask(ServerShow, &[&server.id]).send().await?;
            for path in ["", "/os-instance-actions", "/os-server-password", "/metadata"] {
                asker.get(format!("/servers/{}{path}", server.id)).send().await?;
            }
            asker.get("/servers/detail").send().await?;
            asker.act(&server.id, "rebuild", Value::Null).await?.to_set_up(400)?;
        }
        nothing_told(
            &cx,
            Kind::Password,
            "no password in any answer but the one to the request that set it",
        )
    })
}
