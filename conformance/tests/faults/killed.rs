//! The program's own death: nothing can be cleaned up then, and `sweep` does it later.

use crate::{
    proxy::{Fate, Proxy},
    stage::{PEOPLE, Stage},
};

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_nothing_is_left_when_it_is_swept() {
    let stage = Stage::new().await;
    let before = stage.count();
    let proxy = Proxy::before(&stage.mock.url(), |_, _| Fate::Passed).await;
    stage.reach_at(&proxy.url());
    let arguments = [&["run", "--report-dir", "report"], PEOPLE].concat();
    let mut child = stage.program(&arguments).spawn().unwrap();
    // Servers are on the way early, because what needs them takes longest.
    let mut seen = 500;
    while stage.count().0 == before.0 || stage.count().1 == before.1 {
        proxy.has_seen(seen).await;
        seen += 1;
    }
    // The signal that nobody can catch: kill -9.
    child.kill().await.unwrap();
    let (keypairs, servers) = stage.count();
    assert!(
        keypairs > before.0 && servers > before.1,
        "something is left"
    );

    let swept = stage.sweep().await;
    assert_eq!(swept.code, Some(0), "{}", swept.said);
    assert_eq!(stage.count(), before, "{}", swept.said);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_tells_what_it_did() {
    let stage = Stage::new().await;
    let swept = stage.sweep().await;
    assert_eq!(
        (swept.code, swept.said.as_str()),
        (Some(0), "0 deleted, 0 too young, 0 left\n")
    );
}

#[tokio::test]
async fn a_sweep_without_a_cloud_is_a_mistake_of_usage() {
    let stage = Stage::new().await;
    let output = stage.program(&["sweep"]).output().await.unwrap();
    let ended = crate::stage::ended(output);
    assert_eq!(ended.code, Some(2), "{}", ended.said);
    assert!(ended.said.contains("no cloud is named"), "{}", ended.said);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_that_cannot_ask_says_so() {
    let stage = Stage::new().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    stage.reach_at(&format!("http://{}", listener.local_addr().unwrap()));
    drop(listener);
    let arguments = [&["sweep"], PEOPLE].concat();
    let ended = crate::stage::ended(stage.program(&arguments).output().await.unwrap());
    assert_eq!(ended.code, Some(3), "{}", ended.said);
    assert!(ended.said.contains("cannot connect to"), "{}", ended.said);
}
