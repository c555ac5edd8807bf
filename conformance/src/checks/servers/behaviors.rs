//! What no schema can say of servers: each [`nova_api::Behavior`] has its probe here, whose id ends with its name, and is
//! asked on both sides of the behavior's boundary.

use nova_api::{
    Behavior, Microversion,
    Operation::{self, *},
    bands, contract,
};
use serde_json::{Value, json};

use super::stage::begin;
use crate::check::{Caller, Check, Cx, Draft, Says, Stop, Versions};

pub(super) fn checks() -> Vec<Check> {
    vec![
        describes_by_name(),
        checks_status(ServerList),
        checks_status(ServerDetail),
        answers_of_deleted(),
        no_swap_as_text(FlavorShow),
        no_swap_as_text(FlavorDetail),
        rescues_volume_backed(),
    ]
}

/// A check of a behavior of an operation, on both sides of its boundary, and where it begins.
fn probe_of(operation: Operation, behavior: Behavior, title: &str, sentence: &str) -> Draft {
    let holds = |version| contract(operation, version).behaves(behavior);
    let turns = bands(operation).iter().filter_map(|band| {
        let before = band.first.previous()?;
        (holds(before) != holds(band.first)).then_some([before, band.first])
    });
    let first = holds(Microversion::MIN).then_some(Microversion::MIN);
    let asked: Vec<u16> = turns
        .flatten()
        .chain(first)
        .map(Microversion::minor)
        .collect();
    begin(operation, format!("{operation}.{}", behavior.name()), title)
        .sentence(sentence)
        .source("https://docs.openstack.org/nova/latest/reference/api-microversion-history.html")
        .versions(Versions::All.asked_at(&asked))
        .callers([Caller::Main])
}

/// Where descriptions are shown.
const DESCRIBED: &str = "2.19";

fn describes_by_name() -> Check {
    probe_of(
        ServerCreate,
        Behavior::DescribesByName,
        "Before descriptions, a server's is its name; since, it has none unless one is given",
        "2.19: allow the user to set and get the server description. If it is not given, it is null; before 2.19, it is the name.",
    )
    .servers(1)
    .probe(|cx| async move {
        let server = cx.make_server(Caller::Main, "described", |_| ()).await?;
        let shown = cx.as_(Caller::Main).ask(ServerShow, &[&server.id]).at(DESCRIBED).send().await?;
        let by_name = cx.contract(ServerCreate).behaves(Behavior::DescribesByName);
        let description = if by_name { json!(server.name) } else { Value::Null };
        shown.expect_json_eq("/server/description", &description)?;
        Ok(())
    })
}

fn checks_status(operation: Operation) -> Check {
    probe_of(
        operation,
        Behavior::ChecksStatus,
        "A status that there is not is refused as a filter, and finds nothing before",
        "2.38: before version 2.38, the command 'nova list --status invalid_status' was returning empty list; starting from version 2.38, it returns 400.",
    )
    .probe(move |cx| async move {
        let answer = cx.as_(Caller::Main).ask(operation, &[]).query("status", "nvc-nonsense").send().await?;
        if cx.contract(operation).behaves(Behavior::ChecksStatus) {
            answer.expect_fault(400, Says::Anything)?;
        } else {
            answer.expect_status(200)?.expect_json_eq("/servers", &json!([]))?;
        }
        Ok(())
    })
}

fn answers_of_deleted() -> Check {
    probe_of(
        InstanceActionList,
        Behavior::AnswersOfDeleted,
        "The actions of a deleted server are told",
        "2.21: the os-instance-actions API now returns information from deleted instances.",
    )
    .servers(1)
    .probe(|cx| async move {
        let server = cx.server(Caller::Main).await?;
        let main = cx.as_(Caller::Main);
        main.ask(ServerDelete, &[&server.id])
            .send()
            .await?
            .to_set_up(204)?;
        main.wait_gone(&server.id).await?;
        let answer = main.ask(InstanceActionList, &[&server.id]).send().await?;
        if !cx
            .contract(InstanceActionList)
            .behaves(Behavior::AnswersOfDeleted)
        {
            answer.expect_fault(404, Says::Anything)?;
            return Ok(());
        }
        answer
            .expect_status(200)?
            .expect_json_eq("/instanceActions/0/action", &json!("delete"))?;
        let request = answer.text_at("/instanceActions/0/request_id")?.to_owned();
        let shown = main
            .ask(InstanceActionShow, &[&server.id, &request])
            .send()
            .await?;
        shown
            .expect_status(200)?
            .expect_json_eq("/instanceAction/action", &json!("delete"))?;
        Ok(())
    })
}

fn no_swap_as_text(operation: Operation) -> Check {
    probe_of(
        operation,
        Behavior::ShowsNoSwapAsText,
        "A flavor without swap shows 0, and an empty text before",
        "2.75: the default return value of 'swap' field is changed to 0 (integer) from '' (empty string) when swap is not set.",
    )
    .probe(move |cx| async move {
        let flavor = without_swap(&cx).await?;
        let answer = cx.as_(Caller::Main).ask(operation, &[&flavor]).send().await?;
        answer.expect_status(200)?;
        let as_text = cx.contract(operation).behaves(Behavior::ShowsNoSwapAsText);
        let wanted = if as_text { json!("") } else { json!(0) };
        let found = match operation {
            FlavorShow => answer.at("/flavor/swap")?.clone(),
            _ => {
                let mut flavors = answer.list_at("/flavors")?.iter();
                let flavor = flavors.find(|item| item.get("id") == Some(&json!(flavor)));
                flavor.and_then(|flavor| flavor.get("swap")).cloned().unwrap_or_default()
            }
        };
        answer.expect(found == wanted, &wanted, &found, "swap")?;
        Ok(())
    })
}

/// The id of a flavor without swap.
async fn without_swap(cx: &Cx) -> Result<String, Stop> {
    let list = cx.as_(Caller::Main).ask(FlavorDetail, &[]).send().await?;
    list.to_set_up(200)?;
    let mut flavors = list.list_at("/flavors")?.iter();
    let none = |flavor: &&Value| matches!(flavor.get("swap"), Some(swap) if *swap == json!("") || *swap == json!(0));
    let id = flavors
        .find(none)
        .and_then(|flavor| flavor.get("id")?.as_str());
    id.map(str::to_owned)
        .ok_or_else(|| Stop::NotApplicable("every flavor of this cloud has swap".to_owned()))
}

/// The words with which no server that boots from a volume is rescued, whatever its host could do.
const NEVER: &str = "Cannot rescue a volume-backed instance";

fn rescues_volume_backed() -> Check {
    probe_of(
        ServerRescue,
        Behavior::RescuesVolumeBacked,
        "A server that boots from a volume is not rescued before 2.87",
        "2.87: adds support for rescuing boot from volume instances when the compute host reports the COMPUTE_BFV_RESCUE capability trait and the image has the hw_rescue_device and hw_rescue_bus properties; before, badRequest(400).",
    )
    .servers(1)
    .probe(|cx| async move {
        let image = rescuing_image(&cx).await?;
        let server = cx.make_volume_server(Caller::Main, "volume").await?;
        let argument = image.as_ref().map_or(Value::Null, |image| json!({"rescue_image_ref": image}));
        let answer = cx.as_(Caller::Main).act(&server.id, "rescue", argument).await?;
        if !cx.contract(ServerRescue).behaves(Behavior::RescuesVolumeBacked) {
            answer.expect_fault(400, Says::Anything)?;
            return Ok(());
        }
        // Whether the host can, only the host knows: that it may be asked is all that the version says.
        answer.expect_status_in(&[200, 400])?;
        let said = answer.message().unwrap_or_default();
        answer.expect(
            image.is_none() || !said.contains(NEVER),
            "a rescue, or that the host is unable to: the image is fit for it",
            format!("'{said}'"),
            "message",
        )?;
        Ok(())
    })
}

/// An image that says that a server can be rescued from it without its disk, where the cloud has one.
async fn rescuing_image(cx: &Cx) -> Result<Option<String>, Stop> {
    let list = cx
        .as_(Caller::Main)
        .ask(ImageDetail, &[])
        .at("2.1")
        .send()
        .await?;
    // Nobody promises the proxy of images to a cloud's users.
    if list.status() != 200 {
        return Ok(None);
    }
    let is_fit = |image: &&Value| {
        let says = |property: &str| image["metadata"].get(property).is_some();
        image["status"] == "ACTIVE" && says("hw_rescue_device") && says("hw_rescue_bus")
    };
    let fit = list.list_at("/images")?.iter().find(is_fit);
    Ok(fit
        .and_then(|image| image["id"].as_str())
        .map(str::to_owned))
}
