//! The history of the API: one file per microversion, oldest first.
//!
//! `ls` of this folder is the version history. An entry may be empty, since most versions touch
//! neither keypairs nor servers, but it is there. The titles are in our words; each file names its
//! source.

use crate::change::Entry;

/// Declares the files and lists their entries in the same breath, so that neither can be forgotten.
macro_rules! history {
    ($($module:ident)*) => {
        $(mod $module;)*

        /// Every entry, oldest first.
        pub static ENTRIES: &[&Entry] = &[$(&$module::ENTRY),*];
    };
}

history! {
    v2_001_base
    v2_002_keypair_type
    v2_003_server_extended_attributes
    v2_004_fixed_ip_reserved
    v2_005_server_list_ip6
    v2_006_remote_consoles
    v2_007_flavor_access_of_public
    v2_008_remote_console_mks
    v2_009_server_locked
    v2_010_keypair_user_id
    v2_011_service_forced_down
    v2_012_virtual_interface_net_id
    v2_013_server_group_owner
    v2_014_evacuate_shared_storage
    v2_015_server_group_soft_policies
    v2_016_server_host_status
    v2_017_crash_dump
    v2_018_optional_project_id
    v2_019_server_description
    v2_020_volumes_of_shelved
    v2_021_actions_of_deleted
    v2_022_live_migration_force_complete
    v2_023_migration_show
    v2_024_live_migration_abort
    v2_025_live_migration_block_auto
    v2_026_server_tags
    v2_027_version_header
    v2_028_hypervisor_cpu_info
    v2_029_evacuate_force
    v2_030_live_migration_force
    v2_031_console_auth_tokens
    v2_032_device_tags
    v2_033_hypervisor_paging
    v2_034_live_migration_async
    v2_035_keypair_paging
    v2_036_proxies_gone
    v2_037_server_networks_required
    v2_038_server_status_checked
    v2_039_image_metadata_gone
    v2_040_usage_paging
    v2_041_aggregate_uuid
    v2_042_device_tags_again
    v2_043_hosts_gone
    v2_044_network_actions_gone
    v2_045_image_id_in_body
    v2_046_request_id_header
    v2_047_flavor_embedded
    v2_048_diagnostics_standard
    v2_049_tags_on_attach
    v2_050_quota_classes
    v2_051_volume_extended
    v2_052_server_tags_on_create
    v2_053_uuids_of_services
    v2_054_rebuild_key_name
    v2_055_flavor_description
    v2_056_migrate_host
    v2_057_personality_gone
    v2_058_action_paging
    v2_059_migration_paging
    v2_060_multiattach
    v2_061_flavor_extra_specs
    v2_062_action_host
    v2_063_trusted_certificates
    v2_064_server_group_rules
    v2_065_live_migration_abort_queued
    v2_066_changes_before
    v2_067_volume_type
    v2_068_forced_moves_gone
    v2_069_down_cells
    v2_070_attachment_tags_shown
    v2_071_server_groups_shown
    v2_072_ports_with_requests
    v2_073_lock_reason
    v2_074_server_destination
    v2_075_strict_queries
    v2_076_power_update
    v2_077_unshelve_zone
    v2_078_server_topology
    v2_079_attachment_delete_on_termination
    v2_080_migration_owner
    v2_081_aggregate_images
    v2_082_accelerator_bound
    v2_083_server_filters
    v2_084_action_details
    v2_085_attachment_update
    v2_086_extra_specs_checked
    v2_087_rescue_of_volume_backed
    v2_088_hypervisor_resources_gone
    v2_089_attachment_ids
    v2_090_server_hostname
    v2_091_unshelve_host
    v2_092_keypair_import_only
    v2_093_rebuild_volume_backed
    v2_094_server_fqdn
    v2_095_evacuated_stay_stopped
    v2_096_pinned_zone
    v2_097_shares
    v2_098_image_properties
    v2_099_spice_direct
    v2_100_scheduler_hints
    v2_101_volume_attach_async
    v2_102_strict_queries_everywhere
    v2_103_volumes_boot_gone
    v2_104_pinned_zone_update
}
