//! The shortest way to see a difference again: first fewer requests, by delta debugging, then less in the last one. It knows
//! how to ask from nothing ([`Comparison::kind_of_last`]) and stops after a bounded number of requests.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Comparison, ask::Ask, difference::Kind};

/// The most requests spent on one kind.
const BUDGET: usize = 600;

/// The longest time spent on one kind: servers take theirs.
const PATIENCE: Duration = Duration::from_secs(60);

/// The shortest sequence found whose last answer differs in this way; `None` where even the whole sequence does not show it
/// again.
pub(super) async fn shortest(
    comparison: &mut Comparison,
    asks: &[Ask],
    kind: &Kind,
) -> Result<Option<Vec<Ask>>, String> {
    let mut trials = Trials {
        comparison,
        kind,
        left: BUDGET,
        until: Instant::now() + PATIENCE,
    };
    let Some((last, before)) = asks.split_last() else {
        return Ok(None);
    };
    let mut kept: Vec<Ask> = Vec::new();
    if !trials.shows(&kept, last).await? {
        kept = before.to_vec();
        if !trials.shows(&kept, last).await? {
            return Ok(None);
        }
        trials.fewer(&mut kept, last).await?;
    }
    let mut last = last.clone();
    trials.less(&kept, &mut last).await?;
    kept.push(last);
    Ok(Some(kept))
}

struct Trials<'a> {
    comparison: &'a mut Comparison,
    kind: &'a Kind,
    left: usize,
    until: Instant,
}

impl Trials<'_> {
    async fn shows(&mut self, before: &[Ask], last: &Ask) -> Result<bool, String> {
        if self.left <= before.len() || Instant::now() > self.until || self.comparison.stopped() {
            return Ok(false);
        }
        self.left -= before.len() + 1;
        let mut asks = before.to_vec();
        asks.push(last.clone());
        let kind = self.comparison.kind_of_last(&asks).await?;
        Ok(kind.as_ref() == Some(self.kind))
    }

    /// Leaves out what is not needed before the last request, in ever smaller parts.
    async fn fewer(&mut self, kept: &mut Vec<Ask>, last: &Ask) -> Result<(), String> {
        let mut size = kept.len().div_ceil(2);
        while size > 0 {
            let mut at = 0;
            let mut smaller = false;
            while at < kept.len() {
                let mut without = kept.clone();
                without.drain(at..(at + size).min(without.len()));
                if self.shows(&without, last).await? {
                    *kept = without;
                    smaller = true;
                } else {
                    at += size;
                }
            }
            if !smaller || size > 1 {
                size /= 2;
            }
        }
        Ok(())
    }

    /// Leaves out of the last request what does not matter.
    async fn less(&mut self, before: &[Ask], last: &mut Ask) -> Result<(), String> {
        loop {
            let mut smaller = false;
            for candidate in simpler(last) {
                if self.shows(before, &candidate).await? {
                    *last = candidate;
                    smaller = true;
                    break;
                }
            }
            if !smaller {
                return Ok(());
            }
        }
    }
}

/// Requests with one thing less: a header, a part of the query, a member of the body. Each is strictly shorter.
fn simpler(ask: &Ask) -> Vec<Ask> {
    let mut all = Vec::new();
    for at in 0..ask.headers.len() {
        // Without its version the request would be of another kind.
        if !ask.headers[at].0.ends_with("-api-version") {
            let mut less = ask.clone();
            less.headers.remove(at);
            all.push(less);
        }
    }
    if let Some((path, query)) = ask.path.split_once('?') {
        let parts: Vec<&str> = query.split('&').collect();
        for at in 0..parts.len() {
            let mut fewer = parts.clone();
            fewer.remove(at);
            let query = if fewer.is_empty() {
                String::new()
            } else {
                format!("?{}", fewer.join("&"))
            };
            all.push(Ask {
                path: format!("{path}{query}"),
                ..ask.clone()
            });
        }
    }
    if let Some(body) = ask.json() {
        for less in less_json(&body) {
            all.push(Ask {
                body: Some(less.to_string().into_bytes()),
                ..ask.clone()
            });
        }
    }
    all
}

/// The value with one member or item less, at any depth.
fn less_json(value: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let mut less = members.clone();
                less.shift_remove(name);
                all.push(Value::Object(less));
                for simpler in less_json(member) {
                    let mut less = members.clone();
                    less.insert(name.clone(), simpler);
                    all.push(Value::Object(less));
                }
            }
        }
        Value::Array(items) => {
            for at in 0..items.len() {
                let mut less = items.clone();
                less.remove(at);
                all.push(Value::Array(less));
            }
        }
        _ => {}
    }
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_body_loses_one_thing_at_a_time() {
        assert_eq!(
            less_json(&json!({"a": {"b": 1}, "c": [2]})),
            [
                json!({"c": [2]}),
                json!({"a": {}, "c": [2]}),
                json!({"a": {"b": 1}}),
                json!({"a": {"b": 1}, "c": []})
            ]
        );
    }
}
