//! The end: everything with the run's names is looked for, deleted, and looked for again. What is found then, and what could not
//! be looked for, is left, and a leak is a failure. Nothing else is touched. It knows people and single requests.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use futures::{StreamExt as _, stream};
use nova_client::RawRequest;
use serde_json::Value;

use crate::{
    people::{People, Person},
    results::Left,
    shared::{encoded, pause},
};

/// So many deletions are under way at once.
const AT_A_TIME: usize = 8;

/// So many servers a page.
const PAGE: usize = 500;

/// What is asked once more after this.
const AGAIN: Duration = Duration::from_millis(500);

/// Deletes all that has the run's names, servers first, for they name keys. What is left.
pub async fn clean_up(
    people: &People,
    prefix: &str,
    servers: bool,
    patience: Duration,
) -> Vec<Left> {
    let mut left = Vec::new();
    if servers {
        let mut projects = BTreeSet::new();
        for person in people.all() {
            if projects.insert(&person.project_id) {
                left.extend(delete_servers(person, prefix, patience).await);
            }
        }
    }
    let everybody = people
        .all()
        .iter()
        .map(|person| delete_keypairs(person, prefix));
    let keypairs: Vec<Vec<Left>> = stream::iter(everybody).buffered(AT_A_TIME).collect().await;
    left.extend(keypairs.into_iter().flatten());
    left
}

async fn delete_servers(who: &Person, prefix: &str, patience: Duration) -> Vec<Left> {
    let until = Instant::now() + patience;
    loop {
        let found = match servers(who, prefix).await {
            Ok(found) if found.is_empty() => return Vec::new(),
            found if Instant::now() >= until => return not_gone("server", who, found),
            Ok(found) => found,
            Err(_) => Vec::new(),
        };
        let deletions = found
            .iter()
            .map(|(id, _)| delete(who, format!("/servers/{}", encoded(id))));
        stream::iter(deletions)
            .buffer_unordered(AT_A_TIME)
            .count()
            .await;
        // A server is gone some time after its deletion is accepted.
        if servers(who, prefix)
            .await
            .is_ok_and(|found| found.is_empty())
        {
            return Vec::new();
        }
        pause(AGAIN).await;
    }
}

async fn delete_keypairs(who: &Person, prefix: &str) -> Vec<Left> {
    let mut tries = 3;
    loop {
        let found = match keypairs(who, prefix).await {
            Ok(found) if found.is_empty() => return Vec::new(),
            found if tries == 0 => return not_gone("keypair", who, found),
            Ok(found) => found,
            Err(_) => {
                pause(AGAIN).await;
                Vec::new()
            }
        };
        tries -= 1;
        let deletions = found
            .iter()
            .map(|(name, _)| delete(who, format!("/os-keypairs/{}", encoded(name))));
        stream::iter(deletions)
            .buffer_unordered(AT_A_TIME)
            .count()
            .await;
    }
}

fn not_gone(kind: &str, who: &Person, found: Result<Vec<(String, String)>, String>) -> Vec<Left> {
    let user = &who.name;
    match found {
        Ok(found) => {
            let left = found.into_iter().map(|(_, name)| Left {
                what: format!("{kind} '{name}' of user '{user}'"),
                why: "it is deleted again and again, and still listed".to_owned(),
            });
            left.collect()
        }
        Err(why) => vec![Left {
            what: format!("{kind}s of user '{user}', if there are any"),
            why,
        }],
    }
}

async fn delete(who: &Person, path: String) {
    // What became of it is seen when it is looked for again.
    let _ = who.send(&RawRequest::delete(path)).await;
}

/// The servers with the run's names: id and name.
async fn servers(who: &Person, prefix: &str) -> Result<Vec<(String, String)>, String> {
    let path = format!("/servers?name={}&limit={PAGE}", encoded(prefix));
    let list = list(who, &path, "servers").await?;
    let named = list.iter().filter_map(|server| {
        let (id, name) = (server["id"].as_str()?, server["name"].as_str()?);
        name.starts_with(prefix)
            .then(|| (id.to_owned(), name.to_owned()))
    });
    Ok(named.collect())
}

/// The keypairs with the run's names, twice each. The version that is asked at has no pages: the list is whole.
async fn keypairs(who: &Person, prefix: &str) -> Result<Vec<(String, String)>, String> {
    let list = list(who, "/os-keypairs", "keypairs").await?;
    let names = list
        .iter()
        .filter_map(|item| item.pointer("/keypair/name")?.as_str());
    let named = names.filter(|name| name.starts_with(prefix));
    Ok(named
        .map(|name| (name.to_owned(), name.to_owned()))
        .collect())
}

async fn list(who: &Person, path: &str, key: &str) -> Result<Vec<Value>, String> {
    let answer = who.send(&RawRequest::get(path)).await;
    let answer = answer.map_err(|error| error.to_string())?;
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let list = body[key].as_array().filter(|_| answer.status == 200);
    list.cloned().ok_or_else(|| {
        let path = path.split('?').next().unwrap_or_default();
        format!("GET {path} answered {}, and no list", answer.status)
    })
}
