//! Steps of probes about rebuilding: the request, and looking at what became of the server. It knows the words of a probe.

use nova_api::{
    Contract, Microversion,
    Operation::{ServerRebuild, ServerShow},
};
use serde_json::{Value, json};

use crate::{
    check::{Answer, Caller, Cx, Server, Stop, Versions},
    checks::steps::has,
};

/// Any image's id, for asking what a contract takes.
pub(in crate::checks) const SOME_ID: &str = "70a599e0-31e7-49b7-b260-868f441e862b";

/// A rebuild from an image, with more fields.
pub(in crate::checks) fn body(image: &str, fields: &Value) -> Value {
    let mut rebuild = json!({"imageRef": image});
    for (name, value) in fields.as_object().into_iter().flatten() {
        rebuild[name] = value.clone();
    }
    json!({ "rebuild": rebuild })
}

/// Whether a contract takes these fields beside the image.
pub(in crate::checks) fn takes(contract: &Contract, fields: &Value) -> bool {
    contract.check_body(&body(SOME_ID, fields)).is_ok()
}

/// Where rebuild takes these fields.
pub(in crate::checks) fn where_taken(fields: &Value) -> Versions {
    Versions::where_contract(ServerRebuild, |contract| takes(contract, fields))
}

/// Where rebuild refuses these fields.
pub(in crate::checks) fn where_refused(fields: &Value) -> Versions {
    Versions::where_contract(ServerRebuild, |contract| !takes(contract, fields))
}

/// Where rebuild takes a key's name.
pub(in crate::checks) fn with_keys() -> Versions {
    where_taken(&json!({"key_name": "name"}))
}

/// The same sentence, asked at the first and at the last version where it holds: each rebuild costs a cloud seconds.
pub(in crate::checks) fn at_its_ends(versions: Versions) -> Versions {
    let asked = versions.by_default();
    let ends = asked.first().into_iter().chain(asked.last());
    let minors: Vec<u16> = ends.map(|version| version.minor()).collect();
    versions.asked_at(&minors)
}

/// The same sentence, asked once per band of requests: at each version from which on rebuild takes other fields, and at the
/// last. What only the answer gains changes nothing about what is done.
pub(in crate::checks) fn once_per_request_band(versions: Versions) -> Versions {
    let fields = [
        json!({"description": "text"}),
        json!({"key_name": "name"}),
        json!({"user_data": "YQ=="}),
        json!({"trusted_image_certificates": null}),
        json!({"hostname": "host"}),
        json!({"hostname": "host.example.org"}),
    ];
    let taken = |version| {
        let contract = nova_api::contract(ServerRebuild, version);
        fields.each_ref().map(|fields| takes(contract, fields))
    };
    let holds = |version: &Microversion| versions.holds_at(*version);
    let all: Vec<Microversion> = Microversion::all().filter(holds).collect();
    let first = all.first().into_iter();
    let begins = all
        .windows(2)
        .filter_map(|pair| (taken(pair[0]) != taken(pair[1])).then_some(&pair[1]));
    let minors: Vec<u16> = first
        .chain(begins)
        .chain(all.last())
        .map(|version| version.minor())
        .collect();
    versions.asked_at(&minors)
}

/// The same sentence, asked at the last version where it holds.
pub(in crate::checks) fn at_its_end(versions: Versions) -> Versions {
    let last = versions.by_default().last().map(|version| version.minor());
    versions.asked_at(&[last.unwrap_or(Microversion::MAX.minor())])
}

/// Asks for a rebuild from the image that the server was made from, with these fields.
pub(in crate::checks) async fn rebuild(
    cx: &Cx,
    caller: Caller,
    server: &Server,
    fields: &Value,
) -> Result<Answer, Stop> {
    let image = cx.ingredients().await?.image.clone();
    let body = body(&image, fields);
    cx.as_(caller)
        .ask(ServerRebuild, &[&server.id])
        .json(&body)
        .send()
        .await
}

/// That a rebuild was accepted; `why` says why it must be.
pub(in crate::checks) fn accepted(cx: &Cx, answer: &Answer, why: &str) -> Result<(), Stop> {
    let status = cx.contract(ServerRebuild).status();
    if !matches!(answer.status(), 400 | 403 | 404 | 409) {
        answer.expect_status(status)?;
    }
    let said = answer.message().unwrap_or("no message");
    answer.expect(
        answer.status() == status,
        format!("{status}: {why}"),
        format!("{} '{said}'", answer.status()),
        "status",
    )?;
    Ok(())
}

/// That a rebuild was refused so; `why` says why it must be.
pub(in crate::checks) fn refused(answer: &Answer, status: u16, why: &str) -> Result<(), Stop> {
    if (200..300).contains(&answer.status()) {
        return Err(answer.wrong(
            format!("{status}: {why}"),
            format!("{}: it was done", answer.status()),
            "status",
        ));
    }
    answer.expect_fault(status, crate::check::Says::Anything)?;
    Ok(())
}

/// Preparation: a rebuild that should succeed, and the end of it.
pub(in crate::checks) async fn rebuilt(
    cx: &Cx,
    caller: Caller,
    server: &Server,
    fields: &Value,
) -> Result<Answer, Stop> {
    let answer = rebuild(cx, caller, server, fields).await?;
    answer.to_set_up(cx.contract(ServerRebuild).status())?;
    cx.as_(server.owner).wait_settled(&server.id).await?;
    Ok(answer)
}

/// Preparation: somebody has a keypair, whose name is returned.
pub(in crate::checks) async fn has_key(
    cx: &Cx,
    caller: Caller,
    hint: &str,
    public_key: &str,
) -> Result<String, Stop> {
    let name = cx.unique(hint);
    has(cx, caller, &name, public_key).await?;
    Ok(name)
}

/// How a server is shown to its owner.
pub(in crate::checks) async fn shown(cx: &Cx, server: &Server) -> Result<Answer, Stop> {
    let answer = cx
        .as_(server.owner)
        .ask(ServerShow, &[&server.id])
        .send()
        .await?;
    answer.to_set_up(200)?;
    Ok(answer)
}

/// That a server is shown with this key, `null` being none.
pub(in crate::checks) async fn expect_key(
    cx: &Cx,
    server: &Server,
    key: impl Into<Value>,
) -> Result<(), Stop> {
    shown(cx, server)
        .await?
        .expect_json_eq("/server/key_name", &key.into())?;
    Ok(())
}

/// That a server comes to rest, and is then shown with this key.
pub(in crate::checks) async fn comes_to_have(
    cx: &Cx,
    server: &Server,
    key: impl Into<Value>,
) -> Result<(), Stop> {
    let settled = cx.as_(server.owner).wait_settled(&server.id).await?;
    settled.expect_json_eq("/server/key_name", &key.into())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_of_requests_begin_where_a_field_does() {
        let asked = once_per_request_band(Versions::All).by_default();
        let minors: Vec<u16> = asked.into_iter().map(Microversion::minor).collect();
        assert_eq!(minors, [1, 19, 54, 57, 63, 90, 94, 104]);
    }

    #[test]
    fn ends_are_the_first_and_the_last_version() {
        let minors = |versions: Versions| -> Vec<u16> {
            versions
                .by_default()
                .into_iter()
                .map(Microversion::minor)
                .collect()
        };
        assert_eq!(minors(at_its_ends(Versions::All)), [1, 104]);
        assert_eq!(minors(at_its_end(Versions::All)), [104]);
        assert!(at_its_end(Versions::All).holds_at(Microversion::MIN));
    }
}
