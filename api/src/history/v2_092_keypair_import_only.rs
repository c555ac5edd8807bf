//! 2.92: a keypair's public key is required, so none is generated and no private key is ever
//! answered; names may hold `@` and `.`.
//!
//! Source: Nova's REST API version history, section 2.92.

use crate::Microversion;
use crate::Operation::KeypairCreate;
use crate::change::{At, Behavior, Entry, Input, Now, change};
use crate::rules::{KEYPAIR_NAME_WITH_AT_AND_DOT, STRING};

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(92),
    title: "Keypairs are only imported, and their names may hold two more characters, @ and dot",
    changes: &[
        change(
            &[KeypairCreate],
            Now::Takes(At::Body("/keypair/public_key"), Input::Required(STRING)),
        ),
        change(
            &[KeypairCreate],
            Now::Takes(
                At::Body("/keypair/name"),
                Input::Required(KEYPAIR_NAME_WITH_AT_AND_DOT),
            ),
        ),
        change(
            &[KeypairCreate],
            Now::Hides(At::Body("/keypair/private_key")),
        ),
        change(&[KeypairCreate], Now::BehavesNoMore(Behavior::Generates)),
    ],
};
