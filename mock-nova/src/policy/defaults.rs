//! Nova's own policy, as data: every rule of Nova 34.0.0 with its default check string.
//!
//! Knows nobody. The whole of Nova's policy is here, not only the rules of routes that are served
//! today, so that the policy file of a real deployment loads as it is and a new route finds its
//! rule waiting. Names, check strings and scopes are those of `nova/policies/*.py`; a test in this
//! folder compares their answers with those of a real Nova.

/// One rule as Nova registers it.
pub(super) struct Default {
    /// The name a policy file overrides it by.
    pub(super) name: &'static str,
    /// The check string that holds unless a policy file says otherwise.
    pub(super) check: &'static str,
    /// Whether it is asked on behalf of a request, and so refuses tokens that are scoped to the
    /// system or to a domain (`scope_types=['project']`).
    pub(super) project_scope_only: bool,
}

const ADMIN: &str = "rule:context_is_admin";
const MANAGER_OR_ADMIN: &str = "rule:project_manager_or_admin";
const MEMBER_OR_ADMIN: &str = "rule:project_member_or_admin";
const READER_OR_ADMIN: &str = "rule:project_reader_or_admin";
const SERVICE_OR_ADMIN: &str = "rule:service_or_admin";
const KEY_OWNER_OR_ADMIN: &str = "(rule:context_is_admin) or user_id:%(user_id)s";
const ANYBODY: &str = "@";
const NOBODY: &str = "!";

/// A persona other rules are made of.
const fn base(name: &'static str, check: &'static str) -> Default {
    Default {
        name,
        check,
        project_scope_only: false,
    }
}

/// A rule an operation of the API asks.
const fn api(name: &'static str, check: &'static str) -> Default {
    Default {
        name,
        check,
        project_scope_only: true,
    }
}

/// Every rule, in Nova's order.
pub(super) static DEFAULTS: &[Default] = &[
    base("context_is_admin", "role:admin"),
    base(
        "admin_or_owner",
        "is_admin:True or project_id:%(project_id)s",
    ),
    base("admin_api", "is_admin:True"),
    base(
        "project_manager_api",
        "role:manager and project_id:%(project_id)s",
    ),
    base(
        "project_member_api",
        "role:member and project_id:%(project_id)s",
    ),
    base(
        "project_reader_api",
        "role:reader and project_id:%(project_id)s",
    ),
    base("service_api", "role:service"),
    base(
        "project_manager_or_admin",
        "rule:project_manager_api or rule:context_is_admin",
    ),
    base(
        "project_member_or_admin",
        "rule:project_member_api or rule:context_is_admin",
    ),
    base(
        "project_reader_or_admin",
        "rule:project_reader_api or rule:context_is_admin",
    ),
    base(
        "service_or_admin",
        "rule:service_api or rule:context_is_admin",
    ),
    api("os_compute_api:os-admin-actions:reset_state", ADMIN),
    api("os_compute_api:os-admin-actions:inject_network_info", ADMIN),
    api("os_compute_api:os-admin-password", MEMBER_OR_ADMIN),
    api("os_compute_api:os-aggregates:set_metadata", ADMIN),
    api("os_compute_api:os-aggregates:add_host", ADMIN),
    api("os_compute_api:os-aggregates:create", ADMIN),
    api("os_compute_api:os-aggregates:remove_host", ADMIN),
    api("os_compute_api:os-aggregates:update", ADMIN),
    api("os_compute_api:os-aggregates:index", ADMIN),
    api("os_compute_api:os-aggregates:delete", ADMIN),
    api("os_compute_api:os-aggregates:show", ADMIN),
    api("compute:aggregates:images", ADMIN),
    api(
        "os_compute_api:os-assisted-volume-snapshots:create",
        SERVICE_OR_ADMIN,
    ),
    api(
        "os_compute_api:os-assisted-volume-snapshots:delete",
        SERVICE_OR_ADMIN,
    ),
    api("os_compute_api:os-attach-interfaces:list", READER_OR_ADMIN),
    api("os_compute_api:os-attach-interfaces:show", READER_OR_ADMIN),
    api(
        "os_compute_api:os-attach-interfaces:create",
        MEMBER_OR_ADMIN,
    ),
    api(
        "os_compute_api:os-attach-interfaces:delete",
        MEMBER_OR_ADMIN,
    ),
    api("os_compute_api:os-availability-zone:list", ANYBODY),
    api("os_compute_api:os-availability-zone:detail", ADMIN),
    api("os_compute_api:os-baremetal-nodes:list", ADMIN),
    api("os_compute_api:os-baremetal-nodes:show", ADMIN),
    api("os_compute_api:os-console-auth-tokens", ADMIN),
    api("os_compute_api:os-console-output", MEMBER_OR_ADMIN),
    api("os_compute_api:os-create-backup", MEMBER_OR_ADMIN),
    api("os_compute_api:os-deferred-delete:restore", MEMBER_OR_ADMIN),
    api("os_compute_api:os-deferred-delete:force", MEMBER_OR_ADMIN),
    api("os_compute_api:os-evacuate", ADMIN),
    api("os_compute_api:os-extended-server-attributes", ADMIN),
    api("os_compute_api:extensions", ANYBODY),
    api("os_compute_api:os-flavor-access:add_tenant_access", ADMIN),
    api(
        "os_compute_api:os-flavor-access:remove_tenant_access",
        ADMIN,
    ),
    api("os_compute_api:os-flavor-access", ADMIN),
    api("os_compute_api:os-flavor-extra-specs:show", READER_OR_ADMIN),
    api("os_compute_api:os-flavor-extra-specs:create", ADMIN),
    api("os_compute_api:os-flavor-extra-specs:update", ADMIN),
    api("os_compute_api:os-flavor-extra-specs:delete", ADMIN),
    api(
        "os_compute_api:os-flavor-extra-specs:index",
        READER_OR_ADMIN,
    ),
    api("os_compute_api:os-flavor-manage:create", ADMIN),
    api("os_compute_api:os-flavor-manage:update", ADMIN),
    api("os_compute_api:os-flavor-manage:delete", ADMIN),
    api("os_compute_api:os-floating-ip-pools", ANYBODY),
    api("os_compute_api:os-floating-ips:add", MEMBER_OR_ADMIN),
    api("os_compute_api:os-floating-ips:remove", MEMBER_OR_ADMIN),
    api("os_compute_api:os-floating-ips:list", READER_OR_ADMIN),
    api("os_compute_api:os-floating-ips:create", MEMBER_OR_ADMIN),
    api("os_compute_api:os-floating-ips:show", READER_OR_ADMIN),
    api("os_compute_api:os-floating-ips:delete", MEMBER_OR_ADMIN),
    api("os_compute_api:os-hosts:list", ADMIN),
    api("os_compute_api:os-hosts:show", ADMIN),
    api("os_compute_api:os-hosts:update", ADMIN),
    api("os_compute_api:os-hosts:reboot", ADMIN),
    api("os_compute_api:os-hosts:shutdown", ADMIN),
    api("os_compute_api:os-hosts:start", ADMIN),
    api("os_compute_api:os-hypervisors:list", ADMIN),
    api("os_compute_api:os-hypervisors:list-detail", ADMIN),
    api("os_compute_api:os-hypervisors:statistics", ADMIN),
    api("os_compute_api:os-hypervisors:show", ADMIN),
    api("os_compute_api:os-hypervisors:uptime", ADMIN),
    api("os_compute_api:os-hypervisors:search", ADMIN),
    api("os_compute_api:os-hypervisors:servers", ADMIN),
    api("os_compute_api:os-instance-actions:events:details", ADMIN),
    api("os_compute_api:os-instance-actions:events", ADMIN),
    api("os_compute_api:os-instance-actions:list", READER_OR_ADMIN),
    api("os_compute_api:os-instance-actions:show", READER_OR_ADMIN),
    api("os_compute_api:os-instance-usage-audit-log:list", ADMIN),
    api("os_compute_api:os-instance-usage-audit-log:show", ADMIN),
    api("os_compute_api:ips:show", READER_OR_ADMIN),
    api("os_compute_api:ips:index", READER_OR_ADMIN),
    api("os_compute_api:os-keypairs:index", KEY_OWNER_OR_ADMIN),
    api("os_compute_api:os-keypairs:create", KEY_OWNER_OR_ADMIN),
    api("os_compute_api:os-keypairs:delete", KEY_OWNER_OR_ADMIN),
    api("os_compute_api:os-keypairs:show", KEY_OWNER_OR_ADMIN),
    api("os_compute_api:limits", ANYBODY),
    api("os_compute_api:limits:other_project", ADMIN),
    api("os_compute_api:os-lock-server:lock", MEMBER_OR_ADMIN),
    api("os_compute_api:os-lock-server:unlock", MEMBER_OR_ADMIN),
    api(
        "os_compute_api:os-lock-server:unlock:unlock_override",
        ADMIN,
    ),
    api("os_compute_api:os-migrate-server:migrate", MANAGER_OR_ADMIN),
    api("os_compute_api:os-migrate-server:migrate:host", ADMIN),
    api(
        "os_compute_api:os-migrate-server:migrate_live",
        MANAGER_OR_ADMIN,
    ),
    api("os_compute_api:os-migrate-server:migrate_live:host", ADMIN),
    api("os_compute_api:os-migrations:index", MANAGER_OR_ADMIN),
    api("os_compute_api:os-migrations:index:all_projects", ADMIN),
    api("os_compute_api:os-migrations:index:host", ADMIN),
    api("os_compute_api:os-multinic:add", MEMBER_OR_ADMIN),
    api("os_compute_api:os-multinic:remove", MEMBER_OR_ADMIN),
    api("os_compute_api:os-networks:list", READER_OR_ADMIN),
    api("os_compute_api:os-networks:show", READER_OR_ADMIN),
    api("os_compute_api:os-pause-server:pause", MEMBER_OR_ADMIN),
    api("os_compute_api:os-pause-server:unpause", MEMBER_OR_ADMIN),
    api("os_compute_api:os-quota-class-sets:show", ADMIN),
    api("os_compute_api:os-quota-class-sets:update", ADMIN),
    api("os_compute_api:os-quota-sets:update", ADMIN),
    api("os_compute_api:os-quota-sets:defaults", ANYBODY),
    api("os_compute_api:os-quota-sets:show", READER_OR_ADMIN),
    api("os_compute_api:os-quota-sets:delete", ADMIN),
    api("os_compute_api:os-quota-sets:detail", READER_OR_ADMIN),
    api("os_compute_api:os-remote-consoles", MEMBER_OR_ADMIN),
    api("os_compute_api:os-rescue", MEMBER_OR_ADMIN),
    api("os_compute_api:os-unrescue", MEMBER_OR_ADMIN),
    api("os_compute_api:os-security-groups:get", READER_OR_ADMIN),
    api("os_compute_api:os-security-groups:show", READER_OR_ADMIN),
    api("os_compute_api:os-security-groups:create", MEMBER_OR_ADMIN),
    api("os_compute_api:os-security-groups:update", MEMBER_OR_ADMIN),
    api("os_compute_api:os-security-groups:delete", MEMBER_OR_ADMIN),
    api(
        "os_compute_api:os-security-groups:rule:create",
        MEMBER_OR_ADMIN,
    ),
    api(
        "os_compute_api:os-security-groups:rule:delete",
        MEMBER_OR_ADMIN,
    ),
    api("os_compute_api:os-security-groups:list", READER_OR_ADMIN),
    api("os_compute_api:os-security-groups:add", MEMBER_OR_ADMIN),
    api("os_compute_api:os-security-groups:remove", MEMBER_OR_ADMIN),
    api("os_compute_api:os-server-diagnostics", ADMIN),
    api(
        "os_compute_api:os-server-external-events:create",
        SERVICE_OR_ADMIN,
    ),
    api("os_compute_api:os-server-groups:create", MEMBER_OR_ADMIN),
    api("os_compute_api:os-server-groups:delete", MEMBER_OR_ADMIN),
    api("os_compute_api:os-server-groups:index", READER_OR_ADMIN),
    api("os_compute_api:os-server-groups:index:all_projects", ADMIN),
    api("os_compute_api:os-server-groups:show", READER_OR_ADMIN),
    api("os_compute_api:server-metadata:index", READER_OR_ADMIN),
    api("os_compute_api:server-metadata:show", READER_OR_ADMIN),
    api("os_compute_api:server-metadata:create", MEMBER_OR_ADMIN),
    api("os_compute_api:server-metadata:update_all", MEMBER_OR_ADMIN),
    api("os_compute_api:server-metadata:update", MEMBER_OR_ADMIN),
    api("os_compute_api:server-metadata:delete", MEMBER_OR_ADMIN),
    api("os_compute_api:os-server-password:show", READER_OR_ADMIN),
    api("os_compute_api:os-server-password:clear", MEMBER_OR_ADMIN),
    api("os_compute_api:os-server-shares:index", READER_OR_ADMIN),
    api("os_compute_api:os-server-shares:create", MEMBER_OR_ADMIN),
    api("os_compute_api:os-server-shares:show", READER_OR_ADMIN),
    api("os_compute_api:os-server-shares:delete", MEMBER_OR_ADMIN),
    api("os_compute_api:os-server-tags:delete_all", MEMBER_OR_ADMIN),
    api("os_compute_api:os-server-tags:index", READER_OR_ADMIN),
    api("os_compute_api:os-server-tags:update_all", MEMBER_OR_ADMIN),
    api("os_compute_api:os-server-tags:delete", MEMBER_OR_ADMIN),
    api("os_compute_api:os-server-tags:update", MEMBER_OR_ADMIN),
    api("os_compute_api:os-server-tags:show", READER_OR_ADMIN),
    api("compute:server:topology:index", READER_OR_ADMIN),
    api("compute:server:topology:host:index", ADMIN),
    api("os_compute_api:servers:index", READER_OR_ADMIN),
    api("os_compute_api:servers:detail", READER_OR_ADMIN),
    api("os_compute_api:servers:index:get_all_tenants", ADMIN),
    api("os_compute_api:servers:detail:get_all_tenants", ADMIN),
    api("os_compute_api:servers:allow_all_filters", ADMIN),
    api("os_compute_api:servers:show", READER_OR_ADMIN),
    api(
        "os_compute_api:servers:show:flavor-extra-specs",
        READER_OR_ADMIN,
    ),
    api("os_compute_api:servers:show:host_status", ADMIN),
    api(
        "os_compute_api:servers:show:host_status:unknown-only",
        ADMIN,
    ),
    api("os_compute_api:servers:create", MEMBER_OR_ADMIN),
    api("os_compute_api:servers:create:forced_host", ADMIN),
    api("compute:servers:create:requested_destination", ADMIN),
    api(
        "os_compute_api:servers:create:attach_volume",
        MEMBER_OR_ADMIN,
    ),
    api(
        "os_compute_api:servers:create:attach_network",
        MEMBER_OR_ADMIN,
    ),
    api(
        "os_compute_api:servers:create:trusted_certs",
        MEMBER_OR_ADMIN,
    ),
    api("os_compute_api:servers:create:zero_disk_flavor", ADMIN),
    api("network:attach_external_network", ADMIN),
    api("os_compute_api:servers:delete", MEMBER_OR_ADMIN),
    api("os_compute_api:servers:update", MEMBER_OR_ADMIN),
    api("os_compute_api:servers:confirm_resize", MEMBER_OR_ADMIN),
    api("os_compute_api:servers:revert_resize", MEMBER_OR_ADMIN),
    api("os_compute_api:servers:reboot", MEMBER_OR_ADMIN),
    api("os_compute_api:servers:resize", MEMBER_OR_ADMIN),
    api("compute:servers:resize:cross_cell", NOBODY),
    api("os_compute_api:servers:rebuild", MEMBER_OR_ADMIN),
    api(
        "os_compute_api:servers:rebuild:trusted_certs",
        MEMBER_OR_ADMIN,
    ),
    api("os_compute_api:servers:create_image", MEMBER_OR_ADMIN),
    api(
        "os_compute_api:servers:create_image:allow_volume_backed",
        MEMBER_OR_ADMIN,
    ),
    api("os_compute_api:servers:start", MEMBER_OR_ADMIN),
    api("os_compute_api:servers:stop", MEMBER_OR_ADMIN),
    api("os_compute_api:servers:trigger_crash_dump", MEMBER_OR_ADMIN),
    api("os_compute_api:servers:migrations:show", ADMIN),
    api(
        "os_compute_api:servers:migrations:force_complete",
        MANAGER_OR_ADMIN,
    ),
    api("os_compute_api:servers:migrations:delete", MANAGER_OR_ADMIN),
    api("os_compute_api:servers:migrations:index", MANAGER_OR_ADMIN),
    api("os_compute_api:servers:migrations:index:host", ADMIN),
    api("os_compute_api:os-services:list", ADMIN),
    api("os_compute_api:os-services:update", ADMIN),
    api("os_compute_api:os-services:delete", ADMIN),
    api("os_compute_api:os-shelve:shelve", MEMBER_OR_ADMIN),
    api("os_compute_api:os-shelve:unshelve", MEMBER_OR_ADMIN),
    api("os_compute_api:os-shelve:unshelve_to_host", ADMIN),
    api("os_compute_api:os-shelve:shelve_offload", ADMIN),
    api(
        "os_compute_api:os-simple-tenant-usage:show",
        READER_OR_ADMIN,
    ),
    api("os_compute_api:os-simple-tenant-usage:list", ADMIN),
    api("os_compute_api:os-suspend-server:resume", MEMBER_OR_ADMIN),
    api("os_compute_api:os-suspend-server:suspend", MEMBER_OR_ADMIN),
    api("os_compute_api:os-tenant-networks:list", READER_OR_ADMIN),
    api("os_compute_api:os-tenant-networks:show", READER_OR_ADMIN),
    api("os_compute_api:os-volumes:list", READER_OR_ADMIN),
    api("os_compute_api:os-volumes:create", MEMBER_OR_ADMIN),
    api("os_compute_api:os-volumes:detail", READER_OR_ADMIN),
    api("os_compute_api:os-volumes:show", READER_OR_ADMIN),
    api("os_compute_api:os-volumes:delete", MEMBER_OR_ADMIN),
    api("os_compute_api:os-volumes:snapshots:list", READER_OR_ADMIN),
    api(
        "os_compute_api:os-volumes:snapshots:create",
        MEMBER_OR_ADMIN,
    ),
    api(
        "os_compute_api:os-volumes:snapshots:detail",
        READER_OR_ADMIN,
    ),
    api("os_compute_api:os-volumes:snapshots:show", READER_OR_ADMIN),
    api(
        "os_compute_api:os-volumes:snapshots:delete",
        MEMBER_OR_ADMIN,
    ),
    api(
        "os_compute_api:os-volumes-attachments:index",
        READER_OR_ADMIN,
    ),
    api(
        "os_compute_api:os-volumes-attachments:create",
        MEMBER_OR_ADMIN,
    ),
    api(
        "os_compute_api:os-volumes-attachments:show",
        READER_OR_ADMIN,
    ),
    api(
        "os_compute_api:os-volumes-attachments:update",
        MEMBER_OR_ADMIN,
    ),
    api(
        "os_compute_api:os-volumes-attachments:swap",
        SERVICE_OR_ADMIN,
    ),
    api(
        "os_compute_api:os-volumes-attachments:delete",
        MEMBER_OR_ADMIN,
    ),
];
