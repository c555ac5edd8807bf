//! The proof that the checks bite: each of these clouds is wrong in one way, and every check named beside it says so. No
//! check is left unproved, and on the cloud that is right every check passes. `#[cfg(test)]` tells clippy that helpers here
//! are tests too.

#[cfg(test)]
mod cloud;
#[cfg(test)]
mod flaws;
#[cfg(test)]
mod people;
#[cfg(test)]
mod rebuild;
#[cfg(test)]
mod servers;

use nova_conformance::{checks, outcome::Kind};

use crate::cloud::{
    Bend, Name, addressed, bent, checks_of, other_than, right, run, run_as, told_to_cost,
};

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
    flaws::policy_in_other_words finds [
        "keypairs.*.policy-in-words",
        "*.{create,update,delete,start,stop,reboot,pause,unpause,suspend,resume,lock,unlock,rescue,unrescue,resize,confirm-resize,revert-resize,shelve,unshelve,replace,delete-all,add,clear}.policy-in-words",
    ]
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
    people::no_login finds ["*.not-logged-in*", "*.nonsense-token", "{keypairs,limits,quota-sets,extensions}.*.callers.nobody*", "servers.{list,detail,show}.callers.nobody", "*.callers.expired*"]
    people::tokens_never_end finds ["*.callers.expired*"]

    // Rebuild: whose key it is
    rebuild::keys_of_the_owner finds ["security.rebuild.{key-of-caller,key-of-owner,admin-own-key,admin-owners-key,namesake}"]
    rebuild::unknown_keys_passed_over finds [
        "security.rebuild.{key-of-another,key-of-another-project,deleted-key.refused}",
        "security.rebuild.key-name.{unknown,blank,leading-space,trailing-space,nul,longest}",
    ]
    rebuild::any_name_is_a_name finds ["security.rebuild.key-name.{empty,too-long,integer,boolean,list,object}"]
    rebuild::keys_ignored finds ["security.rebuild.{taken,guest-key}"]
    rebuild::null_keeps_the_key finds ["security.rebuild.{null-clears,guest-cleared}"]
    rebuild::omission_clears_the_key finds ["security.rebuild.{omission-keeps,deleted-key.kept}"]
    rebuild::rebuilt_by_is_owned_by finds ["security.rebuild.{owner-stays,admin-owner-stays}"]
    rebuild::rebuilt_is_another finds ["security.rebuild.server-stays", "servers.rebuild.{created,rebuilding}"]
    rebuild::servers_without_keys finds ["security.rebuild.deleted-key.shown"]
    rebuild::answer_names_a_key_early finds ["security.rebuild.answer-before"]
    rebuild::rebuild_answers_amiss finds [
        "security.rebuild.{answer-names-key,failed}",
        "servers.rebuild.{rebuilding,location,password.made,password.given,image.another,state.stopped}",
    ]

    // Rebuild: by whom
    rebuild::rebuilds_for_everybody finds ["security.rebuild.{reader,other-project,refused.forbidden,refused.missing}"]
    rebuild::rebuilds_without_login finds ["security.rebuild.{nobody,expired}"]
    rebuild::rebuilds_for_nobody finds [
        "security.rebuild.{owner,member,admin}", "servers.rebuild.changes.{preserve-ephemeral,personality,trusted-certs-null}",
        "servers.rebuild.state.{stopped,error,locked-for-admin}", "servers.rebuild.{volume.same-image,rebuilds-volume-backed}",
    ]
    rebuild::actions_name_the_owner finds ["security.rebuild.{action-names-caller,action-shown-names-caller}"]

    // Rebuild: what it takes, refuses and changes
    rebuild::rebuilds_whatever_is_asked finds [
        "security.rebuild.{before-taken,refused.*}", "servers.rebuild.quota.{metadata,files,file-size}",
        "servers.rebuild.{access-ipv4,access-ipv6,body,description,disk-config,hostname,image-ref,metadata,name,personality,preserve-ephemeral,trusted-certs,user-data}.*",
        "servers.rebuild.password.{integer,null}", "servers.rebuild.{missing,deleted}",
        "servers.rebuild.image.{unknown,inactive,too-large,needs-more-disk,needs-more-memory,unknown-architecture}",
        "servers.rebuild.state.{paused,suspended,rescued,shelved,resized,locked}",
    ]
    rebuild::rebuilds_what_is_on_its_way finds ["servers.rebuild.state.{building,rebuilding}"]
    rebuild::changes_ignored finds [
        "servers.rebuild.changes.{name,metadata,metadata-empty,access-ipv4,access-ipv6,disk-config-manual,disk-config-auto,description,description-null,user-data,user-data-null,trusted-certs,hostname,hostname-with-domain}",
    ]
    rebuild::what_is_not_named_is_lost finds ["servers.rebuild.leaves.*"]
    rebuild::never_updated finds ["servers.rebuild.updated"]

    // Servers: what is refused
    servers::refuses_nothing finds [
        "{server-*,instance-actions,flavors,availability-zones,images,security-groups,volume-attachments}.*.{body,query}.*", "servers.{list,create,detail,show,update,delete,start,stop,reboot,pause,unpause,suspend,resume,lock,unlock,rescue,unrescue,resize,confirm-resize,revert-resize,shelve,unshelve,reset-state}.{body,query}.*", "servers.{list,create,detail,show,update,delete,start,stop,reboot,pause,unpause,suspend,resume,lock,unlock,rescue,unrescue,resize,confirm-resize,revert-resize,shelve,unshelve,reset-state}.missing",
        "{server-*,instance-actions,flavors,flavor-extra-specs,images,networks,volume-attachments}.*.missing",
        "servers.create.{image.unknown,image.empty,flavor.unknown,key.unknown,zone.unknown,network.unknown,count.backwards,metadata.too-many,group.unknown}",
        "server-metadata.*.{too-many,another-key,unknown-key}", "server-tags.*.{unknown-tag,comma,too-long,too-many}",
        "servers.{list,detail}.{all-tenants,marker.unknown}", "servers.list.{sort-dir.unknown,sort-key.of-admins}",
        "servers.{list,detail}.checks-status", "servers.lock.refuses", "servers.states.{active,stopped,paused,suspended,rescued,resized,error}",
        "servers.unlock.admins-lock", "servers.delete.gone", "servers.rescue.rescues-volume-backed", "server-groups.create.effect",
        "{instance-actions.list,flavors.list,flavors.detail}.since-*.takes-query-{limit,marker,changes-since,changes-before,sort-key,name}",
        "{availability-zones.detail,servers.reset-state}.callers.{main,second}",
    ]

    // Servers: what is answered
    servers::other_statuses finds [
        "{server-metadata,server-tags,server-password,flavors,flavor-extra-specs,images,security-groups,floating-ips}.*.{answer,callers.main}",
        "{networks,server-addresses,instance-actions}.show.{answer,callers.main}", "availability-zones.{list,detail}.answer", "availability-zones.list.callers.main",
        "server-groups.delete.{answer,callers.main}", "servers.{list,detail,create,update,delete}.{answer,callers.main}",
    ]
    servers::other_status_of_show finds ["servers.show.{answer,callers.main}"]
    servers::other_status_of_attachments finds ["volume-attachments.show.{answer,callers.main}"]
    servers::other_status_of_lists finds ["{server-groups,networks,server-addresses,instance-actions,volume-attachments}.list.{answer,callers.main}"]
    servers::other_status_of_groups finds ["server-groups.create.{answer,callers.main}"]
    servers::other_status_of_a_group finds ["server-groups.show.{answer,callers.main}"]
    servers::other_statuses_of_doing finds ["servers.{stop,pause,suspend,rescue,resize,shelve,lock}.{answer,callers.main}"]
    servers::other_statuses_of_undoing finds ["servers.{start,reboot,unpause,resume,unrescue,confirm-resize,revert-resize,unshelve,unlock}.{answer,callers.main}", "servers.reset-state.answer"]
    servers::all_is_oldest finds [
        "{servers.{detail,show,update,lock,unshelve},server-groups.*,flavors.*,volume-attachments.*}.since-*.{fields,takes-*}",
        "instance-actions.*.since-*.{fields,takes-*}", "instance-actions.list.since-2-58.other-query", "servers.list.since-2-{26,66,73}.takes-query-{tags,tags-any,not-tags,not-tags-any,changes-before,locked}",
        "server-tags.*.since-2-26.routed", "servers.create.since-2-{19,32,33,42,52,63,67,74,90,94}.takes-*",
    ]
    servers::all_is_newest finds [
        "{images,networks,security-groups,floating-ips}.*.since-2-36.routed", "instance-actions.list.answers-of-deleted", "servers.create.since-2-{37,57}.takes-*",
    ]
    servers::actions_by_nobody finds ["instance-actions.list.effect"]
    servers::another_password finds ["servers.create.password"]
    servers::groups_with_strangers finds ["server-groups.create.effect"]
    servers::new_tags_are_old finds ["server-tags.add.twice"]
    servers::without_reservations finds ["servers.create.reservation"]
    servers::without_locks finds ["servers.lock.{shown,not-for-admins}", "servers.unlock.{effect,admins-lock}"]
    servers::descriptions_swapped finds ["servers.create.describes-by-name"]
    servers::no_swap_the_other_way finds ["flavors.{show,detail}.shows-no-swap-as-text"]
    servers::asked_lists_are_empty finds ["servers.{list,detail}.pages", "servers.detail.sorted"]
    servers::lists_lack_one finds ["servers.{list,detail}.{answer,of-the-project}"]

    // Servers: what is asked for
    servers::queries_ignored finds [
        "servers.list.{all-projects,filters,changes-since}", "servers.{list,detail}.pages", "servers.detail.sorted",
        "servers.{list,detail}.since-*.takes-query-{tags,tags-any,not-tags,not-tags-any,changes-before,locked}",
    ]
    servers::wishes_forgotten finds ["servers.create.{as-asked,several}"]
    servers::updates_describe finds ["servers.update.keeps-the-rest"]
    servers::changes_forgotten finds ["servers.update.{effect,answer}", "server-metadata.create.effect", "server-tags.replace.effect"]
    servers::nothing_changed finds ["servers.{stop,pause,suspend,rescue,resize,shelve}.effect"]
    servers::nothing_changed_back finds ["servers.{start,unpause,resume,unrescue,revert-resize,unshelve,unlock}.effect"]
    servers::reboots_stop finds ["servers.reboot.effect"]
    servers::confirmations_revert finds ["servers.confirm-resize.effect"]

    // Servers: by whom
    servers::members_only finds [
        "{servers,server-*,instance-actions,volume-attachments,availability-zones,flavors,flavor-extra-specs,images,networks,security-groups,floating-ips}.*.callers.admin", "servers.{list,create,detail,show,update,delete,start,stop,reboot,pause,unpause,suspend,resume,lock,unlock,rescue,unrescue,resize,confirm-resize,revert-resize,shelve,unshelve}.callers.second", "availability-zones.list.callers.second",
        "{server-*,instance-actions,volume-attachments,flavors,flavor-extra-specs,images,networks,security-groups,floating-ips}.*.callers.second",
    ]
    servers::strangers_are_teapots finds ["{servers,server-*,instance-actions,volume-attachments,availability-zones,flavors,flavor-extra-specs,images,networks,security-groups,floating-ips}.*.callers.{reader,other,nobody}"]
    servers::everybody_is_main finds ["servers.{stop,pause,lock,update}.callers.reader", "servers.{list,detail,show}.callers.{other,nobody}"]
    servers::everybody_is_admin finds ["servers.list.{filters-of-admins,without-deleted,of-the-project}"]

    // Secrets
    rebuild::passwords_shown finds ["security.secrets.passwords"]
    rebuild::faults_tell_keys finds ["security.secrets.private-keys"]
}

async fn is_found_out(bend: Bend, by: &[&'static str]) {
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
    let names: Vec<Name> = FOUND_BY
        .iter()
        .copied()
        .flatten()
        .map(|name| Name::of(name))
        .collect();
    let proved = |id: &str| names.iter().any(|name| name.picks(id));
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

/// What only a cloud that takes its time can be asked; wrong clouds show that these bite.
const TOO_QUICK: &[&str] = &[
    "servers.rebuild.state.building",
    "servers.rebuild.state.rebuilding",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_check_passes_on_the_cloud_that_is_right() {
    let (_held, cloud) = right().await;
    let (outcomes, made) = run_as(checks::registry(), cloud, addressed()).await;
    let mut not_passed = other_than(Kind::Passed, &outcomes);
    // The built-in cloud is through with a server before anybody can ask.
    not_passed.retain(|(id, _, outcome)| {
        outcome.kind() != Kind::NotApplicable || !TOO_QUICK.contains(&id.as_str())
    });
    assert!(not_passed.is_empty(), "{not_passed:#?}");
    assert_eq!(outcomes.len(), checks::registry().len());
    let costs = [
        ("requests", made.requests),
        ("keypairs made", made.keypairs),
        ("servers made", made.servers),
        ("servers rebuilt", made.rebuilds),
        ("servers at one time", made.servers_at_once),
    ];
    for (what, cost) in costs {
        let told = told_to_cost(what);
        assert!(
            cost <= told && told <= 2 * cost,
            "docs/kindness.md says at most {told} {what}, and they are {cost}"
        );
    }
}
