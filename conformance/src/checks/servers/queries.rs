//! What a query parameter does, on both sides of where it begins: with a value that fits nothing, what is asked for is left
//! out, not found or forbidden; where the version does not know the parameter, or does not heed it for everybody, it is there.
//! For parameters whose rule refuses some values the boundaries ask; these here take anything.

use nova_api::{
    Contract, Microversion,
    Operation::{self, *},
    contract,
};
use serde_json::json;

use super::stage::{NOWHERE, TAG, begin, has_group};
use crate::{
    check::{Ask, Caller, Check, Cx, Draft, Says, Stop, Versions},
    checks::boundaries::dashed,
    servers::Network,
};

pub(super) fn checks() -> Vec<Check> {
    let servers = [ServerList, ServerDetail]
        .into_iter()
        .flat_map(|operation| {
            let filters = FILTERS.iter().map(move |filter| known(operation, *filter));
            let open = OPEN.iter().map(move |filter| open(operation, *filter));
            filters.chain(open)
        });
    let others = OTHERS
        .iter()
        .flat_map(|(operations, filter)| operations.iter().map(|of| known(*of, *filter)));
    servers.chain(others).collect()
}

/// A parameter, a value that fits nothing, who may use it, and what comes of it.
#[derive(Clone, Copy)]
struct Filter {
    name: &'static str,
    value: Value,
    caller: Caller,
    does: Does,
}

#[derive(Clone, Copy)]
enum Value {
    Is(&'static str),
    /// The id of what is asked for.
    OfSubject,
    /// The project of somebody else.
    OtherProject,
    /// A flavor that the subject does not have.
    OtherFlavor,
}

/// What a value that fits nothing does, where its parameter is heeded.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Does {
    /// The subject is not listed.
    Hides,
    /// The subject is listed, and is not otherwise.
    Tells,
    /// 400.
    Refused,
    /// 403.
    Forbidden,
}

/// What an administrator may filter servers by, besides what has a rule of its own.
const FILTERS: &[Filter] = &[
    of_admins("user_id", "nvc-nowhere"),
    of_admins("project_id", "nvc-nowhere"),
    of_admins("tenant_id", "nvc-nowhere"),
    of_admins("launch_index", "nvc-nowhere"),
    of_admins("image_ref", NOWHERE),
    of_admins("image", NOWHERE),
    of_admins("host", "nvc-nowhere"),
    of_admins("vm_state", "nvc-nowhere"),
    of_admins("task_state", "nvc-nowhere"),
    of_admins("uuid", NOWHERE),
    of_admins("deleted", "true"),
    of_admins("tags", "nvc-no-such-tag"),
    of_admins("tags-any", "nvc-no-such-tag"),
    of_admins("not-tags", TAG),
    of_admins("not-tags-any", TAG),
    of_admins("changes-before", "2000-01-01T00:00:00Z"),
    of_admins("locked", "true"),
    refused("block_device_mapping"),
    refused("services"),
    refused("metadata"),
    refused("system_metadata"),
    refused("info_cache"),
    refused("security_groups"),
    refused("pci_devices"),
    refused("_nvc"),
];

/// What everybody may filter servers by, at some versions.
const OPEN: &[Filter] = &[
    of_main("reservation_id", "r-nowhere"),
    of_main("name", "nvc-nowhere"),
    of_main("image", NOWHERE),
    Filter {
        value: Value::OtherFlavor,
        ..of_main("flavor", "")
    },
    of_main("changes-since", "2099-01-01T00:00:00Z"),
    of_main("status", "SHUTOFF"),
    of_main("ip", "nvc-nowhere"),
    of_main("ip6", "nvc-nowhere"),
    of_main("tags", "nvc-no-such-tag"),
    of_main("changes-before", "2000-01-01T00:00:00Z"),
    of_main("availability_zone", "nvc-nowhere"),
    of_main("config_drive", "nvc-nowhere"),
    of_main("key_name", "nvc-nowhere"),
    of_main("created_at", "nvc-nowhere"),
    of_main("launched_at", "nvc-nowhere"),
    of_main("terminated_at", "nvc-nowhere"),
    of_main("power_state", "nvc-nowhere"),
    of_main("task_state", "nvc-nowhere"),
    of_main("vm_state", "nvc-nowhere"),
    of_main("progress", "nvc-nowhere"),
    of_main("user_id", "nvc-nowhere"),
    of_main("hostname", "nvc-nowhere"),
];

/// What is not a server, and what it is filtered by.
const OTHERS: &[(&[Operation], Filter)] = &[
    (IMAGES, of_main("name", "nvc-nowhere")),
    (IMAGES, of_main("status", "queued")),
    (IMAGES, of_main("changes-since", "2099-01-01T00:00:00Z")),
    (IMAGES, of_main("server", NOWHERE)),
    (IMAGES, of_main("type", "nvc-nowhere")),
    (IMAGES, of_main("minRam", "999999")),
    (IMAGES, of_main("minDisk", "999999")),
    (IMAGES, of_main("property-nvc", "nowhere")),
    (IMAGES, markers()),
    (FLAVORS, of_main("minRam", "999999999")),
    (FLAVORS, of_main("minDisk", "999999999")),
    (FLAVORS, of_admins("is_public", "false")),
    (FLAVORS, markers()),
    (ACTIONS, of_main("changes-since", "2099-01-01T00:00:00Z")),
    (
        ACTIONS,
        Filter {
            value: Value::OfSubject,
            ..of_main("marker", "")
        },
    ),
    (
        &[ServerGroupList],
        Filter {
            does: Does::Tells,
            ..of_admins("all_projects", "1")
        },
    ),
    (
        &[SecurityGroupList],
        Filter {
            does: Does::Tells,
            ..of_admins("all_tenants", "1")
        },
    ),
    (
        &[LimitsShow],
        Filter {
            value: Value::OtherProject,
            does: Does::Forbidden,
            ..of_main("tenant_id", "")
        },
    ),
];

const IMAGES: &[Operation] = &[ImageList, ImageDetail];
const FLAVORS: &[Operation] = &[FlavorList, FlavorDetail];
const ACTIONS: &[Operation] = &[InstanceActionList];

const fn of_main(name: &'static str, value: &'static str) -> Filter {
    Filter {
        name,
        value: Value::Is(value),
        caller: Caller::Main,
        does: Does::Hides,
    }
}

const fn of_admins(name: &'static str, value: &'static str) -> Filter {
    Filter {
        caller: Caller::Admin,
        ..of_main(name, value)
    }
}

/// The name of a table, or of Nova's own use: those who may use every filter are refused these.
const fn refused(name: &'static str) -> Filter {
    Filter {
        does: Does::Refused,
        ..of_admins(name, "1")
    }
}

const fn markers() -> Filter {
    Filter {
        does: Does::Refused,
        ..of_main("marker", NOWHERE)
    }
}

/// Both sides of every version where something begins or ends, and the first version where it holds there.
fn sides(operation: Operation, holds: impl Fn(&Contract) -> bool) -> Versions {
    let routed = |version: &Microversion| contract(operation, *version).routed();
    let holds = |version: Microversion| holds(contract(operation, version));
    let mut asked = Vec::new();
    for version in Microversion::all().filter(routed) {
        match version.previous().filter(routed) {
            Some(before) if holds(before) != holds(version) => {
                asked.extend([before.minor(), version.minor()]);
            }
            None if holds(version) => asked.push(version.minor()),
            _ => {}
        }
    }
    Versions::where_contract(operation, Contract::routed).asked_at(&asked)
}

fn draft(operation: Operation, part: &str, filter: Filter, title: String) -> Draft {
    let draft = begin(
        operation,
        format!(
            "{operation}.{part}.{}",
            dashed(filter.name).trim_matches('-')
        ),
        title,
    )
    .callers(match (filter.caller, filter.value) {
        (Caller::Main, Value::OtherProject) => vec![Caller::Main, Caller::Other],
        (Caller::Main, _) => vec![Caller::Main],
        (caller, _) => vec![Caller::Main, caller],
    });
    match operation {
        ServerList | ServerDetail | InstanceActionList => draft.reads_a_server(),
        _ => draft,
    }
}

fn known(operation: Operation, filter: Filter) -> Check {
    let Filter { name, .. } = filter;
    draft(
        operation,
        "heeds",
        filter,
        format!("The query parameter '{name}' is heeded where the version knows it"),
    )
    .sentence(format!(
        "Request, query: {name}. Parameters that a version does not know are ignored, and refused from the version on that says so."
    ))
    .versions(sides(operation, |contract| contract.knows(name)))
    .probe(move |cx| async move {
        let heeded = cx.contract(operation).knows(name);
        ask(&cx, operation, filter, heeded).await
    })
}

fn open(operation: Operation, filter: Filter) -> Check {
    let Filter { name, .. } = filter;
    draft(
        operation,
        "open",
        filter,
        format!("Everybody may filter by '{name}' where the version says so, and is otherwise listed the same without"),
    )
    .sentence(format!(
        "{name}: by default only administrators may filter by most parameters; the versions of the REST API open some to everybody."
    ))
    .versions(sides(operation, |contract| contract.opens(name)))
    .probe(move |cx| async move {
        let heeded = cx.contract(operation).opens(name);
        if matches!(name, "ip" | "ip6") && matches!(cx.ingredients().await?.network, Network::None) {
            return Err(Stop::NotApplicable(
                "servers have no addresses here: name a network with --network".to_owned(),
            ));
        }
        ask(&cx, operation, filter, heeded).await
    })
}

/// What is asked for: where it stands, and by which member it is known.
struct Subject {
    list: &'static str,
    member: &'static str,
    id: String,
    /// What the path names.
    path: Vec<String>,
    /// What narrows the list to it, where something does.
    name: Option<String>,
}

impl Subject {
    fn new(list: &'static str, id: impl Into<String>) -> Self {
        Self {
            list,
            member: "id",
            id: id.into(),
            path: Vec::new(),
            name: None,
        }
    }

    async fn of(cx: &Cx, operation: Operation) -> Result<Self, Stop> {
        let main = cx.as_(Caller::Main);
        Ok(match operation {
            ServerList | ServerDetail => {
                let server = cx.shared_server().await?;
                Self {
                    name: Some(server.name),
                    ..Self::new("/servers", server.id)
                }
            }
            ImageList | ImageDetail => Self::new("/images", &cx.ingredients().await?.image),
            FlavorList | FlavorDetail => {
                let flavor = &cx.ingredients().await?.flavor;
                let shown = main.ask(FlavorShow, &[flavor]).send().await?;
                if shown.at("/flavor/os-flavor-access:is_public")? != &json!(true) {
                    return Err(Stop::NotApplicable(
                        "the flavor of the run is not everybody's".to_owned(),
                    ));
                }
                Self::new("/flavors", flavor)
            }
            InstanceActionList => {
                let server = cx.shared_server().await?;
                let list = main.ask(operation, &[&server.id]).send().await?;
                list.to_set_up(200)?;
                Self {
                    member: "request_id",
                    path: vec![server.id],
                    ..Self::new(
                        "/instanceActions",
                        list.text_at("/instanceActions/0/request_id")?,
                    )
                }
            }
            ServerGroupList => {
                cx.admin_is_of_another_project()?;
                Self::new("/server_groups", has_group(cx, &cx.unique("told")).await?)
            }
            SecurityGroupList => {
                cx.admin_is_of_another_project()?;
                let list = main.ask(operation, &[]).send().await?;
                // Without a network service of its own, or against the cloud's policy.
                let is_refused = matches!(list.status(), 403 | 404 | 410);
                if is_refused || list.to_set_up(200)?.list_at("/security_groups")?.is_empty() {
                    return Err(Stop::NotApplicable(format!(
                        "the cloud lists no security group of the project: it answered {}",
                        list.status()
                    )));
                }
                Self::new("/security_groups", list.text_at("/security_groups/0/id")?)
            }
            _ => Self::new("", ""),
        })
    }
}

async fn ask(cx: &Cx, operation: Operation, filter: Filter, heeded: bool) -> Result<(), Stop> {
    let subject = Subject::of(cx, operation).await?;
    let value = match filter.value {
        Value::Is(value) => value.to_owned(),
        Value::OfSubject => subject.id.clone(),
        Value::OtherProject => cx.as_(Caller::Other).project_id()?.to_owned(),
        Value::OtherFlavor => {
            let flavor = cx.ingredients().await?.second_flavor.clone();
            flavor.ok_or_else(|| {
                Stop::Skipped("needs a second flavor, and the cloud offers none".to_owned())
            })?
        }
    };
    let path: Vec<&str> = subject.path.iter().map(String::as_str).collect();
    // Whoever asks by name does not narrow by name.
    let narrows = subject.name.as_ref().filter(|_| filter.name != "name");
    let adorned = |ask: Ask| match narrows {
        Some(name) if filter.caller == Caller::Admin => {
            ask.query("name", name).query("all_tenants", 1)
        }
        Some(name) => ask.query("name", name),
        None => ask,
    };
    let asker = cx.as_(filter.caller);
    let answer = adorned(asker.ask(operation, &path))
        .query(filter.name, &value)
        .send()
        .await?;
    let contract = cx.contract(operation);
    if !contract.knows(filter.name) && contract.strict_query() {
        answer.expect_fault(400, Says::Anything)?;
        return Ok(());
    }
    match filter.does {
        Does::Refused if heeded => drop(answer.expect_fault(400, Says::Anything)?),
        Does::Forbidden if heeded => drop(answer.expect_fault(403, Says::Anything)?),
        _ => {
            answer.expect_status(contract.status())?;
        }
    }
    if subject.list.is_empty() || answer.status() >= 400 {
        return Ok(());
    }
    let listed = answer.list_at(subject.list)?.iter();
    let found = listed
        .filter_map(|item| item.get(subject.member))
        .any(|id| *id == json!(subject.id));
    let wanted = match filter.does {
        Does::Hides => !heeded,
        Does::Tells => heeded,
        Does::Refused | Does::Forbidden => true,
    };
    answer.expect(
        found == wanted,
        if wanted {
            format!("{} in the list", subject.id)
        } else {
            format!("a list without {}", subject.id)
        },
        if found { "it" } else { "none" },
        subject.list,
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_filter_is_known_to_some_version() {
        let of_servers = FILTERS.iter().map(|filter| (ServerList, filter));
        let of_others = OTHERS
            .iter()
            .flat_map(|(operations, filter)| operations.iter().map(move |of| (*of, filter)));
        for (operation, filter) in of_servers.chain(of_others) {
            let known = Microversion::all().any(|at| contract(operation, at).knows(filter.name));
            assert!(known, "{operation}: {}", filter.name);
        }
        for filter in OPEN {
            let open = Microversion::all().any(|at| contract(ServerList, at).opens(filter.name));
            assert!(open, "{}", filter.name);
        }
    }

    #[test]
    fn what_begins_later_is_asked_on_both_sides() {
        let minors = |name| {
            let versions = sides(ServerList, |contract| contract.opens(name)).by_default();
            versions
                .into_iter()
                .map(Microversion::minor)
                .collect::<Vec<_>>()
        };
        assert_eq!(minors("vm_state"), [82, 83]);
        assert_eq!(minors("status"), [1]);
    }
}
