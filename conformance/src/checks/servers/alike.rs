//! One server, told by two operations. Much of what an answer says of a server a contract cannot demand: what only some servers
//! have (a fault, a volume, an address), what only administrators see, what a policy may hide. But what one operation tells of
//! a server, another tells too, where both have the field. So each is held against its neighbour.

use nova_api::{
    Audience, Contract, Microversion,
    Operation::{self, *},
    Output, bands, contract,
};
use serde_json::{Value, json};

use super::{
    boundaries::{expect_field_in, places},
    stage::begin,
};
use crate::{
    check::{Answer, Ask, Caller, Check, Cx, Draft, Server, Stop, Versions},
    checks::rebuild::steps,
};

pub(super) fn checks() -> Vec<Check> {
    let mut checks = vec![rebuilt(), building()];
    for operation in [ServerDetail, ServerShow, ServerUpdate] {
        checks.extend([Kind::Full, Kind::Volume, Kind::Failed].map(|kind| alike(operation, kind)));
    }
    checks.push(alike(ServerRebuild, Kind::Volume));
    checks.extend([ServerRebuild, ServerRescue].map(password));
    checks
}

/// What server is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// One that has a little of everything.
    Full,
    /// One whose disk is a volume.
    Volume,
    /// One in error, with a fault.
    Failed,
}

impl Kind {
    const fn of(self) -> &'static str {
        match self {
            Self::Full => "",
            Self::Volume => " whose disk is a volume",
            Self::Failed => " that is in error",
        }
    }

    const fn id(self) -> &'static str {
        match self {
            Self::Full => "alike",
            Self::Volume => "alike.volume",
            Self::Failed => "alike.failed",
        }
    }

    /// Whether such a server is needed to see a field.
    fn shows(self, (path, audience, output): &(&str, Audience, Output)) -> bool {
        let (of_volume, of_failed) = (
            path.contains("/os-extended-volumes:volumes_attached/"),
            path.ends_with("/fault"),
        );
        match self {
            Self::Full => {
                let is_dispensable =
                    *audience == Audience::Admins || matches!(output, Output::Sometimes(_));
                let is_deep = path.contains("/addresses/");
                !of_volume && !of_failed && (is_dispensable || is_deep)
            }
            Self::Volume => of_volume,
            Self::Failed => of_failed,
        }
    }

    /// On both sides of each version that changes what such a server shows, and at the first that shows any of it.
    fn versions(self, operation: Operation) -> Versions {
        let fields = |contract: &Contract| {
            let outputs = contract
                .outputs()
                .iter()
                .filter(|output| self.shows(output));
            let mut fields: Vec<String> = outputs.map(|output| format!("{output:?}")).collect();
            fields.sort_unstable();
            fields
        };
        let mut asked = Vec::new();
        for band in bands(operation) {
            let before = band.first.previous();
            let of_before = before
                .map(|before| fields(contract(operation, before)))
                .unwrap_or_default();
            if fields(&band.contract) != of_before {
                asked.extend(
                    before
                        .into_iter()
                        .chain([band.first])
                        .map(Microversion::minor),
                );
            }
        }
        Versions::All.asked_at(&asked)
    }

    async fn server(self, cx: &Cx, operation: Operation) -> Result<Server, Stop> {
        match self {
            Self::Full if is_a_look(operation) => cx.shared_server().await,
            Self::Full => cx.full_server(Caller::Main).await,
            Self::Volume => cx.make_volume_server(Caller::Main, "volume").await,
            Self::Failed => failed(cx).await,
        }
    }
}

/// A server with a fault: no driver but that of bare metal can keep an ephemeral disk, and only the attempt shows it.
async fn failed(cx: &Cx) -> Result<Server, Stop> {
    let server = cx.server(Caller::Main).await?;
    let answer = steps::rebuild(
        cx,
        Caller::Main,
        &server,
        &json!({"preserve_ephemeral": true}),
    )
    .await?;
    answer.to_set_up(cx.contract(ServerRebuild).status())?;
    let at_rest = |server: &Value| {
        let is_idle = server
            .get("OS-EXT-STS:task_state")
            .is_none_or(Value::is_null);
        is_idle && matches!(server["status"].as_str(), Some("ACTIVE" | "ERROR"))
    };
    let shown = cx
        .as_(Caller::Main)
        .wait_until(&server.id, "in error", at_rest)
        .await?;
    if shown.text_at("/server/status")? == "ACTIVE" {
        return Err(Stop::NotApplicable(
            "a fault could not be provoked: the cloud keeps ephemeral disks".to_owned(),
        ));
    }
    Ok(server)
}

const fn is_a_look(operation: Operation) -> bool {
    matches!(operation, ServerShow | ServerDetail)
}

/// The operation that an answer is held against.
const fn neighbour(operation: Operation) -> Operation {
    match operation {
        ServerShow => ServerDetail,
        _ => ServerShow,
    }
}

/// Where the server stands in an operation's answer.
const fn root(operation: Operation) -> &'static str {
    match operation {
        ServerDetail => "/servers/*",
        _ => "/server",
    }
}

/// An answer, and it as if it told nothing but the one server.
struct Told {
    operation: Operation,
    answer: Answer,
    body: Value,
}

async fn tell(
    cx: &Cx,
    operation: Operation,
    caller: Caller,
    server: &Server,
) -> Result<Told, Stop> {
    let ask: Ask = match operation {
        ServerDetail => {
            let ask = cx
                .as_(caller)
                .ask(operation, &[])
                .query("name", &server.name);
            match caller {
                Caller::Admin => ask.query("all_tenants", 1),
                _ => ask,
            }
        }
        ServerUpdate => cx
            .as_(caller)
            .ask(operation, &[&server.id])
            .json(&json!({"server": {"name": server.name}})),
        ServerRebuild => {
            let image = cx.ingredients().await?.image.clone();
            cx.as_(caller)
                .ask(operation, &[&server.id])
                .json(&steps::body(&image, &json!({})))
        }
        _ => cx.as_(caller).ask(operation, &[&server.id]),
    };
    let answer = ask.send().await?;
    answer.expect_contract(cx.contract(operation))?;
    let body = match operation {
        ServerDetail => {
            let mut items = answer.list_at("/servers")?.iter();
            let item = items.find(|item| item.get("id") == Some(&json!(server.id)));
            let item = item.ok_or_else(|| {
                answer.wrong(
                    format!("the server {}", server.id),
                    "a list without",
                    "/servers",
                )
            })?;
            json!({"servers": [item]})
        }
        _ => answer.json()?.clone(),
    };
    Ok(Told {
        operation,
        answer,
        body,
    })
}

impl Told {
    /// That it has every field that the version shows to this audience and no others, as far as a contract can say; and what the
    /// other answer has of the same server.
    fn expect_like(&self, cx: &Cx, other: &Self, audience: Audience) -> Result<(), Stop> {
        let (own, others) = (cx.contract(self.operation), cx.contract(other.operation));
        let mut known: Vec<&str> = bands(self.operation)
            .iter()
            .flat_map(|band| band.contract.outputs())
            .map(|(path, ..)| *path)
            .collect();
        known.sort_unstable();
        known.dedup();
        for path in known {
            expect_field_in(&self.answer, &self.body, own, path, audience)?;
        }
        let is_for_them = |of: &Audience| *of == Audience::Everyone || audience == Audience::Admins;
        for (path, ..) in own.outputs().iter().filter(|(_, of, _)| is_for_them(of)) {
            let Some(field) = path.strip_prefix(root(self.operation)) else {
                continue;
            };
            let there = format!("{}{field}", root(other.operation));
            let mut outputs = others.outputs().iter();
            let shown = outputs.any(|(known, of, _)| *known == there && is_for_them(of));
            if shown && places(&other.body, &there).contains(&true) {
                self.answer.expect(
                    places(&self.body, path).contains(&true),
                    format!(
                        "the field {path}, which {} tells of the server",
                        other.operation
                    ),
                    "none",
                    path,
                )?;
            }
        }
        Ok(())
    }
}

const SENTENCE: &str = "The response of the Compute API reference: the fields of a server are those of the version, whichever operation tells them.";

fn draft(operation: Operation, id: &str, title: String) -> Draft {
    begin(operation, format!("{operation}.{id}"), title)
        .sentence(SENTENCE)
        .callers([Caller::Main, Caller::Admin])
}

fn alike(operation: Operation, kind: Kind) -> Check {
    let other = neighbour(operation);
    let title = format!("A server{} is told as {other} tells it", kind.of());
    let draft = draft(operation, kind.id(), title).versions(kind.versions(operation));
    let draft = if kind == Kind::Full && is_a_look(operation) {
        draft.reads_a_server()
    } else {
        draft.servers(1)
    };
    draft.probe(move |cx| async move {
        let server = kind.server(&cx, operation).await?;
        for (caller, audience) in [
            (Caller::Main, Audience::Everyone),
            (Caller::Admin, Audience::Admins),
        ] {
            let before = tell(&cx, other, caller, &server).await?;
            let told = tell(&cx, operation, caller, &server).await?;
            told.expect_like(&cx, &before, audience)?;
            if operation == ServerRebuild {
                break;
            }
        }
        Ok(())
    })
}

/// Whether a version, or the next, tells administrators more of a rebuilt server than others: each rebuild costs a cloud seconds.
fn tells_admins_more(version: Microversion) -> bool {
    let more = |version| {
        let mut outputs = contract(ServerRebuild, version).outputs().iter();
        outputs.any(|(_, audience, _)| *audience == Audience::Admins)
    };
    more(version) || Microversion::new(version.minor() + 1).is_some_and(more)
}

fn rebuilt() -> Check {
    draft(
        ServerRebuild,
        "answer",
        "The answer has the fields of the version, and tells of the server what it was shown with"
            .to_owned(),
    )
    .versions(Versions::EachBoundarySide(ServerRebuild))
    .servers(1)
    .probe(|cx| async move {
        let server = cx.full_server(Caller::Main).await?;
        let main = cx.as_(Caller::Main);
        let mut asked = vec![(Caller::Main, Audience::Everyone)];
        if tells_admins_more(cx.version()) {
            asked.push((Caller::Admin, Audience::Admins));
        }
        for (caller, audience) in asked {
            let before = tell(&cx, ServerShow, caller, &server).await?;
            let told = tell(&cx, ServerRebuild, caller, &server).await?;
            told.expect_like(&cx, &before, audience)?;
            main.wait_settled(&server.id).await?;
        }
        Ok(())
    })
}

fn building() -> Check {
    begin(
        ServerShow,
        format!("{ServerShow}.building"),
        "A server is shown as soon as it is accepted, as it was asked for",
    )
    .sentence(SENTENCE)
    .versions(Versions::All.asked_at(&[1, 104]))
    .callers([Caller::Main])
    .servers(1)
    .probe(|cx| async move {
        let name = cx.unique("building");
        let body = cx.server_body(&name).await?;
        let main = cx.as_(Caller::Main);
        let made = main.ask(ServerCreate, &[]).json(&body).send().await?;
        made.to_set_up(cx.contract(ServerCreate).status())?;
        let id = made.text_at("/server/id")?;
        let shown = main.ask(ServerShow, &[id]).send().await?;
        shown
            .expect_contract(cx.contract(ServerShow))?
            .expect_json_eq("/server/id", &json!(id))?
            .expect_json_eq("/server/name", &json!(name))?;
        Ok(())
    })
}

fn password(operation: Operation) -> Check {
    begin(
        operation,
        format!("{operation}.password.told"),
        "A cloud that tells the password of a new server tells the one of this action too",
    )
    .sentence("adminPass: the administrative password of the server. A deployment tells passwords, or it does not ([api]enable_instance_password).")
    .versions(Versions::All.asked_at(&[1]))
    .callers([Caller::Main])
    .servers(1)
    .probe(move |cx| async move {
        let body = cx.server_body(&cx.unique("password")).await?;
        let main = cx.as_(Caller::Main);
        let made = main.ask(ServerCreate, &[]).json(&body).send().await?;
        made.to_set_up(cx.contract(ServerCreate).status())?;
        if made.json()?.pointer("/server/adminPass").is_none() {
            return Err(Stop::NotApplicable(
                "the cloud tells no passwords ([api]enable_instance_password is off)".to_owned(),
            ));
        }
        let id = made.text_at("/server/id")?;
        main.wait_settled(id).await?;
        let image = cx.ingredients().await?.image.clone();
        let (body, place) = match operation {
            ServerRebuild => (steps::body(&image, &json!({})), "/server/adminPass"),
            _ => (json!({"rescue": null}), "/adminPass"),
        };
        let answer = main.ask(operation, &[id]).json(&body).send().await?;
        answer.expect_status(cx.contract(operation).status())?;
        let told = answer.json()?.pointer(place).is_some_and(Value::is_string);
        answer.expect(told, "the password", "none", place)?;
        Ok(())
    })
}
