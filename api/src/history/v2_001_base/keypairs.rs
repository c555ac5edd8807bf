//! Keypairs at 2.1.

use crate::Operation::{self, KeypairCreate, KeypairDelete, KeypairList, KeypairShow};
use crate::change::{
    Behavior, Change, Now,
    Output::Sometimes,
    change, optional, required, shown, shows,
};
use crate::rules::{
    ARRAY, INTEGER, KEYPAIR_NAME, NEVER, NULL, OBJECT, STRING, TIMESTAMP, USER_ID,
};

pub(super) const CHANGES: &[Change] = &[
    change(KEYPAIRS, Now::Routed(true)),
    change(&[KeypairList, KeypairShow, KeypairCreate], Now::Status(200)),
    change(&[KeypairDelete], Now::Status(202)),
    change(&[KeypairCreate], Now::Behaves(Behavior::Generates)),
    required(&[KeypairCreate], "/keypair", OBJECT),
    required(&[KeypairCreate], "/keypair/name", KEYPAIR_NAME),
    optional(&[KeypairCreate], "/keypair/public_key", STRING),
    shown(&[KeypairCreate, KeypairShow], "/keypair", OBJECT),
    // A name that is shown may have been made at another version, or on the legacy endpoint, with other letters.
    shown(&[KeypairCreate, KeypairShow], "/keypair/name", STRING),
    shown(&[KeypairCreate, KeypairShow], "/keypair/public_key", STRING),
    shown(&[KeypairCreate, KeypairShow], "/keypair/fingerprint", STRING),
    shown(&[KeypairCreate, KeypairShow], "/keypair/user_id", USER_ID),
    shows(&[KeypairCreate], "/keypair/private_key", Sometimes(STRING)),
    shown(&[KeypairShow], "/keypair/id", INTEGER),
    shown(&[KeypairShow], "/keypair/created_at", TIMESTAMP),
    shown(&[KeypairShow], "/keypair/updated_at", NULL),
    shown(&[KeypairShow], "/keypair/deleted_at", NULL),
    shown(&[KeypairShow], "/keypair/deleted", NEVER),
    shown(&[KeypairList], "/keypairs", ARRAY),
    shown(&[KeypairList], "/keypairs/*", OBJECT),
    shown(&[KeypairList], "/keypairs/*/keypair", OBJECT),
    shown(&[KeypairList], "/keypairs/*/keypair/name", STRING),
    shown(&[KeypairList], "/keypairs/*/keypair/public_key", STRING),
    shown(&[KeypairList], "/keypairs/*/keypair/fingerprint", STRING),
];

const KEYPAIRS: &[Operation] = &[KeypairList, KeypairCreate, KeypairShow, KeypairDelete];
