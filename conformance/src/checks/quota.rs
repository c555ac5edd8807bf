//! The quota of keypairs. An administrator narrows the project's for the length of a probe, and it is put back; probes here
//! run alone. A cloud whose quotas are not Nova's to set is not asked; one that takes a quota and does not keep it is wrong.

use http::Method;
use nova_api::{Microversion, Operation::*};
use serde_json::{Value, json};

use super::{
    material::ED25519,
    steps::{begin, has_one, import, names},
};
use crate::{
    check::{Answer, Caller, Check, Cx, Draft, Keypair, Says, Stop, Undo, Versions},
    run_name::narrowed,
};

pub(super) fn checks() -> Vec<Check> {
    vec![
        quota("quota.exceeded", "A keypair beyond the quota is refused").probe(|cx| async move {
            let room = Room::of_one(&cx).await?;
            room.fill(&cx).await?;
            let name = cx.unique("beyond");
            let answer = create(&cx, &name).await?;
            answer.expect_fault(403, Says::Anything)?;
            super::steps::has_none(&cx, Caller::Main, &name, "nothing made beyond the quota").await
        }),
        quota("quota.freed", "A deleted keypair makes room for another").probe(|cx| async move {
            let room = Room::of_one(&cx).await?;
            let filler = room.fill(&cx).await?;
            create(&cx, &cx.unique("beyond"))
                .await?
                .expect_status(403)?;
            let deleted = cx
                .as_(Caller::Main)
                .ask(KeypairDelete, &[&filler])
                .send()
                .await?;
            deleted.to_set_up(cx.contract(KeypairDelete).status())?;
            create(&cx, &cx.unique("after"))
                .await?
                .expect_status(cx.contract(KeypairCreate).status())?;
            Ok(())
        }),
        quota(
            "quota.counts-users",
            "Another user of the project has a quota of their own",
        )
        .callers([Caller::Main, Caller::Admin, Caller::Second])
        .probe(|cx| async move {
            let others = names(&cx.as_(Caller::Second).ask(KeypairList, &[]).send().await?)?.len();
            let room = Room::of_one(&cx).await?;
            if others > room.count {
                return Err(Stop::NotApplicable(
                    "the caller 'second' has more keypairs than the caller 'main'".to_owned(),
                ));
            }
            room.fill(&cx).await?;
            let name = cx.unique("seconds");
            cx.ledger().will_create(Keypair::of(Caller::Second, &name));
            let ask = cx
                .as_(Caller::Second)
                .ask(KeypairCreate, &[])
                .json(&import(&name, ED25519));
            ask.send()
                .await?
                .expect_status(cx.contract(KeypairCreate).status())?;
            Ok(())
        }),
        Check::should(
            "keypairs.create.quota.in-words",
            "A keypair beyond the quota is refused in Nova's words",
        )
        .sentence("Quota exceeded, too many key pairs.")
        .source(KeypairCreate.reference())
        .versions(Versions::at(&[1]))
        .callers([Caller::Main, Caller::Admin])
        .alone()
        .probe(|cx| async move {
            let room = Room::of_one(&cx).await?;
            room.fill(&cx).await?;
            let answer = create(&cx, &cx.unique("beyond")).await?;
            answer.expect_fault(403, "Quota exceeded, too many key pairs.")?;
            Ok(())
        }),
    ]
}

fn quota(id: &str, title: &str) -> Draft {
    begin(KeypairCreate, format!("keypairs.create.{id}"), title)
        .sentence("forbidden(403): the quota of key_pairs, the number of keypairs allowed for each user, is exceeded.")
        .versions(Versions::at(&[Microversion::MIN.minor(), 2, 91, 92]))
        .callers([Caller::Main, Caller::Admin])
        .alone()
}

async fn create(cx: &Cx, name: &str) -> Result<Answer, Stop> {
    cx.ledger().will_create(Keypair::of(Caller::Main, name));
    cx.as_(Caller::Main)
        .ask(KeypairCreate, &[])
        .json(&import(name, ED25519))
        .send()
        .await
}

/// A quota with room for one more keypair of [`Caller::Main`], until the probe ends.
struct Room {
    /// How many keypairs the caller has.
    count: usize,
}

impl Room {
    async fn of_one(cx: &Cx) -> Result<Self, Stop> {
        let (main, admin) = (cx.as_(Caller::Main), cx.as_(Caller::Admin));
        let project = main.project_id()?.to_owned();
        let before = admin.ask(QuotaShow, &[&project]).send().await?;
        offered(&before, "GET")?;
        let limit = key_pairs(&before)
            .ok_or_else(|| before.wrong("a number", "none", "/quota_set/key_pairs"))?;
        let there = names(&main.ask(KeypairList, &[]).send().await?)?.len();
        let count = there + 1;
        let wanted = i64::try_from(count).unwrap_or(i64::MAX).saturating_add(1);
        // Counted above. It outlives the run where the run is killed, and tells `sweep` what the quota was.
        has_one(cx, &narrowed(limit, wanted)).await?;
        let path = format!("/os-quota-sets/{project}");
        let body = |limit: i64| json!({"quota_set": {"key_pairs": limit}});
        let undo = Undo::request(
            Caller::Admin,
            "the project's quota of key_pairs",
            Method::PUT,
            path,
        );
        cx.ledger()
            .will_create(undo.json(body(limit)).unless_refused());
        let set = admin
            .ask(QuotaUpdate, &[&project])
            .json(&body(wanted))
            .send()
            .await?;
        offered(&set, "PUT")?;
        kept(&set, &json!(limit), &json!(wanted))?;
        let after = admin.ask(QuotaShow, &[&project]).send().await?;
        after.to_set_up(200)?;
        after.expect_json_eq("/quota_set/key_pairs", &json!(wanted))?;
        Ok(Self { count })
    }

    /// Takes the room.
    async fn fill(&self, cx: &Cx) -> Result<String, Stop> {
        has_one(cx, "filler").await
    }
}

fn key_pairs(answer: &Answer) -> Option<i64> {
    answer
        .json()
        .ok()?
        .pointer("/quota_set/key_pairs")
        .and_then(Value::as_i64)
}

/// That the answer to a changed quota of keypairs does not show the old one: a cloud whose limits are Keystone's accepts
/// quotas, and shows those that are Keystone's.
pub(super) fn kept(set: &Answer, before: &Value, wanted: &Value) -> Result<(), Stop> {
    match set.at("/quota_set/key_pairs") {
        Ok(shown) if shown == before && shown != wanted => Err(Stop::NotApplicable(
            "the cloud accepts quotas and keeps its own, as with unified limits".to_owned(),
        )),
        _ => Ok(()),
    }
}

/// Ends the probe unless the answer is a success: some statuses say that the quotas are set elsewhere, any other that
/// something is wrong with the cloud.
pub(super) fn offered(answer: &Answer, method: &str) -> Result<(), Stop> {
    match answer.status() {
        status @ (403 | 404 | 405 | 410) => Err(Stop::NotApplicable(format!(
            "the cloud's quotas are not to be set through the Compute API: {method} /os-quota-sets answered {status}"
        ))),
        _ => answer.to_set_up(200).map(|_| ()),
    }
}
