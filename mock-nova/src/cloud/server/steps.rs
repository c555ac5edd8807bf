//! What a step of a task does to a server, and what a failure does instead.

use std::sync::{Arc, LazyLock};

use jiff::Timestamp;
use uuid::Uuid;

use super::record::{Action, Event, EventResult};
use super::task::{Effect, Row, Step, Task};
use super::{BootImage, Failure, Fault, HOST, Resize, Server, ZONE};

/// One allocation for every server's host.
static HOST_NAME: LazyLock<Arc<str>> = LazyLock::new(|| HOST.into());

/// One allocation for every server's zone.
static ZONE_NAME: LazyLock<Arc<str>> = LazyLock::new(|| ZONE.into());

/// What is recorded of a request.
pub(super) fn action_of(server: &mut Server, request: Uuid) -> Option<&mut Action> {
    server.actions.of_request(request)
}

/// Begins the events that begin when so many steps are done.
pub(super) fn begin_events(action: &mut Action, row: &Row, done: usize, at: Timestamp) {
    for span in row.events.iter().filter(|span| span.from == done) {
        action.updated = at;
        action.events.push(Event {
            name: span.name,
            started: at,
            finished: None,
            result: None,
            traceback: None,
            details: None,
        });
    }
}

/// Ends the events that end when so many steps are done.
pub(super) fn end_events(action: &mut Action, row: &Row, done: usize, at: Timestamp) {
    for span in row.events.iter().filter(|span| span.to == done) {
        let open = action
            .events
            .iter_mut()
            .find(|event| event.name == span.name && event.finished.is_none());
        if let Some(event) = open {
            event.finished = Some(at);
            event.result = Some(EventResult::Success);
            action.updated = at;
        }
    }
}

/// Takes one step.
pub(super) fn take(server: &mut Server, step: &Step, at: Timestamp) {
    server.task_state = step.task_state;
    if let Some(vm_state) = step.vm_state {
        server.vm_state = vm_state;
    }
    if let Some(power_state) = step.power_state {
        server.power_state = power_state;
    }
    server.updated_at = at;
    for effect in step.effects {
        apply(server, *effect, at);
    }
}

fn apply(server: &mut Server, effect: Effect, at: Timestamp) {
    match effect {
        Effect::Placed => {
            server.host = Some(Arc::clone(&HOST_NAME));
            server.availability_zone = Some(Arc::clone(&ZONE_NAME));
        }
        Effect::Unplaced => {
            server.host = None;
            server.availability_zone = None;
        }
        Effect::Launched => server.launched_at = Some(at),
        Effect::FlavorChanged => {
            if let Some(resize) = &server.resize {
                server.flavor = Arc::clone(&resize.new);
            }
        }
        Effect::FlavorKept => {
            if let Some(resize) = server.resize.take() {
                back(server, &resize);
            }
        }
        Effect::FlavorReverted => {
            if let Some(resize) = server.resize.take() {
                server.flavor = Arc::clone(&resize.old);
                back(server, &resize);
            }
        }
        Effect::Gone => server.terminated_at = Some(at),
    }
}

/// What the server was before its resize.
fn back(server: &mut Server, resize: &Resize) {
    server.vm_state = resize.vm_state;
    server.power_state = resize.power_state;
}

/// A task that ends as it should not.
pub(super) struct Failed<'a> {
    pub(super) row: &'a Row,
    /// The request it was done for.
    pub(super) request: Uuid,
    /// The image before it.
    pub(super) image: Option<&'a BootImage>,
    pub(super) failure: Failure,
}

/// Ends a task with a failure.
pub(super) fn fail(server: &mut Server, failed: Failed<'_>, at: Timestamp) {
    let Failed {
        row,
        request,
        image,
        failure,
    } = failed;
    server.vm_state = row.fails_into;
    server.task_state = None;
    server.updated_at = at;
    if failure.unscheduled
        && let Some(before) = image
        && let Some(after) = server
            .image
            .as_deref()
            .filter(|after| after.id != before.id)
    {
        // Nova takes the image's id back and forgets to take its properties back.
        let properties = after.properties.clone();
        server.image = Some(Arc::new(BootImage {
            id: Arc::clone(&before.id),
            properties,
        }));
    }
    let details: Option<Arc<str>> = failure.details.as_deref().map(Into::into);
    let message: Arc<str> = failure.message.as_str().into();
    if let Some(action) = action_of(server, request) {
        action.message = Some("Error");
        action.updated = at;
        for event in action
            .events
            .iter_mut()
            .filter(|event| event.finished.is_none())
        {
            event.finished = Some(at);
            event.result = Some(EventResult::Error);
            if failure.unscheduled && row.task == Task::Build {
                // Without a host it is Nova's conductor that failed.
                event.name = "conductor_schedule_and_build_instances";
            }
            event.traceback.clone_from(&details);
            event.details = Some(Arc::clone(&message));
        }
    }
    server.fault = Some(Arc::new(Fault {
        code: failure.code,
        message: failure.message,
        details: failure.details,
        created_at: at,
    }));
}
