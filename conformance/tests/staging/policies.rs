//! Policies that differ from Nova's on purpose, and what a cloud hides.

use std::collections::BTreeSet;

use mock_nova::MockNova;
use rstest::rstest;

use crate::support::{EVERYBODY, Ended, folder, run, write};

/// A mock whose policy file says `policy`, judged by everybody under `profile`.
async fn judged_under(policy: &str, profile: Option<&str>, filter: &[&str]) -> Ended {
    let elsewhere = tempfile::tempdir().unwrap();
    write(&elsewhere, "policy.yaml", policy);
    let mock = MockNova::builder().policy(elsewhere.path().join("policy.yaml"));
    let mock = mock.start().await.unwrap();
    let folder = folder(&mock);
    let mut arguments = [
        EVERYBODY,
        &["--microversions", "2.9,2.60", "--filter"],
        filter,
    ]
    .concat();
    if let Some(profile) = profile {
        write(&folder, "profile.yaml", profile);
        arguments.extend(["--profile", "profile.yaml"]);
    }
    run(folder.path(), &arguments).await
}

pub(crate) const NO_READERS: &str = "\
    \"os_compute_api:os-keypairs:create\": \"(role:member and user_id:%(user_id)s) or is_admin:True\"\n\
    \"os_compute_api:os-keypairs:delete\": \"(role:member and user_id:%(user_id)s) or is_admin:True\"\n";

#[tokio::test]
async fn a_profile_judges_who_may_do_what_and_says_so() {
    let filter = ["keypairs.create.callers", "keypairs.delete.callers"];
    let profile = "operations:\n  keypairs.{create,delete}: [member, admin]\n";
    let ended = judged_under(NO_READERS, None, &filter).await;
    assert_eq!(
        ended.code,
        Some(1),
        "without the profile the reader is refused wrongly: {}",
        ended.said
    );

    let ended = judged_under(NO_READERS, Some(profile), &filter).await;
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    assert_eq!(ended.summary("not_applicable"), 0, "{}", ended.said);
    let mut checks = ended.report["checks"].as_array().unwrap().iter();
    let reader = checks
        .find(|check| check["id"] == "keypairs.create.callers.reader")
        .unwrap();
    assert!(
        reader["sentence"].as_str().unwrap().starts_with("Judged by the profile, not by Nova's default policy: keypairs.create is for member, admin."),
        "{reader}"
    );
    assert_eq!(reader["source"], "the profile, profile.yaml:2");
}

#[tokio::test]
async fn a_profile_that_the_cloud_does_not_keep_to_is_a_violation() {
    let profile = "operations:\n  keypairs.create: [member, admin]\n";
    let ended = judged_under("{}", Some(profile), &["keypairs.create.callers.reader"]).await;
    assert_eq!(ended.code, Some(1), "{}", ended.said);
    assert_eq!(
        ended.outcomes("keypairs.create.callers.reader"),
        BTreeSet::from(["violation".to_owned()])
    );
}

const NO_KEYPAIRS: &str = "\"os_compute_api:os-keypairs:create\": \"!\"\n\"os_compute_api:os-keypairs:delete\": \"!\"\n\
    \"os_compute_api:os-keypairs:index\": \"!\"\n\"os_compute_api:os-keypairs:show\": \"!\"\n";

#[tokio::test]
async fn what_a_cloud_hides_from_everybody_does_not_apply_where_the_profile_says_so() {
    let filter = ["keypairs"];
    let ended = judged_under(NO_KEYPAIRS, Some("operations:\n  keypairs: []\n"), &filter).await;
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    assert_eq!(
        (
            ended.summary("violations"),
            ended.summary("errored"),
            ended.summary("leaks")
        ),
        (0, 0, 0)
    );
    assert_eq!(
        ended.outcomes("keypairs.create.callers.main"),
        BTreeSet::from(["passed".to_owned()]),
        "that nobody may is judged"
    );
    let (_, outcome, reason) = ended
        .instances()
        .into_iter()
        .find(|(id, ..)| id == "keypairs.create.answer")
        .unwrap();
    assert_eq!(outcome, "not_applicable");
    assert_eq!(
        reason,
        "the profile (profile.yaml:2) says that keypairs.create is for nobody, and the cloud answered the caller 'main' 403: \
         Policy doesn't allow os_compute_api:os-keypairs:create to be performed."
    );
}

#[tokio::test]
async fn what_a_cloud_hides_is_no_excuse_without_a_profile() {
    let ended = judged_under(NO_KEYPAIRS, None, &["keypairs.create.answer"]).await;
    assert_eq!(ended.code, Some(1), "{}", ended.said);
}

const REBUILD_BY_ADMINS: &str = "\"os_compute_api:servers:rebuild\": \"is_admin:True\"\n";
const NO_REBUILD: &str = "\"os_compute_api:servers:rebuild\": \"!\"\n";

const REBUILDS: &[&str] = &["servers.rebuild.image", "security.rebuild"];

#[rstest]
#[case::for_administrators(REBUILD_BY_ADMINS, "[admin]", "admin")]
#[case::for_nobody(NO_REBUILD, "[]", "nobody")]
#[tokio::test]
async fn a_cloud_whose_rebuild_is_not_for_members(
    #[case] policy: &str,
    #[case] roles: &str,
    #[case] whom: &str,
) {
    let profile = format!("operations:\n  servers.rebuild: {roles}\n");
    let ended = judged_under(policy, Some(&profile), REBUILDS).await;
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    let counts = ["violations", "warnings", "errored", "leaks"];
    assert_eq!(
        counts.map(|count| ended.summary(count)),
        [0; 4],
        "{}",
        ended.said
    );
    for caller in ["owner", "member", "reader", "admin"] {
        assert_eq!(
            ended.outcomes(&format!("security.rebuild.{caller}")),
            BTreeSet::from(["passed".to_owned()]),
            "who may is judged: {}",
            ended.said
        );
    }
    let (_, outcome, reason) = ended
        .instances()
        .into_iter()
        .find(|(id, ..)| id == "servers.rebuild.image.another")
        .unwrap();
    assert_eq!(outcome, "not_applicable");
    assert_eq!(
        reason,
        format!(
            "the profile (profile.yaml:2) says that servers.rebuild is for {whom}, and the cloud answered the caller 'main' 403: \
             Policy doesn't allow os_compute_api:servers:rebuild to be performed."
        )
    );
}

#[tokio::test]
async fn a_profile_that_lets_readers_rebuild_is_kept_to() {
    let policy = "\"os_compute_api:servers:rebuild\": \"role:reader and project_id:%(project_id)s or is_admin:True\"\n";
    let profile = "operations:\n  servers.rebuild: [reader, member, admin]\n";
    let filter = ["security.rebuild.{owner,member,reader,admin,other-project,nobody}"];
    let ended = judged_under(policy, Some(profile), &filter).await;
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    assert_eq!(
        ended.outcomes("security.rebuild.reader"),
        BTreeSet::from(["passed".to_owned()])
    );
    let sentences = ended.report["checks"].as_array().unwrap().iter();
    for sentence in sentences.map(|check| check["sentence"].as_str().unwrap()) {
        assert!(sentence.starts_with("Judged by the profile"), "{sentence}");
    }
}

#[tokio::test]
async fn a_cloud_whose_rebuild_is_for_members_breaks_a_profile_that_says_otherwise() {
    let profile = "operations:\n  servers.rebuild: [admin]\n";
    let ended = judged_under("{}", Some(profile), &["security.rebuild.{owner,admin}"]).await;
    assert_eq!(ended.code, Some(1), "{}", ended.said);
    assert_eq!(
        ended.outcomes("security.rebuild.owner"),
        BTreeSet::from(["violation".to_owned()])
    );
    assert_eq!(
        ended.outcomes("security.rebuild.admin"),
        BTreeSet::from(["passed".to_owned()])
    );
}

/// A run of what only a guest is told, against a metadata service that answers everybody so.
async fn told_by(status: u16) -> Ended {
    let metadata = wiremock::MockServer::start().await;
    let answer = wiremock::ResponseTemplate::new(status).set_body_string("no guests here");
    wiremock::Mock::given(wiremock::matchers::any())
        .respond_with(answer)
        .mount(&metadata)
        .await;
    let mock = MockNova::builder().start().await.unwrap();
    let folder = folder(&mock);
    let url = metadata.uri();
    // Any variable of the program's will do, and this one is there.
    let guest = [
        "--metadata-url",
        &url,
        "--metadata-secret-env",
        "OS_CLIENT_CONFIG_FILE",
    ];
    let filter = [
        "--microversions",
        "latest",
        "--filter",
        "security.rebuild.guest-key",
    ];
    run(folder.path(), &[EVERYBODY, &guest, &filter].concat()).await
}

#[rstest]
#[case::forbidden(403)]
#[case::not_there(404)]
#[tokio::test]
async fn a_metadata_service_that_is_hidden_does_not_apply(#[case] status: u16) {
    let ended = told_by(status).await;
    let (_, outcome, reason) = ended.instances().swap_remove(0);
    assert_eq!(
        (outcome.as_str(), reason),
        (
            "not_applicable",
            format!(
                "the cloud hides its metadata service: GET / of --metadata-url answered {status}: no guests here"
            )
        )
    );
}

#[tokio::test]
async fn a_metadata_service_that_is_broken_could_not_be_asked() {
    let ended = told_by(500).await;
    assert_eq!(ended.code, Some(3), "{}", ended.said);
    let (_, outcome, reason) = ended.instances().swap_remove(0);
    assert_eq!(outcome, "errored");
    assert!(
        reason.contains("the metadata service answered 500"),
        "{reason}"
    );
}
