//! Which checks find each behavior flaw out. A name with `*` or `{` stands for several checks, each of which has to.
//!
//! What finds a flaw of the history follows from the history.

/// The behavior flaws of the built-in cloud, each with the checks that find it out.
#[rustfmt::skip]
pub(super) const FOUND_BY: &[(&str, &[&str])] = &[
    // Answers
    ("keypairs.create-stays-200", &[
        "keypairs.create.since-2-2.*", "keypairs.create.since-2-10.takes-user-id", "keypairs.create.since-2-92.hides-private-key",
        "keypairs.create.key.*", "keypairs.create.type.default",
        "keypairs.create.callers.{main,second,other,reader,admin}", "keypairs.create.callers.{main,second,other,reader}-own-id",
        "keypairs.create.{sample,x509.sample,generated.sample,generated-x509.sample}",
    ]),
    ("keypairs.delete-stays-202", &[
        "keypairs.delete.since-2-2.status", "keypairs.delete.answer", "keypairs.delete.sample",
        "keypairs.delete.callers.{main,second,other,reader,admin}", "keypairs.delete.callers.{main,second,other,reader,admin}-own-id",
        "keypairs.create.name.{longest,inner-spaces,underscore-and-dash,digits-at-the-end,at-sign-taken,dot-taken,only-new-characters-at-the-end}",
    ]),
    ("keypairs.delete-with-a-body", &["keypairs.delete.answer"]),
    ("keypairs.private-key-shown-again", &["keypairs.show.private-key-never*", "keypairs.show.answer"]),
    ("keypairs.private-keys-mixed-up", &["keypairs.create.generated.belongs-together"]),
    ("keypairs.one-key-for-all", &["keypairs.create.generated.two-differ"]),
    ("keypairs.generated-of-another-type", &["keypairs.create.generated.{ssh,x509}"]),
    ("keypairs.fingerprint-of-sha256", &["keypairs.create.key.{rsa,ecdsa,sk,certificate,x509}-*", "keypairs.create.key.ed25519", "keypairs.create.key-text.*", "keypairs.create.answer", "keypairs.create.generated.x509"]),
    ("keypairs.key-without-its-comment", &[
        "keypairs.create.key.ed25519", "keypairs.create.key-text.comment-*", "keypairs.create.name.taken-unharmed",
        "keypairs.show.callers.{main,second,other,reader,admin}", "keypairs.show.callers.{main,second,other,reader,admin}-own-id",
    ]),
    ("keypairs.keys-trimmed", &["keypairs.create.key-text.trailing-*", "keypairs.create.public-key.leading-space"]),
    ("keypairs.list-without-type", &["keypairs.list.since-2-2.shows-type", "keypairs.list.answer", "keypairs.list.sample"]),
    ("keypairs.list-with-owner", &["keypairs.list.answer", "keypairs.create.legacy.life", "keypairs.show.as-created"]),
    ("keypairs.list-is-empty", &["keypairs.list.callers.{main,main-own-id}", "keypairs.list.generated"]),
    ("keypairs.show-without-created-at", &["keypairs.show.answer", "keypairs.show.{sample,x509.sample}"]),
    ("keypairs.id-is-text", &["keypairs.show.answer", "keypairs.show.sample"]),
    ("keypairs.ids-are-all-1", &["keypairs.show.owners.ids"]),
    ("keypairs.keypairs-are-shown-as-at-2-1", &["keypairs.show.since-2-2.shows-type"]),
    ("keypairs.names-in-capitals", &["keypairs.{create,show}.answer", "keypairs.create.name.{at-sign-taken,dot-taken}"]),
    ("keypairs.no-vary", &["*.headers", "keypairs.show.headers-of-a-fault"]),
    ("keypairs.vary-by-the-older-header-only", &["*.headers"]),
    ("keypairs.no-request-id", &["*.headers", "*.sample"]),
    ("keypairs.names-no-version", &["*.headers", "negotiation.{latest,every-version,several-services,older-header,both-headers,another-service}"]),
    ("keypairs.duplicate-overwrites", &["keypairs.create.name.{taken,taken-unharmed,taken-by-generating}", "keypairs.create.admin.name-taken"]),
    ("keypairs.missing-is-deleted", &["keypairs.delete.missing", "keypairs.delete.gone", "keypairs.show.whole-name"]),
    ("keypairs.fault-of-another-name", &["keypairs.{show,delete}.missing", "keypairs.{show,delete}.admin.missing", "extensions.show.missing"]),
    ("keypairs.faults-say-nothing", &["*-in-words", "*.in-words"]),
    ("keypairs.policy-in-other-words", &[
        "keypairs.*.policy-in-words",
        "*.{create,update,delete,start,stop,reboot,pause,unpause,suspend,resume,lock,unlock,rescue,unrescue,resize,confirm-resize,revert-resize,shelve,unshelve,replace,delete-all,add,clear}.policy-in-words",
    ]),
    ("keypairs.quota-is-not-enforced", &["keypairs.create.quota.{exceeded,freed}"]),
    ("keypairs.answers-every-path", &["keypairs.show.unknown-route", "keypairs.create.unknown-method"]),

    // What is taken, and from when on.
    ("keypairs.takes-what-it-should-refuse", &[
        "keypairs.create.body.*", "keypairs.create.public-key.*", "keypairs.create.user-id.*",
        "keypairs.create.name.{empty,too-long,leading-space,trailing-space,trailing-no-break-space,only-spaces,slash,comma,at-sign,dot,accent,emoji,nul,tab,null,integer,boolean,list,object,missing}",
        "keypairs.create.type.{empty,upper-case,unknown,null,integer,x509-with-ssh-key,ssh-with-certificate}",
        "keypairs.create.media.{not-json,empty,xml,form}", "keypairs.create.legacy.{only-spaces,no-root}",
    ]),
    ("keypairs.generates-at-2-92", &["keypairs.create.generates", "keypairs.create.since-2-92.takes-public-key", "keypairs.create.public-key.missing"]),
    ("keypairs.names-of-2-92-before", &["keypairs.create.since-2-92.takes-name", "keypairs.create.name.{at-sign,dot}", "keypairs.create.media.charset"]),
    ("keypairs.names-trimmed", &["keypairs.create.name.{leading-space,trailing-space,trailing-no-break-space}", "keypairs.create.trims-name"]),
    ("keypairs.unknown-fields-dropped", &["keypairs.create.body.unknown-field"]),
    ("keypairs.any-media-type", &["keypairs.create.media.{xml,form}"]),
    ("keypairs.unknown-parameters-tolerated", &["*.since-2-{75,102}.other-query"]),
    ("keypairs.strict-before-2-75", &["*.since-2-75.other-query", "keypairs.create.other-query"]),
    ("keypairs.legacy-is-strict", &["keypairs.create.{trims-name,drops-unknown-properties}", "keypairs.show.legacy.version-ignored"]),

    // Pages
    ("keypairs.limit-ignored", &["keypairs.list.pages.walked-by-1", "keypairs.list.since-2-35.takes-query-limit", "keypairs.list.pages.limit.{zero,empty,negative,word,fraction,sign}"]),
    ("keypairs.large-limits-are-refused", &["keypairs.list.pages.limit.beyond"]),
    ("keypairs.marker-ignored", &["keypairs.list.pages.marker.{unknown,of-another-user,deleted}", "keypairs.list.since-2-35.takes-query-marker", "keypairs.list.pages.walked-by-2"]),
    ("keypairs.marker-inclusive", &["keypairs.list.pages", "keypairs.list.pages.walked-by-1", "keypairs.list.pages.marker.{exclusive,without-limit}", "keypairs.list.admin.pages-a-user"]),
    ("keypairs.pages-before-2-35", &["keypairs.list.pages", "keypairs.list.since-2-35.*"]),
    ("keypairs.list-backwards", &["keypairs.list.pages.{sorted,walked-by-2,walked-by-3,walked-whole}"]),
    ("keypairs.link-without-marker", &["keypairs.list.pages.{link,links-followed}"]),
    ("keypairs.no-links", &["keypairs.list.pages.link", "keypairs.list.since-2-35.shows-keypairs-links"]),
    ("keypairs.links-everywhere", &["keypairs.list.pages.no-link"]),

    // Versions
    ("keypairs.malformed-versions-ignored", &["negotiation.malformed.*"]),
    ("keypairs.too-new-means-newest", &["negotiation.out-of-range.{too-new,next}"]),
    ("keypairs.older-means-oldest", &["negotiation.out-of-range.{too-old,other-major}"]),
    ("keypairs.no-version-means-newest", &["negotiation.none-named"]),
    ("keypairs.documents-of-another-version", &["negotiation.documents.{one,all}"]),
    ("people.documents-need-a-token", &["negotiation.documents.{one,all}-without-token"]),

    // What is beside keypairs
    ("keypairs.what-is-beside-stays-at-2-1", &["{limits,quota-sets}.*.since-2-{36,57}.*", "limits.show.since-2-39.*", "{limits,quota-sets}.*.answer", "{limits,quota-sets}.*.sample"]),
    ("keypairs.no-keypairs-extension", &["extensions.list.keypairs"]),
    ("keypairs.extensions-without-dates", &["extensions.{list,show}.answer", "extensions.show.{keypairs,sample}"]),

    // People
    ("keypairs.user-id-ignored", &[
        "keypairs.{list,show,delete}.acts-for-user", "keypairs.{list,show,delete}.since-2-10.takes-query-user-id",
        "keypairs.{list,show,delete}.callers.{main,second,other,reader,admin}-of-another", "keypairs.delete.owners.forbidden-leaves-both", "keypairs.list.pages.link-keeps-user",
    ]),
    ("keypairs.made-for-the-administrator", &["keypairs.create.acts-for-user", "keypairs.create.callers.{admin-own-id,admin-of-another}"]),
    ("people.policy-open", &[
        "keypairs.*.callers.{main,second,other,reader}-of-another", "keypairs.{list,show,delete}.since-2-10.takes-query-user-id",
        "keypairs.delete.owners.forbidden-leaves-both",
    ]),
    ("people.names-are-global", &["keypairs.show.owners.not-to-{same-project,other-project,reader}", "keypairs.delete.owners.not-by-{same-project,other-project,reader}"]),
    ("people.every-namesake-deleted", &["keypairs.delete.owners.namesake-stays"]),
    ("people.administrators-need-no-user-id", &["keypairs.show.owners.not-to-admin", "keypairs.delete.owners.not-by-admin"]),
    ("people.list-of-the-project", &["keypairs.list.owners.not-of-{same-project,reader}", "keypairs.list.callers.{second,reader}*"]),
    ("people.list-of-everybody", &["keypairs.list.owners.*", "keypairs.list.callers.{second,other,reader,admin,second-own-id,other-own-id,reader-own-id,admin-own-id}"]),
    ("people.names-unique-among-users", &["keypairs.create.owners.same-name"]),
    ("people.administrator-deletes-own", &["keypairs.delete.acts-for-user", "keypairs.delete.admin.missing"]),
    ("people.owner-is-the-caller", &["keypairs.{create,show}.acts-for-user"]),
    ("people.quota-of-the-project", &["keypairs.create.quota.counts-users"]),
    ("people.no-login", &["*.not-logged-in*", "*.nonsense-token", "{keypairs,limits,quota-sets,extensions}.*.callers.nobody*", "servers.{list,detail,show}.callers.nobody", "*.callers.expired*"]),
    ("people.tokens-never-end", &["*.callers.expired*"]),

    // Rebuild: whose key it is
    ("rebuild.keys-of-the-owner", &["security.rebuild.{key-of-caller,key-of-owner,admin-own-key,admin-owners-key,namesake}"]),
    ("rebuild.unknown-keys-passed-over", &[
        "security.rebuild.{key-of-another,key-of-another-project,deleted-key.refused}",
        "security.rebuild.key-name.{unknown,blank,leading-space,trailing-space,nul,longest}",
    ]),
    ("rebuild.any-name-is-a-name", &["security.rebuild.key-name.{empty,too-long,integer,boolean,list,object}"]),
    ("rebuild.keys-ignored", &["security.rebuild.{taken,guest-key}"]),
    ("rebuild.null-keeps-the-key", &["security.rebuild.{null-clears,guest-cleared}"]),
    ("rebuild.omission-clears-the-key", &["security.rebuild.{omission-keeps,deleted-key.kept}"]),
    ("rebuild.rebuilt-by-is-owned-by", &["security.rebuild.{owner-stays,admin-owner-stays}"]),
    ("rebuild.rebuilt-is-another", &["security.rebuild.server-stays", "servers.rebuild.{created,rebuilding}"]),
    ("rebuild.servers-without-keys", &["security.rebuild.deleted-key.shown"]),
    ("rebuild.answer-names-a-key-early", &["security.rebuild.answer-before"]),
    ("rebuild.rebuild-answers-amiss", &[
        "security.rebuild.{answer-names-key,failed}",
        "servers.rebuild.{rebuilding,location,password.made,password.given,image.another,state.stopped}",
    ]),

    // Rebuild: by whom
    ("rebuild.rebuilds-for-everybody", &["security.rebuild.{reader,other-project,refused.forbidden,refused.missing}"]),
    ("rebuild.rebuilds-without-login", &["security.rebuild.{nobody,expired}"]),
    ("rebuild.rebuilds-for-nobody", &[
        "security.rebuild.{owner,member,admin}", "servers.rebuild.changes.{preserve-ephemeral,personality,trusted-certs-null}",
        "servers.rebuild.state.{stopped,error,locked-for-admin}", "servers.rebuild.{volume.same-image,rebuilds-volume-backed}",
    ]),
    ("rebuild.actions-name-the-owner", &["security.rebuild.{action-names-caller,action-shown-names-caller}"]),

    // Rebuild: what it takes, refuses and changes
    ("rebuild.rebuilds-whatever-is-asked", &[
        "security.rebuild.{before-taken,refused.*}", "servers.rebuild.quota.{metadata,files,file-size}",
        "servers.rebuild.{access-ipv4,access-ipv6,body,description,disk-config,hostname,image-ref,metadata,name,personality,preserve-ephemeral,trusted-certs,user-data}.*",
        "servers.rebuild.password.{integer,null}", "servers.rebuild.{missing,deleted}",
        "servers.rebuild.image.{unknown,inactive,too-large,needs-more-disk,needs-more-memory,unknown-architecture}",
        "servers.rebuild.state.{paused,suspended,rescued,shelved,resized,locked}",
    ]),
    ("rebuild.rebuilds-what-is-on-its-way", &["servers.rebuild.state.{building,rebuilding}"]),
    ("rebuild.changes-ignored", &[
        "servers.rebuild.changes.{name,metadata,metadata-empty,access-ipv4,access-ipv6,disk-config-manual,disk-config-auto,description,description-null,user-data,user-data-null,trusted-certs,hostname,hostname-with-domain}",
    ]),
    ("rebuild.what-is-not-named-is-lost", &["servers.rebuild.leaves.*"]),
    ("rebuild.never-updated", &["servers.rebuild.updated"]),

    // Servers: what is refused
    ("servers.refuses-nothing", &[
        "{server-*,instance-actions,flavors,availability-zones,images,security-groups,volume-attachments}.*.{body,query}.*", "servers.{list,create,detail,show,update,delete,start,stop,reboot,pause,unpause,suspend,resume,lock,unlock,rescue,unrescue,resize,confirm-resize,revert-resize,shelve,unshelve,reset-state}.{body,query}.*", "servers.{list,create,detail,show,update,delete,start,stop,reboot,pause,unpause,suspend,resume,lock,unlock,rescue,unrescue,resize,confirm-resize,revert-resize,shelve,unshelve,reset-state}.missing",
        "{server-*,instance-actions,flavors,flavor-extra-specs,images,networks,volume-attachments}.*.missing",
        "servers.create.{image.unknown,image.empty,flavor.unknown,key.unknown,zone.unknown,network.unknown,count.backwards,metadata.too-many,group.unknown}",
        "server-metadata.*.{too-many,another-key,unknown-key}", "server-tags.*.{unknown-tag,comma,too-long,too-many}",
        "servers.{list,detail}.{all-tenants,marker.unknown}", "servers.list.{sort-dir.unknown,sort-key.of-admins}",
        "servers.{list,detail}.checks-status", "servers.lock.refuses", "servers.states.{active,stopped,paused,suspended,rescued,resized,error}",
        "servers.unlock.admins-lock", "servers.delete.gone", "servers.rescue.rescues-volume-backed", "server-groups.create.effect",
        "{instance-actions.list,flavors.list,flavors.detail}.since-*.takes-query-{limit,marker,changes-since,changes-before,sort-key,name}",
        "{availability-zones.detail,servers.reset-state}.callers.{main,second}",
    ]),

    // Servers: what is answered
    ("servers.other-statuses", &[
        "{server-metadata,server-tags,server-password,flavors,images,floating-ips}.*.{answer,callers.main}",
        "flavor-extra-specs.list.{answer,callers.main}", "security-groups.{list,create}.{answer,callers.main}",
        "{networks,server-addresses,instance-actions}.show.{answer,callers.main}", "availability-zones.{list,detail}.answer", "availability-zones.list.callers.main",
        "server-groups.delete.{answer,callers.main}", "servers.{list,detail,create,update,delete}.{answer,callers.main}",
    ]),
    ("servers.other-status-of-show", &["servers.show.{answer,callers.main}"]),
    ("servers.other-status-of-attachments", &["volume-attachments.show.{answer,callers.main}"]),
    ("servers.other-status-of-lists", &["{server-groups,networks,server-addresses,instance-actions,volume-attachments}.list.{answer,callers.main}"]),
    ("servers.other-status-of-groups", &["server-groups.create.{answer,callers.main}"]),
    ("servers.other-status-of-a-group", &["server-groups.show.{answer,callers.main}"]),
    ("servers.other-statuses-of-doing", &["servers.{stop,pause,suspend,rescue,resize,shelve,lock}.{answer,callers.main}"]),
    ("servers.other-statuses-of-undoing", &["servers.{start,reboot,unpause,resume,unrescue,confirm-resize,revert-resize,unshelve,unlock}.{answer,callers.main}", "servers.reset-state.answer"]),
    ("servers.all-is-oldest", &[
        "{servers.{detail,show,update,lock,unshelve},server-groups.*,flavors.*,volume-attachments.*}.since-*.{fields,takes-*}",
        "instance-actions.*.since-*.{fields,takes-*}", "instance-actions.list.since-2-58.other-query", "servers.list.since-2-{26,66,73}.takes-query-{tags,tags-any,not-tags,not-tags-any,changes-before,locked}",
        "server-tags.*.since-2-26.routed", "servers.create.since-2-{19,32,33,42,52,63,67,74,90,94}.takes-*",
    ]),
    ("servers.all-is-newest", &[
        "{images,networks,security-groups,floating-ips}.*.since-2-36.routed", "instance-actions.list.answers-of-deleted", "servers.create.since-2-{37,57}.takes-*",
    ]),
    ("servers.actions-by-nobody", &["instance-actions.list.effect"]),
    ("servers.another-password", &["servers.create.password"]),
    ("servers.groups-with-strangers", &["server-groups.create.effect"]),
    ("servers.new-tags-are-old", &["server-tags.add.twice"]),
    ("servers.without-reservations", &["servers.create.reservation"]),
    ("servers.without-locks", &["servers.lock.{shown,not-for-admins}", "servers.unlock.{effect,admins-lock}"]),
    ("servers.descriptions-swapped", &["servers.create.describes-by-name"]),
    ("servers.no-swap-the-other-way", &["flavors.{show,detail}.shows-no-swap-as-text"]),
    ("servers.asked-lists-are-empty", &["servers.{list,detail}.pages", "servers.detail.sorted"]),
    ("servers.lists-lack-one", &["servers.{list,detail}.{answer,of-the-project}"]),
    ("servers.lists-lack-their-first", &["flavors.{list,detail}.holds"]),

    // Servers: what is asked for
    ("servers.queries-ignored", &[
        "servers.list.{all-projects,filters,changes-since}", "servers.{list,detail}.pages", "servers.detail.sorted",
        "servers.{list,detail}.since-*.takes-query-{tags,tags-any,not-tags,not-tags-any,changes-before,locked}",
    ]),
    ("servers.wishes-forgotten", &["servers.create.{as-asked,several}"]),
    ("servers.updates-describe", &["servers.update.keeps-the-rest"]),
    ("servers.changes-forgotten", &["servers.update.{effect,answer}", "server-metadata.create.effect", "server-tags.replace.effect"]),
    ("servers.nothing-changed", &["servers.{stop,pause,suspend,rescue,resize,shelve}.effect"]),
    ("servers.nothing-changed-back", &["servers.{start,unpause,resume,unrescue,revert-resize,unshelve,unlock}.effect"]),
    ("servers.reboots-stop", &["servers.reboot.effect"]),
    ("servers.confirmations-revert", &["servers.confirm-resize.effect"]),

    // Servers: by whom
    ("servers.members-only", &[
        "{servers,server-*,instance-actions,volume-attachments,availability-zones,flavors,flavor-extra-specs,images,networks,security-groups,floating-ips}.*.callers.admin", "servers.{list,create,detail,show,update,delete,start,stop,reboot,pause,unpause,suspend,resume,lock,unlock,rescue,unrescue,resize,confirm-resize,revert-resize,shelve,unshelve}.callers.second", "availability-zones.list.callers.second",
        "{server-*,instance-actions,volume-attachments,flavors,flavor-extra-specs,images,networks,security-groups,floating-ips}.*.callers.second",
    ]),
    ("servers.strangers-are-teapots", &["{servers,server-*,instance-actions,volume-attachments,availability-zones,flavors,flavor-extra-specs,images,networks,security-groups,floating-ips}.*.callers.{reader,other,nobody}"]),
    ("servers.everybody-is-main", &["servers.{stop,pause,lock,update}.callers.reader", "servers.{list,detail,show}.callers.{other,nobody}"]),
    ("servers.everybody-is-admin", &["servers.list.{filters-of-admins,without-deleted,of-the-project}"]),

    // Secrets
    ("rebuild.passwords-shown", &["security.secrets.passwords"]),
    ("rebuild.faults-tell-keys", &["security.secrets.private-keys"]),
];
