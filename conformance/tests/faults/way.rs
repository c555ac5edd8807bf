//! Faults between the program and the cloud.

use std::sync::atomic::{AtomicBool, Ordering};

use rstest::rstest;

use crate::{
    proxy::{Fate, Proxy},
    stage::{Ended, Stage},
};

/// Some instances that make keypairs of all people; few enough to be quick on a real cloud.
pub(crate) const SOME: &[&str] = &[
    "--filter",
    "keypairs.delete",
    "keypairs.create.name.taken*",
    "--microversions",
    "2.1,2.104",
];

/// What does not answer is waited for this long.
const SOON: &[&str] = &["--timeout", "4"];

/// The first request that is harmed: the run has begun by then.
pub(crate) const IN_THE_MIDDLE: usize = 40;

/// A run through a proxy with this plan, and a sweep; all is then as it was.
async fn with(options: &[&str], plan: impl Fn(usize, &str) -> Fate + Send + Sync + 'static) -> Way {
    let stage = Stage::new().await;
    let proxy = Proxy::before(stage.upstream(), plan).await;
    stage.reach_through(&proxy);
    Way::gone(stage, proxy, options).await
}

pub(crate) struct Way {
    stage: Stage,
    proxy: Proxy,
    pub(crate) ended: Ended,
}

impl Way {
    pub(crate) async fn gone(stage: Stage, proxy: Proxy, options: &[&str]) -> Self {
        let before = stage.inventory().await;
        let ended = stage.run(&[SOME, options].concat()).await;
        let verdict = ended.said.lines().find(|line| line.contains("(exit code"));
        println!("{}", verdict.unwrap_or("no verdict"));
        let swept = stage.sweep().await;
        stage.is_as_before(&before, &swept).await;
        Self {
            stage,
            proxy,
            ended,
        }
    }

    /// Whether the report has a note with all of these.
    pub(crate) fn notes(&self, parts: &[&str]) {
        let notes = self.stage.notes();
        let told = notes
            .iter()
            .any(|note| parts.iter().all(|part| note.contains(part)));
        assert!(told, "{parts:?} is not in {notes:?}");
    }
}

/// A plan that harms one request in the middle of a run: one that a check sends for its own sake, for what cleans up is tried
/// again, and heals.
pub(crate) fn one_harmed(fate: Fate) -> impl Fn(usize, &str) -> Fate + Send + Sync + 'static {
    let harmed = AtomicBool::new(false);
    move |number, line| {
        let is_it = number >= IN_THE_MIDDLE && line.starts_with("POST");
        if is_it && !harmed.swap(true, Ordering::SeqCst) {
            fate.clone()
        } else {
            Fate::Passed
        }
    }
}

/// As patient as a run is by itself.
const PATIENT: &[&str] = &[];

#[rstest]
#[case::reset(SOON, Fate::Reset, "the connection ended before the answer did")]
#[case::cut_off(SOON, Fate::CutOff, "the connection ended before the answer did")]
#[case::stalled(SOON, Fate::Stalled, "no answer after 4s")]
#[case::stalled_for_long(PATIENT, Fate::Stalled, "no answer after 30s")]
#[case::not_http(SOON, Fate::garbage(), "what came back is not HTTP")]
#[case::bad_gateway(SOON, Fate::bad_gateway(), "POST /os-keypairs answered 502")]
#[tokio::test(flavor = "multi_thread")]
async fn one_request_that_is_lost_could_not_be_asked(
    #[case] options: &[&str],
    #[case] fate: Fate,
    #[case] sentence: &str,
) {
    let Way { ended, .. } = with(options, one_harmed(fate)).await;
    assert_eq!(ended.code, Some(3), "{}", ended.said);
    assert!(ended.said.contains(sentence), "{}", ended.said);
}

#[rstest]
#[case::reset(Fate::Reset, "the connection ended before the answer did")]
#[case::stalled(Fate::Stalled, "no answer after 4s")]
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
    let way = with(SOON, plan).await;
    assert_eq!(way.ended.code, Some(3), "{}", way.ended.said);
    way.notes(&["the cloud gives no answer any more", sentence]);
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
async fn a_token_revoked_in_the_middle_is_renewed() {
    let plan = |number: usize, _: &str| match number {
        IN_THE_MIDDLE => Fate::TokenRevoked,
        _ => Fate::Passed,
    };
    let way = with(&[], plan).await;
    assert_eq!(way.ended.code, Some(0), "{}", way.ended.said);
    let heard = way.proxy.heard();
    let revoked = heard.iter().filter(|(request, answer)| {
        let request = String::from_utf8_lossy(request);
        let line = request.lines().next().unwrap_or_default();
        line.starts_with("DELETE /")
            && line.ends_with("/auth/tokens HTTP/1.1")
            && answer.starts_with(b"HTTP/1.1 204")
    });
    assert_eq!(
        revoked.count(),
        2,
        "the caller 'expired' has one revoked too"
    );
    way.notes(&["was refused before its time and renewed"]);
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
    let way = with(&[], plan).await;
    assert_eq!(way.ended.code, Some(0), "{}", way.ended.said);
    way.notes(&["asked to wait", "was asked again"]);
}
