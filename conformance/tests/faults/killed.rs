//! The program's own death: nothing can be cleaned up then, and `sweep` does it later.

use tokio::process::Command;

use crate::{
    inventory::Inventory,
    proxy::{Fate, Proxy},
    stage::{Stage, ended},
};

/// What makes both servers and keypairs from its beginning, and goes on for a while.
const SOME: &[&str] = &["--filter", "security.rebuild", "servers.rebuild"];

/// Kills a run as soon as there is more of these kinds than before.
async fn killed(stage: &Stage, mut program: Command, before: &Inventory, kinds: &[&str]) {
    let proxy = Proxy::before(stage.upstream(), |_, _| Fate::Passed).await;
    stage.reach_through(&proxy);
    let mut child = program.spawn().unwrap();
    let more = |now: &Inventory| {
        kinds
            .iter()
            .all(|kind| now.count(kind) > before.count(kind))
    };
    let mut seen = 0;
    let mut now = before.clone();
    while !more(&now) {
        seen += 25;
        tokio::select! {
            () = proxy.has_seen(seen) => now = stage.inventory().await,
            ended = child.wait() => panic!("ended by itself: {ended:?}"),
        }
    }
    // The signal that nobody can catch: kill -9.
    child.kill().await.unwrap();
    let left = stage.inventory().await;
    assert!(more(&left), "something is left: {left}");
    println!("killed: {left}");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_nothing_is_left_when_it_is_swept() {
    let stage = Stage::new().await;
    let before = stage.inventory().await;
    let program = stage.as_everybody("run", SOME);
    killed(&stage, program, &before, &["keypair", "server"]).await;
    let swept = stage.sweep().await;
    stage.is_as_before(&before, &swept).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_made_for_a_run_that_was_killed_are_swept_by_who_made_them() {
    let stage = Stage::new().await;
    let before = stage.inventory().await;
    let admin = ["--admin-cloud", stage.admin()];
    let made = [&["run", "--create-users"], &admin[..], SOME].concat();
    let kinds = ["keypair", "server", "user", "project"];
    killed(&stage, stage.program(&made), &before, &kinds).await;
    stage.reach_directly();
    let sweep = [&["sweep", "--older-than", "0s"], &admin[..]].concat();
    let swept = ended(stage.program(&sweep).output().await.unwrap());
    stage.is_as_before(&before, &swept).await;
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
    let ended = ended(output);
    assert_eq!(ended.code, Some(2), "{}", ended.said);
    assert!(ended.said.contains("no cloud is named"), "{}", ended.said);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_that_cannot_ask_says_so() {
    let stage = Stage::new().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    stage.reach_at(&format!("http://{}", listener.local_addr().unwrap()));
    drop(listener);
    let mut program = stage.as_everybody("sweep", &[]);
    let ended = ended(program.output().await.unwrap());
    assert_eq!(ended.code, Some(3), "{}", ended.said);
    assert!(ended.said.contains("cannot connect to"), "{}", ended.said);
}
