//! Rules of Nova 34.0.0 that once had another name, so that a policy file written for the old name
//! still decides.
//!
//! Knows nobody: names and check strings are those of the `DeprecatedRule`s in
//! `nova/policies/*.py`.

/// A rule that had another name. A policy file that still overrides the old name decides the new
/// rules too, unless it overrides those as well.
pub(super) struct Renamed {
    /// The old name.
    pub(super) was: &'static str,
    /// The old default: an override that repeats it changes nothing.
    pub(super) check: &'static str,
    /// What stands in its place.
    pub(super) now: &'static [&'static str],
}

const ADMIN: &str = "rule:context_is_admin";
const OLD_ADMIN: &str = "rule:admin_api";
const OLD_OWNER: &str = "rule:admin_or_owner";

/// Every rule whose name changed.
pub(super) static RENAMED: &[Renamed] = &[
    Renamed {
        was: "os_compute_api:os-attach-interfaces",
        check: OLD_OWNER,
        now: &[
            "os_compute_api:os-attach-interfaces:list",
            "os_compute_api:os-attach-interfaces:show",
            "os_compute_api:os-attach-interfaces:create",
            "os_compute_api:os-attach-interfaces:delete",
        ],
    },
    Renamed {
        was: "os_compute_api:os-baremetal-nodes",
        check: OLD_ADMIN,
        now: &[
            "os_compute_api:os-baremetal-nodes:list",
            "os_compute_api:os-baremetal-nodes:show",
        ],
    },
    Renamed {
        was: "os_compute_api:os-deferred-delete",
        check: OLD_OWNER,
        now: &[
            "os_compute_api:os-deferred-delete:restore",
            "os_compute_api:os-deferred-delete:force",
        ],
    },
    Renamed {
        was: "os_compute_api:os-floating-ips",
        check: OLD_OWNER,
        now: &[
            "os_compute_api:os-floating-ips:add",
            "os_compute_api:os-floating-ips:remove",
            "os_compute_api:os-floating-ips:list",
            "os_compute_api:os-floating-ips:create",
            "os_compute_api:os-floating-ips:show",
            "os_compute_api:os-floating-ips:delete",
        ],
    },
    Renamed {
        was: "os_compute_api:os-hosts",
        check: OLD_ADMIN,
        now: &[
            "os_compute_api:os-hosts:list",
            "os_compute_api:os-hosts:show",
            "os_compute_api:os-hosts:update",
            "os_compute_api:os-hosts:reboot",
            "os_compute_api:os-hosts:shutdown",
            "os_compute_api:os-hosts:start",
        ],
    },
    Renamed {
        was: "os_compute_api:os-hypervisors",
        check: OLD_ADMIN,
        now: &[
            "os_compute_api:os-hypervisors:list",
            "os_compute_api:os-hypervisors:list-detail",
            "os_compute_api:os-hypervisors:statistics",
            "os_compute_api:os-hypervisors:show",
            "os_compute_api:os-hypervisors:uptime",
            "os_compute_api:os-hypervisors:search",
            "os_compute_api:os-hypervisors:servers",
        ],
    },
    Renamed {
        was: "os_compute_api:os-instance-actions",
        check: OLD_OWNER,
        now: &[
            "os_compute_api:os-instance-actions:list",
            "os_compute_api:os-instance-actions:show",
        ],
    },
    Renamed {
        was: "os_compute_api:os-instance-usage-audit-log",
        check: OLD_ADMIN,
        now: &[
            "os_compute_api:os-instance-usage-audit-log:list",
            "os_compute_api:os-instance-usage-audit-log:show",
        ],
    },
    Renamed {
        was: "os_compute_api:os-used-limits",
        check: OLD_ADMIN,
        now: &["os_compute_api:limits:other_project"],
    },
    Renamed {
        was: "os_compute_api:os-migrate-server:migrate_live",
        check: ADMIN,
        now: &["os_compute_api:os-migrate-server:migrate_live:host"],
    },
    Renamed {
        was: "os_compute_api:os-migrations:index",
        check: ADMIN,
        now: &[
            "os_compute_api:os-migrations:index:all_projects",
            "os_compute_api:os-migrations:index:host",
        ],
    },
    Renamed {
        was: "os_compute_api:os-multinic",
        check: OLD_OWNER,
        now: &[
            "os_compute_api:os-multinic:add",
            "os_compute_api:os-multinic:remove",
        ],
    },
    Renamed {
        was: "os_compute_api:os-networks:view",
        check: OLD_OWNER,
        now: &[
            "os_compute_api:os-networks:list",
            "os_compute_api:os-networks:show",
        ],
    },
    Renamed {
        was: "os_compute_api:os-rescue",
        check: OLD_OWNER,
        now: &["os_compute_api:os-unrescue"],
    },
    Renamed {
        was: "os_compute_api:os-security-groups",
        check: OLD_OWNER,
        now: &[
            "os_compute_api:os-security-groups:get",
            "os_compute_api:os-security-groups:show",
            "os_compute_api:os-security-groups:create",
            "os_compute_api:os-security-groups:update",
            "os_compute_api:os-security-groups:delete",
            "os_compute_api:os-security-groups:rule:create",
            "os_compute_api:os-security-groups:rule:delete",
            "os_compute_api:os-security-groups:list",
            "os_compute_api:os-security-groups:add",
            "os_compute_api:os-security-groups:remove",
        ],
    },
    Renamed {
        was: "os_compute_api:os-server-password",
        check: OLD_OWNER,
        now: &[
            "os_compute_api:os-server-password:show",
            "os_compute_api:os-server-password:clear",
        ],
    },
    Renamed {
        was: "os_compute_api:os-flavor-extra-specs:index",
        check: OLD_OWNER,
        now: &["os_compute_api:servers:show:flavor-extra-specs"],
    },
    Renamed {
        was: "os_compute_api:servers:migrations:index",
        check: ADMIN,
        now: &["os_compute_api:servers:migrations:index:host"],
    },
    Renamed {
        was: "os_compute_api:os-services",
        check: OLD_ADMIN,
        now: &[
            "os_compute_api:os-services:list",
            "os_compute_api:os-services:update",
            "os_compute_api:os-services:delete",
        ],
    },
    Renamed {
        was: "os_compute_api:os-tenant-networks",
        check: OLD_OWNER,
        now: &[
            "os_compute_api:os-tenant-networks:list",
            "os_compute_api:os-tenant-networks:show",
        ],
    },
    Renamed {
        was: "os_compute_api:os-volumes",
        check: OLD_OWNER,
        now: &[
            "os_compute_api:os-volumes:list",
            "os_compute_api:os-volumes:create",
            "os_compute_api:os-volumes:detail",
            "os_compute_api:os-volumes:show",
            "os_compute_api:os-volumes:delete",
            "os_compute_api:os-volumes:snapshots:list",
            "os_compute_api:os-volumes:snapshots:create",
            "os_compute_api:os-volumes:snapshots:detail",
            "os_compute_api:os-volumes:snapshots:show",
            "os_compute_api:os-volumes:snapshots:delete",
        ],
    },
];
