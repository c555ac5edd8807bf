//! Faults between the program and the cloud.

use std::sync::atomic::{AtomicBool, Ordering};

use rstest::rstest;

use crate::{
    proxy::{Fate, Proxy},
    stage::Stage,
};

/// Some sixty instances that make keypairs of all people; few enough to be quick.
const SOME: &[&str] = &["--filter", "keypairs.delete", "keypairs.create.name.taken*"];

/// The first request that is harmed: the run has begun by then.
const IN_THE_MIDDLE: usize = 40;

async fn with(options: &[&str], plan: impl Fn(usize, &str) -> Fate + Send + Sync + 'static) -> Way {
    let stage = Stage::new().await;
    let before = stage.count();
    let proxy = Proxy::before(&stage.mock.url(), plan).await;
    stage.reach_at(&proxy.url());
    let ended = stage.run(&[SOME, options].concat()).await;
    let swept = stage.sweep().await;
    assert_eq!(swept.code, Some(0), "{}", swept.said);
    assert_eq!(stage.count(), before, "nothing is left: {}", swept.said);
    Way {
        stage,
        proxy,
        ended,
    }
}

struct Way {
    stage: Stage,
    proxy: Proxy,
    ended: crate::stage::Ended,
}

#[rstest]
#[case::reset(Fate::Reset, "the connection ended before the answer did")]
#[case::cut_off(Fate::CutOff, "the connection ended before the answer did")]
#[case::stalled(Fate::Stalled, "no answer after 1s")]
#[case::not_http(Fate::garbage(), "what came back is not HTTP")]
#[case::bad_gateway(Fate::bad_gateway(), "POST /os-keypairs answered 502")]
#[tokio::test(flavor = "multi_thread")]
async fn one_request_that_is_lost_could_not_be_asked(#[case] fate: Fate, #[case] sentence: &str) {
    let harmed = AtomicBool::new(false);
    // One that a check sends for its own sake: what cleans up is tried again, and heals.
    let plan = move |number: usize, line: &str| {
        let is_it = number >= IN_THE_MIDDLE && line.starts_with("POST");
        if is_it && !harmed.swap(true, Ordering::SeqCst) {
            fate.clone()
        } else {
            Fate::Passed
        }
    };
    let Way { ended, .. } = with(&["--timeout", "1"], plan).await;
    assert_eq!(ended.code, Some(3), "{}", ended.said);
    assert!(ended.said.contains(sentence), "{}", ended.said);
}

#[rstest]
#[case::reset(Fate::Reset, "the connection ended before the answer did")]
#[case::stalled(Fate::Stalled, "no answer after 1s")]
#[case::not_http(Fate::garbage(), "what came back is not HTTP")]
#[tokio::test(flavor = "multi_thread")]
async fn a_way_that_dies_ends_the_run_early(#[case] fate: Fate, #[case] sentence: &str) {
    let plan = move |number: usize, _: &str| {
        if number < IN_THE_MIDDLE {
            Fate::Passed
        } else {
            fate.clone()
        }
    };
    let Way { ended, stage, .. } = with(&["--timeout", "1"], plan).await;
    assert_eq!(ended.code, Some(3), "{}", ended.said);
    let notes = stage.notes();
    let early = "the cloud gives no answer any more";
    assert!(
        notes
            .iter()
            .any(|note| note.contains(early) && note.contains(sentence)),
        "{notes:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_lost_the_service_could_not_be_asked() {
    let plan = |number: usize, _: &str| {
        if number < IN_THE_MIDDLE {
            Fate::Passed
        } else {
            Fate::bad_gateway()
        }
    };
    let Way { ended, .. } = with(&[], plan).await;
    assert_eq!(ended.code, Some(3), "{}", ended.said);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_without_tls_could_not_be_asked() {
    let stage = Stage::new().await;
    let proxy = Proxy::before(&stage.mock.url(), |_, _| Fate::Passed).await;
    stage.reach_at(&proxy.url().replace("http:", "https:"));
    let ended = stage.run(SOME).await;
    assert_eq!(ended.code, Some(3), "{}", ended.said);
    assert!(ended.said.contains("no TLS session with"), "{}", ended.said);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_revoked_in_the_middle_is_renewed() {
    let plan = |number: usize, _: &str| match number {
        IN_THE_MIDDLE => Fate::TokenRevoked,
        _ => Fate::Passed,
    };
    let Way {
        ended,
        stage,
        proxy,
    } = with(&[], plan).await;
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    let heard = proxy.heard();
    let revoked = heard.iter().filter(|(request, answer)| {
        request.starts_with(b"DELETE /identity/v3/auth/tokens ")
            && answer.starts_with(b"HTTP/1.1 204")
    });
    assert_eq!(
        revoked.count(),
        2,
        "the caller 'expired' has one revoked too"
    );
    let notes = stage.notes();
    assert!(
        notes
            .iter()
            .any(|note| note.contains("was refused before its time and renewed")),
        "{notes:?}"
    );
}

#[rstest]
#[case::too_many_requests("429 Too Many Requests")]
#[case::unavailable("503 Service Unavailable")]
#[tokio::test(flavor = "multi_thread")]
async fn a_cloud_that_asks_to_wait_is_waited_for(#[case] status: &'static str) {
    let plan = move |number: usize, _: &str| match number % 10 {
        9 => Fate::answered(status, "retry-after: 0\r\n"),
        _ => Fate::Passed,
    };
    let Way { ended, stage, .. } = with(&[], plan).await;
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    let notes = stage.notes();
    assert!(
        notes
            .iter()
            .any(|note| note.contains("asked to wait") && note.contains("was asked again")),
        "{notes:?}"
    );
}
