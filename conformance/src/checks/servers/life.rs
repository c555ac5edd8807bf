//! The life of a server as its owner sees it: made as asked, changed, and gone; and what its metadata, tags and actions tell.

use nova_api::{
    Input,
    Operation::{self, *},
    contract,
};
use serde_json::{Value, json};

use super::{
    lists::expect_listed,
    stage::{METADATA, TAG, begin},
};
use crate::check::{Answer, Asker, Caller, Check, Cx, Draft, Says, Server, Stop, Versions};

pub(super) fn checks() -> Vec<Check> {
    vec![
        as_asked(),
        password_as_asked(),
        several(),
        reservation(),
        gone(),
        renamed(),
        update_keeps_the_rest(),
        metadata(),
        tags(),
        tag_twice(),
        actions(),
        group_life(),
    ]
}

pub(super) fn of(operation: Operation, id: &str, title: &str, sentence: &str) -> Draft {
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

pub(super) async fn delete(main: &Asker, server: &Server) -> Result<(), Stop> {
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
