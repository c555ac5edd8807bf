//! The bodies of the actions of servers, but for rebuild, at 2.1. Where an action takes nothing, Nova lets through
//! whatever stands beside its name.

use crate::Operation::{
    ServerConfirmResize, ServerLock, ServerPause, ServerReboot, ServerRescue, ServerResetState,
    ServerResize, ServerResume, ServerRevertResize, ServerShelve, ServerStart, ServerStop,
    ServerSuspend, ServerUnlock, ServerUnpause, ServerUnrescue, ServerUnshelve,
};
use crate::change::{Change, Output::Sometimes, optional, required, shows};
use crate::rules::{
    ANY, DISK_CONFIG, FLAVOR_REF, OBJECT, OBJECT_OR_NULL, REBOOT_TYPE, STATE_TO_SET, STRING, UUID,
};

pub(super) const CHANGES: &[Change] = &[
    required(&[ServerStart], "/os-start", ANY),
    required(&[ServerStop], "/os-stop", ANY),
    required(&[ServerPause], "/pause", ANY),
    required(&[ServerUnpause], "/unpause", ANY),
    required(&[ServerSuspend], "/suspend", ANY),
    required(&[ServerResume], "/resume", ANY),
    required(&[ServerLock], "/lock", ANY),
    required(&[ServerUnlock], "/unlock", ANY),
    required(&[ServerUnrescue], "/unrescue", ANY),
    required(&[ServerConfirmResize], "/confirmResize", ANY),
    required(&[ServerRevertResize], "/revertResize", ANY),
    required(&[ServerShelve], "/shelve", ANY),
    required(&[ServerUnshelve], "/unshelve", ANY),
    required(&[ServerReboot], "/reboot", OBJECT),
    required(&[ServerReboot], "/reboot/type", REBOOT_TYPE),
    required(&[ServerResize], "/resize", OBJECT),
    required(&[ServerResize], "/resize/flavorRef", FLAVOR_REF),
    optional(&[ServerResize], "/resize/OS-DCF:diskConfig", DISK_CONFIG),
    required(&[ServerResetState], "/os-resetState", OBJECT),
    required(&[ServerResetState], "/os-resetState/state", STATE_TO_SET),
    required(&[ServerRescue], "/rescue", OBJECT_OR_NULL),
    optional(&[ServerRescue], "/rescue/adminPass", STRING),
    optional(&[ServerRescue], "/rescue/rescue_image_ref", UUID),
    // A cloud may be set not to answer passwords.
    shows(&[ServerRescue], "/adminPass", Sometimes(STRING)),
];
