//! The proof that the checks bite: each of these clouds is wrong in one way, and every check named beside it says so. No
//! check is left unproved, and on the cloud that is right every check passes. `#[cfg(test)]` tells clippy that helpers here
//! are tests too.

#[cfg(test)]
mod cloud;
#[cfg(test)]
mod flaws;
#[cfg(test)]
mod people;

use nova_conformance::{checks, outcome::Kind};

use crate::cloud::{Bend, bent, checks_of, other_than, picks, right, run};

/// Writes one test for each wrong cloud, and lists what finds each out. A name with `*` or `{` stands for several checks.
macro_rules! wrong_clouds {
    ($($module:ident::$flaw:ident finds [$($check:literal),* $(,)?])*) => {
        /// What finds each wrong cloud out.
        const FOUND_BY: &[&[&str]] = &[$(&[$($check),*]),*];

        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $flaw() {
                is_found_out($module::$flaw, &[$($check),*]).await;
            }
        )*
    };
}

// Answers
wrong_clouds! {
    flaws::create_stays_200 finds [
        "keypairs.create.since-2-2.*", "keypairs.create.since-2-10.takes-user-id", "keypairs.create.since-2-92.hides-private-key",
        "keypairs.create.key.*", "keypairs.create.type.default",
        "keypairs.create.callers.{main,second,other,reader,admin}", "keypairs.create.callers.{main,second,other,reader}-own-id",
        "keypairs.create.{sample,x509.sample,generated.sample,generated-x509.sample}",
    ]
    flaws::delete_stays_202 finds [
        "keypairs.delete.since-2-2.status", "keypairs.delete.answer", "keypairs.delete.sample",
        "keypairs.delete.callers.{main,second,other,reader,admin}", "keypairs.delete.callers.{main,second,other,reader,admin}-own-id",
        "keypairs.create.name.{longest,inner-spaces,underscore-and-dash,digits-at-the-end,at-sign-taken,dot-taken,only-new-characters-at-the-end}",
    ]
    flaws::delete_with_a_body finds ["keypairs.delete.answer"]
    flaws::private_key_shown_again finds ["keypairs.show.private-key-never*", "keypairs.show.answer"]
    flaws::private_keys_mixed_up finds ["keypairs.create.generated.belongs-together"]
    flaws::one_key_for_all finds ["keypairs.create.generated.two-differ"]
    flaws::generated_of_another_type finds ["keypairs.create.generated.{ssh,x509}"]
    flaws::fingerprint_of_sha256 finds ["keypairs.create.key.{rsa,ecdsa,sk,certificate,x509}-*", "keypairs.create.key.ed25519", "keypairs.create.key-text.*", "keypairs.create.answer", "keypairs.create.generated.x509"]
    flaws::key_without_its_comment finds [
        "keypairs.create.key.ed25519", "keypairs.create.key-text.comment-*", "keypairs.create.name.taken-unharmed",
        "keypairs.show.callers.{main,second,other,reader,admin}", "keypairs.show.callers.{main,second,other,reader,admin}-own-id",
    ]
    flaws::keys_trimmed finds ["keypairs.create.key-text.trailing-*", "keypairs.create.public-key.leading-space"]
    flaws::list_without_type finds ["keypairs.list.since-2-2.shows-type", "keypairs.list.answer", "keypairs.list.sample"]
    flaws::list_with_owner finds ["keypairs.list.answer", "keypairs.create.legacy.life", "keypairs.show.as-created"]
    flaws::list_is_empty finds ["keypairs.list.callers.{main,main-own-id}", "keypairs.list.generated"]
    flaws::show_without_created_at finds ["keypairs.show.answer", "keypairs.show.{sample,x509.sample}"]
    flaws::id_is_text finds ["keypairs.show.answer", "keypairs.show.sample"]
    flaws::ids_are_all_1 finds ["keypairs.show.owners.ids"]
    flaws::keypairs_are_shown_as_at_2_1 finds ["keypairs.show.since-2-2.shows-type"]
    flaws::names_in_capitals finds ["keypairs.{create,show}.answer", "keypairs.create.name.{at-sign-taken,dot-taken}"]
    flaws::no_vary finds ["*.headers", "keypairs.show.headers-of-a-fault"]
    flaws::vary_by_the_older_header_only finds ["*.headers"]
    flaws::no_request_id finds ["*.headers", "*.sample"]
    flaws::names_no_version finds ["*.headers", "negotiation.{latest,every-version,several-services,older-header,both-headers,another-service}"]
    flaws::duplicate_overwrites finds ["keypairs.create.name.{taken,taken-unharmed,taken-by-generating}", "keypairs.create.admin.name-taken"]
    flaws::missing_is_deleted finds ["keypairs.delete.missing", "keypairs.delete.gone", "keypairs.show.whole-name"]
    flaws::fault_of_another_name finds ["keypairs.{show,delete}.missing", "keypairs.{show,delete}.admin.missing", "extensions.show.missing"]
    flaws::faults_say_nothing finds ["*-in-words", "*.in-words"]
    flaws::policy_in_other_words finds ["*.policy-in-words"]
    flaws::quota_is_not_enforced finds ["keypairs.create.quota.{exceeded,freed}"]
    flaws::answers_every_path finds ["keypairs.show.unknown-route", "keypairs.create.unknown-method"]

    // What is taken, and from when on.
    flaws::takes_what_it_should_refuse finds [
        "keypairs.create.body.*", "keypairs.create.public-key.*", "keypairs.create.user-id.*",
        "keypairs.create.name.{empty,too-long,leading-space,trailing-space,trailing-no-break-space,only-spaces,slash,comma,at-sign,dot,accent,emoji,nul,tab,null,integer,boolean,list,object,missing}",
        "keypairs.create.type.{empty,upper-case,unknown,null,integer,x509-with-ssh-key,ssh-with-certificate}",
        "keypairs.create.media.{not-json,empty,xml,form}", "keypairs.create.legacy.{only-spaces,no-root}",
    ]
    flaws::generates_at_2_92 finds ["keypairs.create.generates", "keypairs.create.since-2-92.takes-public-key", "keypairs.create.public-key.missing"]
    flaws::names_of_2_92_before finds ["keypairs.create.since-2-92.takes-name", "keypairs.create.name.{at-sign,dot}", "keypairs.create.media.charset"]
    flaws::names_trimmed finds ["keypairs.create.name.{leading-space,trailing-space,trailing-no-break-space}", "keypairs.create.trims-name"]
    flaws::unknown_fields_dropped finds ["keypairs.create.body.unknown-field"]
    flaws::any_media_type finds ["keypairs.create.media.{xml,form}"]
    flaws::unknown_parameters_tolerated finds ["*.since-2-{75,102}.other-query"]
    flaws::strict_before_2_75 finds ["*.since-2-75.other-query", "keypairs.create.other-query"]
    flaws::legacy_is_strict finds ["keypairs.create.{trims-name,drops-unknown-properties}", "keypairs.show.legacy.version-ignored"]

    // Pages
    flaws::limit_ignored finds ["keypairs.list.pages.walked-by-1", "keypairs.list.since-2-35.takes-query-limit", "keypairs.list.pages.limit.{zero,empty,negative,word,fraction,sign}"]
    flaws::large_limits_are_refused finds ["keypairs.list.pages.limit.beyond"]
    flaws::marker_ignored finds ["keypairs.list.pages.marker.{unknown,of-another-user,deleted}", "keypairs.list.since-2-35.takes-query-marker", "keypairs.list.pages.walked-by-2"]
    flaws::marker_inclusive finds ["keypairs.list.pages", "keypairs.list.pages.walked-by-1", "keypairs.list.pages.marker.{exclusive,without-limit}", "keypairs.list.admin.pages-a-user"]
    flaws::pages_before_2_35 finds ["keypairs.list.pages", "keypairs.list.since-2-35.*"]
    flaws::list_backwards finds ["keypairs.list.pages.{sorted,walked-by-2,walked-by-3,walked-whole}"]
    flaws::link_without_marker finds ["keypairs.list.pages.{link,links-followed}"]
    flaws::no_links finds ["keypairs.list.pages.link", "keypairs.list.since-2-35.shows-keypairs-links"]
    flaws::links_everywhere finds ["keypairs.list.pages.no-link"]

    // Versions
    flaws::malformed_versions_ignored finds ["negotiation.malformed.*"]
    flaws::too_new_means_newest finds ["negotiation.out-of-range.{too-new,next}"]
    flaws::older_means_oldest finds ["negotiation.out-of-range.{too-old,other-major}"]
    flaws::no_version_means_newest finds ["negotiation.none-named"]
    flaws::documents_of_another_version finds ["negotiation.documents.{one,all}"]
    people::documents_need_a_token finds ["negotiation.documents.{one,all}-without-token"]

    // What is beside keypairs
    flaws::what_is_beside_stays_at_2_1 finds ["{limits,quota-sets}.*.since-2-{36,57}.*", "limits.show.since-2-39.*", "{limits,quota-sets}.*.answer", "{limits,quota-sets}.*.sample"]
    flaws::no_keypairs_extension finds ["extensions.list.keypairs"]
    flaws::extensions_without_dates finds ["extensions.{list,show}.answer", "extensions.show.{keypairs,sample}"]

    // People
    flaws::user_id_ignored finds [
        "keypairs.{list,show,delete}.acts-for-user", "keypairs.{list,show,delete}.since-2-10.takes-query-user-id",
        "keypairs.{list,show,delete}.callers.{main,second,other,reader,admin}-of-another", "keypairs.delete.owners.forbidden-leaves-both", "keypairs.list.pages.link-keeps-user",
    ]
    flaws::made_for_the_administrator finds ["keypairs.create.acts-for-user", "keypairs.create.callers.{admin-own-id,admin-of-another}"]
    people::policy_open finds [
        "keypairs.*.callers.{main,second,other,reader}-of-another", "keypairs.{list,show,delete}.since-2-10.takes-query-user-id",
        "keypairs.delete.owners.forbidden-leaves-both",
    ]
    people::names_are_global finds ["keypairs.show.owners.not-to-{same-project,other-project,reader}", "keypairs.delete.owners.not-by-{same-project,other-project,reader}"]
    people::every_namesake_deleted finds ["keypairs.delete.owners.namesake-stays"]
    people::administrators_need_no_user_id finds ["keypairs.show.owners.not-to-admin", "keypairs.delete.owners.not-by-admin"]
    people::list_of_the_project finds ["keypairs.list.owners.not-of-{same-project,reader}", "keypairs.list.callers.{second,reader}*"]
    people::list_of_everybody finds ["keypairs.list.owners.*", "keypairs.list.callers.{second,other,reader,admin,second-own-id,other-own-id,reader-own-id,admin-own-id}"]
    people::names_unique_among_users finds ["keypairs.create.owners.same-name"]
    people::administrator_deletes_own finds ["keypairs.delete.acts-for-user", "keypairs.delete.admin.missing"]
    people::owner_is_the_caller finds ["keypairs.{create,show}.acts-for-user"]
    people::quota_of_the_project finds ["keypairs.create.quota.counts-users"]
    people::no_login finds ["*.not-logged-in*", "*.nonsense-token", "*.callers.nobody*", "*.callers.expired*"]
    people::tokens_never_end finds ["*.callers.expired*"]
}

async fn is_found_out(bend: Bend, by: &[&str]) {
    let (_held, cloud) = right().await;
    let outcomes = run(checks_of(by), bent(&cloud, bend)).await;
    let unseen: Vec<_> = outcomes
        .iter()
        .filter(|(_, of_check)| {
            !of_check
                .iter()
                .any(|(_, outcome)| matches!(outcome.kind(), Kind::Violation | Kind::Warning))
        })
        .collect();
    assert!(unseen.is_empty(), "these do not see it: {unseen:#?}");
}

#[test]
fn no_check_is_left_unproved() {
    let proved = |id: &str| {
        FOUND_BY
            .iter()
            .copied()
            .flatten()
            .any(|name| picks(name, id))
    };
    let registry = checks::registry();
    let unproved: Vec<&str> = registry
        .iter()
        .map(|check| check.id())
        .filter(|id| !proved(id))
        .collect();
    assert!(
        unproved.is_empty(),
        "name each beside a wrong cloud that it finds out: {unproved:#?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_check_passes_on_the_cloud_that_is_right() {
    let (_held, cloud) = right().await;
    let outcomes = run(checks::registry(), cloud).await;
    let not_passed = other_than(Kind::Passed, &outcomes);
    assert!(not_passed.is_empty(), "{not_passed:#?}");
    assert_eq!(outcomes.len(), checks::registry().len());
}
