//! One check at one microversion: whether to ask at all, the probe, what it amounts to, and its cleaning up.

use std::{
    any::Any,
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::FutureExt;
use nova_client::{ApiVersion, redact};

use crate::{
    caller::Cloud,
    check::{Asked, Check, Cx, Stop, Surroundings, Verdict},
    event::Finished,
    outcome::Outcome,
    pace,
    select::Instance,
};

pub(super) async fn ask(
    instance: Instance,
    number: usize,
    surroundings: Arc<Surroundings>,
    patience: Duration,
) -> Finished {
    let Instance { check, version } = instance;
    let unasked = |check, outcome| Finished {
        number,
        check,
        version,
        outcome,
        exchanges: Vec::new(),
        duration: Duration::ZERO,
    };
    if let Some(outcome) = not_to_ask(&check, version.minor(), &surroundings.cloud) {
        return unasked(check, outcome);
    }
    let mut interrupted = surroundings.interrupted.clone();
    let _few = if check.id().starts_with("server-groups.") {
        tokio::select! {
            biased;
            permit = surroundings.groups.acquire() => permit.ok(),
            _ = interrupted.wait_for(|now| *now) => {
                let outcome = judged(&check, Err(Stop::Interrupted), 0, None);
                return unasked(check, outcome);
            }
        }
    } else {
        None
    };
    let held = match surroundings.pool.enter(check.servers()).await {
        Ok(held) => held,
        Err(stop) => {
            let outcome = judged(&check, Err(stop), 0, None);
            return unasked(check, outcome);
        }
    };
    let began = Instant::now();
    let asked = Arc::new(Asked::default());
    let cx = Cx::new(
        version,
        number,
        check.servers(),
        Arc::clone(&surroundings),
        Arc::clone(&asked),
    );
    // The probe is called inside, so that a panic before its first await is caught as well.
    let probe = AssertUnwindSafe(async { check.start(cx).await }).catch_unwind();
    let (ended, waited) = pace::within(patience, probe).await;
    let duration = began.elapsed().saturating_sub(waited);
    let (exchanges, unanswered) = asked.take();
    let outcome = match ended {
        None => Outcome::Errored(format!(
            "the probe had not ended after {} s and {} requests: see whether the cloud is slow, or allow more with --timeout",
            patience.as_secs(),
            exchanges.len()
        )),
        Some(Err(panic)) => Outcome::Errored(format!(
            "the probe panicked, which is a defect of nova-conformance: {}",
            redact::text(panic_message(&*panic))
        )),
        Some(Ok(verdict)) => judged(&check, verdict, exchanges.len(), unanswered),
    };
    surroundings
        .book
        .clean_up(number, &surroundings.cloud, surroundings.limits())
        .await;
    surroundings.pool.leave(number, held).await;
    Finished {
        number,
        check,
        version,
        outcome,
        exchanges,
        duration,
    }
}

/// Why there is no point in asking.
fn not_to_ask(check: &Check, minor: u16, cloud: &Cloud) -> Option<Outcome> {
    let version = ApiVersion { major: 2, minor };
    if !cloud.versions.contains(version) {
        return Some(Outcome::NotApplicable(format!(
            "the cloud offers {}",
            cloud.versions
        )));
    }
    let missing: Vec<String> = check
        .callers()
        .iter()
        .filter(|caller| cloud.party(**caller).is_none())
        .map(|caller| cloud.why_without(*caller))
        .collect();
    if missing.is_empty() {
        None
    } else {
        Some(Outcome::Skipped(missing.join("; ")))
    }
}

/// What a verdict amounts to. A probe that asked nothing, or that did not stop at a request without an answer, knows nothing.
fn judged(
    check: &Check,
    verdict: Verdict,
    exchanges: usize,
    unanswered: Option<String>,
) -> Outcome {
    match (verdict, unanswered) {
        (Err(Stop::Skipped(why)), _) => Outcome::Skipped(why),
        (Err(Stop::NotApplicable(why)), None) => Outcome::NotApplicable(why),
        (Err(Stop::Interrupted), _) => Outcome::Skipped("the run was interrupted".to_owned()),
        (Err(Stop::CouldNotAsk(why)), _)
        | (Ok(()) | Err(Stop::Failed(_) | Stop::NotApplicable(_)), Some(why)) => {
            Outcome::Errored(why)
        }
        (Err(Stop::Failed(failure)), None) => Outcome::Failed(check.level(), failure),
        (Ok(()), None) if exchanges == 0 => Outcome::Errored(
            "the probe asked the cloud nothing, which is a defect of nova-conformance".to_owned(),
        ),
        (Ok(()), None) => Outcome::Passed,
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message")
}
