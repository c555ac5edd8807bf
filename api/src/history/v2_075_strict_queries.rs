//! 2.75: query parameters that are not known are refused rather than ignored. (PUT and rebuild of
//! servers answer all that GET shows.)
//!
//! Source: Nova's REST API version history, section 2.75.

use crate::Microversion;
use crate::Operation::{
    KeypairDelete, KeypairList, KeypairShow, LimitsShow, QuotaDelete, QuotaDetail, QuotaShow,
    QuotaUpdate,
};
use crate::change::{At, Entry, Input, Now, change};

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(75),
    title: "Unknown query parameters are refused, and PUT and rebuild answer all that GET shows",
    changes: &[change(
        &[
            KeypairList,
            KeypairShow,
            KeypairDelete,
            LimitsShow,
            QuotaShow,
            QuotaDetail,
            QuotaUpdate,
            QuotaDelete,
        ],
        Now::Takes(At::OtherQuery, Input::Refused),
    )],
};
