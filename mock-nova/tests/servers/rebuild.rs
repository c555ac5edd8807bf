//! The rest of a rebuild: what it changes, what it answers, what refuses it and in which order.

use rstest::rstest;
use serde_json::{Value, json};

use super::{
    ADMIN, Caller, IMAGE, LATEST, MAKER, NO_IMAGE, Nova, OTHER_IMAGE, READER, SECOND, STRANGER,
};
use mock_nova::cloud::server::{Failure, Script, Task};

#[rstest]
#[case::the_image(json!({"imageRef": OTHER_IMAGE}), "/image/id", json!(OTHER_IMAGE))]
#[case::the_name(json!({"name": "new"}), "/name", json!("new"))]
#[case::the_description(json!({"description": "d"}), "/description", json!("d"))]
#[case::no_description(json!({"description": null}), "/description", Value::Null)]
#[case::the_metadata_all_of_it(json!({"metadata": {"k": "v"}}), "/metadata", json!({"k": "v"}))]
#[case::no_metadata(json!({"metadata": {}}), "/metadata", json!({}))]
#[case::the_hostname(json!({"hostname": "h.example.com"}), "/OS-EXT-SRV-ATTR:hostname", json!("h.example.com"))]
#[case::the_data_for_the_guest(json!({"user_data": "ZWNobw=="}), "/OS-EXT-SRV-ATTR:user_data", json!("ZWNobw=="))]
#[case::no_data_for_the_guest(json!({"user_data": null}), "/OS-EXT-SRV-ATTR:user_data", Value::Null)]
#[case::an_address(json!({"accessIPv4": "1.2.3.4"}), "/accessIPv4", json!("1.2.3.4"))]
#[case::an_address_in_its_shortest_form(json!({"accessIPv6": "fe80:0:0::1"}), "/accessIPv6", json!("fe80::1"))]
#[case::the_disk(json!({"OS-DCF:diskConfig": "AUTO"}), "/OS-DCF:diskConfig", json!("AUTO"))]
#[case::the_disk_back_to_what_the_image_says(json!({}), "/OS-DCF:diskConfig", json!("MANUAL"))]
#[case::certificates(json!({"trusted_image_certificates": ["a"]}), "/trusted_image_certificates", json!(["a"]))]
#[case::no_certificates(json!({"trusted_image_certificates": null}), "/trusted_image_certificates", Value::Null)]
#[tokio::test]
async fn what_is_given_is_changed(#[case] more: Value, #[case] place: &str, #[case] want: Value) {
    let nova = Nova::start().await;
    let server = nova
        .server(json!({
            "description": "old", "metadata": {"old": "1"}, "user_data": "b2xk", "hostname": "old",
            "OS-DCF:diskConfig": "AUTO", "trusted_image_certificates": ["old"],
        }))
        .await;
    let answer = nova.rebuild(MAKER, &server, LATEST, more).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    assert_eq!(nova.show(&server).await.pointer(place), Some(&want));
}

#[tokio::test]
async fn what_is_left_out_stays() {
    let nova = Nova::start().await;
    let server = nova
        .server(json!({
            "description": "d", "metadata": {"k": "v"}, "user_data": "ZWNobw==", "hostname": "h",
            "accessIPv4": "1.2.3.4", "trusted_image_certificates": ["a"], "tags": ["t"],
        }))
        .await;
    let before = nova.show(&server).await;
    nova.rebuild(SECOND, &server, LATEST, json!({})).await;
    let after = nova.show(&server).await;
    for (name, value) in before.as_object().unwrap() {
        if !matches!(name.as_str(), "updated" | "OS-SRV-USG:launched_at") {
            assert_eq!(&after[name], value, "{name}");
        }
    }
}

#[tokio::test]
async fn an_accepted_rebuild_is_answered_with_the_server_its_place_and_a_password() {
    let nova = Nova::start().await;
    let server = nova.server(json!({})).await;
    let answer = nova.rebuild(MAKER, &server, LATEST, json!({})).await;
    assert_eq!(answer.status, 202);
    assert_eq!(
        answer.headers["location"],
        format!("http://nova.example/compute/v2.1/servers/{server}")
    );
    let shown = &answer.body["server"];
    assert_eq!(shown["status"], "REBUILD");
    assert_eq!(shown["OS-EXT-STS:task_state"], "rebuilding");
    assert_eq!(shown["adminPass"].as_str().unwrap().len(), 12);
}

#[rstest]
#[case::a_word("pw")]
#[case::nothing("")]
#[tokio::test]
async fn a_password_that_is_given_is_the_one(#[case] password: &str) {
    let nova = Nova::start().await;
    let server = nova.server(json!({})).await;
    let answer = nova
        .rebuild(MAKER, &server, LATEST, json!({"adminPass": password}))
        .await;
    assert_eq!(answer.body["server"]["adminPass"], password);
    assert_eq!(nova.show(&server).await.get("adminPass"), None);
}

#[rstest]
#[case::a_member(SECOND, 202, "")]
#[case::an_administrator(ADMIN, 202, "")]
#[case::a_reader(
    READER,
    403,
    "Policy doesn't allow os_compute_api:servers:rebuild to be performed."
)]
#[case::a_stranger(STRANGER, 404, "Instance ID could not be found.")]
#[tokio::test]
async fn who_may(#[case] caller: Caller, #[case] status: u16, #[case] sentence: &str) {
    let nova = Nova::start().await;
    let server = nova.server(json!({})).await;
    let answer = nova.rebuild(caller, &server, LATEST, json!({})).await;
    assert_eq!(answer.refusal(&server), (status, sentence.to_owned()));
}

/// Each has two mistakes, or one; the sentence is the one that Nova says.
#[rstest]
#[case::the_body_before_the_server("nonesuch", MAKER, json!({"imageRef": 1}), 400, "Invalid input for field/attribute imageRef. Value: 1. 1 is not of type 'string'")]
#[case::the_server_before_policy("nonesuch", READER, json!({}), 404, "Instance nonesuch could not be found.")]
#[case::policy_before_the_key("", READER, json!({"key_name": "nobodys"}), 403, "Policy doesn't allow os_compute_api:servers:rebuild to be performed.")]
#[case::the_key_before_the_image("", MAKER, json!({"key_name": "nobodys", "imageRef": NO_IMAGE}), 400, "Invalid key_name provided.")]
#[case::the_image_before_the_quota("", MAKER, json!({"imageRef": NO_IMAGE, "metadata": too_much_metadata()}), 400, "Cannot find image for rebuild")]
#[case::metadata("", MAKER, json!({"metadata": too_much_metadata()}), 403, "Maximum number of metadata items exceeds 128")]
#[tokio::test]
async fn what_is_refused_first(
    #[case] path: &str,
    #[case] caller: Caller,
    #[case] more: Value,
    #[case] status: u16,
    #[case] sentence: &str,
) {
    let nova = Nova::start().await;
    let server = nova.server(json!({})).await;
    let path = if path.is_empty() { &server } else { path };
    let answer = nova.rebuild(caller, path, LATEST, more).await;
    assert_eq!(answer.refusal(&server), (status, sentence.to_owned()));
}

fn too_much_metadata() -> Value {
    (0..129)
        .map(|n| (format!("k{n}"), json!("v")))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

#[rstest]
#[case::too_many(6, "/a", 4, 403, "Personality file limit exceeded")]
#[case::a_path_too_long(1, "/aaa", 4, 403, "Personality file path exceeds maximum 3")]
#[case::too_much(1, "/a", 8, 403, "Personality file content exceeds maximum 7")]
#[case::both(1, "/aaa", 8, 403, "Personality file path exceeds maximum 3")]
#[case::just_enough(5, "/aa", 4, 202, "")]
#[tokio::test]
async fn files_have_quotas(
    #[case] count: usize,
    #[case] path: &str,
    #[case] length: usize,
    #[case] status: u16,
    #[case] sentence: &str,
) {
    let nova = Nova::start().await;
    nova.mock.set_default_quotas([
        ("injected_file_path_bytes", 3),
        ("injected_file_content_bytes", 7),
    ]);
    let server = nova.server(json!({})).await;
    let file = json!({"path": path, "contents": "A".repeat(length)});
    let more = json!({"personality": vec![file; count]});
    let answer = nova.rebuild(MAKER, &server, "2.1", more).await;
    assert_eq!(answer.refusal(&server), (status, sentence.to_owned()));
}

/// Images that Nova's other services could have, and what a rebuild of a server with 512 MiB and 1 GiB says to them.
#[rstest]
#[case::inactive(json!({"status": "deactivated"}), 400, "Image ID is not active.")]
#[case::wants_memory(json!({"min_ram": 513}), 400, "Flavor's memory is too small for requested image.")]
#[case::wants_disk(json!({"min_disk": 2}), 400, "Flavor's disk is smaller than the minimum size specified in image metadata. Flavor disk is 1073741824 bytes, minimum size is 2147483648 bytes.")]
#[case::too_large(json!({"size": 1_073_741_825_u64}), 400, "Flavor's disk is too small for requested image. Flavor disk is 1073741824 bytes, image is 1073741825 bytes.")]
#[case::for_an_unknown_processor(json!({"hw_architecture": "pdp-11"}), 400, "Architecture name 'pdp-11' is not recognised")]
#[case::from_an_encrypted_volume(json!({"cinder_encryption_key_id": "x"}), 400, "Image ID is unacceptable: Direct booting of an image uploaded from an encrypted volume is unsupported.")]
#[case::whose_disk_is_fixed(json!({"auto_disk_config": "disabled"}), 400, "Requested image ID has automatic disk resize disabled.")]
#[case::whose_kernel_is_missing(json!({"kernel_id": NO_IMAGE}), 400, "Cannot find image for rebuild")]
#[case::without_a_kernel(json!({"kernel_id": "nokernel", "hw_architecture": "AMD64"}), 202, "")]
#[tokio::test]
async fn what_an_image_demands(#[case] image: Value, #[case] status: u16, #[case] sentence: &str) {
    let nova = Nova::start().await;
    let server = nova.server(json!({})).await;
    nova.mock.state().store.write(|cloud| {
        let changed = cloud.images.get_mut(OTHER_IMAGE).unwrap();
        for (name, value) in image.as_object().unwrap() {
            match (name.as_str(), value) {
                ("status", value) => changed.status = value.as_str().unwrap().to_owned(),
                ("min_ram", value) => changed.min_ram = value.as_u64().unwrap(),
                ("min_disk", value) => changed.min_disk = value.as_u64().unwrap(),
                ("size", value) => changed.size = value.as_u64().unwrap(),
                (_, value) => {
                    let value = value.as_str().unwrap().to_owned();
                    changed.properties.insert(name.clone(), value);
                }
            }
        }
    });
    let more = json!({"imageRef": OTHER_IMAGE, "OS-DCF:diskConfig": "AUTO"});
    let answer = nova.rebuild(MAKER, &server, LATEST, more).await;
    let (got, said) = answer.refusal(OTHER_IMAGE);
    assert_eq!((got, said.as_str()), (status, sentence), "{}", answer.body);
    let image = nova.show(&server).await["image"]["id"].take();
    assert_eq!(image, if status == 202 { OTHER_IMAGE } else { IMAGE });
}

#[rstest]
#[case::its_own_project_as_a_member(MAKER, 409)]
#[case::as_an_administrator(ADMIN, 202)]
#[tokio::test]
async fn a_locked_server(#[case] caller: Caller, #[case] status: u16) {
    let nova = Nova::start().await;
    let server = nova.server(json!({})).await;
    nova.act(SECOND, &server, LATEST, json!({"lock": null}))
        .await;
    let answer = nova.rebuild(caller, &server, LATEST, json!({})).await;
    let sentence = if status == 409 {
        "Instance ID is locked"
    } else {
        ""
    };
    assert_eq!(answer.refusal(&server), (status, sentence.to_owned()));
}

#[tokio::test]
async fn while_one_goes_on_there_is_no_other() {
    let nova = Nova::that_waits().await;
    let server = nova.server(json!({})).await;
    assert_eq!(
        nova.rebuild(MAKER, &server, LATEST, json!({})).await.status,
        202
    );
    for state in [
        "rebuilding",
        "rebuild_block_device_mapping",
        "rebuild_spawning",
    ] {
        let answer = nova
            .rebuild(ADMIN, &server, LATEST, json!({"imageRef": OTHER_IMAGE}))
            .await;
        let sentence = format!("Cannot 'rebuild' instance ID while it is in task_state {state}");
        assert_eq!(answer.refusal(&server), (409, sentence));
        let shown = nova.show(&server).await;
        assert_eq!(
            (&shown["status"], &shown["image"]["id"]),
            (&json!("REBUILD"), &json!(IMAGE))
        );
        nova.step(&server);
    }
    assert_eq!(nova.show(&server).await["status"], "ACTIVE");
}

#[tokio::test]
async fn a_stopped_server_runs_and_is_stopped_again() {
    let nova = Nova::that_waits().await;
    let server = nova.server(json!({})).await;
    nova.act(MAKER, &server, LATEST, json!({"os-stop": null}))
        .await;
    nova.finish(&server);

    nova.rebuild(MAKER, &server, LATEST, json!({})).await;
    let mut seen = Vec::new();
    loop {
        let shown = nova.show(&server).await;
        let text = |name: &str| shown[name].as_str().unwrap_or_default().to_owned();
        seen.push(format!(
            "{} {}",
            text("status"),
            text("OS-EXT-STS:task_state")
        ));
        if !nova.step(&server) {
            break;
        }
    }
    assert_eq!(
        seen,
        [
            "REBUILD rebuilding",
            "REBUILD rebuild_block_device_mapping",
            "REBUILD rebuild_spawning",
            "ACTIVE powering-off",
            "SHUTOFF ",
        ]
    );
}

#[tokio::test]
async fn a_server_in_error_is_mended() {
    let nova = Nova::that_waits().await;
    let server = nova.server(json!({})).await;
    nova.act(
        ADMIN,
        &server,
        LATEST,
        json!({"os-resetState": {"state": "error"}}),
    )
    .await;
    let answer = nova.rebuild(MAKER, &server, LATEST, json!({})).await;
    assert_eq!(answer.body["server"]["status"], "REBUILD");
    assert_eq!(answer.body["server"]["OS-EXT-STS:vm_state"], "error");
    nova.finish(&server);
    assert_eq!(nova.show(&server).await["status"], "ACTIVE");
}

/// As Nova's own does with `preserve_ephemeral`, which the reference cloud refuses after it accepted it.
#[tokio::test]
async fn a_stopped_server_whose_rebuild_fails_never_ran() {
    let nova = Nova::start().await;
    let server = nova.server(json!({})).await;
    let stop = nova
        .act(MAKER, &server, LATEST, json!({"os-stop": null}))
        .await;
    assert_eq!(stop.status, 202);
    nova.rebuild(MAKER, &server, LATEST, json!({"preserve_ephemeral": true}))
        .await;
    let failed = nova.show(&server).await;
    assert_eq!(
        (&failed["status"], &failed["OS-EXT-STS:power_state"]),
        (&json!("ERROR"), &json!(4))
    );
}

#[tokio::test]
async fn of_a_failure_members_are_told_and_administrators_told_more() {
    let nova = Nova::start().await;
    let server = nova.server(json!({})).await;
    nova.mock.state().store.write(|cloud| {
        cloud.servers.script(Script {
            task: Task::Rebuild,
            server: Some(server.parse().unwrap()),
            times: Some(1),
            failure: Failure {
                code: 500,
                message: "it broke".to_owned(),
                details: Some("Traceback".to_owned()),
                unscheduled: false,
            },
        });
    });
    nova.rebuild(MAKER, &server, LATEST, json!({})).await;

    for (caller, details) in [(MAKER, None), (ADMIN, Some(&json!("Traceback")))] {
        let shown = nova.get(caller, &format!("/servers/{server}")).await.body;
        assert_eq!(shown["server"]["status"], "ERROR");
        let fault = &shown["server"]["fault"];
        assert_eq!(
            (&fault["code"], &fault["message"]),
            (&json!(500), &json!("it broke"))
        );
        assert_eq!(fault.get("details"), details);
    }
    nova.rebuild(MAKER, &server, LATEST, json!({})).await;
    let mended = nova.show(&server).await;
    assert_eq!(
        (&mended["status"], mended.get("fault")),
        (&json!("ACTIVE"), None)
    );
}

/// A server whose root is a volume made of [`IMAGE`].
async fn on_a_volume(nova: &Nova) -> String {
    let root = json!({
        "boot_index": 0, "uuid": IMAGE, "source_type": "image", "destination_type": "volume", "volume_size": 1,
    });
    let server = json!({"name": "x", "flavorRef": "1", "networks": "none", "block_device_mapping_v2": [root]});
    let made = nova
        .ask(
            MAKER,
            "POST",
            "/servers",
            LATEST,
            &json!({ "server": server }),
        )
        .await;
    assert_eq!(made.status, 202, "{}", made.body);
    let id = made.body["server"]["id"].as_str().unwrap().to_owned();
    nova.finish(&id);
    id
}

const OTHER_ROOT: &str = "Image OTHER is unacceptable: Unable to rebuild with a different image for a volume-backed server.";

#[rstest]
#[case::from_its_own_image("2.1", json!({}), 202, "")]
#[case::from_another_before_its_time("2.92", json!({"imageRef": OTHER_IMAGE}), 400, OTHER_ROOT)]
#[case::which_is_refused_before_the_quota("2.92", json!({"imageRef": OTHER_IMAGE, "metadata": too_much_metadata()}), 400, OTHER_ROOT)]
#[case::from_another("2.93", json!({"imageRef": OTHER_IMAGE}), 202, "")]
#[case::with_certificates("2.92", json!({"imageRef": OTHER_IMAGE, "trusted_image_certificates": ["a"]}), 400, "Image certificate validation is not supported for volume-backed servers.")]
#[case::without_certificates("2.92", json!({"trusted_image_certificates": null}), 202, "")]
#[case::from_none("2.93", json!({"imageRef": NO_IMAGE}), 400, "Cannot find image for rebuild")]
#[tokio::test]
async fn a_server_on_a_volume(
    #[case] version: &str,
    #[case] more: Value,
    #[case] status: u16,
    #[case] sentence: &str,
) {
    let nova = Nova::start().await;
    let server = on_a_volume(&nova).await;
    let answer = nova.rebuild(MAKER, &server, version, more).await;
    let (got, said) = answer.refusal(OTHER_IMAGE);
    assert_eq!(
        (got, said.replace("ID", "OTHER").as_str()),
        (status, sentence),
        "{}",
        answer.body
    );
    let shown = nova.show(&server).await;
    assert_eq!(
        (&shown["status"], &shown["image"]),
        (&json!("ACTIVE"), &json!(""))
    );
}

#[tokio::test]
async fn a_volume_that_was_written_over_is_of_the_other_image() {
    let nova = Nova::start().await;
    let server = on_a_volume(&nova).await;
    for (version, image, status) in [
        ("2.93", OTHER_IMAGE, 202),
        ("2.92", IMAGE, 400),
        ("2.92", OTHER_IMAGE, 202),
    ] {
        let answer = nova
            .rebuild(MAKER, &server, version, json!({"imageRef": image}))
            .await;
        assert_eq!(answer.status, status, "{version} {image}: {}", answer.body);
        nova.show(&server).await;
    }
}

/// A host is looked for only when the image is another; the rebuild has been saved by then, and only the image's id goes back.
#[rstest]
#[case::a_trait(
    "trait:CUSTOM_NOWHERE",
    "required",
    "No valid host was found. Image traits cannot be satisfied by the current resource providers. Either specify a different image during rebuild or create a new server with the specified image."
)]
#[case::a_processor(
    "hw_architecture",
    "s390x",
    "No valid host was found. There are not enough hosts available."
)]
#[case::a_hypervisor(
    "img_hv_type",
    "xen",
    "No valid host was found. There are not enough hosts available."
)]
#[tokio::test]
async fn an_image_for_which_there_is_no_host(
    #[case] name: &str,
    #[case] value: &str,
    #[case] sentence: &str,
) {
    let nova = Nova::start().await;
    let server = nova.server(json!({})).await;
    nova.mock.state().store.write(|cloud| {
        let image = cloud.images.get_mut(OTHER_IMAGE).unwrap();
        image.properties.insert(name.to_owned(), value.to_owned());
    });
    let more = json!({"imageRef": OTHER_IMAGE, "name": "new"});
    assert_eq!(nova.rebuild(MAKER, &server, LATEST, more).await.status, 202);
    let failed = nova.show(&server).await;
    assert_eq!(failed["status"], "ERROR");
    assert_eq!(
        (&failed["fault"]["code"], &failed["fault"]["message"]),
        (&json!(500), &json!(sentence))
    );
    assert_eq!(
        (&failed["image"]["id"], &failed["name"]),
        (&json!(IMAGE), &json!("new"))
    );

    let actions = nova
        .get(ADMIN, &format!("/servers/{server}/os-instance-actions"))
        .await
        .body;
    let newest = &actions["instanceActions"][0];
    assert_eq!(newest["message"], "Error");
    let path = format!(
        "/servers/{server}/os-instance-actions/{}",
        newest["request_id"].as_str().unwrap()
    );
    let told = nova.get(ADMIN, &path).await.body;
    let events = told["instanceAction"]["events"].as_array().unwrap();
    let events: Vec<_> = events
        .iter()
        .map(|event| (&event["event"], &event["result"], &event["details"]))
        .collect();
    assert_eq!(
        events,
        [(&json!("rebuild_server"), &json!("Error"), &json!(sentence))]
    );

    assert_eq!(
        nova.rebuild(MAKER, &server, LATEST, json!({})).await.status,
        202
    );
    assert_eq!(nova.show(&server).await["status"], "ACTIVE");
}
