//! Keypairs: whose they are and what they are called.
//!
//! A keypair belongs to a user, never to a project. Each user's are kept in the order of their names, so
//! that a page costs what it holds and not what the cloud holds.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use jiff::Timestamp;

/// What a keypair's public part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeypairType {
    /// A public key in OpenSSH's form.
    Ssh,
    /// A certificate in PEM form.
    X509,
}

impl KeypairType {
    /// As the API names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ssh => "ssh",
            Self::X509 => "x509",
        }
    }

    /// The type of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Ssh, Self::X509]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// A keypair's public half; the private one is never kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keypair {
    /// A number of its own in this cloud, never given twice.
    pub id: u64,
    /// The user it belongs to.
    pub user_id: String,
    /// Its name, unique for its user.
    pub name: String,
    /// What the public part is.
    pub kind: KeypairType,
    /// The public part, byte for byte as it came.
    pub public_key: String,
    /// MD5 of an SSH key, SHA-1 of a certificate; hex pairs with colons between.
    pub fingerprint: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The user already has a keypair of this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameTaken;

/// The user has no keypair of the marker's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarkerUnknown;

/// Every keypair of a cloud.
#[derive(Clone, Debug, Default)]
pub struct Keypairs {
    by_user: HashMap<String, BTreeMap<String, Arc<Keypair>>>,
    last_id: u64,
}

impl Keypairs {
    /// A user's keypairs in the order of their names: at most `limit`, after `marker` if there is one.
    ///
    /// # Errors
    /// If the user has no keypair of the marker's name.
    pub fn page(
        &self,
        user_id: &str,
        marker: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Arc<Keypair>>, MarkerUnknown> {
        let Some(keypairs) = self.by_user.get(user_id) else {
            return if marker.is_some() {
                Err(MarkerUnknown)
            } else {
                Ok(Vec::new())
            };
        };
        let after = match marker {
            Some(marker) if !keypairs.contains_key(marker) => return Err(MarkerUnknown),
            Some(marker) => Bound::Excluded(marker),
            None => Bound::Unbounded,
        };
        let page = keypairs.range::<str, _>((after, Bound::Unbounded));
        Ok(page
            .take(limit)
            .map(|(_, keypair)| Arc::clone(keypair))
            .collect())
    }

    /// A user's keypair of this name.
    #[must_use]
    pub fn find(&self, user_id: &str, name: &str) -> Option<&Arc<Keypair>> {
        self.by_user.get(user_id)?.get(name)
    }

    /// How many keypairs a user has.
    #[must_use]
    pub fn count(&self, user_id: &str) -> usize {
        self.by_user.get(user_id).map_or(0, BTreeMap::len)
    }

    /// Adds a keypair, whose id is given here.
    ///
    /// # Errors
    /// If the user already has one of this name.
    pub fn add(&mut self, mut keypair: Keypair) -> Result<Arc<Keypair>, NameTaken> {
        let keypairs = self.by_user.entry(keypair.user_id.clone()).or_default();
        if keypairs.contains_key(&keypair.name) {
            return Err(NameTaken);
        }
        self.last_id += 1;
        keypair.id = self.last_id;
        let keypair = Arc::new(keypair);
        keypairs.insert(keypair.name.clone(), Arc::clone(&keypair));
        Ok(keypair)
    }

    /// Takes a user's keypair of this name away, if there is one.
    pub fn remove(&mut self, user_id: &str, name: &str) -> Option<Arc<Keypair>> {
        let keypairs = self.by_user.get_mut(user_id)?;
        let gone = keypairs.remove(name)?;
        if keypairs.is_empty() {
            self.by_user.remove(user_id);
        }
        Some(gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keypair(user_id: &str, name: &str) -> Keypair {
        Keypair {
            id: 0,
            user_id: user_id.to_owned(),
            name: name.to_owned(),
            kind: KeypairType::Ssh,
            public_key: String::new(),
            fingerprint: String::new(),
            created_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn names(page: Result<Vec<Arc<Keypair>>, MarkerUnknown>) -> Vec<String> {
        page.unwrap()
            .iter()
            .map(|keypair| keypair.name.clone())
            .collect()
    }

    #[test]
    fn pages_follow_names() {
        let mut keypairs = Keypairs::default();
        for name in ["c", "a", "B", "b"] {
            keypairs.add(keypair("alice", name)).unwrap();
        }
        assert_eq!(names(keypairs.page("alice", None, 9)), ["B", "a", "b", "c"]);
        assert_eq!(names(keypairs.page("alice", Some("a"), 1)), ["b"]);
        assert_eq!(
            names(keypairs.page("alice", Some("c"), 9)),
            Vec::<String>::new()
        );
        assert_eq!(keypairs.page("alice", Some("x"), 9), Err(MarkerUnknown));
        assert_eq!(keypairs.page("bob", Some("a"), 9), Err(MarkerUnknown));
        assert_eq!(names(keypairs.page("bob", None, 9)), Vec::<String>::new());
    }

    #[test]
    fn a_name_is_unique_for_its_user_and_an_id_for_the_cloud() {
        let mut keypairs = Keypairs::default();
        assert_eq!(keypairs.add(keypair("alice", "k")).unwrap().id, 1);
        assert_eq!(keypairs.add(keypair("alice", "k")), Err(NameTaken));
        assert_eq!(keypairs.add(keypair("bob", "k")).unwrap().id, 2);
        keypairs.remove("bob", "k").unwrap();
        assert_eq!(keypairs.remove("bob", "k"), None);
        assert_eq!(keypairs.add(keypair("bob", "k")).unwrap().id, 3);
        assert_eq!(
            (
                keypairs.count("alice"),
                keypairs.count("bob"),
                keypairs.count("eve")
            ),
            (1, 1, 0)
        );
    }
}
