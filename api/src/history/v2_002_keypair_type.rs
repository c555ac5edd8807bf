//! 2.2: keypairs have a type, `ssh` or `x509`, and create and delete answer 201 and 204.
//!
//! Source: Nova's REST API version history, section 2.2.

use crate::Microversion;
use crate::Operation::{KeypairCreate, KeypairDelete, KeypairList, KeypairShow};
use crate::change::{At, Audience::Everyone, Entry, Input, Now, Output::Always, change};
use crate::rules::KEYPAIR_TYPE;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(2),
    title: "Keypairs have a type, and create and delete answer 201 and 204",
    changes: &[
        change(&[KeypairCreate], Now::Status(201)),
        change(&[KeypairDelete], Now::Status(204)),
        change(
            &[KeypairCreate],
            Now::Takes(
                At::BodyBefore("/keypair/type", "/keypair/public_key"),
                Input::Optional(KEYPAIR_TYPE),
            ),
        ),
        change(
            &[KeypairCreate, KeypairShow],
            Now::Shows(At::Body("/keypair/type"), Everyone, Always(KEYPAIR_TYPE)),
        ),
        change(
            &[KeypairList],
            Now::Shows(At::Body("/keypairs/*/keypair/type"), Everyone, Always(KEYPAIR_TYPE)),
        ),
    ],
};
