//! What is around servers, held against what else the cloud tells of it: a list holds what is there, whoever may see more sees
//! it, a page that is full links to the next, and what two operations tell is the same. A contract cannot demand it: an empty
//! list, or one without what only some have, is as good as another to it.

use nova_api::{
    Behavior, Contract,
    Operation::{self, *},
};
use serde_json::{Value, json};

use super::{
    boundaries::shown,
    stage::{asker, begin, callers, has_group, perform, request, with_servers},
};
use crate::{
    check::{Answer, Caller, Check, Cx, Draft, Says, Stop, Versions},
    checks::boundaries::UNKNOWN,
    servers::Network,
};

pub(super) fn checks() -> Vec<Check> {
    let mut checks: Vec<Check> = HELD
        .iter()
        .map(|(operation, at)| holds(*operation, at))
        .collect();
    checks.extend([NetworkList, NetworkShow, InstanceActionShow].map(for_admins));
    checks.extend(
        PAGED
            .iter()
            .map(|(operation, list, links)| paged(*operation, list, links)),
    );
    checks.extend([ImageDetail, ImageShow].map(retold));
    checks.extend([FlavorDetail, FlavorShow].map(extra_specs));
    checks.extend([VolumeAttachmentList, VolumeAttachmentShow].map(attached));
    checks.extend([AddressList, AddressShow].map(addresses));
    checks.extend([
        events(),
        of_a_deleted_server(),
        extra_spec(),
        extra_spec_query(),
        floating(),
        tag_with_a_body(),
        unknown_rule(),
    ]);
    checks
}

fn of(operation: Operation, id: &str, title: &str, sentence: &str) -> Draft {
    begin(operation, format!("{operation}.{id}"), title)
        .sentence(sentence)
        .versions(ends(operation))
        .callers(callers(operation))
}

/// The first and the last version that has an operation.
fn ends(operation: Operation) -> Versions {
    let routed = Versions::where_contract(operation, Contract::routed);
    let minors: Vec<u16> = routed
        .by_default()
        .iter()
        .map(|version| version.minor())
        .collect();
    let (first, last) = (minors.first().copied(), minors.last().copied());
    routed.asked_at(&[first, last].map(Option::unwrap_or_default))
}

/// Lists, and where their items stand.
const HELD: &[(Operation, &str)] = &[
    (ImageList, "/images"),
    (ImageDetail, "/images"),
    (FlavorList, "/flavors"),
    (FlavorDetail, "/flavors"),
    (NetworkList, "/networks"),
    (AvailabilityZoneList, "/availabilityZoneInfo"),
    (AvailabilityZoneDetail, "/availabilityZoneInfo"),
    (ServerGroupList, "/server_groups"),
];

fn holds(operation: Operation, at: &'static str) -> Check {
    let draft = of(
        operation,
        "holds",
        "The list holds what is there",
        "Lists what the caller may use: the image, the flavor, the network and the zone of a server, or a group that was made.",
    );
    let draft = match operation {
        AvailabilityZoneList | AvailabilityZoneDetail => draft.reads_a_server(),
        _ => draft,
    };
    draft.probe(move |cx| async move {
        let (member, wanted) = there(&cx, operation).await?;
        let answer = cx.as_(asker(operation)).ask(operation, &[]).send().await?;
        answer.expect_status(cx.contract(operation).status())?;
        let mut items = answer.list_at(at)?.iter();
        let found = items.any(|item| item.get(member) == Some(&json!(wanted)));
        answer.expect(found, format!("{wanted} in the list"), "a list without", at)?;
        Ok(())
    })
}

/// Something that a list must hold: the member it is known by, and its value.
async fn there(cx: &Cx, operation: Operation) -> Result<(&'static str, String), Stop> {
    let ingredients = cx.ingredients().await?;
    Ok(match operation {
        ImageList | ImageDetail => ("id", ingredients.image.clone()),
        NetworkList => match &ingredients.network {
            Network::Id(id) => ("id", id.clone()),
            Network::None | Network::Auto => {
                return Err(Stop::NotApplicable(
                    "no network is named: name one with --network".to_owned(),
                ));
            }
        },
        AvailabilityZoneList | AvailabilityZoneDetail => {
            let server = cx.shared_server().await?;
            let main = cx.as_(Caller::Main);
            let shown = main.ask(ServerShow, &[&server.id]).send().await?;
            let zone = shown.text_at("/server/OS-EXT-AZ:availability_zone")?;
            ("zoneName", zone.to_owned())
        }
        ServerGroupList => ("id", has_group(cx, &cx.unique("listed")).await?),
        _ => ("id", ingredients.flavor.clone()),
    })
}

/// An operation that tells administrators more.
fn for_admins(operation: Operation) -> Check {
    let draft = of(
        operation,
        "to-administrators",
        "An administrator is shown every field of the version, and others the fields that are for everybody",
        "The response of the Compute API reference: some of its fields are by default visible to administrators only.",
    )
    .callers([Caller::Main, Caller::Admin]);
    with_servers(draft, operation).probe(move |cx| async move {
        let outputs = cx.contract(operation).outputs().iter();
        let paths: Vec<&'static str> = outputs.map(|(path, ..)| *path).collect();
        shown(&cx, operation, &paths).await
    })
}

fn events() -> Check {
    of(
        InstanceActionShow,
        "holds",
        "An action tells its events",
        "events: the events which occurred in this action in descending order of creation; before 2.51 for administrators only.",
    )
    .callers([Caller::Main, Caller::Admin])
    .reads_a_server()
    .probe(|cx| async move {
        let server = cx.shared_server().await?;
        let ask = request(&cx, InstanceActionShow, Caller::Admin, Some(&server)).await?;
        let answer = ask.send().await?;
        answer.expect_contract(cx.contract(InstanceActionShow))?;
        let events = answer.list_at("/instanceAction/events")?.len();
        answer.expect(events > 0, "an event", "none", "/instanceAction/events")?;
        Ok(())
    })
}

/// Lists in pages, where their items stand, and where the links to the next page do.
const PAGED: &[(Operation, &str, &str)] = &[
    (FlavorList, "/flavors", "/flavors_links"),
    (FlavorDetail, "/flavors", "/flavors_links"),
    (ImageList, "/images", "/images_links"),
    (ImageDetail, "/images", "/images_links"),
    (InstanceActionList, "/instanceActions", "/links"),
];

fn paged(operation: Operation, list: &'static str, links: &'static str) -> Check {
    let first = Versions::where_contract(operation, |contract| contract.shows(links));
    let minors: Vec<u16> = first
        .by_default()
        .iter()
        .map(|version| version.minor())
        .collect();
    let draft = of(
        operation,
        "page-links",
        "A page that is full links to the next",
        "Where the number of items is limited, the answer includes a next link that begins after the last of them.",
    )
    .versions(first.asked_at(&minors[..1.min(minors.len())]));
    with_servers(draft, operation).probe(move |cx| async move {
        let (answer, _) = perform(&cx, operation, |ask| ask.query("limit", 1)).await?;
        answer.expect_status(200)?;
        let items = answer.list_at(list)?;
        let [item] = items else {
            return Err(answer.wrong("one item", items.len(), list));
        };
        let marker = item.get("id").or_else(|| item.get("request_id"));
        let marker = marker
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        answer.expect_json_eq(&format!("{links}/0/rel"), &json!("next"))?;
        let place = format!("{links}/0/href");
        let href = answer.text_at(&place)?;
        answer.expect(
            href.contains(&format!("marker={marker}")),
            format!("a link with marker={marker}"),
            href,
            &place,
        )?;
        Ok(())
    })
}

/// What Nova makes of two properties of an image.
fn retold(operation: Operation) -> Check {
    of(
        operation,
        "retells-properties",
        "An image tells the server it was made of, and how its disk is partitioned, as its properties do",
        "server: the server from which the image was made; OS-DCF:diskConfig: AUTO or MANUAL, as the image's auto_disk_config says.",
    )
    .probe(move |cx| async move {
        let list = cx.as_(Caller::Main).ask(ImageDetail, &[]).send().await?;
        list.to_set_up(200)?;
        let images = list.list_at("/images")?;
        let mut seen = 0;
        for property in ["instance_uuid", "auto_disk_config"] {
            let has = |image: &&Value| image["metadata"].get(property).is_some();
            let Some(image) = images.iter().find(has) else {
                continue;
            };
            seen += 1;
            let value = image["metadata"][property].as_str().unwrap_or_default().to_owned();
            let (answer, root) = match operation {
                ImageShow => {
                    let id = image["id"].as_str().unwrap_or_default();
                    let shown = cx.as_(Caller::Main).ask(operation, &[id]).send().await?;
                    shown.expect_status(200)?;
                    (shown, "/image".to_owned())
                }
                _ => {
                    let place = images.iter().position(|one| one == image).unwrap_or_default();
                    (list.clone(), format!("/images/{place}"))
                }
            };
            if property == "instance_uuid" {
                answer.expect_json_eq(&format!("{root}/server/id"), &json!(value))?;
            } else {
                let auto = matches!(value.to_lowercase().as_str(), "true" | "1" | "yes" | "on" | "t" | "y");
                let wanted = json!(if auto { "AUTO" } else { "MANUAL" });
                answer.expect_json_eq(&format!("{root}/OS-DCF:diskConfig"), &wanted)?;
            }
        }
        if seen == 0 {
            return Err(Stop::NotApplicable("no image of this cloud has such a property".to_owned()));
        }
        Ok(())
    })
}

/// A flavor with an extra spec, the name of one, and its value.
async fn a_spec(cx: &Cx) -> Result<(String, String, Value), Stop> {
    let main = cx.as_(Caller::Main);
    let list = main.ask(FlavorList, &[]).send().await?;
    list.to_set_up(200)?;
    for flavor in list.list_at("/flavors")? {
        let id = flavor["id"].as_str().unwrap_or_default();
        let specs = main.ask(ExtraSpecList, &[id]).send().await?;
        specs.to_set_up(200)?;
        let specs = specs.at("/extra_specs")?.as_object().into_iter().flatten();
        if let Some((name, value)) = specs.into_iter().next() {
            return Ok((id.to_owned(), name.clone(), value.clone()));
        }
    }
    Err(Stop::NotApplicable(
        "no flavor of this cloud has an extra spec".to_owned(),
    ))
}

fn extra_spec() -> Check {
    of(
        ExtraSpecShow,
        "answer",
        "An extra spec is shown by its name, with the value that the list has",
        "Shows an extra spec, by key, for a flavor, by ID.",
    )
    .probe(|cx| async move {
        let (flavor, name, value) = a_spec(&cx).await?;
        let main = cx.as_(Caller::Main);
        let answer = main.ask(ExtraSpecShow, &[&flavor, &name]).send().await?;
        answer.expect_contract(cx.contract(ExtraSpecShow))?;
        let wanted = json!({ name: value });
        answer.expect(*answer.json()? == wanted, &wanted, answer.json()?, "body")?;
        Ok(())
    })
}

fn extra_spec_query() -> Check {
    of(
        ExtraSpecShow,
        "since-2-102.other-query",
        "Unknown query parameters are refused from 2.102 on, and not before",
        "REST API version history, 2.102: query parameters that are not known are refused.",
    )
    .versions(Versions::at(&[101, 102]))
    .probe(|cx| async move {
        let (flavor, name, _) = a_spec(&cx).await?;
        let main = cx.as_(Caller::Main);
        let ask = main
            .ask(ExtraSpecShow, &[&flavor, &name])
            .query(UNKNOWN, "1");
        let answer = ask.send().await?;
        let contract = cx.contract(ExtraSpecShow);
        if contract.strict_query() {
            answer.expect_fault(400, Says::Anything)?;
        } else {
            answer.expect_contract(contract)?;
        }
        Ok(())
    })
}

fn extra_specs(operation: Operation) -> Check {
    of(
        operation,
        "extra-specs",
        "A flavor tells its extra specs from 2.61 on, to whom may list them",
        "2.61: exposes flavor extra_specs in the flavor representation; they are only included in the response if the policy allows to list them.",
    )
    .versions(Versions::at(&[60, 61]))
    .probe(move |cx| async move {
        let (flavor, name, value) = a_spec(&cx).await?;
        let answer = cx.as_(Caller::Main).ask(operation, &[&flavor]).send().await?;
        answer.expect_status(200)?;
        let (place, holds) = match operation {
            FlavorShow => ("/flavor".to_owned(), "/flavor/extra_specs"),
            _ => {
                let mut flavors = answer.list_at("/flavors")?.iter();
                let place = flavors.position(|one| one["id"] == json!(flavor));
                let place = place.ok_or_else(|| answer.wrong("the flavor", "none", "/flavors"))?;
                (format!("/flavors/{place}"), "/flavors/*/extra_specs")
            }
        };
        let flavor = answer.at(&place)?;
        let found = flavor.get("extra_specs").and_then(|specs| specs.get(&name));
        let wanted = cx.contract(operation).shows(holds).then_some(&value);
        let told = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), Value::to_string);
        answer.expect(found == wanted, told(wanted), told(found), &format!("{place}/extra_specs"))?;
        Ok(())
    })
}

/// A volume that a server has.
fn attached(operation: Operation) -> Check {
    of(
        operation,
        "attached",
        "The volume that a server boots from is attached to it as a device",
        "Lists the volume attachments of a server; device: name of the device in the attachment object, such as /dev/vdb.",
    )
    .versions(ends(operation))
    .servers(1)
    .probe(move |cx| async move {
        let server = cx.make_volume_server(Caller::Main, "attached").await?;
        let main = cx.as_(Caller::Main);
        let list = main.ask(VolumeAttachmentList, &[&server.id]).send().await?;
        if operation == VolumeAttachmentList {
            list.expect_contract(cx.contract(operation))?
                .expect_json_eq("/volumeAttachments/0/serverId", &json!(server.id))?;
            return expect_device(&list, "/volumeAttachments/0/device");
        }
        list.to_set_up(200)?;
        let volume = list.text_at("/volumeAttachments/0/volumeId")?;
        let shown = main.ask(operation, &[&server.id, volume]).send().await?;
        shown.expect_contract(cx.contract(operation))?;
        expect_device(&shown, "/volumeAttachment/device")
    })
}

fn expect_device(answer: &Answer, place: &str) -> Result<(), Stop> {
    let device = answer.text_at(place)?;
    answer.expect(device.starts_with("/dev/"), "a device", device, place)?;
    Ok(())
}

/// The addresses of a server, by themselves and with the server.
fn addresses(operation: Operation) -> Check {
    let draft = of(
        operation,
        "as-shown",
        "A server's addresses are those that the server shows",
        "Lists IP addresses that are assigned to an instance.",
    );
    with_servers(draft, operation).probe(move |cx| async move {
        let (answer, server) = perform(&cx, operation, |ask| ask).await?;
        answer.expect_contract(cx.contract(operation))?;
        let id = server.map(|server| server.id).unwrap_or_default();
        let whole = cx.as_(Caller::Main).ask(ServerShow, &[&id]).send().await?;
        let whole = plain(whole.at("/server/addresses")?);
        let own = answer.json()?;
        let own = plain(own.get("addresses").unwrap_or(own));
        let same = match operation {
            AddressList => own == whole,
            _ => own.iter().all(|network| whole.contains(network)) && !own.is_empty(),
        };
        answer.expect(same, format!("{whole:?}"), format!("{own:?}"), "addresses")?;
        Ok(())
    })
}

/// The networks of some addresses, each with its addresses in order.
fn plain(addresses: &Value) -> Vec<(String, Vec<String>)> {
    let networks = addresses.as_object().into_iter().flatten();
    let mut plain: Vec<(String, Vec<String>)> = networks
        .map(|(name, addresses)| {
            let addresses = addresses.as_array().into_iter().flatten();
            let addr = |address: &Value| address.get("addr")?.as_str().map(str::to_owned);
            let mut addresses: Vec<String> = addresses.filter_map(addr).collect();
            addresses.sort_unstable();
            (name.clone(), addresses)
        })
        .collect();
    plain.sort_unstable();
    plain
}

fn of_a_deleted_server() -> Check {
    of(
        InstanceActionShow,
        Behavior::AnswersOfDeleted.name(),
        "An action of a deleted server is told from 2.21 on, and not before",
        "2.21: the os-instance-actions API now returns information from deleted instances.",
    )
    .versions(Versions::at(&[20, 21]))
    .servers(1)
    .probe(|cx| async move {
        let server = cx.server(Caller::Main).await?;
        let main = cx.as_(Caller::Main);
        let list = main.ask(InstanceActionList, &[&server.id]).send().await?;
        list.to_set_up(200)?;
        let action = list.text_at("/instanceActions/0/request_id")?;
        let deleted = main.ask(ServerDelete, &[&server.id]).send().await?;
        deleted.to_set_up(204)?;
        main.wait_gone(&server.id).await?;
        let answer = main
            .ask(InstanceActionShow, &[&server.id, action])
            .send()
            .await?;
        let contract = cx.contract(InstanceActionShow);
        if contract.behaves(Behavior::AnswersOfDeleted) {
            answer.expect_contract(contract)?;
        } else {
            answer.expect_fault(404, Says::Anything)?;
        }
        Ok(())
    })
}

fn floating() -> Check {
    of(
        FloatingIpList,
        "holds",
        "The floating addresses that the project's servers show are listed",
        "Lists floating IP addresses associated with the tenant or account.",
    )
    .probe(|cx| async move {
        let main = cx.as_(Caller::Main);
        let servers = main.ask(ServerDetail, &[]).send().await?;
        servers.to_set_up(200)?;
        let servers = servers.list_at("/servers")?.iter();
        let addresses = servers
            .filter_map(|server| server.get("addresses")?.as_object())
            .flat_map(|networks| networks.values())
            .filter_map(Value::as_array)
            .flatten();
        let floating: Vec<&Value> = addresses
            .filter(|address| address["OS-EXT-IPS:type"] == json!("floating"))
            .filter_map(|address| address.get("addr"))
            .collect();
        if floating.is_empty() {
            return Err(Stop::NotApplicable(
                "no server of the project has a floating address".to_owned(),
            ));
        }
        let answer = main.ask(FloatingIpList, &[]).send().await?;
        answer.expect_contract(cx.contract(FloatingIpList))?;
        let listed = answer.list_at("/floating_ips")?;
        for address in floating {
            let there = listed.iter().any(|one| one.get("ip") == Some(address));
            answer.expect(
                there,
                format!("{address} in the list"),
                "a list without",
                "/floating_ips",
            )?;
        }
        Ok(())
    })
}

fn tag_with_a_body() -> Check {
    of(
        TagAdd,
        "body",
        "A tag is in the path: a body is refused",
        "Adds a single tag to the server if server has no specified tag: there is no body.",
    )
    .servers(1)
    .probe(|cx| async move {
        let server = cx.server(Caller::Main).await?;
        let ask = cx.as_(Caller::Main).ask(TagAdd, &[&server.id, "nvc-added"]);
        let answer = ask.json(&json!({"tag": "nvc-added"})).send().await?;
        answer.expect_fault(400, Says::Anything)?;
        Ok(())
    })
}

fn unknown_rule() -> Check {
    of(
        ServerGroupCreate,
        "unknown-rule",
        "A rule of a server group that there is not is refused",
        "2.64: rules: a dict, which can be applied to the policy; currently, only max_server_per_host is supported for anti-affinity.",
    )
    .versions(Versions::at(&[64, 104]))
    .probe(|cx| async move {
        let main = cx.as_(Caller::Main);
        let rules = json!({UNKNOWN: 1});
        let group = json!({"name": cx.unique("refused"), "policy": "anti-affinity", "rules": rules});
        let ask = main.ask(ServerGroupCreate, &[]);
        let answer = ask.json(&json!({"server_group": group})).send().await?;
        answer.expect_fault(400, Says::Anything)?;
        Ok(())
    })
}
