//! What a run makes is deleted, whatever happens.

use std::sync::Arc;

use crate::support::{Defect, Fake, cloud, collect, draft, make, options, run};
use nova_api::Microversion;
use nova_conformance::{
    check::{Check, Cx, Verdict},
    exit::ExitCode,
    runner::Run,
    select::{Plan, Wanted},
};
use rstest::rstest;
use tokio::sync::mpsc;

async fn make_two_and(cx: Cx, end: fn() -> Verdict) -> Verdict {
    make(&cx, "first").await?;
    make(&cx, "second").await?;
    end()
}

fn check(end: fn() -> Verdict) -> Check {
    draft("a.b").probe(move |cx| make_two_and(cx, end))
}

#[rstest]
#[case::passed(|| Ok(()))]
#[case::failed(|| Err(nova_conformance::check::Stop::Skipped("no more".to_owned())))]
#[case::panicked(|| panic!("in the middle"))]
#[tokio::test]
async fn what_was_made_is_deleted_newest_first(#[case] end: fn() -> Verdict) {
    let fake = Fake::with(Defect::None);
    let (summary, collected) = run(vec![check(end)], &fake).await;
    assert_eq!(fake.deleted(), ["second", "first"]);
    assert_eq!(
        (fake.left(), summary.leaks, collected.notes.len()),
        (0, 0, 0)
    );
}

#[tokio::test]
async fn what_cannot_be_deleted_is_told_as_left_on_the_cloud() {
    let (summary, collected) = run(vec![check(|| Ok(()))], &Fake::with(Defect::CannotDelete)).await;
    let told: Vec<String> = collected.leaks.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "keypair 'nvc-run-0-1-second' of the caller 'main': DELETE /os-keypairs/nvc-run-0-1-second answered 500",
            "keypair 'nvc-run-0-0-first' of the caller 'main': DELETE /os-keypairs/nvc-run-0-0-first answered 500",
        ]
    );
    assert_eq!(ExitCode::of(&summary), ExitCode::CouldNotAsk);
}

#[tokio::test]
async fn a_deletion_that_was_a_lie_is_found_and_repeated() {
    let fake = Fake::with(Defect::DeletesOnlyAfter(2));
    let (summary, collected) = run(vec![check(|| Ok(()))], &fake).await;
    assert_eq!(
        (fake.left(), summary.leaks, collected.notes.len()),
        (0, 0, 2)
    );
    assert!(
        collected.notes[0].contains("in spite of an accepted deletion"),
        "{:?}",
        collected.notes
    );
}

#[tokio::test]
async fn a_deletion_that_stays_a_lie_is_told_as_left_on_the_cloud() {
    let fake = Fake::with(Defect::DeletesOnlyAfter(usize::MAX));
    let (summary, collected) = run(vec![check(|| Ok(()))], &fake).await;
    assert_eq!((fake.left(), summary.leaks), (2, 2));
    assert!(
        collected.leaks[0].why.contains("still listed"),
        "{:?}",
        collected.leaks
    );
}

#[tokio::test]
async fn what_is_registered_but_never_made_is_no_leak() {
    let check = draft("a.b").probe(|cx| async move {
        cx.ledger()
            .will_create(nova_conformance::check::Keypair::of(
                nova_conformance::check::Caller::Main,
                "a/b",
            ));
        crate::support::look(&cx).await
    });
    let (summary, _) = run(vec![check], &Fake::with(Defect::None)).await;
    assert_eq!((summary.passed, summary.leaks), (1, 0));
}

#[tokio::test]
async fn names_are_unique_and_of_harmless_letters() {
    let check = draft("a.b").probe(|cx| async move {
        let [one, other] = [cx.unique("k y@ä"), cx.unique(&"x".repeat(400))];
        assert_eq!(one, "nvc-run-0-0-k-y--");
        assert_eq!(other.len(), 255);
        crate::support::look(&cx).await
    });
    let (summary, _) = run(vec![check], &Fake::with(Defect::None)).await;
    assert_eq!(summary.passed, 1);
}

#[tokio::test]
async fn an_interrupted_run_begins_nothing_more_and_cleans_up() {
    let fake = Fake::with(Defect::None);
    let (sender, receiver) = mpsc::unbounded_channel();
    let slot: Arc<std::sync::OnceLock<nova_conformance::runner::Interrupt>> = Arc::default();
    let interrupt = Arc::clone(&slot);
    let first = draft("a.first").probe(move |cx| {
        let interrupt = Arc::clone(&interrupt);
        async move {
            make(&cx, "first").await?;
            interrupt.get().unwrap().now();
            make(&cx, "second").await?;
            Ok(())
        }
    });
    let never = draft("a.never").probe(|_| async { panic!("begun after the interruption") });
    let plan = Plan::new(
        vec![first, never],
        &[],
        &Wanted::Boundaries,
        Microversion::MAX,
    );
    let one_at_a_time = nova_conformance::runner::Options {
        parallel: 1,
        ..options()
    };
    let run = Run::new(
        plan,
        Arc::new(cloud(Arc::clone(&fake))),
        one_at_a_time,
        sender,
    );
    slot.set(run.interrupt()).unwrap();
    let summary = run.go().await;
    assert_eq!(ExitCode::of(&summary), ExitCode::Interrupted);
    assert_eq!(
        (summary.not_started, summary.skipped, fake.left()),
        (1, 1, 0)
    );
    assert_eq!(
        fake.deleted(),
        ["second", "first"],
        "also what was registered and not sent any more"
    );
    assert_eq!(collect(receiver).await.finished.len(), 1);
}
