//! What the API says of servers and what belongs to them: refusals word for word, bands, and what is shown to whom.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up shall fail"
)]

use nova_api::Operation::{self, *};
use nova_api::{
    Audience, Behavior, Contract, Microversion, Refusal, Superset, bands, contract, legacy_contract,
};
use rstest::rstest;
use serde_json::{Value, json};

const UUID: &str = "70a599e0-31e7-49b7-b260-868f441e862b";

fn at(operation: Operation, minor: u16) -> &'static Contract {
    contract(operation, Microversion::new(minor).unwrap())
}

fn pairs(query: &[(&str, &str)]) -> Vec<(String, String)> {
    query
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// Asked of the checks of a real Nova 34.0.0.
#[rstest]
#[case::rebuild_without_an_image(ServerRebuild, 1, json!({"rebuild": {}}), "Invalid input for field/attribute rebuild. Value: {}. 'imageRef' is a required property")]
#[case::rebuild_with_an_image_that_is_no_uuid(ServerRebuild, 1, json!({"rebuild": {"imageRef": "cirros"}}), "Invalid input for field/attribute imageRef. Value: cirros. 'cirros' is not a 'uuid'")]
#[case::rebuild_with_a_key_before_2_54(ServerRebuild, 53, json!({"rebuild": {"imageRef": UUID, "key_name": "k"}}), "Invalid input for field/attribute rebuild. Value: {'imageRef': '70a599e0-31e7-49b7-b260-868f441e862b', 'key_name': 'k'}. Additional properties are not allowed ('key_name' was unexpected)")]
#[case::rebuild_with_an_empty_key(ServerRebuild, 54, json!({"rebuild": {"imageRef": UUID, "key_name": ""}}), "Invalid input for field/attribute key_name. Value: . '' is not valid under any of the given schemas")]
#[case::rebuild_with_a_key_that_is_a_number(ServerRebuild, 104, json!({"rebuild": {"imageRef": UUID, "key_name": 5}}), "Invalid input for field/attribute key_name. Value: 5. 5 is not valid under any of the given schemas")]
#[case::rebuild_with_files_from_2_57(ServerRebuild, 57, json!({"rebuild": {"imageRef": UUID, "personality": []}}), "Invalid input for field/attribute rebuild. Value: {'imageRef': '70a599e0-31e7-49b7-b260-868f441e862b', 'personality': []}. Additional properties are not allowed ('personality' was unexpected)")]
#[case::rebuild_with_user_data_before_2_57(ServerRebuild, 56, json!({"rebuild": {"imageRef": UUID, "user_data": "aGk="}}), "Invalid input for field/attribute rebuild. Value: {'imageRef': '70a599e0-31e7-49b7-b260-868f441e862b', 'user_data': 'aGk='}. Additional properties are not allowed ('user_data' was unexpected)")]
#[case::rebuild_with_user_data_that_is_no_base64(ServerRebuild, 57, json!({"rebuild": {"imageRef": UUID, "user_data": "aGk"}}), "Invalid input for field/attribute user_data. Value: aGk. 'aGk' is not a 'base64'")]
#[case::rebuild_with_certificates_twice_the_same(ServerRebuild, 63, json!({"rebuild": {"imageRef": UUID, "trusted_image_certificates": ["a", "a"]}}), "Invalid input for field/attribute trusted_image_certificates. Value: ['a', 'a']. ['a', 'a'] has non-unique elements")]
#[case::rebuild_with_no_certificate(ServerRebuild, 63, json!({"rebuild": {"imageRef": UUID, "trusted_image_certificates": []}}), "Invalid input for field/attribute trusted_image_certificates. Value: []. [] should be non-empty")]
#[case::rebuild_with_a_domain_before_2_94(ServerRebuild, 93, json!({"rebuild": {"imageRef": UUID, "hostname": "a.example"}}), "Invalid input for field/attribute hostname. Value: a.example. 'a.example' does not match '^[a-zA-Z0-9]+[a-zA-Z0-9-]*[a-zA-Z0-9]+$'")]
#[case::rebuild_with_a_metadata_name_that_is_none(ServerRebuild, 1, json!({"rebuild": {"imageRef": UUID, "metadata": {"a/b": "c"}}}), "Invalid input for field/attribute metadata. Value: {'a/b': 'c'}. 'a/b' does not match any of the regexes: '^[a-zA-Z0-9-_:. ]{1,255}$'")]
#[case::rebuild_with_two_such_names(ServerRebuild, 1, json!({"rebuild": {"imageRef": UUID, "metadata": {"b$": "c", "a$": "c", "ok": "c"}}}), "Invalid input for field/attribute metadata. Value: {'b$': 'c', 'a$': 'c', 'ok': 'c'}. 'a$', 'b$' do not match any of the regexes: '^[a-zA-Z0-9-_:. ]{1,255}$'")]
#[case::rebuild_with_a_metadata_value_that_is_a_number(ServerRebuild, 1, json!({"rebuild": {"imageRef": UUID, "metadata": {"a": 1}}}), "Invalid input for field/attribute a. Value: 1. 1 is not of type 'string'")]
#[case::rebuild_with_an_address_that_is_none(ServerRebuild, 1, json!({"rebuild": {"imageRef": UUID, "accessIPv4": "1.2.3"}}), "Invalid input for field/attribute accessIPv4. Value: 1.2.3. '1.2.3' is not a 'ipv4'")]
#[case::create_without_a_flavor(ServerCreate, 1, json!({"server": {"name": "s"}}), "Invalid input for field/attribute server. Value: {'name': 's'}. 'flavorRef' is a required property")]
#[case::create_with_an_image_that_is_a_name(ServerCreate, 1, json!({"server": {"name": "s", "flavorRef": "1", "imageRef": "cirros"}}), "Invalid input for field/attribute imageRef. Value: cirros. 'cirros' is not valid under any of the given schemas")]
#[case::create_without_networks_from_2_37(ServerCreate, 37, json!({"server": {"name": "s", "flavorRef": "1"}}), "Invalid input for field/attribute server. Value: {'name': 's', 'flavorRef': '1'}. 'networks' is a required property")]
#[case::create_with_a_word_for_networks(ServerCreate, 37, json!({"server": {"name": "s", "flavorRef": "1", "networks": "all"}}), "Invalid input for field/attribute networks. Value: all. 'all' is not valid under any of the given schemas")]
#[case::create_with_auto_before_2_37(ServerCreate, 36, json!({"server": {"name": "s", "flavorRef": "1", "networks": "auto"}}), "Invalid input for field/attribute networks. Value: auto. 'auto' is not of type 'array'")]
#[case::create_with_a_tagged_network_at_2_31(ServerCreate, 31, json!({"server": {"name": "s", "flavorRef": "1", "networks": [{"tag": "t"}]}}), "Invalid input for field/attribute 0. Value: {'tag': 't'}. Additional properties are not allowed ('tag' was unexpected)")]
#[case::create_with_a_tagged_disk_at_2_33(ServerCreate, 33, json!({"server": {"name": "s", "flavorRef": "1", "block_device_mapping_v2": [{}, {"tag": "t"}]}}), "Invalid input for field/attribute 1. Value: {'tag': 't'}. Additional properties are not allowed ('tag' was unexpected)")]
#[case::create_with_a_disk_of_the_first_form(ServerCreate, 1, json!({"server": {"name": "s", "flavorRef": "1", "block_device_mapping": [{"boot_index": 0}]}}), "Invalid input for field/attribute 0. Value: {'boot_index': 0}. Additional properties are not allowed ('boot_index' was unexpected)")]
#[case::create_with_a_volume_type_before_2_67(ServerCreate, 66, json!({"server": {"name": "s", "flavorRef": "1", "networks": "none", "block_device_mapping_v2": [{"volume_type": "fast"}]}}), "Invalid input for field/attribute 0. Value: {'volume_type': 'fast'}. Additional properties are not allowed ('volume_type' was unexpected)")]
#[case::create_with_tags_before_2_52(ServerCreate, 51, json!({"server": {"name": "s", "flavorRef": "1", "networks": "none", "tags": ["t"]}}), "Invalid input for field/attribute server. Value: {'name': 's', 'flavorRef': '1', 'networks': 'none', 'tags': ['t']}. Additional properties are not allowed ('tags' was unexpected)")]
#[case::create_with_a_slash_in_a_tag(ServerCreate, 52, json!({"server": {"name": "s", "flavorRef": "1", "networks": "none", "tags": ["t", "a/b"]}}), "Invalid input for field/attribute 1. Value: a/b. 'a/b' does not match '^[^,/]*$'")]
#[case::create_with_a_host_before_2_74(ServerCreate, 73, json!({"server": {"name": "s", "flavorRef": "1", "networks": "none", "host": "h"}}), "Invalid input for field/attribute server. Value: {'name': 's', 'flavorRef': '1', 'networks': 'none', 'host': 'h'}. Additional properties are not allowed ('host' was unexpected)")]
#[case::create_with_a_count_of_none(ServerCreate, 1, json!({"server": {"name": "s", "flavorRef": "1", "min_count": 0}}), "Invalid input for field/attribute min_count. Value: 0. 0 is less than the minimum of 1")]
#[case::create_with_a_volume_of_no_size(ServerCreate, 1, json!({"server": {"name": "s", "flavorRef": "1", "block_device_mapping_v2": [{"volume_size": "0"}]}}), "Invalid input for field/attribute volume_size. Value: 0. 0 is less than the minimum of 1")]
#[case::create_with_hints_that_are_none(ServerCreate, 1, json!({"server": {"name": "s", "flavorRef": "1"}, "os:scheduler_hints": {"cidr": "x"}}), "Invalid input for field/attribute cidr. Value: x. 'x' does not match '^/[0-9a-f.:]+$'")]
#[case::create_with_a_wrong_group_hint(ServerCreate, 1, json!({"server": {"name": "s", "flavorRef": "1"}, "os:scheduler_hints": {"group": "g"}}), "Invalid input for field/attribute group. Value: g. 'g' is not valid under any of the given schemas")]
#[case::update_with_a_description_before_2_19(ServerUpdate, 18, json!({"server": {"description": "d"}}), "Invalid input for field/attribute server. Value: {'description': 'd'}. Additional properties are not allowed ('description' was unexpected)")]
#[case::update_with_a_zone_before_2_104(ServerUpdate, 103, json!({"server": {"pinned_availability_zone": null}}), "Invalid input for field/attribute server. Value: {'pinned_availability_zone': None}. Additional properties are not allowed ('pinned_availability_zone' was unexpected)")]
#[case::reboot_of_a_kind_that_there_is_not(ServerReboot, 1, json!({"reboot": {"type": "warm"}}), "Invalid input for field/attribute type. Value: warm. 'warm' is not one of ['HARD', 'Hard', 'hard', 'SOFT', 'Soft', 'soft']")]
#[case::resize_without_a_flavor(ServerResize, 1, json!({"resize": {}}), "Invalid input for field/attribute resize. Value: {}. 'flavorRef' is a required property")]
#[case::lock_with_an_empty_reason(ServerLock, 73, json!({"lock": {"locked_reason": ""}}), "Invalid input for field/attribute locked_reason. Value: . '' should be non-empty")]
#[case::lock_with_text_from_2_73(ServerLock, 73, json!({"lock": "why"}), "Invalid input for field/attribute lock. Value: why. 'why' is not of type 'object', 'null'")]
#[case::rescue_with_an_image_that_is_a_name(ServerRescue, 1, json!({"rescue": {"rescue_image_ref": "cirros"}}), "Invalid input for field/attribute rescue_image_ref. Value: cirros. 'cirros' is not a 'uuid'")]
#[case::unshelve_into_no_zone_at_2_77(ServerUnshelve, 77, json!({"unshelve": {}}), "Invalid input for field/attribute unshelve. Value: {}. 'availability_zone' is a required property")]
#[case::unshelve_with_a_host_before_2_91(ServerUnshelve, 90, json!({"unshelve": {"availability_zone": "z", "host": "h"}}), "Invalid input for field/attribute unshelve. Value: {'availability_zone': 'z', 'host': 'h'}. Additional properties are not allowed ('host' was unexpected)")]
#[case::reset_to_a_state_that_there_is_not(ServerResetState, 1, json!({"os-resetState": {"state": "paused"}}), "Invalid input for field/attribute state. Value: paused. 'paused' is not one of ['active', 'error']")]
#[case::two_items_where_one_belongs(MetadataUpdate, 1, json!({"meta": {"a": "1", "b": "2"}}), "Invalid input for field/attribute meta. Value: {'a': '1', 'b': '2'}. {'a': '1', 'b': '2'} has too many properties")]
#[case::no_item_where_one_belongs(MetadataUpdate, 1, json!({"meta": {}}), "Invalid input for field/attribute meta. Value: {}. {} should be non-empty")]
#[case::a_tag_of_61_characters(TagReplace, 26, json!({"tags": ["t".repeat(61)]}), "Invalid input for field/attribute 0. Value: ttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt. 'ttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt' is too long")]
#[case::a_body_where_none_belongs(TagAdd, 26, json!({}), "{} is not of type 'null'")]
#[case::a_soft_policy_before_2_15(ServerGroupCreate, 14, json!({"server_group": {"name": "g", "policies": ["soft-affinity"]}}), "Invalid input for field/attribute 0. Value: soft-affinity. 'soft-affinity' is not one of ['anti-affinity', 'affinity']")]
#[case::two_policies(ServerGroupCreate, 15, json!({"server_group": {"name": "g", "policies": ["affinity", "affinity"]}}), "Invalid input for field/attribute policies. Value: ['affinity', 'affinity']. ['affinity', 'affinity'] has non-unique elements")]
#[case::policies_from_2_64(ServerGroupCreate, 64, json!({"server_group": {"name": "g", "policies": ["affinity"]}}), "Invalid input for field/attribute server_group. Value: {'name': 'g', 'policies': ['affinity']}. 'policy' is a required property")]
#[case::a_rule_that_there_is_not(ServerGroupCreate, 64, json!({"server_group": {"name": "g", "policy": "anti-affinity", "rules": {"x": 1}}}), "Invalid input for field/attribute rules. Value: {'x': 1}. Additional properties are not allowed ('x' was unexpected)")]
#[case::a_security_group_without_a_description(SecurityGroupCreate, 1, json!({"security_group": {"name": "g", "x": 1}}), "Invalid input for field/attribute security_group. Value: {'name': 'g', 'x': 1}. 'description' is a required property")]
fn a_body_is_refused_in_novas_words(
    #[case] operation: Operation,
    #[case] minor: u16,
    #[case] body: Value,
    #[case] want: &str,
) {
    let refused = at(operation, minor).check_body(&body);
    assert_eq!(refused, Err(Refusal(want.to_owned())));
}

/// Nova prints the whole table of the characters it takes; here it is cut short.
#[test]
fn a_description_with_a_line_feed_is_refused() {
    let body = json!({"server": {"description": "a\nb"}});
    let Err(Refusal(sentence)) = at(ServerUpdate, 19).check_body(&body) else {
        panic!("it was taken");
    };
    let want = r"'a\nb' does not match '^[\\ -\\~";
    assert!(sentence.contains(want), "{sentence}");
}

/// Asked of the checks of a real Nova 34.0.0.
#[rstest]
#[case::a_pattern_that_is_none(ServerList, 1, &[("name", "[")], "Invalid input for query parameters name. Value: [. '[' is not a 'regex'")]
#[case::an_empty_pattern(ServerList, 1, &[("name", "")], "Invalid input for query parameters name. Value: . '' is not a 'regex'")]
#[case::a_time_that_is_none(ServerList, 1, &[("changes-since", "yesterday")], "Invalid input for query parameters changes-since. Value: yesterday. 'yesterday' is not a 'date-time'")]
#[case::a_sort_key_that_there_is_not(FlavorList, 1, &[("sort_key", "size")], "Invalid input for query parameters sort_key. Value: size. 'size' is not one of ['created_at', 'description', 'disabled', 'ephemeral_gb', 'flavorid', 'id', 'is_public', 'memory_mb', 'name', 'root_gb', 'rxtx_factor', 'swap', 'updated_at', 'vcpu_weight', 'vcpus']")]
#[case::a_limit_below_zero(ServerDetail, 1, &[("limit", "-1")], "Invalid input for query parameters limit. Value: -1. '-1' does not match '^[0-9]*$'")]
#[case::an_unknown_filter_from_2_75(ServerList, 75, &[("colour", "red"), ("size", "5")], "'colour', 'size' do not match any of the regexes: '^_'")]
#[case::two_limits_of_actions(InstanceActionList, 58, &[("limit", "1"), ("limit", "2")], "Invalid input for query parameters limit. Value: ['1', '2']. ['1', '2'] is too long")]
#[case::an_unknown_parameter_of_actions_from_2_58(InstanceActionList, 58, &[("changes-before", "2026-01-01")], "Additional properties are not allowed ('changes-before' was unexpected)")]
#[case::a_page_of_no_images(ImageList, 1, &[("limit", "0")], "Invalid input for query parameters limit. Value: 0. 0 is less than the minimum of 1")]
#[case::an_unknown_parameter_of_a_server_from_2_102(ServerShow, 102, &[("x", "1")], "Additional properties are not allowed ('x' was unexpected)")]
fn a_query_is_refused_in_novas_words(
    #[case] operation: Operation,
    #[case] minor: u16,
    #[case] query: &[(&str, &str)],
    #[case] want: &str,
) {
    let refused = at(operation, minor).check_query(pairs(query));
    assert_eq!(refused, Err(Refusal(want.to_owned())));
}

/// Asked of the checks of a real Nova 34.0.0.
#[rstest]
#[case::start_with_anything(ServerStart, 1, json!({"os-start": {"x": [1]}}))]
#[case::lock_with_anything_before_2_73(ServerLock, 72, json!({"lock": "why"}))]
#[case::lock_with_a_reason(ServerLock, 73, json!({"lock": {"locked_reason": "why"}}))]
#[case::rescue_with_nothing(ServerRescue, 1, json!({"rescue": null}))]
#[case::unshelve_with_nothing_at_2_77(ServerUnshelve, 77, json!({"unshelve": null}))]
#[case::unshelve_unpinned(ServerUnshelve, 91, json!({"unshelve": {"availability_zone": null}}))]
#[case::no_key(ServerRebuild, 54, json!({"rebuild": {"imageRef": UUID, "key_name": null}}))]
#[case::any_key_name(ServerRebuild, 54, json!({"rebuild": {"imageRef": UUID, "key_name": " a/b "}}))]
#[case::domain_from_2_94(ServerRebuild, 94, json!({"rebuild": {"imageRef": UUID, "hostname": "a.example"}}))]
#[case::no_image(ServerCreate, 1, json!({"server": {"name": "s", "flavorRef": 1, "imageRef": ""}}))]
#[case::network_by_name(ServerCreate, 1, json!({"server": {"name": "s", "flavorRef": 1, "networks": [{"uuid": "net"}]}}))]
#[case::tagged_disk_at_2_32(ServerCreate, 32, json!({"server": {"name": "s", "flavorRef": 1, "block_device_mapping_v2": [{"tag": "t"}]}}))]
#[case::tagged_network_at_2_33(ServerCreate, 33, json!({"server": {"name": "s", "flavorRef": 1, "networks": [{"tag": "t"}]}}))]
#[case::other_hints(ServerCreate, 1, json!({"server": {"name": "s", "flavorRef": 1}, "os:scheduler_hints": {"x": 1}}))]
#[case::no_body(TagAdd, 26, json!(null))]
#[case::more_of_a_security_group(SecurityGroupCreate, 1, json!({"security_group": {"name": "", "description": "", "x": 1}, "y": 2}))]
fn a_body_is_taken(#[case] operation: Operation, #[case] minor: u16, #[case] body: Value) {
    assert_eq!(at(operation, minor).check_body(&body), Ok(()));
}

/// Asked of the checks of a real Nova 34.0.0.
#[rstest]
#[case::beside_a_good_one(
    json!({"a": "b", "c$": "d"}),
    Some("Invalid input for field/attribute metadata. Value: {'a': 'b', 'c$': 'd'}. Additional properties are not allowed ('c$' was unexpected)")
)]
#[case::alone(json!({"c$": "d"}), None)]
fn the_legacy_endpoint_refuses_a_metadata_name(
    #[case] metadata: Value,
    #[case] want: Option<&str>,
) {
    let body = json!({"rebuild": {"imageRef": UUID, "metadata": metadata}});
    let refused = legacy_contract(ServerRebuild).check_body(&body).err();
    assert_eq!(refused, want.map(|want| Refusal(want.to_owned())));
}

#[test]
fn the_legacy_endpoint_takes_no_field_of_a_later_version_of_a_server() {
    let mut body = json!({
        "server": {
            "name": "s",
            "tags": ["t"],
            "networks": [{"uuid": "n", "tag": "t"}],
            "metadata": {"any": "name"},
        },
        "os:scheduler_hints": {"any": "name"},
        "x": 1,
    });
    legacy_contract(ServerCreate).drop_unknown(&mut body);
    assert_eq!(
        body,
        json!({
            "server": {"name": "s", "networks": [{"uuid": "n"}], "metadata": {"any": "name"}},
            "os:scheduler_hints": {"any": "name"},
        })
    );
}

#[rstest]
#[case::always("name", 1, true)]
#[case::ip6_before_2_5("ip6", 4, false)]
#[case::ip6("ip6", 5, true)]
#[case::key_name_before_2_83("key_name", 82, false)]
#[case::key_name("key_name", 83, true)]
#[case::hostname_before_2_90("hostname", 89, false)]
#[case::hostname("hostname", 90, true)]
#[case::host_never("host", 104, false)]
fn filters_are_opened_to_everyone(#[case] filter: &str, #[case] minor: u16, #[case] want: bool) {
    for operation in [ServerList, ServerDetail] {
        assert_eq!(at(operation, minor).opens(filter), want);
    }
}

#[test]
fn a_list_keeps_filters_that_begin_with_an_underscore() {
    let query = at(ServerList, 1)
        .check_query(pairs(&[("_sa", "x"), ("colour", "red")]))
        .unwrap();
    assert_eq!(query.pairs(), pairs(&[("_sa", "x")]));
}

/// Asked of the checks of a real Nova 34.0.0.
#[test]
fn the_legacy_endpoint_does_not_check_the_queries_of_server_lists() {
    let asked = pairs(&[("limit", "ten"), ("sort_key", "size"), ("name", "")]);
    let query = legacy_contract(ServerList)
        .check_query(asked.clone())
        .unwrap();
    assert_eq!(query.pairs(), asked);
}

#[rstest]
#[case::described_by_name(ServerCreate, Behavior::DescribesByName, 1, 18)]
#[case::status_checked(ServerList, Behavior::ChecksStatus, 38, 104)]
#[case::actions_of_deleted(InstanceActionShow, Behavior::AnswersOfDeleted, 21, 104)]
#[case::no_swap_as_text(FlavorShow, Behavior::ShowsNoSwapAsText, 1, 74)]
#[case::rescue_of_volume_backed(ServerRescue, Behavior::RescuesVolumeBacked, 87, 104)]
#[case::rebuild_of_volume_backed(ServerRebuild, Behavior::RebuildsVolumeBacked, 93, 104)]
fn a_behavior_holds_from_one_version_to_another(
    #[case] operation: Operation,
    #[case] behavior: Behavior,
    #[case] first: u16,
    #[case] last: u16,
) {
    for version in Microversion::all() {
        let holds = contract(operation, version).behaves(behavior);
        assert_eq!(
            holds,
            (first..=last).contains(&version.minor()),
            "{version}"
        );
    }
}

#[rstest]
#[case::tags_before_2_26(TagList, 25, false)]
#[case::tags(TagList, 26, true)]
#[case::images(ImageDetail, 35, true)]
#[case::images_from_2_36(ImageDetail, 36, false)]
fn an_operation_is_there(#[case] operation: Operation, #[case] minor: u16, #[case] want: bool) {
    assert_eq!(at(operation, minor).routed(), want);
}

#[test]
fn a_tag_that_is_there_already_is_another_success() {
    let contract = at(TagAdd, 26);
    assert!(contract.succeeds_with(201) && contract.succeeds_with(204));
    assert_eq!(contract.status(), 201);
}

/// The server as everyone, or an administrator, sees it.
fn shown(operation: Operation, minor: u16, audience: Audience) -> Value {
    let superset = Superset::from(json!({"server": {
        "name": "s",
        "addresses": {"net": [{
            "addr": "192.0.2.1",
            "version": 4,
            "OS-EXT-IPS:type": "fixed",
            "OS-EXT-IPS-MAC:mac_addr": "fa:16:3e:00:00:01",
        }]},
        "flavor": {"id": "1", "links": [], "vcpus": 1, "ram": 512, "original_name": "tiny"},
        "image": {"id": UUID, "links": [], "properties": {"hw_machine_type": "q35"}},
        "OS-EXT-SRV-ATTR:host": "h",
        "OS-EXT-SRV-ATTR:hostname": "s",
        "secret": "never",
    }}));
    let written = at(operation, minor).render(&superset, audience);
    serde_json::from_slice(&written).unwrap()
}

#[test]
fn a_flavor_is_linked_before_2_47_and_embedded_from_then_on() {
    let flavor = |minor| shown(ServerShow, minor, Audience::Everyone)["server"]["flavor"].clone();
    assert_eq!(flavor(46), json!({"id": "1", "links": []}));
    assert_eq!(
        flavor(47),
        json!({"vcpus": 1, "ram": 512, "original_name": "tiny"})
    );
}

#[rstest]
#[case::show(ServerShow, 1, true)]
#[case::rebuild(ServerRebuild, 74, false)]
#[case::rebuild_from_2_75(ServerRebuild, 75, true)]
fn addresses_of_any_network_are_pruned(
    #[case] operation: Operation,
    #[case] minor: u16,
    #[case] with_type: bool,
) {
    let shown = shown(operation, minor, Audience::Everyone);
    let address = &shown["server"]["addresses"]["net"][0];
    assert_eq!(address["addr"], "192.0.2.1");
    assert_eq!(address.get("OS-EXT-IPS:type").is_some(), with_type);
}

#[rstest]
#[case::everyone(2, Audience::Everyone, &[])]
#[case::admins(2, Audience::Admins, &["host"])]
#[case::admins_from_2_3(3, Audience::Admins, &["host", "hostname"])]
#[case::everyone_from_2_90(90, Audience::Everyone, &["hostname"])]
fn extended_attributes_are_for_administrators(
    #[case] minor: u16,
    #[case] audience: Audience,
    #[case] want: &[&str],
) {
    let shown = shown(ServerShow, minor, audience);
    let members = shown["server"].as_object().unwrap().keys();
    let attributes: Vec<_> = members
        .filter_map(|name| name.strip_prefix("OS-EXT-SRV-ATTR:"))
        .collect();
    assert_eq!(attributes, want);
}

#[test]
fn what_no_version_names_is_shown_to_nobody() {
    let shown = shown(ServerShow, 104, Audience::Admins);
    assert_eq!(shown["server"].get("secret"), None);
}

#[test]
fn a_server_that_boots_from_a_volume_has_no_image() {
    let body = |image: Value| json!({"server": {"image": image}});
    let mistakes = |image| {
        let mistakes = at(ServerShow, 98).mistakes_in(&body(image));
        mistakes
            .into_iter()
            .filter(|mistake| mistake.contains("/server/image"))
            .count()
    };
    assert_eq!(mistakes(json!("")), 0);
    assert_eq!(
        mistakes(json!({"id": UUID, "links": [], "properties": {}})),
        0
    );
    assert_eq!(mistakes(json!("cirros")), 1);
    assert_eq!(
        mistakes(json!({"id": UUID, "links": []})),
        1,
        "no properties"
    );
}

/// The bands that the API guide and the schemas of a real Nova name.
#[test]
fn rebuild_has_its_bands() {
    let firsts: Vec<u16> = bands(ServerRebuild)
        .iter()
        .map(|band| band.first.minor())
        .collect();
    assert_eq!(
        firsts,
        [
            1, 9, 19, 26, 47, 54, 57, 63, 71, 73, 75, 90, 93, 94, 96, 98, 100
        ]
    );
}
