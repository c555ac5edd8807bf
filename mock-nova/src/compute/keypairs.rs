//! `os-keypairs`: list, create or import, show, delete.

use std::borrow::Cow;
use std::sync::Arc;

use axum::http::StatusCode;
use jiff::Timestamp;
use nova_api::{Behavior, Query, Superset};
use serde_json::Value;

use super::fault::Fault;
use super::{Answered, Exchange, paging};
use crate::cloud::Cloud;
use crate::cloud::keypair::{Keypair, KeypairType, MarkerUnknown, NameTaken};
use crate::cloud::quota::{Exceeded, Resource};
use crate::keys::{GenerateError, PrivateKey, PublicKey};
use crate::policy::{self, Target};

pub(super) fn list(exchange: &Exchange<'_>, query: &Query) -> Result<Answered, Fault> {
    let user_id = user_of(exchange, query);
    exchange.may(policy::KEYPAIRS_INDEX, &Target::user(user_id))?;
    let pages = exchange.contract.behaves(Behavior::Pages);
    let limit = if pages {
        paging::limit(query)
    } else {
        usize::MAX
    };
    let marker = query.last("marker").filter(|_| pages);
    let keypairs = exchange
        .state
        .store
        .read(|cloud| cloud.keypairs.page(user_id, marker, limit))
        .map_err(|MarkerUnknown| {
            Fault::bad_request(format!(
                "Marker {} could not be found.",
                marker.unwrap_or_default()
            ))
        })?;
    let mut body = vec![(
        Cow::Borrowed("keypairs"),
        Superset::Array(
            keypairs
                .iter()
                .map(|keypair| wrapped(listed(keypair)))
                .collect(),
        ),
    )];
    if let Some(last) = keypairs.last().filter(|_| keypairs.len() == limit) {
        let links = paging::links(exchange, "os-keypairs", query, &last.name);
        body.push((Cow::Borrowed("keypairs_links"), links));
    }
    Ok(exchange.render(&Superset::Object(body)))
}

pub(super) async fn create(exchange: &Exchange<'_>, body: &Value) -> Result<Answered, Fault> {
    let asked = &body["keypair"];
    let name = exchange.trimmed(asked["name"].as_str().unwrap_or_default());
    let user_id = asked["user_id"]
        .as_str()
        .filter(|user_id| !user_id.is_empty() && acts_for_user(exchange));
    let user_id = user_id.unwrap_or(&exchange.caller.user_id);
    let kind = asked["type"]
        .as_str()
        .and_then(KeypairType::from_name)
        .unwrap_or(KeypairType::Ssh);
    exchange.may(policy::KEYPAIRS_CREATE, &Target::user(user_id))?;
    exchange
        .state
        .store
        .read(|cloud| within_quota(exchange, cloud, user_id))?;

    let material = match asked["public_key"].as_str() {
        Some(public_key) => imported(kind, public_key)?,
        None if !exchange.contract.behaves(Behavior::Generates) => {
            return Err(Fault::bad_request("Keypair data is invalid: no public key"));
        }
        None => {
            // A generated key is worth keeping for a name that is free.
            let taken = exchange
                .state
                .store
                .read(|cloud| cloud.keypairs.find(user_id, name).is_some());
            if taken {
                return Err(name_taken(name));
            }
            generated(exchange, kind, user_id).await?
        }
    };
    let keypair = Keypair {
        id: 0,
        user_id: user_id.to_owned(),
        name: name.to_owned(),
        kind,
        public_key: material.public_key,
        fingerprint: material.fingerprint,
        created_at: exchange.state.clock.now(),
    };
    // The quota is checked again where it is filled: others may have been faster.
    let keypair = exchange.state.store.write(|cloud| {
        within_quota(exchange, cloud, user_id)?;
        cloud
            .keypairs
            .add(keypair)
            .map_err(|NameTaken| name_taken(name))
    })?;
    let mut shown = shown(&keypair);
    if let Some(private_key) = &material.private_key {
        shown.push((
            Cow::Borrowed("private_key"),
            Superset::from(private_key.expose()),
        ));
    }
    Ok(exchange.render(&wrapped(shown)))
}

pub(super) fn show(exchange: &Exchange<'_>, query: &Query) -> Result<Answered, Fault> {
    let user_id = user_of(exchange, query);
    exchange.may(policy::KEYPAIRS_SHOW, &Target::user(user_id))?;
    let name = exchange.parameter();
    let keypair = exchange
        .state
        .store
        .read(|cloud| cloud.keypairs.find(user_id, name).map(Arc::clone));
    let keypair = keypair.ok_or_else(|| missing(name, user_id))?;
    Ok(exchange.render(&wrapped(shown(&keypair))))
}

pub(super) fn delete(exchange: &Exchange<'_>, query: &Query) -> Result<Answered, Fault> {
    let user_id = user_of(exchange, query);
    exchange.may(policy::KEYPAIRS_DELETE, &Target::user(user_id))?;
    let name = exchange.parameter();
    let gone = exchange
        .state
        .store
        .write(|cloud| cloud.keypairs.remove(user_id, name));
    gone.ok_or_else(|| missing(name, user_id))?;
    Ok(Answered::Nothing)
}

/// Whose keypairs are meant: the first `user_id` of the query, where the version knows it; an empty one is
/// none.
fn user_of<'a>(exchange: &'a Exchange<'_>, query: &'a Query) -> &'a str {
    let asked = query
        .first("user_id")
        .filter(|user_id| !user_id.is_empty() && acts_for_user(exchange));
    asked.unwrap_or(&exchange.caller.user_id)
}

/// Whether somebody else's keypairs can be meant at all.
fn acts_for_user(exchange: &Exchange<'_>) -> bool {
    exchange.contract.behaves(Behavior::ActsForUser)
}

/// Whether the user may have one more. As in Nova, the keys counted are the user's and the limit is the
/// caller's.
fn within_quota(exchange: &Exchange<'_>, cloud: &Cloud, user_id: &str) -> Result<(), Fault> {
    let project_id = exchange.caller.project_id.as_deref().unwrap_or_default();
    let count = cloud.keypairs.count(user_id) + 1;
    cloud
        .quotas
        .check(
            project_id,
            &exchange.caller.user_id,
            Resource::KeyPairs,
            count,
        )
        .map_err(|Exceeded| {
            Fault::new(StatusCode::FORBIDDEN, "Quota exceeded, too many key pairs.")
        })
}

/// A key's public part, its fingerprint, and its private part where it was made here.
struct Material {
    public_key: String,
    fingerprint: String,
    private_key: Option<PrivateKey>,
}

fn imported(kind: KeypairType, public_key: &str) -> Result<Material, Fault> {
    let imported = match kind {
        KeypairType::Ssh => PublicKey::import_ssh(public_key),
        KeypairType::X509 => PublicKey::import_x509(public_key),
    };
    let imported = imported
        .map_err(|error| Fault::bad_request(format!("Keypair data is invalid: {error}")))?;
    Ok(Material {
        public_key: public_key.to_owned(),
        fingerprint: imported.fingerprint().to_string(),
        private_key: None,
    })
}

async fn generated(
    exchange: &Exchange<'_>,
    kind: KeypairType,
    user_id: &str,
) -> Result<Material, Fault> {
    let failed = |error: GenerateError| {
        Fault::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("cannot generate a key: {error}"),
        )
    };
    let key = exchange.state.compute.keys.take().await.map_err(failed)?;
    let generated = match kind {
        KeypairType::Ssh => key.into_ssh(),
        KeypairType::X509 => key.into_x509(user_id, exchange.state.clock.now()),
    };
    let generated = generated.map_err(failed)?;
    Ok(Material {
        public_key: generated.public_key.text().to_owned(),
        fingerprint: generated.public_key.fingerprint().to_string(),
        private_key: Some(generated.private_key),
    })
}

fn name_taken(name: &str) -> Fault {
    Fault::new(
        StatusCode::CONFLICT,
        format!("Key pair '{name}' already exists."),
    )
}

fn missing(name: &str, user_id: &str) -> Fault {
    Fault::not_found(format!("Keypair {name} not found for user {user_id}"))
}

type Members<'a> = Vec<(Cow<'a, str>, Superset<'a>)>;

fn wrapped(keypair: Members<'_>) -> Superset<'_> {
    Superset::object([("keypair", Superset::Object(keypair))])
}

/// What a list says of a keypair.
fn listed(keypair: &Keypair) -> Members<'_> {
    let fields = [
        ("name", keypair.name.as_str()),
        ("public_key", &keypair.public_key),
        ("fingerprint", &keypair.fingerprint),
        ("type", keypair.kind.name()),
    ];
    fields
        .map(|(name, text)| (Cow::Borrowed(name), Superset::from(text)))
        .into()
}

/// All there is to say of a keypair.
fn shown(keypair: &Keypair) -> Members<'_> {
    let mut fields = listed(keypair);
    let more = [
        ("user_id", Superset::from(keypair.user_id.as_str())),
        ("created_at", Superset::from(timestamp(keypair.created_at))),
        (
            "id",
            Superset::Integer(i64::try_from(keypair.id).unwrap_or(i64::MAX)),
        ),
        // Nova shows its columns for deletion and updates, which keypairs never have.
        ("deleted", Superset::Bool(false)),
        ("deleted_at", Superset::Null),
        ("updated_at", Superset::Null),
    ];
    fields.extend(more.map(|(name, value)| (Cow::Borrowed(name), value)));
    fields
}

/// UTC with microseconds and no zone, as Nova prints a column.
fn timestamp(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.6f").to_string()
}
