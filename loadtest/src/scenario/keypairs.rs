//! The jobs with keypairs. What a keypair has to say follows from its name ([`crate::keys`]), so every answer is compared with
//! what it had to be, and nothing has to be kept for that.

use std::{borrow::Cow, collections::BTreeSet};

use nova_client::RawRequest;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    KeyJob, Load,
    asking::{Said, Taken, Turn, success},
};
use crate::{
    keys::{KeyName, Made, of_public_key},
    people::Person,
    shared::encoded,
};

/// So many keypairs a page, where pages are walked.
const PAGE: usize = 5;

/// So many pages are walked at most: a list that never ends is given up, and is wrong.
const PAGES: usize = 1000;

/// What is looked at in a list. The rest is passed over unread: looking costs little beside asking.
#[derive(Debug, Deserialize)]
struct List<'a> {
    #[serde(borrow)]
    keypairs: Vec<Item<'a>>,
    #[serde(borrow, default)]
    keypairs_links: Vec<Link<'a>>,
}

#[derive(Debug, Deserialize)]
struct Item<'a> {
    #[serde(borrow)]
    keypair: Listed<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Listed<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    // Empty where there is none: serde borrows no text in an Option.
    #[serde(borrow)]
    fingerprint: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Link<'a> {
    #[serde(borrow)]
    rel: Cow<'a, str>,
    #[serde(borrow)]
    href: Cow<'a, str>,
}

impl List<'_> {
    fn names(&self) -> impl Iterator<Item = &str> {
        self.keypairs.iter().map(|item| item.keypair.name.as_ref())
    }
}

impl Load {
    pub(super) async fn keypairs(&self, turn: &mut Turn, who: &Person, job: KeyJob) {
        match job {
            KeyJob::Import => self.create(turn, who, Made::Imported).await,
            KeyJob::Generate => self.create(turn, who, Made::Generated).await,
            KeyJob::X509 => self.create(turn, who, Made::Certified).await,
            KeyJob::List => self.list(turn, who).await,
            KeyJob::Walk if self.versions.reaches(35) => self.walk(turn, who).await,
            // Before 2.35 there are no pages.
            KeyJob::Walk => self.list(turn, who).await,
            KeyJob::Show => self.show(turn, who).await,
            KeyJob::Delete => self.delete(turn, who).await,
        }
    }

    /// Makes one; where their quota holds no more, an older one is deleted instead.
    async fn create(&self, turn: &mut Turn, who: &Person, made: Made) {
        if !who.takes_room() {
            if let Some(key) = who.takes_doubtful_key() {
                self.delete_doubtful(turn, who, key).await;
            } else if let Some(key) = who.takes_key() {
                self.delete_this(turn, who, key).await;
            } else {
                // What there is belongs to jobs that are under way.
                self.list(turn, who).await;
            }
            return;
        }
        let key = KeyName::new(&self.prefix, who.number, self.number(), made);
        let said = self.make(turn, who, &key).await;
        match said.map(|said| said.status()) {
            Some(200..300) => who.keeps_key(key),
            // It may have been made: something between here and there may have given up too early.
            None | Some(500..) => who.doubts_key(key),
            Some(_) => who.gives_room(),
        }
    }

    /// Deletes one of somebody's keypairs where they have no room for another. It is no part of the load.
    pub async fn makes_room(&self, who: &Person) {
        if who.has_room() {
            return;
        }
        let Some(key) = who.takes_doubtful_key().or_else(|| who.takes_key()) else {
            return;
        };
        match who.send(&self.deletion(&key)).await {
            Ok(answer) if answer.is_success() || answer.status == 404 => who.gives_room(),
            Ok(_) | Err(_) => who.doubts_key(key),
        }
    }

    fn deletion(&self, key: &KeyName) -> RawRequest {
        let path = format!("/os-keypairs/{}", encoded(&key.text));
        RawRequest::delete(path).at(self.versions.newest)
    }

    /// Deletes a keypair that may be gone already, or never have been.
    async fn delete_doubtful(&self, turn: &mut Turn, who: &Person, key: KeyName) {
        let gone = |said: &Said| match said.status() {
            200..300 | 404 => Taken::Fine,
            _ => Taken::Failed,
        };
        let request = self.deletion(&key);
        let said = self.ask(turn, who, "keypairs.delete", request, gone).await;
        if said.is_some_and(|said| gone(&said) == Taken::Fine) {
            who.gives_room();
        } else {
            who.doubts_key(key);
        }
    }

    /// Asks for a keypair, and looks at what is answered.
    pub(super) async fn make(&self, turn: &mut Turn, who: &Person, key: &KeyName) -> Option<Said> {
        let (name, version) = match key.made {
            Made::Imported => ("keypairs.import", self.versions.newest),
            Made::Generated => ("keypairs.generate", self.versions.generating),
            Made::Certified => ("keypairs.x509", self.versions.newest),
        };
        let mut keypair = json!({ "name": key.text });
        if self.versions.reaches(2) {
            keypair["type"] = json!(key.made.kind());
        }
        if let Some(material) = key.material() {
            keypair["public_key"] = json!(material);
        }
        let body = json!({ "keypair": keypair });
        let request = RawRequest::post("/os-keypairs").at(version).json(&body);
        let said = self.ask(turn, who, name, request, success).await?;
        if said.answer.is_success() {
            self.look_at(name, who, key, &said);
            let private = said
                .body()
                .pointer("/keypair/private_key")
                .and_then(Value::as_str);
            let has_private = private.is_some_and(|key| !key.is_empty());
            if has_private != (key.made == Made::Generated) {
                let (expected, found) = if has_private {
                    ("none", "one")
                } else {
                    ("one", "none")
                };
                self.wrong(name, "private key", expected, found, &said);
            }
        }
        Some(said)
    }

    /// Looks at a keypair that was created or shown.
    fn look_at(&self, name: &str, who: &Person, key: &KeyName, said: &Said) {
        let found = &said.body()["keypair"];
        self.look(
            name,
            "name of a keypair",
            said,
            found.get("name"),
            &json!(key.text),
        );
        self.look(
            name,
            "owner of a keypair",
            said,
            found.get("user_id"),
            &json!(who.user_id),
        );
        let text = |member: &str| found[member].as_str();
        self.look_at_key(name, key, text("fingerprint"), text("type"), said);
        match key.material() {
            Some(material) => {
                self.look(
                    name,
                    "public key",
                    said,
                    found.get("public_key"),
                    &json!(material),
                );
            }
            None => {
                let public = found["public_key"].as_str().and_then(of_public_key);
                self.look(
                    name,
                    "fingerprint",
                    said,
                    found.get("fingerprint"),
                    &json!(public),
                );
            }
        }
    }

    /// Looks at what every answer tells of a keypair.
    fn look_at_key(
        &self,
        name: &str,
        key: &KeyName,
        fingerprint: Option<&str>,
        kind: Option<&str>,
        said: &Said,
    ) {
        if let Some(wanted) = key.fingerprint() {
            let found = fingerprint.map(Value::from);
            self.look(name, "fingerprint", said, found.as_ref(), &json!(wanted));
        }
        // Below 2.2 there are no types.
        if let Some(kind) = kind.map(Value::from) {
            let wanted = json!(key.made.kind());
            self.look(name, "type of a keypair", said, Some(&kind), &wanted);
        }
    }

    /// Looks at a list: of this run's keypairs, only their own are in it, each right.
    fn look_at_list(&self, name: &str, who: &Person, list: &List<'_>, said: &Said) {
        for Item { keypair } in &list.keypairs {
            let Some(key) = KeyName::read(&self.prefix, &keypair.name) else {
                continue;
            };
            if key.owner != who.number {
                let kind = "another user's keypair in a list";
                self.wrong(name, kind, who.number, &keypair.name, said);
            }
            let [fingerprint, kind] = [&keypair.fingerprint, &keypair.kind]
                .map(|text| Some(text.as_ref()).filter(|text| !text.is_empty()));
            self.look_at_key(name, &key, fingerprint, kind, said);
        }
    }

    /// A list, or that it is none.
    fn read_list<'a>(&self, name: &str, said: &'a Said) -> Option<List<'a>> {
        match serde_json::from_slice(&said.answer.body) {
            Ok(list) => Some(list),
            Err(error) => {
                let kind = "list that cannot be read";
                self.wrong(name, kind, "a list of keypairs", error, said);
                None
            }
        }
    }

    /// Looks at a list that has each keypair once, and `mine`, unless it is cut off.
    fn look_at_whole_list(&self, name: &str, who: &Person, mine: Option<&KeyName>, said: &Said) {
        let Some(list) = self.read_list(name, said) else {
            return;
        };
        self.look_at_list(name, who, &list, said);
        let mut names: Vec<&str> = list.names().collect();
        names.sort_unstable();
        for twice in names.windows(2).filter(|pair| pair[0] == pair[1]) {
            self.wrong(name, "keypair twice in a list", "once", twice[0], said);
        }
        let is_whole = list.keypairs_links.is_empty();
        let has = |mine: &&KeyName| names.binary_search(&mine.text.as_str()).is_ok();
        if let Some(mine) = mine.filter(|mine| is_whole && !has(mine)) {
            self.wrong(name, "keypair missing in a list", mine, "none", said);
        }
    }

    async fn list(&self, turn: &mut Turn, who: &Person) {
        // Nobody deletes it while the list is made.
        let mine = who.reads_key();
        let name = "keypairs.list";
        let request = RawRequest::get("/os-keypairs").at(self.versions.newest);
        let said = self.ask(turn, who, name, request, success).await;
        if let Some(said) = said.filter(|said| said.answer.is_success()) {
            self.look_at_whole_list(name, who, mine.as_ref(), &said);
        }
        if let Some(mine) = mine {
            who.has_read(&mine);
        }
    }

    async fn walk(&self, turn: &mut Turn, who: &Person) {
        let mine = who.reads_key();
        self.walk_all(turn, who, mine.as_ref().map(|mine| mine.text.as_str()))
            .await;
        if let Some(mine) = mine {
            who.has_read(&mine);
        }
    }

    async fn walk_all(&self, turn: &mut Turn, who: &Person, mine: Option<&str>) {
        let name = "keypairs.page";
        let mut path = format!("/os-keypairs?limit={PAGE}");
        let mut seen = BTreeSet::new();
        let mut last = None;
        for _ in 0..PAGES {
            let request = RawRequest::get(path.as_str()).at(self.versions.newest);
            // What a page begins after may have been deleted since the page before, which is right.
            let is_first = seen.is_empty();
            let taken = |said: &Said| match said.status() {
                200 => Taken::Fine,
                400 if !is_first => Taken::Contention,
                _ => Taken::Failed,
            };
            let said = self.ask(turn, who, name, request, taken).await;
            let Some(said) = said.filter(|said| said.status() == 200) else {
                return;
            };
            let Some(list) = self.read_list(name, &said) else {
                return;
            };
            self.look_at_list(name, who, &list, &said);
            for text in list.names() {
                if !seen.insert(text.to_owned()) {
                    self.wrong(name, "keypair on two pages", "once", text, &said);
                    return;
                }
            }
            let next = list.keypairs_links.iter().find(|link| link.rel == "next");
            let Some(Link { href: next, .. }) = next else {
                if let Some(mine) = mine.filter(|mine| !seen.contains(*mine)) {
                    self.wrong(name, "keypair missing in a list", mine, "none", &said);
                }
                return;
            };
            match query_of(who, next) {
                Some(below) => path = below,
                None => {
                    self.wrong(name, "link to the next page", "of this API", next, &said);
                    return;
                }
            }
            if self.stop.is_asked() {
                return;
            }
            last = Some(said);
        }
        if let Some(said) = last {
            self.wrong(name, "list without an end", PAGES, "more pages", &said);
        }
    }

    async fn show(&self, turn: &mut Turn, who: &Person) {
        let may_ask = self.versions.reaches(10) && !who.is_admin;
        if may_ask
            && self.now_and_then.show_foreign.comes()
            && let Some(other) = self
                .somebody_else(who)
                .filter(|other| other.user_id != who.user_id)
            && let Some(theirs) = other.reads_key()
        {
            self.now_and_then.show_foreign.is_done();
            self.show_foreign(turn, who, other, &theirs).await;
            other.has_read(&theirs);
            return;
        }
        let Some(key) = who.reads_key() else {
            return Box::pin(self.create(turn, who, Made::Imported)).await;
        };
        let name = "keypairs.show";
        let path = format!("/os-keypairs/{}", encoded(&key.text));
        let request = RawRequest::get(path).at(self.versions.newest);
        match self.ask(turn, who, name, request, success).await {
            Some(said) if said.answer.is_success() => self.look_at(name, who, &key, &said),
            Some(said) if said.status() == 404 => {
                self.wrong(name, "keypair missing", &key, "404", &said);
            }
            _ => {}
        }
        who.has_read(&key);
    }

    /// Another user's keypair is nobody's business.
    async fn show_foreign(&self, turn: &mut Turn, who: &Person, other: &Person, key: &KeyName) {
        let name = "keypairs.show-foreign";
        let path = format!(
            "/os-keypairs/{}?user_id={}",
            encoded(&key.text),
            encoded(&other.user_id)
        );
        let request = RawRequest::get(path).at(self.versions.newest);
        let refused = |said: &Said| match said.status() {
            403 | 404 => Taken::Fine,
            _ => Taken::Failed,
        };
        let said = self.ask(turn, who, name, request, refused).await;
        if let Some(said) = said.filter(|said| said.answer.is_success()) {
            self.wrong(
                name,
                "another user's keypair shown",
                "403",
                said.status(),
                &said,
            );
        }
    }

    async fn delete(&self, turn: &mut Turn, who: &Person) {
        match who.takes_key() {
            Some(key) => self.delete_this(turn, who, key).await,
            None => Box::pin(self.create(turn, who, Made::Imported)).await,
        }
    }

    async fn delete_this(&self, turn: &mut Turn, who: &Person, key: KeyName) {
        let name = "keypairs.delete";
        let request = self.deletion(&key);
        let path = request.path.clone();
        let said = self.ask(turn, who, name, request, success).await;
        match said.as_ref().map(Said::status) {
            Some(200..300) => who.gives_room(),
            Some(404) => {
                if let Some(said) = &said {
                    self.wrong(name, "keypair missing", &key, "404", said);
                }
                return who.gives_room();
            }
            None | Some(500..) => return who.doubts_key(key),
            Some(_) => return who.keeps_key(key),
        }
        if self.now_and_then.show_deleted.comes() {
            self.now_and_then.show_deleted.is_done();
            let name = "keypairs.show-deleted";
            let request = RawRequest::get(path).at(self.versions.newest);
            let gone = |said: &Said| match said.status() {
                404 => Taken::Fine,
                _ => Taken::Failed,
            };
            let said = self.ask(turn, who, name, request, gone).await;
            if let Some(said) = said.filter(|said| said.answer.is_success()) {
                self.wrong(name, "deleted keypair shown", "404", said.status(), &said);
            }
        }
    }
}

/// What follows the endpoint in a link. Behind a TLS proxy, services write their inner address: only path and query count.
fn query_of(who: &Person, link: &str) -> Option<String> {
    if let Some(below) = who.relative(link) {
        return Some(below.to_owned());
    }
    let at = link.find("/os-keypairs?")?;
    Some(link[at..].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_without_being_copied() {
        let text = r#"{"keypairs": [{"keypair": {"name": "a", "public_key": "x", "fingerprint": "f", "type": "ssh"}},
            {"keypair": {"name": "\u00e4", "fingerprint": "g"}}], "keypairs_links": [{"rel": "next", "href": "h"}]}"#;
        let list: List<'_> = serde_json::from_str(text).unwrap();
        assert_eq!(list.names().collect::<Vec<_>>(), ["a", "ä"]);
        let keypair = &list.keypairs[0].keypair;
        assert!(matches!(keypair.fingerprint, Cow::Borrowed("f")));
        assert!(matches!(keypair.kind, Cow::Borrowed("ssh")));
        assert_eq!(list.keypairs_links[0].href, "h");
    }
}
