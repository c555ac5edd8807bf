//! `--rerun`: only what failed.

use mock_nova::MockNova;

use crate::{
    policies::NO_READERS,
    support::{EVERYBODY, folder, run, write},
};

#[tokio::test]
async fn only_what_failed_is_asked_again() {
    let elsewhere = tempfile::tempdir().unwrap();
    write(&elsewhere, "policy.yaml", NO_READERS);
    let mock = MockNova::builder().policy(elsewhere.path().join("policy.yaml"));
    let mock = mock.start().await.unwrap();
    let folder = folder(&mock);
    let filter = [
        "--filter",
        "keypairs.create.callers",
        "--microversions",
        "2.1,2.60",
    ];
    let first = run(folder.path(), &[EVERYBODY, &filter].concat()).await;
    assert_eq!(first.code, Some(1), "{}", first.said);
    let failed: Vec<_> = first
        .instances()
        .into_iter()
        .filter(|(_, outcome, _)| outcome == "violation" || outcome == "errored")
        .collect();
    std::fs::rename(folder.path().join("reports"), folder.path().join("first")).unwrap();

    let again = run(
        folder.path(),
        &[EVERYBODY, &["--rerun", "first/report.json"]].concat(),
    )
    .await;
    assert_eq!(again.code, Some(1), "{}", again.said);
    assert_eq!(again.instances(), failed);
}

#[tokio::test]
async fn a_report_in_which_nothing_failed_has_nothing_to_ask_again() {
    let folder = tempfile::tempdir().unwrap();
    let green = run(folder.path(), &["--filter", "keypairs.delete.gone"]).await;
    assert_eq!(green.code, Some(0), "{}", green.said);
    let again = run(folder.path(), &["--rerun", "reports/report.json"]).await;
    assert_eq!(again.code, Some(2), "{}", again.said);
    assert!(
        again
            .said
            .contains("nothing failed or errored in this report"),
        "{}",
        again.said
    );
}
