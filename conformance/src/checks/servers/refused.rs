//! What is refused for what a request names or how much it holds, which no schema sees: one table of requests about the server
//! that others look at too, with Nova's words. None may change anything.

use nova_api::Operation::{self, *};
use serde_json::{Map, Value, json};

use super::stage::{NOWHERE, begin};
use crate::check::{Answer, Ask, Caller, Check, Cx, Says, Server, Stop, Versions};

/// A request that is refused.
struct Row {
    operation: Operation,
    /// What stands after the operation in the id.
    id: &'static str,
    /// What is wrong with it, for people.
    what: &'static str,
    status: u16,
    /// Nova's words, `{}` being the server's id.
    words: &'static str,
    /// The first minor version to ask at; the last is asked too.
    from: u16,
    asks: Asks,
}

/// What a row asks.
enum Asks {
    /// Creates a server of this changed body.
    Creates(fn(&mut Value)),
    /// The path's second part, and a body.
    About(&'static str, fn() -> Value),
    /// A list with this parameter.
    Lists(&'static str, &'static str),
}

use Asks::{About, Creates, Lists};

fn many(count: usize) -> Value {
    let items = (0..count).map(|number| (number.to_string(), json!("v")));
    Value::Object(items.collect::<Map<String, Value>>())
}

fn tags(count: usize) -> Vec<String> {
    (0..count).map(|number| number.to_string()).collect()
}

fn no_body() -> Value {
    Value::Null
}

/// Asked of a real Nova 34.0.0.
const ROWS: &[Row] = &[
    Row {
        operation: ServerCreate,
        id: "image.unknown",
        what: "an image that there is not",
        status: 400,
        words: "Can not find requested image",
        from: 1,
        asks: Creates(|body| body["server"]["imageRef"] = json!(NOWHERE)),
    },
    Row {
        operation: ServerCreate,
        id: "image.empty",
        what: "an empty image and no volume",
        status: 400,
        words: "Missing imageRef attribute",
        from: 1,
        asks: Creates(|body| body["server"]["imageRef"] = json!("")),
    },
    Row {
        operation: ServerCreate,
        id: "flavor.unknown",
        what: "a flavor that there is not",
        status: 400,
        words: "Flavor nvc-nowhere could not be found.",
        from: 1,
        asks: Creates(|body| body["server"]["flavorRef"] = json!("nvc-nowhere")),
    },
    Row {
        operation: ServerCreate,
        id: "key.unknown",
        what: "a key that there is not",
        status: 400,
        words: "Invalid key_name provided.",
        from: 1,
        asks: Creates(|body| body["server"]["key_name"] = json!("nvc-nowhere")),
    },
    Row {
        operation: ServerCreate,
        id: "zone.unknown",
        what: "an availability zone that there is not",
        status: 400,
        words: "The requested availability zone is not available",
        from: 1,
        asks: Creates(|body| body["server"]["availability_zone"] = json!("nvc-nowhere")),
    },
    Row {
        operation: ServerCreate,
        id: "network.unknown",
        what: "a network that there is not",
        status: 400,
        words: "Network 00000000-dead-4bee-8000-00000000c0de could not be found.",
        from: 1,
        asks: Creates(|body| body["server"]["networks"] = json!([{"uuid": NOWHERE}])),
    },
    Row {
        operation: ServerCreate,
        id: "count.backwards",
        what: "more at least than at most",
        status: 400,
        words: "min_count must be <= max_count",
        from: 1,
        asks: Creates(|body| {
            body["server"]["min_count"] = json!(3);
            body["server"]["max_count"] = json!(2);
        }),
    },
    Row {
        operation: ServerCreate,
        id: "metadata.too-many",
        what: "129 items of metadata",
        status: 403,
        words: "Maximum number of metadata items exceeds 128",
        from: 1,
        asks: Creates(|body| body["server"]["metadata"] = many(129)),
    },
    Row {
        operation: ServerCreate,
        id: "group.unknown",
        what: "a server group that there is not",
        status: 400,
        words: "Instance group 00000000-dead-4bee-8000-00000000c0de could not be found.",
        from: 1,
        asks: Creates(|body| body["os:scheduler_hints"] = json!({"group": NOWHERE})),
    },
    Row {
        operation: MetadataCreate,
        id: "too-many",
        what: "more than 128 items of metadata",
        status: 403,
        words: "Maximum number of metadata items exceeds 128",
        from: 1,
        asks: About("", || json!({"metadata": many(129)})),
    },
    Row {
        operation: MetadataReplace,
        id: "too-many",
        what: "more than 128 items of metadata",
        status: 403,
        words: "Maximum number of metadata items exceeds 128",
        from: 1,
        asks: About("", || json!({"metadata": many(129)})),
    },
    Row {
        operation: MetadataUpdate,
        id: "another-key",
        what: "another key in the body than in the path",
        status: 400,
        words: "Request body and URI mismatch",
        from: 1,
        asks: About("nvc-one", || json!({"meta": {"nvc-other": "v"}})),
    },
    Row {
        operation: MetadataShow,
        id: "unknown-key",
        what: "a key that there is not",
        status: 404,
        words: "Metadata item was not found",
        from: 1,
        asks: About("nvc-nowhere", no_body),
    },
    Row {
        operation: MetadataDelete,
        id: "unknown-key",
        what: "a key that there is not",
        status: 404,
        words: "Metadata item was not found",
        from: 1,
        asks: About("nvc-nowhere", no_body),
    },
    Row {
        operation: TagShow,
        id: "unknown-tag",
        what: "a tag that there is not",
        status: 404,
        words: "Server {} has no tag 'nvc-nowhere'",
        from: 26,
        asks: About("nvc-nowhere", no_body),
    },
    Row {
        operation: TagDelete,
        id: "unknown-tag",
        what: "a tag that there is not",
        status: 404,
        words: "Instance {} has no tag 'nvc-nowhere'",
        from: 26,
        asks: About("nvc-nowhere", no_body),
    },
    Row {
        operation: TagAdd,
        id: "comma",
        what: "a tag with a comma",
        status: 400,
        words: "Tag 'nvc,x' is invalid. It must be a non empty string without characters '/' and ','. Validation error message: 'nvc,x' does not match '^[^,/]*$'",
        from: 26,
        asks: About("nvc,x", no_body),
    },
    Row {
        operation: TagAdd,
        id: "too-long",
        what: "a tag of 61 characters",
        status: 400,
        words: "Tag 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' is invalid. It must be a non empty string without characters '/' and ','. Validation error message: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' is too long",
        from: 26,
        asks: About(
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            no_body,
        ),
    },
    Row {
        operation: TagReplace,
        id: "too-many",
        what: "51 tags",
        status: 400,
        words: "",
        from: 26,
        asks: About("", || json!({"tags": tags(51)})),
    },
    Row {
        operation: ServerList,
        id: "all-tenants",
        what: "everybody's servers, by a plain member",
        status: 403,
        words: "Policy doesn't allow os_compute_api:servers:index:get_all_tenants to be performed.",
        from: 1,
        asks: Lists("all_tenants", "1"),
    },
    Row {
        operation: ServerDetail,
        id: "all-tenants",
        what: "everybody's servers, by a plain member",
        status: 403,
        words: "Policy doesn't allow os_compute_api:servers:detail:get_all_tenants to be performed.",
        from: 1,
        asks: Lists("all_tenants", "1"),
    },
    Row {
        operation: ServerList,
        id: "marker.unknown",
        what: "a marker that is no server",
        status: 400,
        words: "marker [00000000-dead-4bee-8000-00000000c0de] not found",
        from: 1,
        asks: Lists("marker", NOWHERE),
    },
    Row {
        operation: ServerDetail,
        id: "marker.unknown",
        what: "a marker that is no server",
        status: 400,
        words: "marker [00000000-dead-4bee-8000-00000000c0de] not found",
        from: 1,
        asks: Lists("marker", NOWHERE),
    },
    Row {
        operation: ServerList,
        id: "sort-dir.unknown",
        what: "a direction that is neither up nor down",
        status: 400,
        words: "Invalid input received: Unknown sort direction, must be 'desc' or 'asc'",
        from: 1,
        asks: Lists("sort_dir", "up"),
    },
    Row {
        operation: ServerList,
        id: "sort-key.of-admins",
        what: "sorting by what only administrators see",
        status: 403,
        words: "Only administrators can sort servers by host",
        from: 1,
        asks: Lists("sort_key", "host"),
    },
];

pub(super) fn checks() -> Vec<Check> {
    let mut checks: Vec<Check> = ROWS.iter().map(|row| check(row, false)).collect();
    checks.extend(
        ROWS.iter()
            .filter(|row| !row.words.is_empty())
            .map(|row| check(row, true)),
    );
    checks
}

fn check(row: &'static Row, in_words: bool) -> Check {
    let Row {
        operation,
        id,
        what,
        ..
    } = row;
    let sentence = format!(
        "Error response codes: badRequest(400), forbidden(403), itemNotFound(404). {what} is refused with {}.",
        row.status
    );
    let draft = if in_words {
        Check::should(
            format!("{operation}.{id}-in-words"),
            format!("Refused in Nova's words: {what}"),
        )
        .source(operation.reference())
        .versions(Versions::at(&[104]))
    } else {
        let last = if row.from == 104 {
            vec![104]
        } else {
            vec![row.from, 104]
        };
        begin(
            *operation,
            format!("{operation}.{id}"),
            format!("Refused with {}: {what}", row.status),
        )
        .versions(Versions::at(&last))
    };
    let draft = draft.sentence(sentence).callers([Caller::Main]);
    let draft = if matches!(row.asks, About(..)) {
        draft.reads_a_server()
    } else {
        draft
    };
    draft.probe(move |cx| async move {
        let server = match row.asks {
            About(..) => Some(cx.shared_server().await?),
            Creates(_) | Lists(..) => None,
        };
        let name = cx.unique("refused");
        let answer = ask(&cx, row, server.as_ref(), &name).await?.send().await?;
        let id = server.as_ref().map_or("", |server| server.id.as_str());
        let says = if in_words {
            Says::from(row.words.replace("{}", id))
        } else {
            Says::Anything
        };
        answer.expect_fault(row.status, says)?;
        unharmed(&cx, server.as_ref(), &name).await
    })
}

async fn ask(cx: &Cx, row: &Row, server: Option<&Server>, name: &str) -> Result<Ask, Stop> {
    let main = cx.as_(Caller::Main);
    Ok(match row.asks {
        Creates(change) => {
            let mut body = cx.refused_server_body(name).await?;
            change(&mut body);
            main.ask(row.operation, &[]).json(&body)
        }
        About(part, body) => {
            let id = server.map_or(NOWHERE, |server| server.id.as_str());
            let ask = main.ask(row.operation, &[id, part]);
            match body() {
                Value::Null => ask,
                body => ask.json(&body),
            }
        }
        Lists(name, value) => main.ask(row.operation, &[]).query(name, value),
    })
}

/// The shared server has its metadata and tag still, and nothing was made under the name.
async fn unharmed(cx: &Cx, server: Option<&Server>, name: &str) -> Result<(), Stop> {
    let main = cx.as_(Caller::Main);
    if let Some(server) = server {
        let shown: Answer = main.ask(MetadataList, &[&server.id]).send().await?;
        let metadata = super::stage::METADATA;
        shown.expect_json_eq("/metadata", &json!({metadata.0: metadata.1}))?;
    } else {
        let list = main.ask(ServerList, &[]).query("name", name).send().await?;
        list.to_set_up(200)?
            .expect_json_eq("/servers", &json!([]))?;
    }
    Ok(())
}
