//! How each operation around servers is asked so that it succeeds: what it needs, what is done first, and the request. One
//! table, which the generated checks share. It knows the words of a probe.

use nova_api::Operation::{self, *};
use serde_json::{Value, json};

use crate::check::{Answer, Ask, Caller, Check, Cx, Draft, Need, Server, Stop};
pub(super) use crate::servers::{METADATA, TAG};

/// The id of something that no cloud has.
pub(super) const NOWHERE: &str = "00000000-dead-4bee-8000-00000000c0de";

/// The operations around servers, but for rebuild, which has checks of its own.
pub(super) const SERVERS: &[Operation] = &[
    ServerList,
    ServerCreate,
    ServerDetail,
    ServerShow,
    ServerUpdate,
    ServerDelete,
    ServerStart,
    ServerStop,
    ServerReboot,
    ServerPause,
    ServerUnpause,
    ServerSuspend,
    ServerResume,
    ServerLock,
    ServerUnlock,
    ServerRescue,
    ServerUnrescue,
    ServerResize,
    ServerConfirmResize,
    ServerRevertResize,
    ServerShelve,
    ServerUnshelve,
    ServerResetState,
    MetadataList,
    MetadataCreate,
    MetadataReplace,
    MetadataShow,
    MetadataUpdate,
    MetadataDelete,
    TagList,
    TagReplace,
    TagDeleteAll,
    TagShow,
    TagAdd,
    TagDelete,
    PasswordShow,
    PasswordClear,
    AddressList,
    AddressShow,
    InstanceActionList,
    InstanceActionShow,
    VolumeAttachmentList,
    VolumeAttachmentShow,
    ServerGroupList,
    ServerGroupCreate,
    ServerGroupShow,
    ServerGroupDelete,
    AvailabilityZoneList,
    AvailabilityZoneDetail,
    FlavorList,
    FlavorDetail,
    FlavorShow,
    ExtraSpecList,
    ExtraSpecShow,
    ImageList,
    ImageDetail,
    ImageShow,
    ImageDelete,
    NetworkList,
    NetworkShow,
    SecurityGroupList,
    SecurityGroupCreate,
    FloatingIpList,
];

/// The operations that [`perform`] cannot make succeed on every cloud, because something is needed that no request of the
/// Compute API makes: an extra spec, an image to lose. They are asked for what is missing only.
pub(super) const UNSTAGED: &[Operation] = &[ExtraSpecShow, ImageDelete, SecurityGroupCreate];

/// Those whose departures are violations: servers themselves. What is beside them is a warning.
const BINDING: &[&str] = &[
    "servers.",
    "server-metadata.",
    "server-tags.",
    "server-password.",
    "server-addresses.",
    "instance-actions.",
];

/// Begins a check of one operation, as binding as the operation is.
pub(super) fn begin(
    operation: Operation,
    id: impl Into<String>,
    title: impl Into<String>,
) -> Draft {
    let binding = BINDING
        .iter()
        .any(|group| operation.to_string().starts_with(group));
    let draft = if binding {
        Check::must(id, title)
    } else {
        Check::should(id, title)
    };
    draft.source(operation.reference())
}

/// Says of a draft what servers [`perform`] needs for an operation.
pub(super) fn with_servers(draft: Draft, operation: Operation) -> Draft {
    match need(operation) {
        Need::None => draft,
        Need::Shared => draft.reads_a_server(),
        Need::Own(count) => draft.servers(count),
    }
}

/// Whether the path of an operation names a server.
pub(super) fn names_a_server(operation: Operation) -> bool {
    operation.route().1.contains("{server}")
}

/// What servers an operation needs.
pub(super) const fn need(operation: Operation) -> Need {
    match operation {
        ServerList | ServerDetail | ServerShow | MetadataList | MetadataShow | TagList
        | TagShow | PasswordShow | AddressList | AddressShow | InstanceActionList
        | InstanceActionShow | VolumeAttachmentList => Need::Shared,
        ServerCreate | ServerUpdate | ServerDelete | ServerStart | ServerStop | ServerReboot
        | ServerPause | ServerUnpause | ServerSuspend | ServerResume | ServerLock
        | ServerUnlock | ServerRescue | ServerUnrescue | ServerResize | ServerConfirmResize
        | ServerRevertResize | ServerShelve | ServerUnshelve | ServerResetState
        | MetadataCreate | MetadataReplace | MetadataUpdate | MetadataDelete | TagReplace
        | TagDeleteAll | TagAdd | TagDelete | PasswordClear | ServerRebuild
        | VolumeAttachmentShow => Need::Own(1),
        _ => Need::None,
    }
}

/// Who may ask: a plain member wherever one may.
pub(super) const fn asker(operation: Operation) -> Caller {
    match operation {
        ServerResetState | AvailabilityZoneDetail => Caller::Admin,
        _ => Caller::Main,
    }
}

/// The callers a check names that performs an operation.
pub(super) fn callers(operation: Operation) -> Vec<Caller> {
    let mut callers = vec![Caller::Main];
    if asker(operation) != Caller::Main {
        callers.push(asker(operation));
    }
    callers
}

/// Asks an operation so that it should succeed, with what it needs prepared; `adorn` adds to the request. Returns the answer
/// and the server concerned.
pub(super) async fn perform(
    cx: &Cx,
    operation: Operation,
    adorn: impl FnOnce(Ask) -> Ask + Send,
) -> Result<(Answer, Option<Server>), Stop> {
    let server = lend(cx, operation).await?;
    let ask = request(cx, operation, asker(operation), server.as_ref()).await?;
    let answer = adorn(ask).send().await?;
    Ok((answer, server))
}

/// The server an operation is asked about, in the state it needs.
pub(super) async fn lend(cx: &Cx, operation: Operation) -> Result<Option<Server>, Stop> {
    let server = match (need(operation), operation) {
        (Need::None, _) | (_, ServerCreate) => return Ok(None),
        (Need::Shared, _) => cx.shared_server().await?,
        (_, VolumeAttachmentShow) => cx.make_volume_server(Caller::Main, "volume").await?,
        (Need::Own(_), _) if operation.name().starts_with("server-") => {
            cx.full_server(Caller::Main).await?
        }
        (Need::Own(_), _) => cx.server(Caller::Main).await?,
    };
    prepare(cx, operation, &server).await?;
    Ok(Some(server))
}

/// The request of an operation about a server, as somebody makes it.
pub(super) async fn request(
    cx: &Cx,
    operation: Operation,
    caller: Caller,
    server: Option<&Server>,
) -> Result<Ask, Stop> {
    let name = cx.unique("staged");
    let id = server.map_or(NOWHERE, |server| &server.id);
    let segments = segments(cx, operation, id, &name).await?;
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let mut ask = cx.as_(caller).ask(operation, &segments);
    if let Some(body) = body(cx, operation, &name).await? {
        ask = ask.json(&body);
    }
    if matches!(operation, ServerList | ServerDetail) {
        // Others' servers are none of the check's.
        ask = ask.query("name", server.map_or("", |server| &server.name));
        if caller == Caller::Admin {
            ask = ask.query("all_tenants", 1);
        }
    }
    Ok(ask)
}

/// What brings a server into the state an operation needs.
const fn before(operation: Operation) -> &'static [(Operation, &'static str)] {
    match operation {
        ServerStart => &[(ServerStop, "SHUTOFF")],
        ServerUnpause => &[(ServerPause, "PAUSED")],
        ServerResume => &[(ServerSuspend, "SUSPENDED")],
        ServerUnlock => &[(ServerLock, "ACTIVE")],
        ServerUnrescue => &[(ServerRescue, "RESCUE")],
        ServerConfirmResize | ServerRevertResize => &[(ServerResize, "VERIFY_RESIZE")],
        ServerUnshelve => &[(ServerShelve, "SHELVED")],
        _ => &[],
    }
}

async fn prepare(cx: &Cx, operation: Operation, server: &Server) -> Result<(), Stop> {
    let main = cx.as_(Caller::Main);
    for (step, state) in before(operation) {
        let body = body(cx, *step, "").await?.unwrap_or_default();
        let answer = main.ask(*step, &[&server.id]).json(&body).send().await?;
        answer.to_set_up(cx.contract(*step).status())?;
        let settled = main.wait_settled(&server.id).await?;
        let status = settled.text_at("/server/status")?;
        // A cloud may offload at once what it shelves.
        if !status.starts_with(state) {
            return Err(Stop::CouldNotAsk(format!(
                "the server is {status} after {step}, not {state}"
            )));
        }
    }
    Ok(())
}

/// What fills the `{…}` of an operation's path.
pub(super) async fn segments(
    cx: &Cx,
    operation: Operation,
    server: &str,
    name: &str,
) -> Result<Vec<String>, Stop> {
    let own = |text: &str| vec![server.to_owned(), text.to_owned()];
    Ok(match operation {
        MetadataShow | MetadataUpdate | MetadataDelete => own(METADATA.0),
        TagShow | TagDelete => own(TAG),
        TagAdd => own("nvc-added"),
        InstanceActionShow => {
            let list = cx
                .as_(Caller::Main)
                .ask(InstanceActionList, &[server])
                .send()
                .await?;
            list.to_set_up(200)?;
            own(list.text_at("/instanceActions/0/request_id")?)
        }
        AddressShow if server != NOWHERE => {
            let list = cx
                .as_(Caller::Main)
                .ask(AddressList, &[server])
                .send()
                .await?;
            list.to_set_up(200)?;
            let networks = list.at("/addresses")?.as_object();
            let network = networks.and_then(|networks| networks.keys().next());
            let network = network.ok_or_else(|| {
                Stop::NotApplicable(
                    "the server is on no network: name one with --network".to_owned(),
                )
            })?;
            own(network)
        }
        VolumeAttachmentShow if server != NOWHERE => {
            let list = cx
                .as_(Caller::Main)
                .ask(VolumeAttachmentList, &[server])
                .send()
                .await?;
            list.to_set_up(200)?;
            // Refused or not, what is asked for need not be there.
            own(list
                .text_at("/volumeAttachments/0/volumeId")
                .unwrap_or(NOWHERE))
        }
        AddressShow | VolumeAttachmentShow => own(NOWHERE),
        ServerGroupShow | ServerGroupDelete => vec![has_group(cx, name).await?],
        // So that there is something to list.
        ServerGroupList => {
            has_group(cx, name).await?;
            Vec::new()
        }
        FlavorShow | ExtraSpecList => vec![cx.ingredients().await?.flavor.clone()],
        ExtraSpecShow => vec![cx.ingredients().await?.flavor.clone(), name.to_owned()],
        ImageShow => vec![cx.ingredients().await?.image.clone()],
        ImageDelete => vec![NOWHERE.to_owned()],
        NetworkShow => {
            let list = cx.as_(Caller::Main).ask(NetworkList, &[]).send().await?;
            match list.status() {
                // Where the operations are not routed, any id will do.
                404 => vec![NOWHERE.to_owned()],
                _ => {
                    list.to_set_up(200)?;
                    let first = list.text_at("/networks/0/id");
                    vec![
                        first
                            .map_err(|_| {
                                Stop::NotApplicable("the project sees no network".to_owned())
                            })?
                            .to_owned(),
                    ]
                }
            }
        }
        _ if names_a_server(operation) => vec![server.to_owned()],
        _ => Vec::new(),
    })
}

/// Preparation: [`Caller::Main`] has a server group, whose id is returned.
pub(super) async fn has_group(cx: &Cx, name: &str) -> Result<String, Stop> {
    let main = cx.as_(Caller::Main);
    let body = body(cx, ServerGroupCreate, name).await?.unwrap_or_default();
    let answer = main.ask(ServerGroupCreate, &[]).json(&body).send().await?;
    answer.to_set_up(200)?;
    Ok(answer.text_at("/server_group/id")?.to_owned())
}

/// The body an operation is asked with, where it takes one.
pub(super) async fn body(cx: &Cx, operation: Operation, name: &str) -> Result<Option<Value>, Stop> {
    let action = |argument: Value| operation.action().map(|action| json!({ action: argument }));
    Ok(match operation {
        ServerCreate => Some(cx.server_body(name).await?),
        ServerUpdate => Some(json!({"server": {"name": name}})),
        ServerReboot => action(json!({"type": "SOFT"})),
        ServerResize => {
            let flavor = cx.ingredients().await?.second_flavor.clone();
            let flavor = flavor.ok_or_else(|| {
                Stop::Skipped(
                    "needs a second flavor that fits the image, and the cloud offers none"
                        .to_owned(),
                )
            })?;
            action(json!({"flavorRef": flavor}))
        }
        ServerResetState => action(json!({"state": "active"})),
        MetadataCreate | MetadataReplace => Some(json!({"metadata": {"nvc-new": "value"}})),
        MetadataUpdate => Some(json!({"meta": {METADATA.0: "changed"}})),
        TagReplace => Some(json!({"tags": ["nvc-one", "nvc-two"]})),
        ServerGroupCreate => {
            let old = json!({"server_group": {"name": name, "policies": ["anti-affinity"]}});
            let new = json!({"server_group": {"name": name, "policy": "anti-affinity"}});
            let contract = cx.contract(ServerGroupCreate);
            Some(if contract.check_body(&old).is_ok() {
                old
            } else {
                new
            })
        }
        SecurityGroupCreate => {
            Some(json!({"security_group": {"name": name, "description": "made by a check"}}))
        }
        _ => action(Value::Null),
    })
}
