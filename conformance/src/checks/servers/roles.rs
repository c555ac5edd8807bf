//! Who may do what with servers, as one table: every operation, asked by everybody. The table is generated from what Nova's
//! default policy says of each operation, so no combination is forgotten. What is refused is asked about a server that others
//! look at too, and must leave it as it was; what succeeds gets a server of its own.

use nova_api::{
    Contract, Microversion,
    Operation::{self, *},
    bands,
};
use serde_json::{Value, json};

use super::stage::{
    SERVERS, UNSTAGED, begin, body, has_group, lend, names_a_server, need, request, segments,
    with_servers,
};
use crate::{
    check::{Answer, Caller, Check, Cx, Need, Says, Server, Stop, Versions},
    profile::Profile,
};

const SENTENCE: &str = "os_compute_api, by default: a reader of the project may list and show, a member may do all that is the project's, an administrator everything; forbidden(403) without the right, unauthorized(401) without a token, and what is another project's is not found (404).";
const SOURCE: &str = "https://docs.openstack.org/nova/latest/configuration/policy.html";

/// Whom the default policy lets do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Right {
    /// Everybody who is logged in.
    Anybody,
    /// Readers of the project, and administrators.
    Reader,
    /// Members of the project, and administrators.
    Member,
    /// Administrators.
    Admin,
}

/// What must come of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// The operation succeeds.
    Succeeds,
    /// A list of what is the caller's own: the server of another project is not in it.
    NotListed,
    Forbidden,
    NotFound,
    Unauthorized,
}

const fn right(operation: Operation) -> Right {
    match operation {
        AvailabilityZoneList | FlavorList | FlavorDetail | FlavorShow | ImageList | ImageDetail
        | ImageShow => Right::Anybody,
        ServerList | ServerDetail | ServerShow | MetadataList | MetadataShow | TagList
        | TagShow | PasswordShow | AddressList | AddressShow | InstanceActionList
        | InstanceActionShow | VolumeAttachmentList | VolumeAttachmentShow | ServerGroupList
        | ServerGroupShow | ExtraSpecList | NetworkList | NetworkShow | SecurityGroupList
        | FloatingIpList => Right::Reader,
        ServerResetState | AvailabilityZoneDetail => Right::Admin,
        _ => Right::Member,
    }
}

/// What a profile makes of a caller, and where it says nothing the default policy.
fn outcome(operation: Operation, caller: Caller, profile: Option<&Profile>) -> Outcome {
    let by_default = by_default(operation, caller);
    let may = profile.and_then(|profile| profile.may(operation, caller));
    match (may, by_default) {
        // Who must log in first, or does not find what is another project's, comes before any right.
        (None, _) | (_, Outcome::Unauthorized | Outcome::NotFound) => by_default,
        (Some(false), _) => Outcome::Forbidden,
        (Some(true), Outcome::Forbidden)
            if caller == Caller::Other && names_a_server(operation) =>
        {
            by_default
        }
        (Some(true), Outcome::NotListed) => by_default,
        (Some(true), _) => Outcome::Succeeds,
    }
}

/// What the default policy makes of a caller, of whom [`Caller::Other`] and [`Caller::Admin`] are of other projects.
fn by_default(operation: Operation, caller: Caller) -> Outcome {
    let is_list = matches!(operation, ServerList | ServerDetail | ServerGroupList);
    let of_the_project =
        names_a_server(operation) || matches!(operation, ServerGroupShow | ServerGroupDelete);
    match (caller, right(operation)) {
        (Caller::Nobody | Caller::Expired, _) => Outcome::Unauthorized,
        (Caller::Admin, _) => Outcome::Succeeds,
        (Caller::Other, _) if is_list => Outcome::NotListed,
        // Tags are found by their server's id alone, and then refused.
        (Caller::Other, _) if operation.name().starts_with("server-tags.") => Outcome::Forbidden,
        (Caller::Other, _) if of_the_project => Outcome::NotFound,
        (_, Right::Admin) | (Caller::Reader, Right::Member) => Outcome::Forbidden,
        _ => Outcome::Succeeds,
    }
}

pub(super) fn checks(profile: Option<&Profile>) -> Vec<Check> {
    let mut checks = Vec::new();
    for operation in SERVERS
        .iter()
        .filter(|operation| !UNSTAGED.contains(operation))
    {
        for caller in [
            Caller::Main,
            Caller::Second,
            Caller::Reader,
            Caller::Other,
            Caller::Admin,
            Caller::Nobody,
        ] {
            checks.push(check(*operation, caller, profile));
        }
        if right(*operation) == Right::Member {
            checks.extend(in_words(*operation, profile));
        }
    }
    checks
}

/// At the first and the last version that has the operation; what costs a server of its own at the last only.
fn versions(operation: Operation, outcome: Outcome) -> Versions {
    let routed = Versions::where_contract(operation, Contract::routed);
    let ends: Vec<Microversion> = bands(operation)
        .iter()
        .filter(|band| band.contract.routed())
        .flat_map(|band| [band.first, band.last])
        .collect();
    let minors: Vec<u16> = ends.iter().map(|version| version.minor()).collect();
    let (Some(first), Some(last)) = (minors.first(), minors.last()) else {
        return routed;
    };
    let dear = outcome == Outcome::Succeeds && matches!(need(operation), Need::Own(_));
    if dear {
        routed.asked_at(&[*last])
    } else {
        routed.asked_at(&[*first, *last])
    }
}

fn check(operation: Operation, caller: Caller, profile: Option<&Profile>) -> Check {
    let outcome = outcome(operation, caller, profile);
    let (sentence, source) = profile
        .and_then(|profile| profile.says(operation))
        .unwrap_or_else(|| (SENTENCE.to_owned(), SOURCE.to_owned()));
    let draft = begin(
        operation,
        format!("{operation}.callers.{caller}"),
        match outcome {
            Outcome::Succeeds => format!("The caller '{caller}' may"),
            Outcome::NotListed => format!("The caller '{caller}' does not see another project's"),
            Outcome::Forbidden => format!("The caller '{caller}' may not"),
            Outcome::NotFound => {
                format!("The caller '{caller}' does not find what is another project's")
            }
            Outcome::Unauthorized => format!("The caller '{caller}' must log in first"),
        },
    )
    .sentence(sentence)
    .source(source)
    .versions(versions(operation, outcome))
    .callers(if caller == Caller::Main {
        vec![caller]
    } else {
        vec![Caller::Main, caller]
    });
    if outcome == Outcome::Succeeds {
        return with_servers(draft, operation)
            .probe(move |cx| async move { succeeds(&cx, operation, caller).await });
    }
    let draft = if need(operation) == Need::None {
        draft
    } else {
        draft.reads_a_server()
    };
    draft.probe(move |cx| async move { refused(&cx, operation, caller, outcome).await })
}

async fn succeeds(cx: &Cx, operation: Operation, caller: Caller) -> Result<(), Stop> {
    let server = lend(cx, operation).await?;
    let ask = request(cx, operation, caller, server.as_ref()).await?;
    let answer = ask.send().await?;
    answer.expect_status(cx.contract(operation).status())?;
    if let (ServerList | ServerDetail, Some(server)) = (operation, server) {
        let found = lists(&answer, "/servers", &server.id)?;
        answer.expect(
            found,
            format!("the server {}", server.id),
            "a list without",
            "/servers",
        )?;
    }
    Ok(())
}

fn lists(answer: &Answer, place: &str, id: &str) -> Result<bool, Stop> {
    Ok(answer
        .list_at(place)?
        .iter()
        .any(|item| item.get("id") == Some(&json!(id))))
}

/// What somebody who may not asks, about a server that others look at too: in whatever state, for the right is looked at
/// before the state.
async fn ask_without_right(
    cx: &Cx,
    operation: Operation,
    caller: Caller,
    server: Option<&Server>,
) -> Result<(Answer, Option<String>), Stop> {
    let name = cx.unique("refused");
    let id = server.map_or("", |server| server.id.as_str());
    let group = match operation {
        ServerGroupList => Some(has_group(cx, &name).await?),
        _ => None,
    };
    // What there is to list is there already.
    let segments = match group {
        Some(_) => Vec::new(),
        None => segments(cx, operation, id, &name).await?,
    };
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let mut ask = cx.as_(caller).ask(operation, &segments);
    let body = match operation {
        ServerCreate => Some(cx.refused_server_body(&name).await?),
        _ => body(cx, operation, &name).await?,
    };
    if let Some(body) = body {
        ask = ask.json(&body);
    }
    Ok((ask.send().await?, group))
}

async fn shared(cx: &Cx, operation: Operation) -> Result<Option<Server>, Stop> {
    Ok(match need(operation) {
        Need::None => None,
        Need::Shared | Need::Own(_) => Some(cx.shared_server().await?),
    })
}

async fn refused(
    cx: &Cx,
    operation: Operation,
    caller: Caller,
    outcome: Outcome,
) -> Result<(), Stop> {
    let server = shared(cx, operation).await?;
    let before = match &server {
        Some(server) => Some(looks(cx, &server.id).await?),
        None => None,
    };
    let (answer, group) = ask_without_right(cx, operation, caller, server.as_ref()).await?;
    let status = match outcome {
        Outcome::Forbidden => 403,
        Outcome::NotFound => 404,
        Outcome::Unauthorized => 401,
        Outcome::Succeeds | Outcome::NotListed => {
            answer.expect_status(200)?;
            let server = server.map(|server| server.id);
            let (place, id) = match (&group, &server) {
                (Some(group), _) => ("/server_groups", group),
                (None, Some(server)) => ("/servers", server),
                (None, None) => return Ok(()),
            };
            let found = lists(&answer, place, id)?;
            answer.expect(!found, "nothing of another project's", id, place)?;
            return Ok(());
        }
    };
    answer.expect_status(status)?;
    if let (Some(server), Some(before)) = (server, before) {
        let after = looks(cx, &server.id).await?;
        answer.expect(
            before == after,
            format!("a server left as it was, {before}"),
            after,
            "server",
        )?;
    }
    Ok(())
}

/// What a refused request may not change, as far as every version shows it.
async fn looks(cx: &Cx, server: &str) -> Result<Value, Stop> {
    let shown = cx
        .as_(Caller::Main)
        .ask(ServerShow, &[server])
        .send()
        .await?;
    shown.to_set_up(200)?;
    let fields = [
        "name",
        "status",
        "metadata",
        "key_name",
        "user_id",
        "tags",
        "locked",
        "OS-EXT-STS:task_state",
    ];
    let shown = shown.at("/server")?;
    Ok(fields
        .iter()
        .map(|field| shown.get(field).cloned().unwrap_or_default())
        .collect())
}

fn in_words(operation: Operation, profile: Option<&Profile>) -> Option<Check> {
    let readers_may =
        profile.and_then(|profile| profile.may(operation, Caller::Reader)) == Some(true);
    let rule = operation.policy()?;
    let draft = Check::should(
        format!("{operation}.policy-in-words"),
        "What the policy forbids is refused in Nova's words",
    )
    .sentence(format!(
        "Nova says 'Policy doesn't allow {rule} to be performed.'"
    ))
    .source(SOURCE)
    .versions(versions(operation, Outcome::Forbidden).asked_at(&[104]))
    .callers([Caller::Main, Caller::Reader]);
    let draft = if need(operation) == Need::None {
        draft
    } else {
        draft.reads_a_server()
    };
    Some(draft.probe(move |cx| async move {
        if readers_may {
            return Err(Stop::NotApplicable(format!(
                "the profile lets a reader do {operation}, so it is not refused"
            )));
        }
        let server = shared(&cx, operation).await?;
        let (answer, _) =
            ask_without_right(&cx, operation, Caller::Reader, server.as_ref()).await?;
        answer.expect_fault(
            403,
            Says::from(format!("Policy doesn't allow {rule} to be performed.")),
        )?;
        Ok(())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_may_only_look() {
        for operation in SERVERS
            .iter()
            .filter(|operation| operation.route().0 != nova_api::Method::Get)
        {
            assert_eq!(
                outcome(*operation, Caller::Reader, None),
                Outcome::Forbidden,
                "{operation}"
            );
        }
    }

    #[test]
    fn a_profile_moves_rights_and_no_walls_between_projects() {
        let file = "operations:\n  servers.rebuild: [reader]\n";
        let profile = Profile::parse("p.yaml", file).unwrap();
        let rebuild = |caller| outcome(ServerRebuild, caller, Some(&profile));
        assert_eq!(rebuild(Caller::Reader), Outcome::Succeeds);
        assert_eq!(rebuild(Caller::Main), Outcome::Forbidden);
        assert_eq!(rebuild(Caller::Admin), Outcome::Forbidden);
        assert_eq!(rebuild(Caller::Other), Outcome::NotFound);
        assert_eq!(rebuild(Caller::Nobody), Outcome::Unauthorized);
    }

    #[test]
    fn nobody_may_nothing() {
        for operation in SERVERS {
            assert_eq!(
                outcome(*operation, Caller::Nobody, None),
                Outcome::Unauthorized,
                "{operation}"
            );
        }
    }
}
