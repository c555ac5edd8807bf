//! The life of a server as its owner sees it: made as asked, shown and listed, changed, and gone; and what its metadata, tags
//! and actions tell.

use nova_api::{
    Input,
    Operation::{self, *},
    contract,
};
use serde_json::{Value, json};

use super::stage::{METADATA, TAG, begin};
use crate::check::{Answer, Asker, Caller, Check, Cx, Draft, Says, Server, Stop, Versions};

pub(super) fn checks() -> Vec<Check> {
    vec![
        as_asked(),
        password_as_asked(),
        several(),
        reservation(),
        gone(),
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
        renamed(),
        update_keeps_the_rest(),
        metadata(),
        tags(),
        tag_twice(),
        actions(),
        group_life(),
    ]
}

fn of(operation: Operation, id: &str, title: &str, sentence: &str) -> Draft {
    begin(operation, format!("{operation}.{id}"), title)
        .sentence(sentence)
        .versions(Versions::at(&[1, 104]))
        .callers([Caller::Main])
}

/// A field of a request for a new server, its value, and the field in which it is shown.
type Wish = (&'static str, fn() -> Value, &'static str);

/// What is asked of a new server.
const WISHES: &[Wish] = &[
    ("metadata", || json!({"nvc": "wished"}), "metadata"),
    ("description", || json!("wished"), "description"),
    ("tags", || json!(["nvc-wished"]), "tags"),
    (
        "hostname",
        || json!("nvc-wished"),
        "OS-EXT-SRV-ATTR:hostname",
    ),
    ("accessIPv4", || json!("192.0.2.1"), "accessIPv4"),
    ("accessIPv6", || json!("2001:db8::1"), "accessIPv6"),
    ("config_drive", || json!(true), "config_drive"),
];

fn as_asked() -> Check {
    of(ServerCreate, "as-asked", "A server is made as it was asked for", "Creates a server: with the name, image, flavor, metadata, description, tags, hostname, access addresses and config drive of the request.")
        .versions(Versions::EachBoundarySide(ServerCreate).asked_at(&[1, 19, 52, 90, 104]))
        .servers(1)
        .probe(|cx| async move {
            let contract = cx.contract(ServerCreate);
            let takes = |field: &str| {
                let path = format!("/server/{field}");
                contract.inputs().iter().any(|(known, input)| *known == path && !matches!(input, Input::Refused))
            };
            let wishes: Vec<_> = WISHES.iter().filter(|(field, ..)| takes(field)).collect();
            let server = cx.make_server(Caller::Main, "as-asked", |server| {
                for (field, value, _) in &wishes {
                    server[field] = value();
                }
            }).await?;
            let main = cx.as_(Caller::Main);
            let shown = main.ask(ServerShow, &[&server.id]).send().await?;
            shown
                .expect_json_eq("/server/name", &json!(server.name))?
                .expect_json_eq("/server/user_id", &json!(main.user_id()?))?
                .expect_json_eq("/server/tenant_id", &json!(main.project_id()?))?
                .expect_json_eq("/server/key_name", &Value::Null)?;
            for (field, value, shows) in wishes {
                let wanted = if *field == "config_drive" { json!("True") } else { value() };
                shown.expect_json_eq(&format!("/server/{shows}"), &wanted)?;
            }
            Ok(())
        })
}

fn password_as_asked() -> Check {
    of(ServerCreate, "password", "The password that was asked for is answered", "adminPass: the administrative password for the server. If you omit it, the operation generates a new one.")
        .servers(1)
        .probe(|cx| async move {
            let name = cx.unique("password");
            let mut body = cx.server_body(&name).await?;
            body["server"]["adminPass"] = json!("nvc-Wished-4-This");
            let answer = cx.as_(Caller::Main).ask(ServerCreate, &[]).json(&body).send().await?;
            answer.expect_status(202)?;
            let same = answer.text_at("/server/adminPass")? == "nvc-Wished-4-This";
            answer.expect(same, "the password of the request", "another", "/server/adminPass")?;
            Ok(())
        })
}

fn several() -> Check {
    of(
        ServerCreate,
        "several",
        "Several servers are made of one request, and numbered",
        "min_count, max_count: the number of servers to create; their names get a number each.",
    )
    .versions(Versions::at(&[104]))
    .servers(2)
    .probe(|cx| async move {
        let name = cx.unique("several");
        let mut body = cx.server_body(&name).await?;
        body["server"]["min_count"] = json!(2);
        cx.as_(Caller::Main)
            .ask(ServerCreate, &[])
            .json(&body)
            .send()
            .await?
            .expect_status(202)?;
        expect_two(&cx, &name).await
    })
}

async fn expect_two(cx: &Cx, name: &str) -> Result<(), Stop> {
    let list = cx
        .as_(Caller::Main)
        .ask(ServerList, &[])
        .query("name", name)
        .send()
        .await?;
    list.expect_status(200)?;
    let names: Vec<&str> = list
        .list_at("/servers")?
        .iter()
        .filter_map(|item| item.get("name")?.as_str())
        .collect();
    let all = [1, 2]
        .iter()
        .all(|number| names.contains(&format!("{name}-{number}").as_str()));
    list.expect(
        all && names.len() == 2,
        format!("{name}-1 and {name}-2"),
        names.join(", "),
        "/servers",
    )?;
    Ok(())
}

fn reservation() -> Check {
    of(ServerCreate, "reservation", "A reservation id is answered where it is asked for", "return_reservation_id: set to True to request that the response return a reservation ID instead of instance information.")
        .versions(Versions::at(&[104]))
        .servers(2)
        .probe(|cx| async move {
            let name = cx.unique("reserved");
            let mut body = cx.server_body(&name).await?;
            body["server"]["return_reservation_id"] = json!(true);
            body["server"]["min_count"] = json!(2);
            let answer = cx.as_(Caller::Main).ask(ServerCreate, &[]).json(&body).send().await?;
            answer.expect_status(202)?.expect_absent("/server")?;
            let id = answer.text_at("/reservation_id")?;
            answer.expect(id.starts_with("r-"), "r- and letters", id, "/reservation_id")?;
            expect_two(&cx, &name).await
        })
}

async fn delete(main: &Asker, server: &Server) -> Result<(), Stop> {
    main.ask(ServerDelete, &[&server.id])
        .send()
        .await?
        .expect_status(204)?;
    main.wait_gone(&server.id).await?;
    Ok(())
}

fn gone() -> Check {
    of(
        ServerDelete,
        "gone",
        "A deleted server is not found any more",
        "Deletes a server. itemNotFound(404) for a server that does not exist.",
    )
    .servers(1)
    .probe(|cx| async move {
        let server = cx.server(Caller::Main).await?;
        let main = cx.as_(Caller::Main);
        delete(&main, &server).await?;
        for operation in [ServerShow, ServerDelete, MetadataList, AddressList] {
            main.ask(operation, &[&server.id])
                .send()
                .await?
                .expect_fault(404, Says::Anything)?;
        }
        main.act(&server.id, "os-stop", Value::Null)
            .await?
            .expect_fault(404, Says::Anything)?;
        Ok(())
    })
}

fn lists(answer: &Answer, server: &Server) -> Result<bool, Stop> {
    answer.expect_status(200)?;
    Ok(answer
        .list_at("/servers")?
        .iter()
        .any(|item| item.get("id") == Some(&json!(server.id))))
}

fn expect_listed(answer: &Answer, server: &Server, wanted: bool) -> Result<(), Stop> {
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

fn pages(operation: Operation) -> Check {
    of(operation, "pages", "Walking a list in pages meets every server once, and each page but the last links to the next", "limit, marker: used in conjunction to page through a list; the answer has servers_links with a next link while there is more.")
        .servers(3)
        .alone()
        .probe(move |cx| async move {
            let servers = three(&cx).await?;
            let main = cx.as_(Caller::Main);
            let list = |limit: usize| main.ask(operation, &[]).query("name", common(&servers)).query("limit", limit);
            let whole = ids(&list(1000).send().await?)?;
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
        let created = told(&answer, "created")?;
        let falls = created.windows(2).all(|pair| pair[0] >= pair[1]);
        answer.expect(falls, "newest first", created.join(", "), "/servers")?;
        Ok(())
    })
}

fn renamed() -> Check {
    of(
        ServerUpdate,
        "effect",
        "A server is shown and listed under its new name and description",
        "Updates the editable attributes of an existing server.",
    )
    .servers(1)
    .probe(|cx| async move {
        let server = cx.server(Caller::Main).await?;
        let main = cx.as_(Caller::Main);
        let name = cx.unique("renamed");
        let mut body = json!({"server": {"name": name}});
        let described = contract(ServerShow, cx.version()).shows("/server/description");
        if described {
            body["server"]["description"] = json!("another");
        }
        let answer = main
            .ask(ServerUpdate, &[&server.id])
            .json(&body)
            .send()
            .await?;
        answer
            .expect_status(200)?
            .expect_json_eq("/server/name", &json!(name))?;
        let shown = main.ask(ServerShow, &[&server.id]).send().await?;
        shown.expect_json_eq("/server/name", &json!(name))?;
        if described {
            shown.expect_json_eq("/server/description", &json!("another"))?;
        }
        let list = main
            .ask(ServerList, &[])
            .query("name", &name)
            .send()
            .await?;
        expect_listed(&list, &server, true)
    })
}

fn update_keeps_the_rest() -> Check {
    of(
        ServerUpdate,
        "keeps-the-rest",
        "What an update does not name stays",
        "Updates the editable attributes of an existing server: those that are given.",
    )
    .servers(1)
    .probe(|cx| async move {
        let server = cx.full_server(Caller::Main).await?;
        let main = cx.as_(Caller::Main);
        let before = main.ask(ServerShow, &[&server.id]).send().await?;
        let body = json!({"server": {"name": cx.unique("renamed")}});
        main.ask(ServerUpdate, &[&server.id])
            .json(&body)
            .send()
            .await?
            .expect_status(200)?;
        let after = main.ask(ServerShow, &[&server.id]).send().await?;
        for (field, value) in before.at("/server")?.as_object().into_iter().flatten() {
            if !["name", "updated", "links", "flavor", "image"].contains(&field.as_str()) {
                after.expect_json_eq(&format!("/server/{}", field.replace('/', "~1")), value)?;
            }
        }
        Ok(())
    })
}

fn metadata() -> Check {
    of(MetadataCreate, "effect", "Metadata is merged, replaced, set and deleted item by item", "Creates or replaces metadata items: POST adds and overwrites, PUT replaces all, PUT of a key sets one, DELETE of a key removes one.")
        .servers(1)
        .probe(|cx| async move {
            let server = cx.full_server(Caller::Main).await?;
            let main = cx.as_(Caller::Main);
            let path = format!("/servers/{}/metadata", server.id);
            let item = format!("{path}/nvc-c");
            let steps: [(Answer, Value); 4] = [
                (main.post(&path).json(&json!({"metadata": {"nvc-a": "1"}})).send().await?, json!({METADATA.0: METADATA.1, "nvc-a": "1"})),
                (main.put(&path).json(&json!({"metadata": {"nvc-b": "2"}})).send().await?, json!({"nvc-b": "2"})),
                (main.put(&item).json(&json!({"meta": {"nvc-c": "3"}})).send().await?, json!({"nvc-c": "3"})),
                (main.get(&item).send().await?, json!({"nvc-c": "3"})),
            ];
            for (number, (answer, wanted)) in steps.iter().enumerate() {
                let place = if number < 2 { "/metadata" } else { "/meta" };
                answer.expect_status(200)?.expect_json_eq(place, wanted)?;
            }
            main.get(&path).send().await?.expect_json_eq("/metadata", &json!({"nvc-b": "2", "nvc-c": "3"}))?;
            main.delete(&item).send().await?.expect_status(204)?;
            main.get(&path).send().await?.expect_json_eq("/metadata", &json!({"nvc-b": "2"}))?;
            let shown = main.ask(ServerShow, &[&server.id]).send().await?;
            shown.expect_json_eq("/server/metadata", &json!({"nvc-b": "2"}))?;
            Ok(())
        })
}

fn tags() -> Check {
    of(
        TagReplace,
        "effect",
        "Tags are added, replaced and deleted, and shown with the server",
        "PUT replaces all tags, PUT of a tag adds one, DELETE of a tag removes one, DELETE all.",
    )
    .versions(Versions::at(&[26, 104]))
    .servers(1)
    .probe(|cx| async move {
        let server = cx.full_server(Caller::Main).await?;
        let main = cx.as_(Caller::Main);
        let id = server.id.as_str();
        let has = async |wanted: Value| -> Result<(), Stop> {
            let mut list = main
                .ask(TagList, &[id])
                .send()
                .await?
                .list_at("/tags")?
                .to_vec();
            list.sort_by_key(ToString::to_string);
            let shown = main.ask(ServerShow, &[id]).send().await?;
            shown.expect(json!(list) == wanted, &wanted, json!(list), "/tags")?;
            let mut in_server = shown.list_at("/server/tags")?.to_vec();
            in_server.sort_by_key(ToString::to_string);
            shown.expect(
                json!(in_server) == wanted,
                &wanted,
                json!(in_server),
                "/server/tags",
            )?;
            Ok(())
        };
        has(json!([TAG])).await?;
        let added = main.ask(TagAdd, &[id, "nvc-a"]).send().await?;
        added.expect_status(201)?;
        let location = added.header("location").unwrap_or_default();
        added.expect(
            location.ends_with("/tags/nvc-a"),
            "the tag's address",
            location,
            "header location",
        )?;
        has(json!(["nvc-a", TAG])).await?;
        main.ask(TagShow, &[id, "nvc-a"])
            .send()
            .await?
            .expect_status(204)?;
        main.ask(TagReplace, &[id])
            .json(&json!({"tags": ["nvc-c", "nvc-b", "nvc-c"]}))
            .send()
            .await?
            .expect_status(200)?;
        has(json!(["nvc-b", "nvc-c"])).await?;
        main.ask(TagDelete, &[id, "nvc-b"])
            .send()
            .await?
            .expect_status(204)?;
        has(json!(["nvc-c"])).await?;
        main.ask(TagDeleteAll, &[id])
            .send()
            .await?
            .expect_status(204)?;
        has(json!([])).await
    })
}

fn tag_twice() -> Check {
    of(
        TagAdd,
        "twice",
        "A tag that is there already is answered with 204",
        "Normal response codes: 201, 204: if the tag exists, 204.",
    )
    .versions(Versions::at(&[26, 104]))
    .servers(1)
    .probe(|cx| async move {
        let server = cx.full_server(Caller::Main).await?;
        let answer = cx
            .as_(Caller::Main)
            .ask(TagAdd, &[&server.id, TAG])
            .send()
            .await?;
        answer.expect_status(204)?.expect_no_body()?;
        Ok(())
    })
}

fn actions() -> Check {
    of(
        InstanceActionList,
        "effect",
        "What somebody does to a server is told with who it was, newest first",
        "Lists actions for a server: action, user_id, project_id, request_id, the newest first.",
    )
    .callers([Caller::Main, Caller::Second])
    .servers(1)
    .probe(|cx| async move {
        let server = cx.server(Caller::Main).await?;
        let second = cx.as_(Caller::Second);
        let stopped = second.act(&server.id, "os-stop", Value::Null).await?;
        stopped.expect_status(202)?;
        let request = stopped
            .header("x-openstack-request-id")
            .unwrap_or_default()
            .to_owned();
        second.wait_settled(&server.id).await?;
        let main = cx.as_(Caller::Main);
        let list = main.ask(InstanceActionList, &[&server.id]).send().await?;
        list.expect_status(200)?
            .expect_json_eq("/instanceActions/0/action", &json!("stop"))?
            .expect_json_eq("/instanceActions/0/request_id", &json!(request))?
            .expect_json_eq("/instanceActions/0/user_id", &json!(second.user_id()?))?
            .expect_json_eq("/instanceActions/0/instance_uuid", &json!(server.id))?;
        let shown = main
            .ask(InstanceActionShow, &[&server.id, &request])
            .send()
            .await?;
        shown
            .expect_status(200)?
            .expect_json_eq("/instanceAction/action", &json!("stop"))?;
        Ok(())
    })
}

fn group_life() -> Check {
    of(
        ServerGroupCreate,
        "effect",
        "A server group is shown and listed until it is deleted",
        "Creates, shows, lists and deletes a server group.",
    )
    .probe(|cx| async move {
        let name = cx.unique("group");
        let main = cx.as_(Caller::Main);
        let id = super::stage::has_group(&cx, &name).await?;
        let shown = main.ask(ServerGroupShow, &[&id]).send().await?;
        shown
            .expect_status(200)?
            .expect_json_eq("/server_group/name", &json!(name))?
            .expect_json_eq("/server_group/members", &json!([]))?;
        let listed = async || -> Result<bool, Stop> {
            let list = main.ask(ServerGroupList, &[]).send().await?;
            list.expect_status(200)?;
            Ok(list
                .list_at("/server_groups")?
                .iter()
                .any(|group| group.get("id") == Some(&json!(id))))
        };
        cx.expect(
            listed().await?,
            "the group in the list",
            "a list without",
            "/server_groups",
        )?;
        main.ask(ServerGroupDelete, &[&id])
            .send()
            .await?
            .expect_status(204)?;
        cx.expect(
            !listed().await?,
            "a list without the deleted group",
            "it",
            "/server_groups",
        )?;
        main.ask(ServerGroupShow, &[&id])
            .send()
            .await?
            .expect_fault(404, Says::Anything)?;
        Ok(())
    })
}
