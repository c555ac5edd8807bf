//! Actions on servers but for rebuild, in the script: each one's success, and what refuses it.

use http::Method;
use nova_api::Operation::{self, *};
use serde_json::{Value, json};

use super::{
    At, Draft,
    scenes::{self, OTHERS, PLAIN},
    servers::NOWHERE,
};
use crate::{
    caller::Caller,
    compare::ask::{Ask, Asked},
};

/// What leads to an action and back, from an active server, which it leaves active.
struct Course {
    argument: Value,
    before: &'static [Operation],
    after: &'static [Operation],
    /// What leads to a state in which Nova refuses it, and back from there.
    refused: Option<(&'static [Operation], &'static [Operation])>,
}

fn course(operation: Operation) -> Course {
    let plain = |before, after, refused| Course {
        argument: argument_of(operation),
        before,
        after,
        refused,
    };
    match operation {
        ServerStart => plain(&[ServerStop], &[], Some((&[], &[]))),
        ServerStop => plain(
            &[],
            &[ServerStart],
            Some((&[ServerPause], &[ServerUnpause])),
        ),
        ServerReboot => plain(&[], &[], Some((&[ServerPause], &[ServerUnpause]))),
        ServerPause => plain(
            &[],
            &[ServerUnpause],
            Some((&[ServerPause], &[ServerUnpause])),
        ),
        ServerUnpause => plain(&[ServerPause], &[], Some((&[], &[]))),
        ServerSuspend => plain(
            &[],
            &[ServerResume],
            Some((&[ServerPause], &[ServerUnpause])),
        ),
        ServerResume => plain(&[ServerSuspend], &[], Some((&[], &[]))),
        ServerLock => plain(&[], &[ServerUnlock], None),
        ServerUnlock => plain(&[ServerLock], &[], None),
        ServerRescue => plain(
            &[],
            &[ServerUnrescue],
            Some((&[ServerPause], &[ServerUnpause])),
        ),
        ServerUnrescue => plain(&[ServerRescue], &[], Some((&[], &[]))),
        ServerResize => plain(
            &[],
            &[ServerRevertResize],
            Some((&[ServerPause], &[ServerUnpause])),
        ),
        ServerConfirmResize => plain(
            &[ServerResize],
            &[ServerResize, ServerConfirmResize],
            Some((&[], &[])),
        ),
        ServerRevertResize => plain(&[ServerResize], &[], Some((&[], &[]))),
        ServerShelve => plain(
            &[],
            &[ServerUnshelve],
            Some((&[ServerShelve], &[ServerUnshelve])),
        ),
        ServerUnshelve => plain(&[ServerShelve], &[], Some((&[], &[]))),
        _ => plain(&[], &[], None),
    }
}

fn argument_of(operation: Operation) -> Value {
    match operation {
        ServerReboot => json!({"type": "SOFT"}),
        ServerResize => json!({"flavorRef": "<flavor:2>"}),
        ServerResetState => json!({"state": "active"}),
        _ => json!(null),
    }
}

impl At {
    pub(super) fn action(&self, operation: Operation) -> Vec<Draft> {
        let Course {
            argument,
            before,
            after,
            refused,
        } = course(operation);
        let caller = if operation == ServerResetState {
            Caller::Admin
        } else {
            Caller::Main
        };
        let act = |variant: &'static str, caller, argument: &Value| {
            self.acting(variant, caller, operation, argument)
        };
        let mut drafts = vec![
            act("", caller, &argument)
                .before(all(before))
                .after(back(operation, after)),
        ];
        drafts.extend(self.special(operation));
        if self.asked == Asked::Legacy || !self.first {
            return drafts;
        }
        if let Some((before, after)) = refused {
            drafts.push(
                act("conflict", caller, &argument)
                    .before(all(before))
                    .after(all(after)),
            );
        }
        if ![ServerLock, ServerUnlock, ServerResetState].contains(&operation) {
            drafts.push(
                act("locked", caller, &argument)
                    .before([all(before), all(&[ServerLock])].concat())
                    .after([all(&[ServerUnlock]), back_from(before)].concat()),
            );
        }
        let mut missing = act("missing", caller, &argument);
        missing.ask.path = format!("/servers/{NOWHERE}/action");
        let mut theirs = act("of-other-project", Caller::Main, &argument).scene(&OTHERS);
        theirs.ask.path = "/servers/<server:theirs>/action".to_owned();
        let forbidden = if operation == ServerResetState {
            Caller::Main
        } else {
            Caller::Reader
        };
        drafts.extend([missing, theirs, act("forbidden", forbidden, &argument)]);
        // The others take whatever stands there.
        if [ServerReboot, ServerResize, ServerRescue, ServerResetState].contains(&operation) {
            drafts.push(act("argument-malformed", caller, &json!({"unknown": []})));
        }
        drafts
    }

    fn acting(
        &self,
        variant: &'static str,
        caller: Caller,
        operation: Operation,
        argument: &Value,
    ) -> Draft {
        let body = json!({operation.action().unwrap_or_default(): argument});
        let path = "/servers/<server:sample>/action";
        self.draft(variant, caller, Method::POST, path, Some(&body))
            .scene(&PLAIN)
    }

    /// What only this action has.
    fn special(&self, operation: Operation) -> Vec<Draft> {
        let act = |variant: &'static str, caller, argument: Value| {
            self.acting(variant, caller, operation, &argument)
        };
        let main = Caller::Main;
        match operation {
            ServerLock if self.takes("/lock/locked_reason") => vec![
                act("with-reason", main, json!({"locked_reason": "sample"}))
                    .after(all(&[ServerUnlock])),
                act("argument-malformed", main, json!({"unknown": []})),
            ],
            ServerUnlock if self.first => {
                // Whoever locked it as administrator alone may unlock it.
                let lock = scenes::act(ServerLock, Caller::Admin, &json!(null));
                let unlock = scenes::act(ServerUnlock, Caller::Admin, &json!(null));
                vec![
                    act("of-the-admins-lock", main, json!(null))
                        .before(vec![lock])
                        .after(vec![unlock]),
                ]
            }
            ServerReboot if self.first => vec![
                act("hard", main, json!({"type": "HARD"})),
                act("type-unknown", main, json!({"type": "soft boiled"})),
            ],
            ServerRescue if self.first => vec![
                act(
                    "with-password",
                    main,
                    json!({"adminPass": "chosen by the client", "rescue_image_ref": "<image:2>"}),
                )
                .after(all(&[ServerUnrescue])),
            ],
            ServerResize if self.first => vec![
                act("to-the-same", main, json!({"flavorRef": "<flavor:1>"})),
                act("to-an-unknown", main, json!({"flavorRef": "nothing"})),
            ],
            ServerUnshelve if self.takes("/unshelve/availability_zone") => vec![
                act("to-a-zone", main, json!({"availability_zone": "nova"}))
                    .before(all(&[ServerShelve])),
                act("argument-malformed", main, json!({"unknown": []})),
            ],
            ServerResetState if self.first => vec![
                act("to-error", Caller::Admin, json!({"state": "error"}))
                    .after(all(&[ServerResetState])),
                act("to-an-unknown", Caller::Admin, json!({"state": "asleep"})),
            ],
            _ => Vec::new(),
        }
    }
}

/// These actions, one after another.
fn all(operations: &[Operation]) -> Vec<Ask> {
    operations
        .iter()
        .map(|operation| {
            let caller = if *operation == ServerResetState {
                Caller::Admin
            } else {
                Caller::Main
            };
            scenes::act(*operation, caller, &argument_of(*operation))
        })
        .collect()
}

/// What takes an action back. A confirmed resize is taken back by one to the first flavor.
fn back(operation: Operation, after: &[Operation]) -> Vec<Ask> {
    let mut asks = all(after);
    if operation == ServerConfirmResize
        && let Some(resize) = asks.first_mut()
    {
        let smaller = json!({"flavorRef": "<flavor:1>"});
        *resize = scenes::act(ServerResize, Caller::Main, &smaller);
    }
    asks
}

/// What leads back to an active server from where these lead.
fn back_from(before: &[Operation]) -> Vec<Ask> {
    let back: Vec<Operation> = before
        .iter()
        .filter_map(|operation| match operation {
            ServerStop => Some(ServerStart),
            ServerPause => Some(ServerUnpause),
            ServerSuspend => Some(ServerResume),
            ServerRescue => Some(ServerUnrescue),
            ServerResize => Some(ServerRevertResize),
            ServerShelve => Some(ServerUnshelve),
            _ => None,
        })
        .collect();
    all(&back)
}
