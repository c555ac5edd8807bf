//! Every task as rows of data: where it may begin, the steps it takes, the events on the way, and where it ends.
//!
//! The states are those of the decorators in Nova's `compute/api.py` and of its `compute/manager.py`; the events were read off
//! a real Nova 34.0.0. Knows the words of [`task`](super::task) and the states.

use super::state::{PowerState, TaskState, VmState};
use super::task::{Effect, Row, Span, Step, Task};

/// What most tasks have in common: nothing else may be going on, and the server has run once.
const ORDINARY: Row = Row {
    task: Task::Build,
    from: &[],
    during: &[None],
    launched: true,
    action: "",
    begins: None,
    steps: &[],
    events: &[],
    fails_into: VmState::Error,
};

/// `Span` over a whole task.
const fn whole(name: &'static str, steps: usize) -> Span {
    Span {
        name,
        from: 0,
        to: steps,
    }
}

/// Every task. The states it may begin in are those of the decorators in Nova's `compute/api.py`.
pub static ROWS: &[Row] = {
    use PowerState as P;
    use TaskState as T;
    use VmState as V;
    &[
        Row {
            task: Task::Build,
            from: &[],
            during: &[],
            launched: false,
            action: "create",
            begins: Some(T::Scheduling),
            steps: &[
                Step::on(T::Networking).with(&[Effect::Placed]),
                Step::on(T::BlockDeviceMapping),
                Step::on(T::Spawning),
                Step::end(V::Active, P::Running).with(&[Effect::Launched]),
            ],
            events: &[whole("compute__do_build_and_run_instance", 4)],
            ..ORDINARY
        },
        Row {
            task: Task::Rebuild,
            from: &[V::Active, V::Error],
            action: "rebuild",
            begins: Some(T::Rebuilding),
            steps: &[
                Step::on(T::RebuildBlockDeviceMapping),
                Step::on(T::RebuildSpawning),
                Step::end(V::Active, P::Running).with(&[Effect::Launched]),
            ],
            events: &[
                Span {
                    name: "rebuild_server",
                    from: 0,
                    to: 1,
                },
                Span {
                    name: "compute_rebuild_instance",
                    from: 1,
                    to: 3,
                },
            ],
            ..ORDINARY
        },
        Row {
            task: Task::Rebuild,
            from: &[V::Stopped],
            action: "rebuild",
            begins: Some(T::Rebuilding),
            steps: &[
                Step::on(T::RebuildBlockDeviceMapping),
                Step::on(T::RebuildSpawning),
                Step {
                    task_state: Some(T::PoweringOff),
                    vm_state: Some(V::Active),
                    power_state: Some(P::Running),
                    effects: &[Effect::Launched],
                },
                Step::end(V::Stopped, P::Shutdown),
            ],
            events: &[
                Span {
                    name: "rebuild_server",
                    from: 0,
                    to: 1,
                },
                Span {
                    name: "compute_rebuild_instance",
                    from: 1,
                    to: 4,
                },
                Span {
                    name: "compute_stop_instance",
                    from: 3,
                    to: 4,
                },
            ],
            ..ORDINARY
        },
        Row {
            task: Task::Start,
            from: &[V::Stopped],
            action: "start",
            begins: Some(T::PoweringOn),
            steps: &[Step::end(V::Active, P::Running)],
            events: &[whole("compute_start_instance", 1)],
            ..ORDINARY
        },
        Row {
            task: Task::Stop,
            from: &[V::Active, V::Error],
            action: "stop",
            begins: Some(T::PoweringOff),
            steps: &[Step::end(V::Stopped, P::Shutdown)],
            events: &[whole("compute_stop_instance", 1)],
            ..ORDINARY
        },
        Row {
            task: Task::SoftReboot,
            from: &[V::Active],
            action: "reboot",
            begins: Some(T::Rebooting),
            steps: &[
                Step::on(T::RebootPending),
                Step::on(T::RebootStarted),
                Step::end(V::Active, P::Running),
            ],
            events: &[whole("compute_reboot_instance", 3)],
            ..ORDINARY
        },
        Row {
            task: Task::HardReboot,
            from: &[V::Active, V::Stopped, V::Paused, V::Suspended, V::Error],
            during: &[
                None,
                Some(T::Rebooting),
                Some(T::RebootPending),
                Some(T::RebootStarted),
                Some(T::Resuming),
                Some(T::RebootingHard),
                Some(T::Unpausing),
                Some(T::Pausing),
                Some(T::Suspending),
            ],
            action: "reboot",
            begins: Some(T::RebootingHard),
            steps: &[
                Step::on(T::RebootPendingHard),
                Step::on(T::RebootStartedHard),
                Step::end(V::Active, P::Running),
            ],
            events: &[whole("compute_reboot_instance", 3)],
            ..ORDINARY
        },
        Row {
            task: Task::Pause,
            from: &[V::Active],
            action: "pause",
            begins: Some(T::Pausing),
            steps: &[Step::end(V::Paused, P::Paused)],
            events: &[whole("compute_pause_instance", 1)],
            ..ORDINARY
        },
        Row {
            task: Task::Unpause,
            from: &[V::Paused],
            action: "unpause",
            begins: Some(T::Unpausing),
            steps: &[Step::end(V::Active, P::Running)],
            events: &[whole("compute_unpause_instance", 1)],
            ..ORDINARY
        },
        Row {
            task: Task::Suspend,
            from: &[V::Active],
            action: "suspend",
            begins: Some(T::Suspending),
            // A machine that is kept on disk does not run.
            steps: &[Step::end(V::Suspended, P::Shutdown)],
            events: &[whole("compute_suspend_instance", 1)],
            ..ORDINARY
        },
        Row {
            task: Task::Resume,
            from: &[V::Suspended],
            action: "resume",
            begins: Some(T::Resuming),
            steps: &[Step::end(V::Active, P::Running)],
            events: &[whole("compute_resume_instance", 1)],
            ..ORDINARY
        },
        Row {
            task: Task::Rescue,
            from: &[V::Active, V::Stopped, V::Error],
            action: "rescue",
            begins: Some(T::Rescuing),
            steps: &[Step::end(V::Rescued, P::Running).with(&[Effect::Launched])],
            events: &[whole("compute_rescue_instance", 1)],
            ..ORDINARY
        },
        Row {
            task: Task::Unrescue,
            from: &[V::Rescued],
            action: "unrescue",
            begins: Some(T::Unrescuing),
            steps: &[Step::end(V::Active, P::Running)],
            events: &[whole("compute_unrescue_instance", 1)],
            ..ORDINARY
        },
        Row {
            task: Task::Resize,
            from: &[V::Active],
            action: "resize",
            begins: Some(T::ResizePrep),
            steps: RESIZE_OF_A_RUNNING,
            events: RESIZE_EVENTS,
            ..ORDINARY
        },
        Row {
            task: Task::Resize,
            from: &[V::Stopped],
            action: "resize",
            begins: Some(T::ResizePrep),
            steps: RESIZE_OF_A_STOPPED,
            events: RESIZE_EVENTS,
            ..ORDINARY
        },
        Row {
            task: Task::ConfirmResize,
            from: &[V::Resized],
            action: "confirmResize",
            begins: None,
            steps: &[Step {
                task_state: None,
                vm_state: None,
                power_state: None,
                effects: &[Effect::FlavorKept],
            }],
            events: &[whole("compute_confirm_resize", 1)],
            ..ORDINARY
        },
        Row {
            task: Task::RevertResize,
            from: &[V::Resized],
            action: "revertResize",
            begins: Some(T::ResizeReverting),
            steps: &[
                Step::on(T::ResizeReverting),
                Step {
                    task_state: None,
                    vm_state: None,
                    power_state: None,
                    effects: &[Effect::FlavorReverted, Effect::Launched],
                },
            ],
            events: &[
                Span {
                    name: "compute_revert_resize",
                    from: 0,
                    to: 1,
                },
                Span {
                    name: "compute_finish_revert_resize",
                    from: 1,
                    to: 2,
                },
            ],
            ..ORDINARY
        },
        Row {
            task: Task::Shelve,
            from: &[V::Active, V::Stopped, V::Paused, V::Suspended],
            action: "shelve",
            begins: Some(T::Shelving),
            steps: &[
                Step::on(T::ShelvingImagePendingUpload),
                Step::on(T::ShelvingImageUploading),
                Step::on(T::ShelvingOffloading),
                Step::end(V::ShelvedOffloaded, P::Shutdown).with(&[Effect::Unplaced]),
            ],
            events: &[whole("compute_shelve_instance", 4)],
            ..ORDINARY
        },
        Row {
            task: Task::Unshelve,
            from: &[V::ShelvedOffloaded],
            action: "unshelve",
            begins: Some(T::Unshelving),
            steps: &[
                Step::on(T::Spawning).with(&[Effect::Placed]),
                Step::end(V::Active, P::Running).with(&[Effect::Launched]),
            ],
            events: &[
                Span {
                    name: "get_image_info",
                    from: 0,
                    to: 1,
                },
                Span {
                    name: "schedule_instances",
                    from: 0,
                    to: 1,
                },
                Span {
                    name: "compute_unshelve_instance",
                    from: 1,
                    to: 2,
                },
            ],
            fails_into: V::ShelvedOffloaded,
            ..ORDINARY
        },
        // One that still has its host is only switched on.
        Row {
            task: Task::Unshelve,
            from: &[V::Shelved],
            action: "unshelve",
            begins: Some(T::Unshelving),
            steps: &[Step::on(T::PoweringOn), Step::end(V::Active, P::Running)],
            events: &[Span {
                name: "compute_start_instance",
                from: 1,
                to: 2,
            }],
            ..ORDINARY
        },
        Row {
            task: Task::Delete,
            from: &[],
            during: &[],
            launched: false,
            action: "delete",
            begins: Some(T::Deleting),
            steps: &[Step {
                task_state: None,
                vm_state: Some(V::Deleted),
                power_state: Some(P::NoState),
                effects: &[Effect::Gone],
            }],
            events: &[whole("compute_terminate_instance", 1)],
            ..ORDINARY
        },
    ]
};

const RESIZE_OF_A_RUNNING: &[Step] = &[
    Step::on(TaskState::ResizeMigrating),
    Step::on(TaskState::ResizeMigrated),
    Step::on(TaskState::ResizeFinish),
    Step::end(VmState::Resized, PowerState::Running)
        .with(&[Effect::FlavorChanged, Effect::Launched]),
];

const RESIZE_OF_A_STOPPED: &[Step] = &[
    Step::on(TaskState::ResizeMigrating),
    Step::on(TaskState::ResizeMigrated),
    Step::on(TaskState::ResizeFinish),
    Step::end(VmState::Resized, PowerState::Shutdown)
        .with(&[Effect::FlavorChanged, Effect::Launched]),
];

const RESIZE_EVENTS: &[Span] = &[
    Span {
        name: "conductor_migrate_server",
        from: 0,
        to: 1,
    },
    Span {
        name: "cold_migrate",
        from: 0,
        to: 1,
    },
    Span {
        name: "compute_prep_resize",
        from: 0,
        to: 1,
    },
    Span {
        name: "compute_resize_instance",
        from: 1,
        to: 3,
    },
    Span {
        name: "compute_finish_resize",
        from: 3,
        to: 4,
    },
];
