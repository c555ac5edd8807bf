//! Quota sets at 2.1.

use crate::Operation::{
    self, QuotaDefaults, QuotaDelete, QuotaDetail, QuotaShow, QuotaUpdate,
};
use crate::change::{Change, Now, change, optional, query, required, shown};
use crate::rules::{BOOLEAN, OBJECT, QUOTA, QUOTA_IN_USE, QUOTA_TO_SET, STRING};

pub(super) const CHANGES: &[Change] = &[
    change(QUOTAS, Now::Routed(true)),
    change(&[QuotaDelete], Now::Routed(true)),
    change(QUOTAS, Now::Status(200)),
    change(&[QuotaDelete], Now::Status(202)),
    query(&[QuotaShow, QuotaDetail, QuotaUpdate, QuotaDelete], "user_id", STRING),
    required(&[QuotaUpdate], "/quota_set", OBJECT),
    optional(&[QuotaUpdate], "/quota_set/instances", QUOTA_TO_SET),
    optional(&[QuotaUpdate], "/quota_set/cores", QUOTA_TO_SET),
    optional(&[QuotaUpdate], "/quota_set/ram", QUOTA_TO_SET),
    optional(&[QuotaUpdate], "/quota_set/floating_ips", QUOTA_TO_SET),
    optional(&[QuotaUpdate], "/quota_set/fixed_ips", QUOTA_TO_SET),
    optional(&[QuotaUpdate], "/quota_set/metadata_items", QUOTA_TO_SET),
    optional(&[QuotaUpdate], "/quota_set/key_pairs", QUOTA_TO_SET),
    optional(&[QuotaUpdate], "/quota_set/security_groups", QUOTA_TO_SET),
    optional(&[QuotaUpdate], "/quota_set/security_group_rules", QUOTA_TO_SET),
    optional(&[QuotaUpdate], "/quota_set/injected_files", QUOTA_TO_SET),
    optional(&[QuotaUpdate], "/quota_set/injected_file_content_bytes", QUOTA_TO_SET),
    optional(&[QuotaUpdate], "/quota_set/injected_file_path_bytes", QUOTA_TO_SET),
    optional(&[QuotaUpdate], "/quota_set/server_groups", QUOTA_TO_SET),
    optional(&[QuotaUpdate], "/quota_set/server_group_members", QUOTA_TO_SET),
    optional(&[QuotaUpdate], "/quota_set/force", BOOLEAN),
    shown(QUOTAS, "/quota_set", OBJECT),
    shown(&[QuotaShow, QuotaDetail, QuotaDefaults], "/quota_set/id", STRING),
    shown(PLAIN_QUOTAS, "/quota_set/cores", QUOTA),
    shown(PLAIN_QUOTAS, "/quota_set/fixed_ips", QUOTA),
    shown(PLAIN_QUOTAS, "/quota_set/floating_ips", QUOTA),
    shown(PLAIN_QUOTAS, "/quota_set/injected_file_content_bytes", QUOTA),
    shown(PLAIN_QUOTAS, "/quota_set/injected_file_path_bytes", QUOTA),
    shown(PLAIN_QUOTAS, "/quota_set/injected_files", QUOTA),
    shown(PLAIN_QUOTAS, "/quota_set/instances", QUOTA),
    shown(PLAIN_QUOTAS, "/quota_set/key_pairs", QUOTA),
    shown(PLAIN_QUOTAS, "/quota_set/metadata_items", QUOTA),
    shown(PLAIN_QUOTAS, "/quota_set/ram", QUOTA),
    shown(PLAIN_QUOTAS, "/quota_set/security_groups", QUOTA),
    shown(PLAIN_QUOTAS, "/quota_set/security_group_rules", QUOTA),
    shown(PLAIN_QUOTAS, "/quota_set/server_groups", QUOTA),
    shown(PLAIN_QUOTAS, "/quota_set/server_group_members", QUOTA),
    shown(&[QuotaDetail], "/quota_set/cores", QUOTA_IN_USE),
    shown(&[QuotaDetail], "/quota_set/fixed_ips", QUOTA_IN_USE),
    shown(&[QuotaDetail], "/quota_set/floating_ips", QUOTA_IN_USE),
    shown(&[QuotaDetail], "/quota_set/injected_file_content_bytes", QUOTA_IN_USE),
    shown(&[QuotaDetail], "/quota_set/injected_file_path_bytes", QUOTA_IN_USE),
    shown(&[QuotaDetail], "/quota_set/injected_files", QUOTA_IN_USE),
    shown(&[QuotaDetail], "/quota_set/instances", QUOTA_IN_USE),
    shown(&[QuotaDetail], "/quota_set/key_pairs", QUOTA_IN_USE),
    shown(&[QuotaDetail], "/quota_set/metadata_items", QUOTA_IN_USE),
    shown(&[QuotaDetail], "/quota_set/ram", QUOTA_IN_USE),
    shown(&[QuotaDetail], "/quota_set/security_groups", QUOTA_IN_USE),
    shown(&[QuotaDetail], "/quota_set/security_group_rules", QUOTA_IN_USE),
    shown(&[QuotaDetail], "/quota_set/server_groups", QUOTA_IN_USE),
    shown(&[QuotaDetail], "/quota_set/server_group_members", QUOTA_IN_USE),
];

const QUOTAS: &[Operation] = &[QuotaShow, QuotaDetail, QuotaDefaults, QuotaUpdate];
const PLAIN_QUOTAS: &[Operation] = &[QuotaShow, QuotaDefaults, QuotaUpdate];
