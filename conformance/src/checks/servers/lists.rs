//! The lists of servers: what they hold and leave out, how they are filtered, sorted and paged.

use nova_api::Operation::{self, *};
use serde_json::json;

use super::life::{delete, of};
use crate::check::{Answer, Caller, Check, Cx, Server, Stop};

pub(super) fn checks() -> Vec<Check> {
    vec![
        not_listed_when_gone(),
        of_another_project(ServerList),
        of_another_project(ServerDetail),
        all_tenants(),
        filters(),
        deep_filters_are_for_admins(),
        changes_since(),
        pages(ServerList),
        pages(ServerDetail),
        sorted(),
    ]
}

fn lists(answer: &Answer, server: &Server) -> Result<bool, Stop> {
    answer.expect_status(200)?;
    Ok(answer
        .list_at("/servers")?
        .iter()
        .any(|item| item.get("id") == Some(&json!(server.id))))
}

pub(super) fn expect_listed(answer: &Answer, server: &Server, wanted: bool) -> Result<(), Stop> {
    let found = lists(answer, server)?;
    let (expected, seen) = if wanted {
        ("the server in the list", "a list without")
    } else {
        ("a list without the server", "it")
    };
    answer.expect(found == wanted, expected, seen, "/servers")?;
    Ok(())
}

fn not_listed_when_gone() -> Check {
    of(ServerList, "without-deleted", "A deleted server is not listed, and a member who asks for deleted ones is not told either", "deleted: show deleted items only. In most environments, deleted items are only shown to administrators.")
        .servers(1)
        .probe(|cx| async move {
            let server = cx.server(Caller::Main).await?;
            let main = cx.as_(Caller::Main);
            delete(&main, &server).await?;
            for operation in [ServerList, ServerDetail] {
                expect_listed(&main.ask(operation, &[]).send().await?, &server, false)?;
                expect_listed(&main.ask(operation, &[]).query("deleted", "true").send().await?, &server, false)?;
            }
            Ok(())
        })
}

fn of_another_project(operation: Operation) -> Check {
    of(
        operation,
        "of-the-project",
        "A project's servers are listed to its members, and to nobody else's",
        "Lists the servers of the project of the caller.",
    )
    .callers([Caller::Main, Caller::Second, Caller::Other])
    .reads_a_server()
    .probe(move |cx| async move {
        let server = cx.shared_server().await?;
        for (caller, wanted) in [
            (Caller::Main, true),
            (Caller::Second, true),
            (Caller::Other, false),
        ] {
            let list = cx
                .as_(caller)
                .ask(operation, &[])
                .query("name", &server.name)
                .send()
                .await?;
            expect_listed(&list, &server, wanted)?;
        }
        Ok(())
    })
}

fn all_tenants() -> Check {
    of(ServerList, "all-projects", "An administrator lists the servers of all projects where asked to", "all_tenants: specify the all_tenants query parameter to list all instances for all projects. By default this is only allowed by administrators.")
        .callers([Caller::Main, Caller::Admin])
        .reads_a_server()
        .probe(|cx| async move {
            cx.admin_is_of_another_project()?;
            let server = cx.shared_server().await?;
            let admin = cx.as_(Caller::Admin);
            let own = admin.ask(ServerList, &[]).query("name", &server.name).send().await?;
            expect_listed(&own, &server, false)?;
            let all = admin.ask(ServerList, &[]).query("all_tenants", 1).query("name", &server.name).send().await?;
            expect_listed(&all, &server, true)
        })
}

/// Filters of a list, a value that fits the shared server, and one that does not.
const FILTERS: &[(&str, &str, &str)] = &[
    ("status", "ACTIVE", "SHUTOFF"),
    ("status", "active", "error"),
    ("image", "{image}", "00000000-dead-4bee-8000-00000000c0de"),
    ("flavor", "{flavor}", "nvc-nowhere"),
    ("name", "{name}", "nvc-nowhere"),
    ("name", "^nvc-", "^vc-"),
    (
        "changes-since",
        "2000-01-01T00:00:00Z",
        "2099-01-01T00:00:00Z",
    ),
];

fn filters() -> Check {
    of(
        ServerList,
        "filters",
        "A list is filtered by status, image, flavor, name and time",
        "Query: status, image, flavor, name (a regular expression), changes-since.",
    )
    .reads_a_server()
    .probe(|cx| async move {
        let server = cx.shared_server().await?;
        let ingredients = cx.ingredients().await?;
        for (name, fits, fits_not) in FILTERS {
            let fits = fits
                .replace("{image}", &ingredients.image)
                .replace("{flavor}", &ingredients.flavor)
                .replace("{name}", &server.name);
            for (value, wanted) in [(fits.as_str(), true), (fits_not, false)] {
                let list = cx
                    .as_(Caller::Main)
                    .ask(ServerList, &[])
                    .query(name, value)
                    .send()
                    .await?;
                // A flavor that there is not may be refused rather than not found.
                if !wanted && *name == "flavor" && list.status() == 400 {
                    continue;
                }
                expect_listed(&list, &server, wanted)?;
            }
        }
        Ok(())
    })
}

fn deep_filters_are_for_admins() -> Check {
    of(
        ServerList,
        "filters-of-admins",
        "A filter that only administrators may use is ignored for others",
        "host: by default only administrators may filter by it; for everybody else it is ignored.",
    )
    .callers([Caller::Main, Caller::Admin])
    .reads_a_server()
    .probe(|cx| async move {
        let server = cx.shared_server().await?;
        let ask = |caller| {
            cx.as_(caller)
                .ask(ServerList, &[])
                .query("name", &server.name)
                .query("host", "nvc-nowhere")
        };
        expect_listed(&ask(Caller::Main).send().await?, &server, true)?;
        let all = ask(Caller::Admin).query("all_tenants", 1).send().await?;
        expect_listed(&all, &server, false)
    })
}

fn changes_since() -> Check {
    of(ServerList, "changes-since", "Who asks for changes is told of deleted servers too", "changes-since: filters the response by a date and time stamp when the server last changed status; deleted servers are included.")
        .servers(1)
        .probe(|cx| async move {
            let server = cx.server(Caller::Main).await?;
            let main = cx.as_(Caller::Main);
            let shown = main.ask(ServerShow, &[&server.id]).send().await?;
            let since = shown.text_at("/server/created")?.to_owned();
            delete(&main, &server).await?;
            let list = main.ask(ServerDetail, &[]).query("changes-since", &since).query("name", &server.name).send().await?;
            expect_listed(&list, &server, true)?;
            list.expect_json_eq("/servers/0/status", &json!("DELETED"))?;
            Ok(())
        })
}

async fn three(cx: &Cx) -> Result<Vec<Server>, Stop> {
    let mut servers = Vec::new();
    for _ in 0..3 {
        servers.push(cx.server(Caller::Main).await?);
    }
    Ok(servers)
}

/// What the names of the servers that are lent have in common.
fn common(servers: &[Server]) -> &str {
    let name = servers.first().map_or("", |server| server.name.as_str());
    name.trim_end_matches(|letter: char| letter.is_ascii_digit())
}

fn ids(answer: &Answer) -> Result<Vec<String>, Stop> {
    answer.expect_status(200)?;
    let items = answer.list_at("/servers")?.iter();
    Ok(items
        .filter_map(|item| item.get("id")?.as_str().map(str::to_owned))
        .collect())
}

/// That a list tells every one of these servers: an empty one is in any order, and has no pages.
fn expect_all(answer: &Answer, servers: &[Server]) -> Result<(), Stop> {
    let listed = ids(answer)?;
    for server in servers {
        answer.expect(
            listed.contains(&server.id),
            format!("the server {} in the list", server.id),
            listed.join(", "),
            "/servers",
        )?;
    }
    Ok(())
}

fn pages(operation: Operation) -> Check {
    of(operation, "pages", "Walking a list in pages meets every server once, and each page but the last links to the next", "limit, marker: used in conjunction to page through a list; the answer has servers_links with a next link while there is more.")
        .servers(3)
        .alone()
        .probe(move |cx| async move {
            let servers = three(&cx).await?;
            let main = cx.as_(Caller::Main);
            let list = |limit: usize| main.ask(operation, &[]).query("name", common(&servers)).query("limit", limit);
            let all = list(1000).send().await?;
            expect_all(&all, &servers)?;
            let whole = ids(&all)?;
            let mut walked = Vec::new();
            let mut page = list(2).send().await?;
            // A list that never ends is walked to twice its length.
            while walked.len() <= 2 * whole.len() {
                let of_page = ids(&page)?;
                page.expect(of_page.len() <= 2, "two servers at most", of_page.len(), "/servers")?;
                let Some(last) = of_page.last().cloned() else {
                    break;
                };
                walked.extend(of_page);
                let links = page.json()?.get("servers_links").is_some();
                let more = walked.len() < whole.len();
                page.expect(links || !more, "a link to the next page", "none", "/servers_links")?;
                if more {
                    let link = page.text_at("/servers_links/0/href")?;
                    page.expect(link.contains(&format!("marker={last}")), format!("a link with the marker {last}"), link, "/servers_links/0/href")?;
                }
                page = list(2).query("marker", last).send().await?;
            }
            page.expect(walked == whole, whole.join(", "), walked.join(", "), "/servers")?;
            let none = list(0).send().await?;
            none.expect(ids(&none)?.is_empty(), "an empty page for the limit 0", "servers", "/servers")?;
            Ok(())
        })
}

fn sorted() -> Check {
    of(
        ServerDetail,
        "sorted",
        "A list is sorted by what is asked, upwards or downwards, and newest first unless asked",
        "sort_key, sort_dir: the default is created_at, descending.",
    )
    .servers(3)
    .alone()
    .probe(|cx| async move {
        let servers = three(&cx).await?;
        let main = cx.as_(Caller::Main);
        let list = || main.ask(ServerDetail, &[]).query("name", common(&servers));
        let told = |answer: &Answer, field: &str| -> Result<Vec<String>, Stop> {
            answer.expect_status(200)?;
            let items = answer.list_at("/servers")?.iter();
            Ok(items
                .filter_map(|item| item.get(field)?.as_str().map(str::to_owned))
                .collect())
        };
        for (dir, reversed) in [("asc", false), ("desc", true)] {
            let answer = list()
                .query("sort_key", "display_name")
                .query("sort_dir", dir)
                .send()
                .await?;
            expect_all(&answer, &servers)?;
            let names = told(&answer, "name")?;
            let mut wanted = names.clone();
            wanted.sort();
            if reversed {
                wanted.reverse();
            }
            answer.expect(
                names == wanted,
                wanted.join(", "),
                names.join(", "),
                "/servers",
            )?;
        }
        let answer = list().send().await?;
        expect_all(&answer, &servers)?;
        let created = told(&answer, "created")?;
        let falls = created.windows(2).all(|pair| pair[0] >= pair[1]);
        answer.expect(falls, "newest first", created.join(", "), "/servers")?;
        Ok(())
    })
}
