//! How much a rebuild may bring along: pairs of metadata, and files to inject. The limits are the deployment's, as it tells
//! them; beyond them a rebuild is refused with 403.

use nova_api::Operation::LimitsShow;
use serde_json::{Value, json};

use super::{
    begin, begin_words,
    steps::{at_its_end, rebuild, refused, shown, where_taken},
};
use crate::check::{Answer, Caller, Check, Cx, Says, Stop, Versions};

const SENTENCE: &str = "forbidden(403): the quota of metadata items, or of files to inject and their size, is exceeded.";

/// The oldest version: it tells of every limit.
const OLDEST: &str = "2.1";

/// More than this is not worth sending.
const MOST: u64 = 100_000;

/// Something of which there may be too much.
#[derive(Clone, Copy)]
struct Row {
    id: &'static str,
    what: &'static str,
    /// The limit's name in `/limits`.
    limit: &'static str,
    /// The fields of a rebuild with so much of it.
    fields: fn(usize) -> Value,
    words: fn(u64) -> String,
}

const ROWS: &[Row] = &[
    Row {
        id: "metadata",
        what: "more pairs of metadata than the quota allows",
        limit: "maxServerMeta",
        fields: |count| {
            let pairs = (0..count).map(|number| (format!("k{number}"), json!("v")));
            json!({"metadata": Value::Object(pairs.collect())})
        },
        words: |limit| format!("Maximum number of metadata items exceeds {limit}"),
    },
    Row {
        id: "files",
        what: "more files to inject than the quota allows",
        limit: "maxPersonality",
        fields: |count| {
            let file = |number| json!({"path": format!("/etc/f{number}"), "contents": "YQ=="});
            json!({"personality": (0..count).map(file).collect::<Vec<_>>()})
        },
        words: |_| "Personality file limit exceeded".to_owned(),
    },
    Row {
        id: "file-size",
        what: "a file to inject that is larger than the quota allows",
        limit: "maxPersonalitySize",
        fields: |size| {
            let contents = "YWFh".repeat(size.div_ceil(3));
            json!({"personality": [{"path": "/etc/f", "contents": contents}]})
        },
        words: |limit| format!("Personality file content exceeds maximum {limit}"),
    },
];

pub(super) fn checks() -> Vec<Check> {
    let mut checks: Vec<Check> = ROWS.iter().map(exceeded).collect();
    checks.extend(ROWS.iter().map(words));
    checks
}

impl Row {
    fn versions(self) -> Versions {
        at_its_end(where_taken(&(self.fields)(1)))
    }

    /// Asks with more than the limit allows.
    async fn ask(self, cx: &Cx) -> Result<(Answer, u64), Stop> {
        let main = cx.as_(Caller::Main);
        let project = main.project_id()?.to_owned();
        let limits = main.ask(LimitsShow, &[&project]).at(OLDEST).send().await?;
        limits.to_set_up(200)?;
        let limit = limits.at(&format!("/limits/absolute/{}", self.limit))?;
        let limit = limit
            .as_u64()
            .filter(|limit| *limit <= MOST)
            .ok_or_else(|| {
                Stop::NotApplicable(format!(
                    "the cloud's limit {} is {limit}: there is no too much",
                    self.limit
                ))
            })?;
        let too_much = usize::try_from(limit + 1).unwrap_or(usize::MAX);
        let server = cx.server(Caller::Main).await?;
        let answer = rebuild(cx, Caller::Main, &server, &(self.fields)(too_much)).await?;
        refused(&answer, 403, self.what)?;
        shown(cx, &server)
            .await?
            .expect_json_eq("/server/status", &json!("ACTIVE"))?;
        Ok((answer, limit))
    }
}

fn exceeded(row: &Row) -> Check {
    let row = *row;
    begin(
        format!("quota.{}", row.id),
        format!("Refused with 403: {}", row.what),
        SENTENCE,
    )
    .versions(row.versions())
    .probe(move |cx| async move { row.ask(&cx).await.map(|_| ()) })
}

fn words(row: &Row) -> Check {
    let row = *row;
    begin_words(
        format!("quota.{}", row.id),
        format!("Refused in Nova's words: {}", row.what),
        SENTENCE,
    )
    .versions(row.versions())
    .probe(move |cx| async move {
        let (answer, limit) = row.ask(&cx).await?;
        answer.expect_fault(403, Says::from((row.words)(limit)))?;
        Ok(())
    })
}
