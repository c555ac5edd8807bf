use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rstest::rstest;
use uuid::Uuid;

use super::*;
use crate::fixture::Fixture;

const START: Timestamp = Timestamp::UNIX_EPOCH;

fn by(request: u128) -> By {
    By {
        user_id: "user".into(),
        project_id: "project".into(),
        request: Uuid::from_u128(request),
    }
}

fn server(id: u128, project_id: &str) -> Server {
    let fixture = Fixture::default_cloud().unwrap();
    Server {
        id: Uuid::from_u128(id),
        number: 0,
        name: "web".into(),
        user_id: "user".into(),
        project_id: project_id.into(),
        image: Some(Arc::new(BootImage {
            id: "image".into(),
            properties: BTreeMap::new(),
        })),
        flavor: Arc::new(fixture.flavors[0].clone()),
        resize: None,
        key: None,
        metadata: Metadata::new(),
        tags: BTreeSet::new(),
        description: None,
        hostname: "web".into(),
        user_data: None,
        config_drive: false,
        access_ip_v4: None,
        access_ip_v6: None,
        nics: Vec::new(),
        security_groups: Arc::new([]),
        availability_zone: None,
        pinned_availability_zone: None,
        trusted_certificates: None,
        server_group: None,
        scheduler_hints: None,
        locked: None,
        vm_state: VmState::Building,
        task_state: None,
        power_state: PowerState::NoState,
        fault: None,
        created_at: START,
        updated_at: START,
        launched_at: None,
        terminated_at: None,
        host: None,
        reservation_id: "r-1".into(),
        launch_index: 0,
        root_device_name: None,
        disk_config_auto: false,
        volumes: Vec::new(),
        guest_password: None,
        files: Vec::new(),
        actions: History::default(),
    }
}

/// So many servers that run, with the ids 1, 2, 3….
fn running(count: u128, pacing: Pacing) -> Servers {
    let mut servers = Servers::new(Pacing::Instant);
    for id in 1..=count {
        servers.add(server(id, "project"), by(id), START, None);
    }
    servers.settle(START);
    servers.set_pacing(pacing);
    servers
}

const ID: Uuid = Uuid::from_u128(1);

#[test]
fn a_task_is_taken_on_once_and_ends() {
    let mut servers = running(1, Pacing::Manual);
    let begun = servers
        .begin(ID, Task::Rebuild, by(9), START, |_| {})
        .unwrap();
    assert_eq!(begun.status(), "REBUILD");
    let again = servers.begin(ID, Task::Rebuild, by(10), START, |_| {});
    assert_eq!(
        again.unwrap_err(),
        Refused::State(InTheWay::TaskState(Some(TaskState::Rebuilding)))
    );
    while servers.step(ID, START).0 {}
    assert_eq!(servers.get(ID).unwrap().status(), "ACTIVE");
    assert!(!servers.is_busy(ID));
}

#[test]
fn a_refused_task_changes_nothing() {
    let mut servers = running(1, Pacing::Instant);
    let before = Arc::clone(servers.get(ID).unwrap());
    let refused = servers.begin(ID, Task::Start, by(9), START, |server| {
        server.name = "other".into()
    });
    assert_eq!(
        refused.unwrap_err(),
        Refused::State(InTheWay::VmState(VmState::Active))
    );
    assert!(Arc::ptr_eq(&before, servers.get(ID).unwrap()));
}

#[test]
fn deleting_ends_whatever_goes_on() {
    let mut servers = running(1, Pacing::Manual);
    servers
        .begin(ID, Task::Rebuild, by(9), START, |_| {})
        .unwrap();
    servers
        .begin(ID, Task::Delete, by(10), START, |_| {})
        .unwrap();
    assert!(servers.step(ID, START).1.is_some());
    assert_eq!(servers.next_due(), None);
    assert!(servers.get(ID).is_none());
    assert_eq!(servers.get_even_deleted(ID).unwrap().status(), "DELETED");
}

#[test]
fn what_is_used_follows_what_there_is() {
    let mut servers = running(3, Pacing::Instant);
    let one = Usage {
        instances: 1,
        cores: 1,
        ram: 512,
    };
    assert_eq!(
        servers.used("project"),
        Usage {
            instances: 3,
            cores: 3,
            ram: 1536
        }
    );
    assert_eq!(servers.used_by("project", "user"), servers.used("project"));
    assert_eq!(servers.used_by("project", "other"), Usage::default());
    for id in [1, 2] {
        servers
            .begin(Uuid::from_u128(id), Task::Delete, by(9), START, |_| {})
            .unwrap();
    }
    servers.settle(START);
    assert_eq!(servers.used("project"), one);
}

#[test]
fn a_page_is_of_one_project_and_youngest_first() {
    let mut servers = Servers::default();
    for id in 1..=6 {
        let project = if id % 2 == 0 { "even" } else { "odd" };
        servers.add(server(id, project), by(id), START, None);
    }
    let ids = |project: Option<&str>, before: Option<u64>| {
        let page = servers.youngest_first(project, before).take(2);
        page.map(|server| server.id.as_u128()).collect::<Vec<_>>()
    };
    assert_eq!(ids(None, None), [6, 5]);
    assert_eq!(ids(Some("even"), None), [6, 4]);
    assert_eq!(ids(Some("even"), Some(4)), [2]);
    assert_eq!(ids(Some("nobody"), None), Vec::<u128>::new());
}

#[test]
fn only_so_many_deleted_servers_are_remembered() {
    let mut servers = running(1001, Pacing::Instant);
    for id in 1..=1001 {
        servers
            .begin(Uuid::from_u128(id), Task::Delete, by(9), START, |_| {})
            .unwrap();
    }
    servers.settle(START);
    assert!(servers.is_empty());
    assert_eq!(servers.graves().count(), 1000);
    assert!(servers.get_even_deleted(ID).is_none());
}

#[rstest]
#[case::at_once(Pacing::Instant, Some(START))]
#[case::never(Pacing::Manual, Some(Timestamp::MAX))]
#[case::in_time(
    Pacing::Timed(Durations { tasks: BTreeMap::new(), otherwise: SignedDuration::from_secs(3), jitter: 0.0 }),
    Some(START + Duration::from_secs(1))
)]
fn the_first_of_three_steps_is_due(#[case] pacing: Pacing, #[case] want: Option<Timestamp>) {
    let mut servers = running(1, pacing);
    assert_eq!(servers.next_due(), None);
    servers
        .begin(ID, Task::Rebuild, by(9), START, |_| {})
        .unwrap();
    assert_eq!(servers.next_due(), want);
}

#[test]
fn jitter_differs_from_server_to_server_and_stays_within_its_part() {
    let durations = Durations {
        jitter: 0.2,
        ..Durations::default()
    };
    let lengths: BTreeSet<SignedDuration> = (0..50)
        .map(|n| durations.of(Task::Build, Uuid::from_u128(n * 7_919_777_777_777)))
        .collect();
    assert!(lengths.len() > 40, "{lengths:?}");
    let within = SignedDuration::from_millis(2_400)..=SignedDuration::from_millis(3_600);
    assert!(
        lengths.iter().all(|length| within.contains(length)),
        "{lengths:?}"
    );
}

#[test]
fn a_script_counts_for_its_task_and_server_as_often_as_it_says() {
    let mut servers = running(2, Pacing::Instant);
    let failure = Failure::no_valid_host();
    servers.script(Script {
        task: Task::Rebuild,
        server: Some(ID),
        times: Some(1),
        failure,
    });
    let mut rebuilt = |id: u128| {
        let id = Uuid::from_u128(id);
        servers
            .begin(id, Task::Rebuild, by(9), START, |_| {})
            .unwrap();
        servers.settle(START);
        servers.get(id).unwrap().status()
    };
    assert_eq!(
        [rebuilt(2), rebuilt(1), rebuilt(1)],
        ["ACTIVE", "ERROR", "ACTIVE"]
    );
}

#[test]
fn what_is_done_is_recorded_with_who_asked_for_it() {
    let mut servers = running(1, Pacing::Manual);
    servers.begin(ID, Task::Stop, by(9), START, |_| {}).unwrap();
    let server = Arc::clone(servers.get(ID).unwrap());
    let action = server.actions.iter().next_back().unwrap();
    assert_eq!(
        (action.name, action.by.request),
        ("stop", Uuid::from_u128(9))
    );
    assert!(action.events.iter().all(|event| event.finished.is_none()));
    servers.step(ID, START);
    let server = servers.get(ID).unwrap();
    let action = server.actions.iter().next_back().unwrap();
    let done = |event: &Event| event.result == Some(EventResult::Success);
    assert!(!action.events.is_empty() && action.events.iter().all(done));
}

#[test]
fn a_copy_that_somebody_holds_stays_as_it_was() {
    let mut servers = running(1, Pacing::Instant);
    let held = Arc::clone(servers.get(ID).unwrap());
    servers.change(ID, START, |server| server.name = "other".into());
    assert_eq!(
        (&*held.name, &*servers.get(ID).unwrap().name),
        ("web", "other")
    );
}

#[test]
fn what_a_guest_is_given_or_has_set_is_not_told() {
    let mut server = server(1, "project");
    server.user_data = Some("c2VjcmV0".into());
    server.guest_password = Some("hidden".into());
    server.files = vec![("/etc/shadow".to_owned(), "Y2xlYXI=".to_owned())];
    let told = format!("{server:?}");
    assert!(told.contains("\"web\""), "{told}");
    for secret in ["c2VjcmV0", "hidden", "Y2xlYXI="] {
        assert!(!told.contains(secret), "{told}");
    }
}
