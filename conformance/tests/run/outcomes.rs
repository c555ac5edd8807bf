//! What a probe's end amounts to.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use crate::support::{Defect, Fake, cloud, draft, look, make, options, run, run_with};
use nova_api::Operation;
use nova_conformance::{
    caller::Caller,
    check::{Check, Cx, Stop, Verdict, Versions},
    exit::ExitCode,
    outcome::{Kind, Outcome},
    runner::Options,
};
use rstest::rstest;

async fn outcome_of(check: Check, defect: Defect) -> Outcome {
    let (_, collected) = run(vec![check], &Fake::with(defect)).await;
    collected.finished[&0].outcome.clone()
}

async fn pass(cx: Cx) -> Verdict {
    look(&cx).await
}

async fn fail(cx: Cx) -> Verdict {
    let answer = cx
        .as_(Caller::Main)
        .ask(Operation::KeypairList, &[])
        .send()
        .await?;
    answer.expect_status(201)?;
    Ok(())
}

async fn fail_to_prepare(cx: Cx) -> Verdict {
    let answer = cx
        .as_(Caller::Main)
        .ask(Operation::KeypairShow, &["missing"])
        .send()
        .await?;
    answer.to_set_up(200)?;
    Ok(())
}

async fn ask_nothing(_: Cx) -> Verdict {
    Ok(())
}

async fn swallow(cx: Cx) -> Verdict {
    let _ = look(&cx).await;
    Ok(())
}

async fn panic_later(cx: Cx) -> Verdict {
    look(&cx).await?;
    panic!("the probe is broken");
}

async fn does_not_apply(cx: Cx) -> Verdict {
    look(&cx).await?;
    Err(Stop::NotApplicable(
        "this cloud generates no keys".to_owned(),
    ))
}

async fn ask_a_stranger(cx: Cx) -> Verdict {
    cx.as_(Caller::Admin)
        .ask(Operation::KeypairList, &[])
        .send()
        .await?;
    Ok(())
}

#[tokio::test]
async fn what_holds_passes() {
    assert_eq!(
        outcome_of(draft("a.b").probe(pass), Defect::None).await,
        Outcome::Passed
    );
}

#[tokio::test]
async fn what_does_not_hold_fails_and_points_to_the_exchange() {
    let outcome = outcome_of(draft("a.b").probe(fail), Defect::None).await;
    let failure = outcome.failure().unwrap();
    assert_eq!(
        failure.to_string(),
        "status of GET /os-keypairs: expected 201, found 200"
    );
    assert_eq!(
        (outcome.kind(), failure.exchange),
        (Kind::Violation, Some(0))
    );
}

#[tokio::test]
async fn a_should_that_does_not_hold_is_a_warning() {
    let should = Check::should("a.b", "t")
        .sentence("s")
        .source("s")
        .versions(Versions::at(&[1]))
        .callers([Caller::Main]);
    assert_eq!(
        outcome_of(should.probe(fail), Defect::None).await.kind(),
        Kind::Warning
    );
}

#[tokio::test]
async fn what_cannot_be_prepared_is_not_known() {
    let outcome = outcome_of(draft("a.b").probe(fail_to_prepare), Defect::None).await;
    assert_eq!(
        outcome,
        Outcome::Errored(
            "could not set up: GET /os-keypairs/missing answered 404 (no such keypair) instead of 200".to_owned()
        )
    );
}

#[rstest]
#[case::asked_nothing(draft("a.b").probe(ask_nothing), Defect::None, "asked the cloud nothing")]
#[case::no_answer(draft("a.b").probe(pass), Defect::Dead, "cannot connect")]
#[case::swallowed_no_answer(draft("a.b").probe(swallow), Defect::Dead, "cannot connect")]
#[case::panic(draft("a.b").probe(panic_later), Defect::None, "the probe is broken")]
#[case::panic_at_once(draft("a.b").probe(|_| -> std::future::Ready<Verdict> { panic!("at once") }), Defect::None, "at once")]
#[tokio::test]
async fn a_probe_that_could_not_ask_does_not_pass(
    #[case] check: Check,
    #[case] defect: Defect,
    #[case] why: &str,
) {
    let outcome = outcome_of(check, defect).await;
    assert_eq!(outcome.kind(), Kind::Errored);
    assert!(outcome.reason().unwrap().contains(why), "{outcome:?}");
}

#[tokio::test]
async fn a_probe_that_never_ends_is_given_up() {
    let check = draft("a.b").probe(|cx| async move {
        loop {
            look(&cx).await?;
        }
    });
    let impatient = nova_conformance::runner::Options {
        deadline: Duration::from_millis(2),
        ..options()
    };
    let (summary, collected) =
        run_with(vec![check], cloud(Fake::with(Defect::None)), impatient).await;
    assert_eq!(ExitCode::of(&summary), ExitCode::CouldNotAsk);
    assert!(
        collected.finished[&0]
            .outcome
            .reason()
            .unwrap()
            .contains("had not ended after")
    );
}

#[tokio::test]
async fn a_caller_who_is_not_given_is_skipped_with_the_option_that_gives_it() {
    let check = draft("a.b")
        .callers([Caller::Main, Caller::Admin])
        .probe(pass);
    let fake = Fake::with(Defect::None);
    let (summary, collected) = run(vec![check], &fake).await;
    let why = "needs an administrator: name one of your clouds.yaml with --admin-cloud";
    assert_eq!(
        collected.finished[&0].outcome,
        Outcome::Skipped(why.to_owned())
    );
    assert!(
        fake.log.lock().unwrap().is_empty(),
        "nothing is asked for it"
    );
    assert_eq!(
        ExitCode::of(&summary),
        ExitCode::CouldNotAsk,
        "a run that judged nothing is not green"
    );
}

#[tokio::test]
async fn a_caller_whom_the_check_did_not_name_is_skipped_too() {
    let outcome = outcome_of(draft("a.b").probe(ask_a_stranger), Defect::None).await;
    assert_eq!(outcome.kind(), Kind::Skipped);
}

#[tokio::test]
async fn versions_that_the_cloud_does_not_offer_do_not_apply() {
    let check = draft("a.b").versions(Versions::at(&[50, 51])).probe(pass);
    let (summary, collected) = run(vec![check], &Fake::with(Defect::None)).await;
    assert_eq!(collected.finished[&0].outcome, Outcome::Passed);
    assert_eq!(
        collected.finished[&1].outcome,
        Outcome::NotApplicable("the cloud offers 2.1 to 2.50".to_owned())
    );
    assert_eq!(ExitCode::of(&summary), ExitCode::Holds);
}

#[tokio::test]
async fn a_question_that_does_not_arise_says_why() {
    let outcome = outcome_of(draft("a.b").probe(does_not_apply), Defect::None).await;
    assert_eq!(
        outcome,
        Outcome::NotApplicable("this cloud generates no keys".to_owned())
    );
}

#[tokio::test]
async fn instances_are_in_the_plans_order_whatever_ran_at_the_same_time() {
    let slow = draft("a.slow").probe(|cx| async move {
        for _ in 0..20 {
            look(&cx).await?;
        }
        Ok(())
    });
    let fake = Fake::with(Defect::None);
    let (_, collected) = run(vec![slow, draft("a.fast").probe(pass)], &fake).await;
    let order: Vec<&str> = collected
        .finished
        .values()
        .map(|finished| finished.check.id())
        .collect();
    assert_eq!(order, ["a.slow", "a.fast"]);
}

#[tokio::test]
async fn a_check_that_must_be_alone_is() {
    let busy = |cx: Cx| async move {
        for _ in 0..20 {
            look(&cx).await?;
        }
        Ok(())
    };
    let together = || {
        (0..4)
            .map(|number| draft(&format!("a.b{number}")).probe(busy))
            .collect::<Vec<_>>()
    };
    let fake = Fake::with(Defect::None);
    run(together(), &fake).await;
    assert!(
        fake.most_at_once.load(std::sync::atomic::Ordering::SeqCst) > 1,
        "checks run at the same time"
    );

    let alone = (0..4)
        .map(|number| draft(&format!("a.b{number}")).alone().probe(busy))
        .collect();
    let fake: Arc<Fake> = Fake::with(Defect::None);
    run(alone, &fake).await;
    assert_eq!(
        fake.most_at_once.load(std::sync::atomic::Ordering::SeqCst),
        1
    );
}

#[tokio::test]
async fn no_private_key_is_in_any_report() {
    let check = draft("a.b").probe(|cx| async move {
        let name = make(&cx, "secret").await?;
        let body = serde_json::json!({"keypair": {"name": name}});
        let answer = cx
            .as_(Caller::Main)
            .ask(Operation::KeypairCreate, &[])
            .json(&body)
            .send()
            .await?;
        answer.expect_absent("/keypair/private_key")?;
        Ok(())
    });
    let (_, collected) = run(vec![check], &Fake::with(Defect::None)).await;
    let told = [
        nova_conformance::report::json::render(&collected).unwrap(),
        nova_conformance::report::junit::render(&collected).unwrap(),
        format!("{collected:?}"),
    ];
    for text in told {
        assert!(!text.contains("MIIsecret"), "{text}");
        assert!(text.contains("redacted"), "{text}");
    }
}

#[tokio::test]
async fn a_cloud_that_died_is_not_asked_to_the_bitter_end() {
    let mut checks: Vec<Check> = (0..60)
        .map(|number| draft(&format!("a.b{number}")).probe(pass))
        .collect();
    checks.push(draft("a.alone").alone().probe(pass));
    let fake = Fake::with(Defect::DeadAfter(5));
    let (summary, collected) = run(checks, &fake).await;
    // The 20 in a row, what was under way meanwhile, and twice the question whether the cloud is there: before the run is
    // given up, and before deletions would be.
    assert_eq!(summary.passed, 5);
    assert!((20..=23).contains(&summary.errored), "{summary:?}");
    assert_eq!(summary.not_started, 61 - 5 - summary.errored);
    assert_eq!(fake.asked.load(Ordering::SeqCst), 5 + summary.errored + 2);
    assert_eq!(
        collected.notes,
        [format!(
            "the cloud gives no answer any more (cannot connect to http://cloud (Connection refused)): what had not begun was not asked, {} of the plan's 61 instances",
            summary.not_started
        )]
    );
    assert_eq!(ExitCode::of(&summary), ExitCode::CouldNotAsk);
}

#[tokio::test]
async fn a_cloud_that_comes_back_is_asked_on() {
    let checks = (0..60)
        .map(|number| draft(&format!("a.b{number}")).probe(pass))
        .collect();
    let fake = Fake::with(Defect::DeadUntil(20));
    let one_by_one = Options {
        parallel: 1,
        ..options()
    };
    let (summary, collected) = run_with(checks, cloud(Arc::clone(&fake)), one_by_one).await;
    assert_eq!(
        (summary.errored, summary.passed, summary.not_started),
        (20, 40, 0)
    );
    assert!(collected.notes.is_empty(), "{:?}", collected.notes);
}
