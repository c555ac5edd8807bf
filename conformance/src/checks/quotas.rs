//! The setting and forgetting of quotas. An administrator sets them for a user that there is not, which nobody feels, and
//! forgets them again; [`super::quota`] narrows the quota of keypairs of somebody who is there. A cloud whose quotas are not
//! Nova's to set is not asked.

use http::Method;
use nova_api::{
    Contract, Input, Microversion,
    Operation::{self, *},
};
use serde_json::{Map, Value, json};

use super::{
    boundaries::UNKNOWN,
    quota::{kept, offered},
};
use crate::check::{Answer, Ask, Caller, Check, Cx, Draft, Says, Stop, Undo, Versions, encoded};

pub(super) fn checks() -> Vec<Check> {
    let mut checks = vec![takes_every_field(), refuses_other_fields()];
    checks.extend([QuotaUpdate, QuotaShow, QuotaDetail, QuotaDelete].map(of_a_user));
    checks.extend([QuotaUpdate, QuotaDelete].map(other_query));
    checks
}

fn quotas(operation: Operation, id: &str, title: &str) -> Draft {
    Check::should(format!("{operation}.{id}"), title)
        .sentence("os-quota-sets: administrators set and forget the quotas of a project, and with the query's user_id those of one user in it.")
        .source(operation.reference())
        .versions(Versions::EachBoundarySide(operation))
        .callers([Caller::Main, Caller::Admin])
        .alone()
}

/// The quotas of somebody in the main caller's project whom nobody is.
struct Nobodys {
    project: String,
    user: String,
    /// What they are: the project's, each as the first version calls it.
    now: Map<String, Value>,
}

impl Nobodys {
    async fn of(cx: &Cx) -> Result<Self, Stop> {
        let project = cx.as_(Caller::Main).project_id()?.to_owned();
        let user = cx.unique("nobody");
        let before = cx
            .as_(Caller::Admin)
            .ask(QuotaShow, &[&project])
            .at(Microversion::MIN)
            .send()
            .await?;
        offered(&before, "GET")?;
        let now = before.at("/quota_set")?.as_object().cloned();
        let undo = Undo::request(
            Caller::Admin,
            "the quotas of a user that there is not",
            Method::DELETE,
            format!(
                "/os-quota-sets/{}?user_id={}",
                encoded(&project),
                encoded(&user)
            ),
        );
        // What it leaves where only the deletion is refused is the quota of nobody.
        cx.ledger().will_create(undo.unless_refused());
        Ok(Self {
            project,
            user,
            now: now.unwrap_or_default(),
        })
    }

    /// A request about the user's quotas.
    fn ask(&self, cx: &Cx, operation: Operation) -> Ask {
        self.ask_of_project(cx, operation)
            .query("user_id", &self.user)
    }

    fn ask_of_project(&self, cx: &Cx, operation: Operation) -> Ask {
        cx.as_(Caller::Admin).ask(operation, &[&self.project])
    }

    /// The fields that a contract takes, each as it is anyway.
    fn as_they_are(&self, contract: &Contract) -> Map<String, Value> {
        let taken = fields(contract).filter_map(|name| {
            let value = match name {
                "force" => json!(true),
                name => self.now.get(name)?.clone(),
            };
            Some((name.to_owned(), value))
        });
        taken.collect()
    }

    /// A quota of keypairs that is not the project's.
    fn another(&self) -> i64 {
        match self.now.get("key_pairs").and_then(Value::as_i64) {
            Some(limit @ 1..) => limit - 1,
            _ => 7,
        }
    }

    async fn set_another(&self, cx: &Cx) -> Result<Answer, Stop> {
        let body = json!({"quota_set": {"key_pairs": self.another(), "force": true}});
        let set = self.ask(cx, QuotaUpdate).json(&body).send().await?;
        offered(&set, "PUT")?;
        kept(
            &set,
            self.now.get("key_pairs").unwrap_or(&Value::Null),
            &json!(self.another()),
        )?;
        Ok(set)
    }
}

/// The members of a quota set that a contract takes.
fn fields(contract: &Contract) -> impl Iterator<Item = &'static str> {
    let inputs = contract.inputs().iter();
    inputs.filter_map(|(path, input)| match input {
        Input::Refused => None,
        _ => path.strip_prefix("/quota_set/"),
    })
}

fn takes_every_field() -> Check {
    quotas(
        QuotaUpdate,
        "answer",
        "Every quota of the version is set, and the answer has the status and fields of the version",
    )
    .probe(|cx| async move {
        let nobodys = Nobodys::of(&cx).await?;
        let contract = cx.contract(QuotaUpdate);
        let body = json!({"quota_set": nobodys.as_they_are(contract)});
        let answer = nobodys.ask(&cx, QuotaUpdate).json(&body).send().await?;
        if matches!(answer.status(), 403 | 405 | 410) {
            offered(&answer, "PUT")?;
        }
        answer.expect_contract(contract)?;
        for name in ["key_pairs", "cores", "ram"] {
            let wanted = nobodys.now.get(name).unwrap_or(&Value::Null);
            answer.expect_json_eq(&format!("/quota_set/{name}"), wanted)?;
        }
        let without = nobodys.ask(&cx, QuotaUpdate).json(&json!({})).send().await?;
        without.expect_fault(400, Says::Anything)?;
        Ok(())
    })
}

fn refuses_other_fields() -> Check {
    quotas(
        QuotaUpdate,
        "other-fields",
        "A quota that the version does not have is refused",
    )
    .probe(|cx| async move {
        let nobodys = Nobodys::of(&cx).await?;
        let known: Vec<&str> = fields(cx.contract(QuotaUpdate)).collect();
        let oldest = nova_api::contract(QuotaUpdate, Microversion::MIN);
        let gone = fields(oldest).filter(|name| !known.contains(name));
        for name in gone.chain([UNKNOWN]) {
            let value = nobodys.now.get(name).cloned().unwrap_or_else(|| json!(1));
            let body = json!({"quota_set": {"force": true, name: value}});
            let answer = nobodys.ask(&cx, QuotaUpdate).json(&body).send().await?;
            if matches!(answer.status(), 403 | 405 | 410) {
                offered(&answer, "PUT")?;
            }
            answer.expect_fault(400, Says::Anything)?;
        }
        Ok(())
    })
}

fn of_a_user(operation: Operation) -> Check {
    quotas(
        operation,
        "of-a-user",
        "The query's user_id means the quotas of that user, and not the project's",
    )
    .probe(move |cx| async move {
        let nobodys = Nobodys::of(&cx).await?;
        let project = nobodys.now.get("key_pairs").cloned().unwrap_or_default();
        let own = json!(nobodys.another());
        let set = nobodys.set_another(&cx).await?;
        set.expect_json_eq("/quota_set/key_pairs", &own)?;
        match operation {
            QuotaDetail => {
                let detail = nobodys.ask(&cx, operation).send().await?;
                detail
                    .expect_contract(cx.contract(operation))?
                    .expect_json_eq("/quota_set/key_pairs/limit", &own)?;
            }
            QuotaDelete => {
                let of_project = set_for_all(&cx, &nobodys).await?;
                let forgotten = nobodys.ask(&cx, operation).send().await?;
                forgotten.expect_contract(cx.contract(operation))?;
                let shown = nobodys.ask(&cx, QuotaShow).send().await?;
                shown
                    .expect_status(200)?
                    .expect_json_eq("/quota_set/key_pairs", &project)?;
                if let Some(limit) = of_project {
                    let others = nobodys.ask_of_project(&cx, QuotaShow).send().await?;
                    others.expect_json_eq("/quota_set/floating_ips", &json!(limit))?;
                }
            }
            _ => {
                let shown = nobodys.ask(&cx, QuotaShow).send().await?;
                shown
                    .expect_contract(cx.contract(QuotaShow))?
                    .expect_json_eq("/quota_set/key_pairs", &own)?;
            }
        }
        let others = nobodys.ask_of_project(&cx, QuotaShow).send().await?;
        others
            .expect_status(200)?
            .expect_json_eq("/quota_set/key_pairs", &project)?;
        Ok(())
    })
}

/// Sets a quota that users cannot have, and that is without effect since networks are another service's, where the version
/// has one. It is the project's then, and stays when a user's are forgotten. Returns what it is.
async fn set_for_all(cx: &Cx, nobodys: &Nobodys) -> Result<Option<i64>, Stop> {
    let was = nobodys.now.get("floating_ips").and_then(Value::as_i64);
    let (true, Some(was)) = (cx.contract(QuotaShow).shows("/quota_set/floating_ips"), was) else {
        return Ok(None);
    };
    let limit = if was > 0 { was - 1 } else { 7 };
    let body = |limit: i64| json!({"quota_set": {"floating_ips": limit, "force": true}});
    let undo = Undo::request(
        Caller::Admin,
        "the project's quota of floating_ips",
        Method::PUT,
        format!("/os-quota-sets/{}", encoded(&nobodys.project)),
    );
    cx.ledger().will_create(undo.json(body(was)));
    let set = nobodys
        .ask(cx, QuotaUpdate)
        .json(&body(limit))
        .send()
        .await?;
    set.to_set_up(200)?;
    let shown = nobodys.ask_of_project(cx, QuotaShow).send().await?;
    shown.to_set_up(200)?;
    let is = shown.at("/quota_set/floating_ips")?.as_i64();
    Ok(is.filter(|is| *is == limit))
}

fn other_query(operation: Operation) -> Check {
    quotas(
        operation,
        "other-query",
        "Unknown query parameters are refused from 2.75 on, and ignored before",
    )
    .probe(move |cx| async move {
        let nobodys = Nobodys::of(&cx).await?;
        nobodys.set_another(&cx).await?;
        let body = json!({"quota_set": {"key_pairs": nobodys.another(), "force": true}});
        let mut ask = nobodys.ask(&cx, operation).query(UNKNOWN, "1");
        if operation == QuotaUpdate {
            ask = ask.json(&body);
        }
        let answer = ask.send().await?;
        let contract = cx.contract(operation);
        if contract.strict_query() {
            answer.expect_fault(400, Says::Anything)?;
        } else {
            answer.expect_contract(contract)?;
        }
        Ok(())
    })
}
