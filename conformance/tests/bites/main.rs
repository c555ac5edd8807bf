//! The proof that the checks bite: each of these clouds is wrong in one way, and the checks named beside it say so. On the
//! cloud that is right, every check passes.

mod cloud;
mod flaws;

use nova_conformance::{checks, outcome::Kind};
use rstest::rstest;

use crate::cloud::{Bend, bent, checks_of, other_than, right, run};

#[rstest]
#[case::create_stays_200(flaws::create_stays_200, &["keypairs.create.since-2-2.status", "keypairs.create.answer", "keypairs.create.key.ed25519"])]
#[case::delete_stays_202(flaws::delete_stays_202, &["keypairs.delete.since-2-2.status", "keypairs.delete.answer"])]
#[case::delete_has_a_body(flaws::delete_with_a_body, &["keypairs.delete.answer"])]
#[case::private_key_shown_again(flaws::private_key_shown_again, &["keypairs.show.private-key-never", "keypairs.show.answer"])]
#[case::private_keys_mixed_up(flaws::private_keys_mixed_up, &["keypairs.create.generated.belongs-together"])]
#[case::duplicate_overwrites(flaws::duplicate_overwrites, &["keypairs.create.name.taken", "keypairs.create.name.taken-unharmed", "keypairs.create.name.taken-by-generating", "keypairs.create.admin.name-taken"])]
#[case::fault_of_another_name(flaws::fault_of_another_name, &["keypairs.show.missing", "keypairs.delete.missing"])]
#[case::missing_is_deleted(flaws::missing_is_deleted, &["keypairs.delete.missing", "keypairs.delete.gone"])]
#[case::no_vary(flaws::no_vary, &["keypairs.list.headers", "keypairs.create.headers", "keypairs.show.headers-of-a-fault"])]
#[case::half_a_vary(flaws::vary_by_the_older_header_only, &["keypairs.list.headers", "keypairs.delete.headers"])]
#[case::no_request_id(flaws::no_request_id, &["keypairs.show.headers"])]
#[case::names_no_version(flaws::names_no_version, &["keypairs.show.headers", "negotiation.latest", "negotiation.every-version"])]
#[case::fingerprint_of_sha256(flaws::fingerprint_of_sha256, &["keypairs.create.key.rsa-2048", "keypairs.create.key.ecdsa-521", "keypairs.create.key.x509-rsa", "keypairs.create.answer", "keypairs.create.generated.x509"])]
#[case::key_without_its_comment(flaws::key_without_its_comment, &["keypairs.create.key.ed25519", "keypairs.create.key-text.comment-of-words"])]
#[case::keys_trimmed(flaws::keys_trimmed, &["keypairs.create.key-text.trailing-newline", "keypairs.create.key-text.trailing-space", "keypairs.create.public-key.leading-space"])]
#[case::generates_at_2_92(flaws::generates_at_2_92, &["keypairs.create.generates", "keypairs.create.since-2-92.takes-public-key", "keypairs.create.public-key.missing"])]
#[case::names_of_2_92_before(flaws::names_of_2_92_before, &["keypairs.create.since-2-92.takes-name", "keypairs.create.name.at-sign", "keypairs.create.name.dot"])]
#[case::names_trimmed(flaws::names_trimmed, &["keypairs.create.name.leading-space", "keypairs.create.name.trailing-space", "keypairs.create.trims-name"])]
#[case::unknown_fields_dropped(flaws::unknown_fields_dropped, &["keypairs.create.body.unknown-field"])]
#[case::any_media_type(flaws::any_media_type, &["keypairs.create.media.xml"])]
#[case::list_without_type(flaws::list_without_type, &["keypairs.list.since-2-2.shows-type", "keypairs.list.answer"])]
#[case::list_with_owner(flaws::list_with_owner, &["keypairs.list.answer"])]
#[case::show_without_created_at(flaws::show_without_created_at, &["keypairs.show.answer"])]
#[case::id_is_text(flaws::id_is_text, &["keypairs.show.answer"])]
#[case::list_backwards(flaws::list_backwards, &["keypairs.list.pages.sorted", "keypairs.list.pages.walked-by-2", "keypairs.list.pages.walked-whole"])]
#[case::marker_inclusive(flaws::marker_inclusive, &["keypairs.list.pages.marker.exclusive", "keypairs.list.pages.walked-by-1", "keypairs.list.pages.marker.without-limit", "keypairs.list.pages"])]
#[case::marker_ignored(flaws::marker_ignored, &["keypairs.list.pages.marker.unknown", "keypairs.list.since-2-35.takes-query-marker", "keypairs.list.pages.walked-by-2", "keypairs.list.pages.marker.of-another-user"])]
#[case::limit_ignored(flaws::limit_ignored, &["keypairs.list.pages.walked-by-1", "keypairs.list.since-2-35.takes-query-limit", "keypairs.list.pages.limit.zero", "keypairs.list.pages.limit.negative"])]
#[case::pages_before_2_35(flaws::pages_before_2_35, &["keypairs.list.pages", "keypairs.list.since-2-35.takes-query-limit", "keypairs.list.since-2-35.shows-keypairs-links"])]
#[case::link_without_marker(flaws::link_without_marker, &["keypairs.list.pages.link", "keypairs.list.pages.links-followed"])]
#[case::no_links(flaws::no_links, &["keypairs.list.pages.link", "keypairs.list.since-2-35.shows-keypairs-links"])]
#[case::unknown_parameters_tolerated(flaws::unknown_parameters_tolerated, &["keypairs.list.since-2-75.other-query", "keypairs.show.since-2-75.other-query", "keypairs.delete.since-2-75.other-query"])]
#[case::strict_before_2_75(flaws::strict_before_2_75, &["keypairs.list.since-2-75.other-query", "keypairs.create.other-query"])]
#[case::user_id_ignored(flaws::user_id_ignored, &["keypairs.show.acts-for-user", "keypairs.list.acts-for-user", "keypairs.delete.since-2-10.takes-query-user-id", "keypairs.delete.callers.admin-of-another", "keypairs.delete.owners.forbidden-leaves-both", "keypairs.list.pages.link-keeps-user"])]
#[case::policy_open(flaws::policy_open, &["keypairs.list.callers.main-of-another", "keypairs.show.callers.reader-of-another", "keypairs.create.callers.other-of-another", "keypairs.delete.callers.second-of-another", "keypairs.list.since-2-10.takes-query-user-id"])]
#[case::names_are_global(flaws::names_are_global, &["keypairs.show.owners.not-to-same-project", "keypairs.show.owners.not-to-other-project", "keypairs.delete.owners.not-by-reader"])]
#[case::list_of_the_project(flaws::list_of_the_project, &["keypairs.list.owners.not-of-same-project", "keypairs.list.owners.not-of-reader"])]
#[case::names_unique_among_users(flaws::names_unique_among_users, &["keypairs.create.owners.same-name"])]
#[case::administrator_deletes_own(flaws::administrator_deletes_own, &["keypairs.delete.acts-for-user", "keypairs.delete.admin.missing"])]
#[case::made_for_the_administrator(flaws::made_for_the_administrator, &["keypairs.create.acts-for-user", "keypairs.create.callers.admin-of-another"])]
#[case::owner_is_the_caller(flaws::owner_is_the_caller, &["keypairs.create.acts-for-user", "keypairs.show.acts-for-user"])]
#[case::no_login(flaws::no_login, &["keypairs.list.not-logged-in", "keypairs.create.callers.nobody", "keypairs.delete.callers.expired", "keypairs.show.nonsense-token"])]
#[case::tokens_never_end(flaws::tokens_never_end, &["keypairs.show.callers.expired", "keypairs.list.callers.expired"])]
#[case::quota_is_not_enforced(flaws::quota_is_not_enforced, &["keypairs.create.quota.exceeded", "keypairs.create.quota.freed"])]
#[case::malformed_versions_ignored(flaws::malformed_versions_ignored, &["negotiation.malformed.word", "negotiation.malformed.leading-zero"])]
#[case::too_new_means_newest(flaws::too_new_means_newest, &["negotiation.out-of-range.too-new", "negotiation.out-of-range.next"])]
#[case::no_version_means_newest(flaws::no_version_means_newest, &["negotiation.none-named"])]
#[case::legacy_is_strict(flaws::legacy_is_strict, &["keypairs.create.trims-name", "keypairs.create.drops-unknown-properties"])]
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_cloud_is_found_out(#[case] bend: Bend, #[case] ids: &[&str]) {
    let (_held, cloud) = right().await;
    let outcomes = run(checks_of(ids), bent(&cloud, bend)).await;
    for (id, of_check) in &outcomes {
        let found_out = of_check
            .iter()
            .any(|(_, outcome)| outcome.kind() == Kind::Violation);
        assert!(found_out, "{id} does not see it: {of_check:#?}");
    }
    assert_eq!(outcomes.len(), ids.len());
}

#[rstest]
#[case::no_keypairs_extension(flaws::no_keypairs_extension, &["extensions.list.keypairs"])]
#[case::policy_in_other_words(flaws::policy_in_other_words, &["keypairs.show.policy-in-words"])]
#[tokio::test(flavor = "multi_thread")]
async fn a_lesser_flaw_is_a_warning(#[case] bend: Bend, #[case] ids: &[&str]) {
    let (_held, cloud) = right().await;
    let outcomes = run(checks_of(ids), bent(&cloud, bend)).await;
    let not_warned = other_than(Kind::Warning, &outcomes);
    assert!(not_warned.is_empty(), "{not_warned:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_check_passes_on_the_built_in_cloud() {
    let (_held, cloud) = right().await;
    let outcomes = run(checks::registry(), bent(&cloud, flaws::nothing)).await;
    let not_passed = other_than(Kind::Passed, &outcomes);
    assert!(not_passed.is_empty(), "{not_passed:#?}");
    assert_eq!(outcomes.len(), checks::registry().len());
}
