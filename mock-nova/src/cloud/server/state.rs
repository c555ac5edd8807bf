//! The states of a server, as Nova keeps them and as clients see them.
//!
//! Nova keeps three: what a server is (`vm_state`), what is being done to it (`task_state`) and whether its machine runs
//! (`power_state`). The `status` that clients see follows from the first two. Knows nobody.

/// Names and values of one kind of state.
macro_rules! states {
    ($(#[$docs:meta])* $kind:ident { $($(#[$doc:meta])* $state:ident = $name:literal,)* }) => {
        $(#[$docs])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $kind {
            $($(#[$doc])* $state,)*
        }

        impl $kind {
            /// Every one of them.
            pub const ALL: &'static [Self] = &[$(Self::$state),*];

            /// As the API names it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$state => $name,)* }
            }

            /// The one of this name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$state),)* _ => None }
            }
        }

        impl std::fmt::Display for $kind {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

states! {
    /// What a server is.
    VmState {
        /// It runs.
        Active = "active",
        /// It is being made.
        Building = "building",
        /// It is halted in memory.
        Paused = "paused",
        /// It is halted on disk.
        Suspended = "suspended",
        /// It is switched off.
        Stopped = "stopped",
        /// It runs from a rescue image.
        Rescued = "rescued",
        /// It has another flavor and waits for a yes or no.
        Resized = "resized",
        /// It can still be restored.
        SoftDeleted = "soft-delete",
        /// It is gone.
        Deleted = "deleted",
        /// Something went wrong with it.
        Error = "error",
        /// It is switched off and stored as an image.
        Shelved = "shelved",
        /// It is stored as an image and has no host.
        ShelvedOffloaded = "shelved_offloaded",
    }
}

states! {
    /// What is being done to a server.
    TaskState {
        /// A host is being chosen.
        Scheduling = "scheduling",
        /// Its disks are being made.
        BlockDeviceMapping = "block_device_mapping",
        /// Its ports are being plugged.
        Networking = "networking",
        /// Its machine is being made.
        Spawning = "spawning",
        /// A rebuild was asked for.
        Rebuilding = "rebuilding",
        /// A rebuild makes its disks.
        RebuildBlockDeviceMapping = "rebuild_block_device_mapping",
        /// A rebuild makes its machine.
        RebuildSpawning = "rebuild_spawning",
        /// A soft reboot was asked for.
        Rebooting = "rebooting",
        /// A soft reboot is near.
        RebootPending = "reboot_pending",
        /// A soft reboot goes on.
        RebootStarted = "reboot_started",
        /// A hard reboot was asked for.
        RebootingHard = "rebooting_hard",
        /// A hard reboot is near.
        RebootPendingHard = "reboot_pending_hard",
        /// A hard reboot goes on.
        RebootStartedHard = "reboot_started_hard",
        /// It is being paused.
        Pausing = "pausing",
        /// It is being unpaused.
        Unpausing = "unpausing",
        /// It is being suspended.
        Suspending = "suspending",
        /// It is being resumed.
        Resuming = "resuming",
        /// It is being switched off.
        PoweringOff = "powering-off",
        /// It is being switched on.
        PoweringOn = "powering-on",
        /// It is being rescued.
        Rescuing = "rescuing",
        /// It is being unrescued.
        Unrescuing = "unrescuing",
        /// A resize was asked for.
        ResizePrep = "resize_prep",
        /// A resize moves it.
        ResizeMigrating = "resize_migrating",
        /// A resize has moved it.
        ResizeMigrated = "resize_migrated",
        /// A resize makes its machine.
        ResizeFinish = "resize_finish",
        /// A resize is taken back.
        ResizeReverting = "resize_reverting",
        /// A resize is taken for good.
        ResizeConfirming = "resize_confirming",
        /// It is moved while it runs.
        Migrating = "migrating",
        /// It is being shelved.
        Shelving = "shelving",
        /// Its image is about to be stored.
        ShelvingImagePendingUpload = "shelving_image_pending_upload",
        /// Its image is being stored.
        ShelvingImageUploading = "shelving_image_uploading",
        /// It leaves its host.
        ShelvingOffloading = "shelving_offloading",
        /// It is being unshelved.
        Unshelving = "unshelving",
        /// Its password is being changed.
        UpdatingPassword = "updating_password",
        /// It is being deleted.
        Deleting = "deleting",
        /// It is being put aside.
        SoftDeleting = "soft-deleting",
        /// It is being restored.
        Restoring = "restoring",
    }
}

/// Whether a server's machine runs, by Nova's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PowerState {
    /// 0: nobody knows, or there is none yet.
    NoState,
    /// 1
    Running,
    /// 3
    Paused,
    /// 4
    Shutdown,
    /// 6
    Crashed,
    /// 7
    Suspended,
}

impl PowerState {
    /// As the API shows it.
    #[must_use]
    pub const fn code(self) -> i64 {
        match self {
            Self::NoState => 0,
            Self::Running => 1,
            Self::Paused => 3,
            Self::Shutdown => 4,
            Self::Crashed => 6,
            Self::Suspended => 7,
        }
    }
}

/// The status a vm_state has whatever is being done.
const fn resting(vm_state: VmState) -> &'static str {
    match vm_state {
        VmState::Active => "ACTIVE",
        VmState::Building => "BUILD",
        VmState::Paused => "PAUSED",
        VmState::Suspended => "SUSPENDED",
        VmState::Stopped => "SHUTOFF",
        VmState::Rescued => "RESCUE",
        VmState::Resized => "VERIFY_RESIZE",
        VmState::SoftDeleted => "SOFT_DELETED",
        VmState::Deleted => "DELETED",
        VmState::Error => "ERROR",
        VmState::Shelved => "SHELVED",
        VmState::ShelvedOffloaded => "SHELVED_OFFLOADED",
    }
}

/// Where a task changes the status: `(vm_state, task_state, status)`, as in Nova's `api/openstack/common.py`.
const BUSY: &[(VmState, TaskState, &str)] = {
    use TaskState as T;
    use VmState as V;
    &[
        (V::Active, T::Rebooting, "REBOOT"),
        (V::Active, T::RebootPending, "REBOOT"),
        (V::Active, T::RebootStarted, "REBOOT"),
        (V::Active, T::RebootingHard, "HARD_REBOOT"),
        (V::Active, T::RebootPendingHard, "HARD_REBOOT"),
        (V::Active, T::RebootStartedHard, "HARD_REBOOT"),
        (V::Active, T::UpdatingPassword, "PASSWORD"),
        (V::Active, T::Rebuilding, "REBUILD"),
        (V::Active, T::RebuildBlockDeviceMapping, "REBUILD"),
        (V::Active, T::RebuildSpawning, "REBUILD"),
        (V::Active, T::Migrating, "MIGRATING"),
        (V::Active, T::ResizePrep, "RESIZE"),
        (V::Active, T::ResizeMigrating, "RESIZE"),
        (V::Active, T::ResizeMigrated, "RESIZE"),
        (V::Active, T::ResizeFinish, "RESIZE"),
        (V::Stopped, T::ResizePrep, "RESIZE"),
        (V::Stopped, T::ResizeMigrating, "RESIZE"),
        (V::Stopped, T::ResizeMigrated, "RESIZE"),
        (V::Stopped, T::ResizeFinish, "RESIZE"),
        (V::Stopped, T::Rebuilding, "REBUILD"),
        (V::Stopped, T::RebuildBlockDeviceMapping, "REBUILD"),
        (V::Stopped, T::RebuildSpawning, "REBUILD"),
        (V::Resized, T::ResizeReverting, "REVERT_RESIZE"),
        (V::Paused, T::Migrating, "MIGRATING"),
        (V::Error, T::Rebuilding, "REBUILD"),
        (V::Error, T::RebuildBlockDeviceMapping, "REBUILD"),
        (V::Error, T::RebuildSpawning, "REBUILD"),
    ]
};

/// The status that clients see.
#[must_use]
pub fn status(vm_state: VmState, task_state: Option<TaskState>) -> &'static str {
    task_state
        .and_then(|task_state| {
            BUSY.iter()
                .find(|(vm, task, _)| (*vm, *task) == (vm_state, task_state))
        })
        .map_or(resting(vm_state), |(.., status)| status)
}

/// The states a status stands for. As in Nova, a status that a task makes names the task, and one that a vm_state has at
/// rest names none: then any task goes.
#[must_use]
pub fn states_of(wanted: &str) -> (Vec<VmState>, Vec<TaskState>, bool) {
    let wanted = wanted.to_uppercase();
    let mut vm_states = Vec::new();
    let mut task_states = Vec::new();
    let mut resting_one = false;
    for vm_state in VmState::ALL {
        let mut named = false;
        if resting(*vm_state) == wanted {
            named = true;
            resting_one = true;
        }
        for (_, task, _) in BUSY
            .iter()
            .filter(|(vm, _, status)| vm == vm_state && *status == wanted)
        {
            named = true;
            if !task_states.contains(task) {
                task_states.push(*task);
            }
        }
        if named {
            vm_states.push(*vm_state);
        }
    }
    (vm_states, task_states, resting_one)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::at_rest(VmState::Active, None, "ACTIVE")]
    #[case::a_task_that_shows(VmState::Active, Some(TaskState::RebuildSpawning), "REBUILD")]
    #[case::a_task_that_does_not(VmState::Active, Some(TaskState::PoweringOff), "ACTIVE")]
    #[case::an_error_being_mended(VmState::Error, Some(TaskState::Rebuilding), "REBUILD")]
    #[case::building(VmState::Building, Some(TaskState::Spawning), "BUILD")]
    #[case::paused_and_rebuilding_is_no_pair(
        VmState::Paused,
        Some(TaskState::Rebuilding),
        "PAUSED"
    )]
    fn a_status_follows_from_the_states(
        #[case] vm_state: VmState,
        #[case] task_state: Option<TaskState>,
        #[case] want: &str,
    ) {
        assert_eq!(status(vm_state, task_state), want);
    }

    #[test]
    fn a_status_names_its_states() {
        assert_eq!(states_of("active"), (vec![VmState::Active], vec![], true));
        assert_eq!(
            states_of("REVERT_RESIZE"),
            (
                vec![VmState::Resized],
                vec![TaskState::ResizeReverting],
                false
            )
        );
        assert_eq!(states_of("nonsense"), (vec![], vec![], false));
    }
}
