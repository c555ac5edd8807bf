//! What a server that is lent to a check looks like, and what must be done to one that looks otherwise. It knows the fields
//! of a server, and sends nothing.

use serde_json::{Value, json};

/// The metadata of a [`Shape::Full`] server.
pub(crate) const METADATA: (&str, &str) = ("nvc-kind", "full");

/// The tag of a [`Shape::Full`] server.
pub(crate) const TAG: &str = "nvc-full";

/// What a lent server looks like; always active and unlocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// No key, no metadata, no tags.
    Plain,
    /// With a key of its owner's.
    Keyed,
    /// With a key, metadata, and a tag where the cloud has tags: so that every field has something to show.
    Full,
}

impl Shape {
    pub(crate) const fn has_key(self) -> bool {
        matches!(self, Self::Keyed | Self::Full)
    }

    pub(crate) fn metadata(self) -> Value {
        match self {
            Self::Full => json!({ METADATA.0: METADATA.1 }),
            Self::Plain | Self::Keyed => json!({}),
        }
    }

    pub(crate) fn tags(self) -> Value {
        match self {
            Self::Full => json!([TAG]),
            Self::Plain | Self::Keyed => json!([]),
        }
    }
}

/// What is to be done to a server so that it can be lent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// It is on its way: look again later.
    Wait,
    /// Unlock it.
    Unlock,
    /// Ask for this action, which brings it back.
    Act(&'static str),
    /// Rebuild it with its image, name and key.
    Rebuild,
    /// Give it its name and description again.
    Rename,
    /// Give it its metadata again.
    Metadata,
    /// Give it its tags again.
    Tags,
    /// Nothing helps: delete it, and make another.
    Replace,
}

/// What a server is to look like.
#[derive(Debug, Clone)]
pub(crate) struct Wanted<'a> {
    pub(crate) shape: Shape,
    pub(crate) name: &'a str,
    pub(crate) image: &'a str,
    pub(crate) flavor: &'a str,
    pub(crate) key_name: Option<&'a str>,
    /// Who made it.
    pub(crate) user_id: &'a str,
    /// Whether the cloud rebuilds with another key.
    pub(crate) rekeys: bool,
}

/// The first thing to be done to a server, `None` where it can be lent. `server` is what `GET` shows.
pub(crate) fn step(server: &Value, wanted: &Wanted<'_>) -> Option<Step> {
    let text = |pointer: &str| server.pointer(pointer).and_then(Value::as_str);
    let busy = text("/OS-EXT-STS:task_state").is_some();
    let status = text("/status").unwrap_or_default();
    // A deletion under way ends the server, an error cannot be told from what caused it.
    if status == "ERROR"
        || status == "DELETED"
        || text("/OS-EXT-STS:task_state") == Some("deleting")
    {
        return Some(Step::Replace);
    }
    let flavor = text("/flavor/id").is_none_or(|id| id == wanted.flavor);
    let same = text("/user_id") == Some(wanted.user_id);
    if busy
        || matches!(
            status,
            "BUILD"
                | "REBUILD"
                | "REBOOT"
                | "HARD_REBOOT"
                | "RESIZE"
                | "REVERT_RESIZE"
                | "PASSWORD"
                | "MIGRATING"
        )
    {
        return Some(Step::Wait);
    }
    if server.get("locked") == Some(&json!(true)) {
        return Some(Step::Unlock);
    }
    let step = match status {
        "ACTIVE" => None,
        "SHUTOFF" => Some(Step::Act("os-start")),
        "PAUSED" => Some(Step::Act("unpause")),
        "SUSPENDED" => Some(Step::Act("resume")),
        "RESCUE" => Some(Step::Act("unrescue")),
        "VERIFY_RESIZE" => Some(Step::Act("revertResize")),
        "SHELVED" | "SHELVED_OFFLOADED" => Some(Step::Act("unshelve")),
        _ => Some(Step::Replace),
    };
    if step.is_some() {
        return step;
    }
    let plain = ["/accessIPv4", "/accessIPv6"]
        .iter()
        .all(|at| text(at).is_none_or(str::is_empty));
    if !flavor || !same || !plain {
        return Some(Step::Replace);
    }
    if text("/image/id") != Some(wanted.image) || text("/key_name") != wanted.key_name {
        return Some(if wanted.rekeys {
            Step::Rebuild
        } else {
            Step::Replace
        });
    }
    let described = server
        .get("description")
        .is_some_and(|found| !found.is_null());
    if text("/name") != Some(wanted.name) || described {
        return Some(Step::Rename);
    }
    if server.get("metadata") != Some(&wanted.shape.metadata()) {
        return Some(Step::Metadata);
    }
    if server
        .get("tags")
        .is_some_and(|tags| *tags != wanted.shape.tags())
    {
        return Some(Step::Tags);
    }
    None
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn good() -> Value {
        json!({
            "status": "ACTIVE", "OS-EXT-STS:task_state": null, "name": "n", "user_id": "u", "image": {"id": "i"},
            "flavor": {"id": "f"}, "key_name": null, "metadata": {}, "tags": [], "locked": false, "description": null,
            "accessIPv4": "", "accessIPv6": "",
        })
    }

    fn wanted(rekeys: bool) -> Wanted<'static> {
        Wanted {
            shape: Shape::Plain,
            name: "n",
            image: "i",
            flavor: "f",
            key_name: None,
            user_id: "u",
            rekeys,
        }
    }

    #[test]
    fn a_good_server_needs_nothing() {
        assert_eq!(step(&good(), &wanted(true)), None);
    }

    #[rstest]
    #[case::building("/status", json!("BUILD"), Step::Wait)]
    #[case::on_its_way("/OS-EXT-STS:task_state", json!("powering-off"), Step::Wait)]
    #[case::locked("/locked", json!(true), Step::Unlock)]
    #[case::stopped("/status", json!("SHUTOFF"), Step::Act("os-start"))]
    #[case::shelved("/status", json!("SHELVED_OFFLOADED"), Step::Act("unshelve"))]
    #[case::failed("/status", json!("ERROR"), Step::Replace)]
    #[case::another_flavor("/flavor/id", json!("g"), Step::Replace)]
    #[case::another_owner("/user_id", json!("v"), Step::Replace)]
    #[case::another_image("/image/id", json!("j"), Step::Rebuild)]
    #[case::another_key("/key_name", json!("k"), Step::Rebuild)]
    #[case::another_name("/name", json!("m"), Step::Rename)]
    #[case::described("/description", json!("d"), Step::Rename)]
    #[case::metadata("/metadata", json!({"a": "b"}), Step::Metadata)]
    #[case::tagged("/tags", json!(["a"]), Step::Tags)]
    #[case::reachable("/accessIPv4", json!("192.0.2.1"), Step::Replace)]
    fn what_is_otherwise_is_mended(#[case] at: &str, #[case] value: Value, #[case] want: Step) {
        let mut server = good();
        *server.pointer_mut(at).unwrap() = value;
        assert_eq!(step(&server, &wanted(true)), Some(want));
    }

    #[test]
    fn where_keys_cannot_be_changed_the_server_is() {
        let mut server = good();
        server["key_name"] = json!("k");
        assert_eq!(step(&server, &wanted(false)), Some(Step::Replace));
    }
}
