//! 2.57: files can no longer be injected, so their quotas and limits are gone; rebuild takes and
//! shows user data instead.
//!
//! Source: Nova's REST API version history, section 2.57.

use crate::Microversion;
use crate::Operation::{
    self, LimitsShow, QuotaDefaults, QuotaDetail, QuotaShow, QuotaUpdate, ServerCreate,
    ServerRebuild,
};
use crate::change::{Entry, hidden, optional, refused, shown};
use crate::rules::USER_DATA_OR_NULL;

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(57),
    title: "Personality is gone; rebuild takes user data",
    changes: &[
        refused(&[QuotaUpdate], "/quota_set/injected_files"),
        refused(&[QuotaUpdate], "/quota_set/injected_file_content_bytes"),
        refused(&[QuotaUpdate], "/quota_set/injected_file_path_bytes"),
        hidden(QUOTAS, "/quota_set/injected_files"),
        hidden(QUOTAS, "/quota_set/injected_file_content_bytes"),
        hidden(QUOTAS, "/quota_set/injected_file_path_bytes"),
        hidden(&[LimitsShow], "/limits/absolute/maxPersonality"),
        hidden(&[LimitsShow], "/limits/absolute/maxPersonalitySize"),
        refused(&[ServerCreate], "/server/personality"),
        refused(&[ServerRebuild], "/rebuild/personality"),
        optional(&[ServerRebuild], "/rebuild/user_data", USER_DATA_OR_NULL),
        shown(&[ServerRebuild], "/server/user_data", USER_DATA_OR_NULL),
    ],
};

const QUOTAS: &[Operation] = &[QuotaShow, QuotaDetail, QuotaDefaults, QuotaUpdate];
