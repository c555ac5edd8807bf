//! What can be done to a server: the words that the [table](super::ROWS) of tasks is written in, and how a row is found.
//!
//! Nothing here happens by itself: [`Servers`](super::Servers) begins a task and takes its steps when they are due. Knows the
//! states and the table only.

use super::rows::ROWS;
use super::state::{PowerState, TaskState, VmState};

/// Something that is done to a server and takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Task {
    /// It is made.
    Build,
    /// It is made again.
    Rebuild,
    /// It is switched on.
    Start,
    /// It is switched off.
    Stop,
    /// It is asked to start again.
    SoftReboot,
    /// It is switched off and on.
    HardReboot,
    /// It is halted in memory.
    Pause,
    /// It goes on from memory.
    Unpause,
    /// It is halted on disk.
    Suspend,
    /// It goes on from disk.
    Resume,
    /// It is started from a rescue image.
    Rescue,
    /// It is started from its own disk again.
    Unrescue,
    /// It gets another flavor.
    Resize,
    /// The other flavor stays.
    ConfirmResize,
    /// The other flavor goes.
    RevertResize,
    /// It is stored as an image.
    Shelve,
    /// It is made from its image.
    Unshelve,
    /// It goes.
    Delete,
}

impl Task {
    /// A stable name, for fixtures and tests: `rebuild`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::Rebuild => "rebuild",
            Self::Start => "start",
            Self::Stop => "stop",
            Self::SoftReboot => "soft_reboot",
            Self::HardReboot => "hard_reboot",
            Self::Pause => "pause",
            Self::Unpause => "unpause",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Rescue => "rescue",
            Self::Unrescue => "unrescue",
            Self::Resize => "resize",
            Self::ConfirmResize => "confirm_resize",
            Self::RevertResize => "revert_resize",
            Self::Shelve => "shelve",
            Self::Unshelve => "unshelve",
            Self::Delete => "delete",
        }
    }

    /// The task of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        ROWS.iter()
            .map(|row| row.task)
            .find(|task| task.name() == name)
    }
}

/// One row: a task from where it may begin to where it ends.
#[derive(Debug)]
pub struct Row {
    /// The task; rows of the same one are tried in their order.
    pub task: Task,
    /// The vm_states it may begin in; empty for any.
    pub from: &'static [VmState],
    /// The task_states it may begin in; empty for any.
    pub during: &'static [Option<TaskState>],
    /// Whether the server must have run once.
    pub launched: bool,
    /// What is recorded of it: the name of its action.
    pub action: &'static str,
    /// The task_state once it is taken on.
    pub begins: Option<TaskState>,
    /// What follows, in order. The last one ends the task.
    pub steps: &'static [Step],
    /// The events on the way.
    pub events: &'static [Span],
    /// Where it ends if it fails, which [`Failure`](super::Failure) brings about at its last step.
    pub fails_into: VmState,
}

/// An event and the steps during which it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Nova's name of it.
    pub name: &'static str,
    /// It begins when this many steps are done; 0 is when the task is taken on.
    pub from: usize,
    /// It ends when this many steps are done.
    pub to: usize,
}

/// One step: what is so after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is being done then.
    pub task_state: Option<TaskState>,
    /// What the server is then, where that changes.
    pub vm_state: Option<VmState>,
    /// Whether its machine runs then, where that changes.
    pub power_state: Option<PowerState>,
    /// What else happens.
    pub effects: &'static [Effect],
}

/// What a step does beside moving states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The server gets a host.
    Placed,
    /// The server leaves its host.
    Unplaced,
    /// `launched_at` is set.
    Launched,
    /// The flavor that was asked for becomes the server's; the old one is kept for a revert. Its state of before, too.
    FlavorChanged,
    /// The old flavor is forgotten, and the state of before the resize is back.
    FlavorKept,
    /// The old flavor is back, and so is the state of before the resize.
    FlavorReverted,
    /// The server is gone.
    Gone,
}

impl Step {
    /// The task goes on.
    pub(super) const fn on(task_state: TaskState) -> Self {
        Self {
            task_state: Some(task_state),
            vm_state: None,
            power_state: None,
            effects: &[],
        }
    }

    /// The task ends in these states.
    pub(super) const fn end(vm_state: VmState, power_state: PowerState) -> Self {
        Self {
            task_state: None,
            vm_state: Some(vm_state),
            power_state: Some(power_state),
            effects: &[],
        }
    }

    pub(super) const fn with(self, effects: &'static [Effect]) -> Self {
        Self { effects, ..self }
    }
}

/// Why a task may not begin: which of a server's states is in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InTheWay {
    /// What it is.
    VmState(VmState),
    /// What is being done to it, which may be nothing.
    TaskState(Option<TaskState>),
    /// It has never run.
    NeverLaunched,
}

/// The row by which a task begins from these states.
///
/// # Errors
/// What is in the way, found in the order in which Nova looks.
pub(super) fn row(
    task: Task,
    vm_state: VmState,
    task_state: Option<TaskState>,
    launched: bool,
) -> Result<&'static Row, InTheWay> {
    let row = ROWS
        .iter()
        .filter(|row| row.task == task)
        .find(|row| row.from.is_empty() || row.from.contains(&vm_state))
        .ok_or(InTheWay::VmState(vm_state))?;
    if !row.during.is_empty() && !row.during.contains(&task_state) {
        return Err(InTheWay::TaskState(task_state));
    }
    if row.launched && !launched {
        return Err(InTheWay::NeverLaunched);
    }
    Ok(row)
}
