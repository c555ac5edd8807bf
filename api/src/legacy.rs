//! The legacy endpoint (`/v2`, and `/v1.1` before it): the 2.1 API for clients that were written
//! before microversions. It knows no versions; these changes on top of 2.1 are all its difference.
//!
//! Source: the Compute API guide, "Microversions", and answers of a real Nova.

use crate::Operation::{KeypairCreate, QuotaUpdate};
use crate::change::{At, Behavior, Change, Input, Now, change};
use crate::rules::LEGACY_NAME;

pub(crate) const CHANGES: &[Change] = &[
    change(
        &[KeypairCreate, QuotaUpdate],
        Now::Behaves(Behavior::DropsUnknownProperties),
    ),
    change(&[KeypairCreate], Now::Behaves(Behavior::TrimsName)),
    change(
        &[KeypairCreate],
        Now::Takes(At::Body("/keypair/name"), Input::Required(LEGACY_NAME)),
    ),
];
