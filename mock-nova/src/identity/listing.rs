//! Lists: which members a query asks for, and the envelope around them.

use serde_json::{Map, Value, json};

use super::body::{as_switch, invalid};
use super::{Caller, Exchange, Fault};
use crate::http::call::Answer;

impl Exchange<'_> {
    /// A list as Keystone wraps it, or the page of it that `limit` and `marker` ask for.
    pub(super) fn collection(&self, key: &str, mut members: Vec<Value>) -> Result<Answer, Fault> {
        let mut body = Map::new();
        if let Some(marker) = self.call.query("marker") {
            let at = members
                .iter()
                .position(|member| member.get("id").is_some_and(|id| id == marker));
            let at =
                at.ok_or_else(|| Fault::missing(format!("Marker {marker} could not be found.")))?;
            members.drain(..=at);
        }
        let mut next = Value::Null;
        if let Some(limit) = self.call.query("limit") {
            let limit: usize = limit.parse().map_err(|_| {
                invalid(
                    "limit",
                    &Value::from(limit),
                    &format!("'{limit}' is not a whole number"),
                )
            })?;
            if limit > 0 && limit < members.len() {
                members.truncate(limit);
                let last = members
                    .last()
                    .and_then(|member| member.get("id"))
                    .and_then(Value::as_str);
                next = Value::from(self.page_after(last.unwrap_or_default()));
                body.insert("truncated".to_owned(), Value::Bool(true));
            }
        }
        let this = self.call.base.join(&self.call.target);
        body.insert(key.to_owned(), Value::from(members));
        body.insert(
            "links".to_owned(),
            json!({ "next": next, "self": this, "previous": null }),
        );
        Ok(Answer::ok(Value::Object(body)))
    }

    /// The address of this list from behind `marker` on.
    fn page_after(&self, marker: &str) -> String {
        let target = self.call.target.as_str();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let kept: Vec<&str> = query
            .split('&')
            .filter(|pair| !pair.starts_with("marker="))
            .collect();
        self.call
            .base
            .join(&format!("{path}?{}&marker={marker}", kept.join("&")))
    }

    /// Whether a text attribute passes the query: `name=x`, and `name__contains=x` and its relatives.
    pub(super) fn passes(&self, attribute: &str, actual: Option<&str>) -> bool {
        self.call.query.iter().all(|(key, wanted)| {
            let Some(comparator) = key.strip_prefix(attribute) else {
                return true;
            };
            let actual = actual.unwrap_or_default();
            let (folded, wanted_folded) = (actual.to_lowercase(), wanted.to_lowercase());
            match comparator {
                "" => actual == wanted,
                "__contains" => actual.contains(wanted),
                "__icontains" => folded.contains(&wanted_folded),
                "__startswith" => actual.starts_with(wanted),
                "__istartswith" => folded.starts_with(&wanted_folded),
                "__endswith" => actual.ends_with(wanted),
                "__iendswith" => folded.ends_with(&wanted_folded),
                "__iexact" => folded == wanted_folded,
                _ => true,
            }
        })
    }

    /// What the query's `enabled` asks for, if it is there.
    pub(super) fn enabled_wanted(&self) -> Result<Option<bool>, Fault> {
        self.call
            .query("enabled")
            .map(|word| as_switch("enabled", word))
            .transpose()
    }

    /// Whether a switch of the query is on: `effective`, `effective=1`, but not `effective=0`.
    pub(super) fn asks(&self, name: &str) -> bool {
        self.call.query(name).is_some_and(|value| value != "0")
    }
}

/// A reader of the whole system, who sees what administrators see.
pub(super) fn system_reader(caller: &Caller) -> bool {
    caller.system && caller.has_role("reader")
}

/// A reader of one domain, who sees what is in it.
pub(super) fn domain_reader(caller: &Caller, domain_id: Option<&str>) -> bool {
    caller.domain_id.is_some()
        && caller.domain_id.as_deref() == domain_id
        && caller.has_role("reader")
}

/// A manager of one domain, who changes what is in it.
pub(super) fn domain_manager(caller: &Caller, domain_id: Option<&str>) -> bool {
    caller.domain_id.is_some()
        && caller.domain_id.as_deref() == domain_id
        && caller.has_role("manager")
}
