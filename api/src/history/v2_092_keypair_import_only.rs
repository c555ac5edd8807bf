//! 2.92: a keypair's public key is required, so none is generated and no private key is ever
//! answered; names may hold `@` and `.`.
//!
//! Source: Nova's REST API version history, section 2.92. A real Nova still describes the names that
//! list and show answer by the older rule; here they follow the names that can be created.

use crate::Microversion;
use crate::Operation::{KeypairCreate, KeypairList, KeypairShow};
use crate::change::{At, Audience::Everyone, Behavior, Entry, Input, Now, Output::Always, change};
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
            Now::Takes(At::Body("/keypair/name"), Input::Required(KEYPAIR_NAME_WITH_AT_AND_DOT)),
        ),
        change(&[KeypairCreate], Now::Hides(At::Body("/keypair/private_key"))),
        change(&[KeypairCreate], Now::BehavesNoMore(Behavior::Generates)),
        change(
            &[KeypairCreate, KeypairShow],
            Now::Shows(
                At::Body("/keypair/name"),
                Everyone,
                Always(KEYPAIR_NAME_WITH_AT_AND_DOT),
            ),
        ),
        change(
            &[KeypairList],
            Now::Shows(
                At::Body("/keypairs/*/keypair/name"),
                Everyone,
                Always(KEYPAIR_NAME_WITH_AT_AND_DOT),
            ),
        ),
    ],
};
