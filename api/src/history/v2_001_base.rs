//! 2.1: the first version: as v2.0, with strict checks of what is sent.
//!
//! Source: Nova's REST API version history, section 2.1; the Compute API reference for the fields.

use crate::Microversion;
use crate::Operation::{
    ExtensionList, ExtensionShow, KeypairCreate, KeypairDelete, KeypairList, KeypairShow,
    LimitsShow, QuotaDefaults, QuotaDelete, QuotaDetail, QuotaShow, QuotaUpdate,
};
use crate::change::{
    At,
    Audience::Everyone,
    Behavior, Change, Entry, Input, Now,
    Output::{Always, Sometimes},
    Rule, change,
};
use crate::rules::{
    ANY, ARRAY, BOOLEAN, EMPTY, INTEGER, KEYPAIR_NAME, NEVER, NULL, OBJECT, QUOTA, QUOTA_IN_USE,
    QUOTA_TO_SET, STRING, TIMESTAMP, USER_ID,
};
use crate::{Operation, change::Output};

pub(super) static ENTRY: Entry = Entry {
    version: Microversion::entry(1),
    title: "The first version: as v2.0, with strict checks of what is sent",
    changes: &[
        change(Operation::ALL, Now::Routed(true)),
        // Keypairs
        change(
            &[KeypairList, KeypairShow, LimitsShow, QuotaShow, QuotaDetail, QuotaDefaults],
            Now::Status(200),
        ),
        change(&[ExtensionList, ExtensionShow, QuotaUpdate, KeypairCreate], Now::Status(200)),
        change(&[KeypairDelete, QuotaDelete], Now::Status(202)),
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
        // Limits
        change(&[LimitsShow], Now::Takes(At::Query("tenant_id"), Input::Optional(STRING))),
        shown(&[LimitsShow], "/limits", OBJECT),
        shown(&[LimitsShow], "/limits/rate", EMPTY),
        shown(&[LimitsShow], "/limits/absolute", OBJECT),
        shown(&[LimitsShow], "/limits/absolute/maxImageMeta", QUOTA),
        shown(&[LimitsShow], "/limits/absolute/maxPersonality", QUOTA),
        shown(&[LimitsShow], "/limits/absolute/maxPersonalitySize", QUOTA),
        shown(&[LimitsShow], "/limits/absolute/maxSecurityGroups", QUOTA),
        shown(&[LimitsShow], "/limits/absolute/maxSecurityGroupRules", QUOTA),
        shown(&[LimitsShow], "/limits/absolute/maxServerMeta", QUOTA),
        shown(&[LimitsShow], "/limits/absolute/maxServerGroups", QUOTA),
        shown(&[LimitsShow], "/limits/absolute/maxServerGroupMembers", QUOTA),
        shown(&[LimitsShow], "/limits/absolute/maxTotalCores", QUOTA),
        shown(&[LimitsShow], "/limits/absolute/maxTotalFloatingIps", QUOTA),
        shown(&[LimitsShow], "/limits/absolute/maxTotalInstances", QUOTA),
        shown(&[LimitsShow], "/limits/absolute/maxTotalKeypairs", QUOTA),
        shown(&[LimitsShow], "/limits/absolute/maxTotalRAMSize", QUOTA),
        shown(&[LimitsShow], "/limits/absolute/totalCoresUsed", QUOTA),
        shown(&[LimitsShow], "/limits/absolute/totalFloatingIpsUsed", QUOTA),
        shown(&[LimitsShow], "/limits/absolute/totalInstancesUsed", QUOTA),
        shown(&[LimitsShow], "/limits/absolute/totalRAMUsed", QUOTA),
        shown(&[LimitsShow], "/limits/absolute/totalSecurityGroupsUsed", QUOTA),
        shown(&[LimitsShow], "/limits/absolute/totalServerGroupsUsed", QUOTA),
        // Quotas
        change(
            &[QuotaShow, QuotaDetail, QuotaUpdate, QuotaDelete],
            Now::Takes(At::Query("user_id"), Input::Optional(STRING)),
        ),
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
        // Extensions
        shown(&[ExtensionList], "/extensions", ARRAY),
        shown(&[ExtensionList], "/extensions/*", OBJECT),
        shown(&[ExtensionList], "/extensions/*/alias", STRING),
        shown(&[ExtensionList], "/extensions/*/description", STRING),
        shown(&[ExtensionList], "/extensions/*/links", ANY),
        shown(&[ExtensionList], "/extensions/*/name", STRING),
        shown(&[ExtensionList], "/extensions/*/namespace", STRING),
        shown(&[ExtensionList], "/extensions/*/updated", TIMESTAMP),
        shown(&[ExtensionShow], "/extension", OBJECT),
        shown(&[ExtensionShow], "/extension/alias", STRING),
        shown(&[ExtensionShow], "/extension/description", STRING),
        shown(&[ExtensionShow], "/extension/links", ANY),
        shown(&[ExtensionShow], "/extension/name", STRING),
        shown(&[ExtensionShow], "/extension/namespace", STRING),
        shown(&[ExtensionShow], "/extension/updated", TIMESTAMP),
    ],
};

const QUOTAS: &[Operation] = &[QuotaShow, QuotaDetail, QuotaDefaults, QuotaUpdate];
const PLAIN_QUOTAS: &[Operation] = &[QuotaShow, QuotaDefaults, QuotaUpdate];

const fn required(on: &'static [Operation], path: &'static str, rule: Rule) -> Change {
    change(on, Now::Takes(At::Body(path), Input::Required(rule)))
}

const fn optional(on: &'static [Operation], path: &'static str, rule: Rule) -> Change {
    change(on, Now::Takes(At::Body(path), Input::Optional(rule)))
}

const fn shown(on: &'static [Operation], path: &'static str, rule: Rule) -> Change {
    shows(on, path, Always(rule))
}

const fn shows(on: &'static [Operation], path: &'static str, output: Output) -> Change {
    change(on, Now::Shows(At::Body(path), Everyone, output))
}
