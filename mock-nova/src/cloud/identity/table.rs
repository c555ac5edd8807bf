//! A collection whose members have an id for ever and a name that no other has in the same domain.
//!
//! Knows nothing of what it holds beyond [`Record`].

use std::collections::{BTreeMap, HashMap};

use super::Refusal;

/// What a [`Table`] must know of its members.
pub trait Record {
    /// What a member is called where it is missing or there twice: `user`, `project`…
    const KIND: &'static str;
    /// The id, 32 hexadecimal digits or a word such as `default`.
    fn id(&self) -> &str;
    /// The name, unique in its domain.
    fn name(&self) -> &str;
    /// The id of the domain the name is unique in; empty for what belongs to the whole cloud.
    fn domain_id(&self) -> &str;
}

/// Members in the order of their ids, findable by name.
#[derive(Clone, Debug)]
pub struct Table<T> {
    by_id: BTreeMap<String, T>,
    by_name: HashMap<(String, String), String>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            by_id: BTreeMap::new(),
            by_name: HashMap::new(),
        }
    }
}

impl<T: Record> Table<T> {
    /// The member with this id.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] if there is none.
    pub fn get(&self, id: &str) -> Result<&T, Refusal> {
        self.by_id.get(id).ok_or_else(|| not_found::<T>(id))
    }

    /// The member of this name in this domain (empty for the whole cloud).
    ///
    /// # Errors
    /// [`Refusal::NotFound`] if there is none.
    pub fn named(&self, domain_id: &str, name: &str) -> Result<&T, Refusal> {
        self.by_name
            .get(&(domain_id.to_owned(), name.to_owned()))
            .and_then(|id| self.by_id.get(id))
            .ok_or_else(|| not_found::<T>(name))
    }

    /// Whether there is a member with this id.
    #[must_use]
    pub fn contains(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }

    /// Every member, in the order of ids.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.by_id.values()
    }

    /// Adds a member.
    ///
    /// # Errors
    /// [`Refusal::NameTaken`] or [`Refusal::IdTaken`].
    pub fn insert(&mut self, member: T) -> Result<&T, Refusal> {
        self.refuse_taken_name(&member, None)?;
        let id = member.id().to_owned();
        if self.by_id.contains_key(&id) {
            return Err(Refusal::IdTaken { kind: T::KIND, id });
        }
        self.by_name.insert(name_key(&member), id.clone());
        Ok(self.by_id.entry(id).or_insert(member))
    }

    /// Puts `member` in the place of the one with its id.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] if there is none, [`Refusal::NameTaken`] if another has its name.
    pub fn replace(&mut self, member: T) -> Result<&T, Refusal> {
        self.refuse_taken_name(&member, Some(member.id()))?;
        let Some(place) = self.by_id.get_mut(member.id()) else {
            return Err(not_found::<T>(member.id()));
        };
        self.by_name.remove(&name_key(place));
        self.by_name
            .insert(name_key(&member), member.id().to_owned());
        *place = member;
        Ok(place)
    }

    /// Takes a member out.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] if there is none.
    pub fn remove(&mut self, id: &str) -> Result<T, Refusal> {
        let member = self.by_id.remove(id).ok_or_else(|| not_found::<T>(id))?;
        self.by_name.remove(&name_key(&member));
        Ok(member)
    }

    fn refuse_taken_name(&self, member: &T, but: Option<&str>) -> Result<(), Refusal> {
        match self.by_name.get(&name_key(member)) {
            Some(holder) if Some(holder.as_str()) != but => Err(Refusal::NameTaken {
                kind: T::KIND,
                name: member.name().to_owned(),
                domain_id: member.domain_id().to_owned(),
            }),
            _ => Ok(()),
        }
    }
}

fn name_key<T: Record>(member: &T) -> (String, String) {
    (member.domain_id().to_owned(), member.name().to_owned())
}

fn not_found<T: Record>(what: &str) -> Refusal {
    Refusal::NotFound {
        kind: T::KIND,
        id: what.to_owned(),
    }
}
