//! Judges a cloud that answers everything alike, by checks that want different things of it.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::{FutureExt, future::BoxFuture};
use libtest_mimic::Arguments;
use nova_api::{Microversion, Operation};
use nova_client::{ApiVersion, RawRequest, Token, VersionRange};
use nova_conformance::{
    caller::{Base, Caller, Cloud, Party, Reply, User, Wire},
    check::{Check, Draft, Keypair, Stop, Versions},
    cli::Front,
    exit::ExitCode,
    report::listen,
    runner::{Options, Run},
    select::{Plan, Wanted},
    servers::Settings,
};
use rstest::rstest;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::harness::{judge, judge_by};

/// Answers every request with 200 and the keypairs there are, and deletes none.
#[derive(Default)]
struct Alike {
    names: Mutex<BTreeSet<String>>,
}

impl Wire for Alike {
    fn send<'a>(&'a self, _: Base, asked: &'a RawRequest) -> BoxFuture<'a, Result<Reply, String>> {
        let mut names = self.names.lock().unwrap();
        if asked.method == "POST" {
            let body: Value = serde_json::from_slice(asked.body.as_deref().unwrap()).unwrap();
            names.insert(body["keypair"]["name"].as_str().unwrap().to_owned());
        }
        let named = names.iter().map(|name| json!({"keypair": {"name": name}}));
        let reply = Reply {
            status: if asked.method == "DELETE" { 500 } else { 200 },
            headers: Vec::new(),
            body: json!({"keypairs": named.collect::<Vec<_>>()})
                .to_string()
                .into(),
        };
        async move { Ok(reply) }.boxed()
    }
}

/// A cloud that offers 2.1 to 2.50, and a run of the checks that the front is for.
fn run(checks: Vec<Check>) -> impl FnOnce(Front) -> ExitCode {
    move |front| {
        let version = |minor| ApiVersion { major: 2, minor };
        let range = VersionRange {
            min: version(1),
            max: version(50),
        };
        let user = User {
            id: "u1".to_owned(),
            name: "demo".to_owned(),
            project_id: "p1".to_owned(),
            roles: vec!["member".to_owned()],
        };
        let main = Party {
            user: Some(user),
            token: Token::Session,
            wire: Arc::new(Alike::default()),
        };
        let cloud = Cloud::new("alike", "http://cloud/v2.1", range).with(Caller::Main, main);
        let picked = checks.into_iter();
        let picked = picked.filter(|check| front.only.contains(check.id()));
        let plan = Plan::new(
            picked.collect(),
            &[],
            &Wanted::Boundaries,
            Microversion::MAX,
        );
        let options = Options {
            parallel: 1,
            deadline: Duration::from_secs(5),
            servers: Settings::default(),
            run_id: "run".to_owned(),
            command: "nova-conformance run --os-cloud alike".to_owned(),
        };
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let (sender, events) = mpsc::unbounded_channel();
            let listening = tokio::spawn(listen(events, vec![front.reporter]));
            let summary = Run::new(plan, Arc::new(cloud), options, sender).go().await;
            listening.await.unwrap().unwrap();
            ExitCode::of(&summary)
        })
    }
}

fn about(draft: Draft) -> Draft {
    draft
        .sentence("It is so.")
        .source("https://example.org/rule")
        .versions(Versions::at(&[1, 2]))
        .callers([Caller::Main])
}

/// Asks for a list and wants this status.
fn wants(draft: Draft, status: u16) -> Check {
    about(draft).probe(move |cx| async move {
        let list = cx.as_(Caller::Main).ask(Operation::KeypairList, &[]);
        list.send().await?.expect_status(status)?;
        Ok(())
    })
}

fn checks() -> Vec<Check> {
    vec![
        wants(Check::must("a.holds", "It holds"), 200),
        wants(Check::must("a.broken", "It does not hold"), 404),
        wants(Check::should("a.warns", "It should hold"), 404),
        about(Check::must("a.skipped", "It needs an administrator"))
            .callers([Caller::Admin])
            .probe(|_| async { Ok(()) }),
        about(Check::must("a.partly", "It came with 2.2")).probe(|cx| async move {
            let list = cx.as_(Caller::Main).ask(Operation::KeypairList, &[]);
            list.send().await?.expect_status(200)?;
            if cx.version().minor() == 1 {
                return Err(Stop::NotApplicable("not there yet".to_owned()));
            }
            Ok(())
        }),
        about(Check::must("a.unasked", "It asks nothing")).probe(|_| async { Ok(()) }),
        about(Check::must("a.leaves", "It makes what cannot be deleted")).probe(|cx| async move {
            let name = cx.unique("left");
            cx.ledger().will_create(Keypair::of(Caller::Main, &name));
            let body = json!({"keypair": {"name": name}});
            let create = cx.as_(Caller::Main).ask(Operation::KeypairCreate, &[]);
            create.json(&body).send().await?.expect_status(200)?;
            Ok(())
        }),
    ]
}

/// The exit code, and what is told.
fn judged(arguments: &[&str]) -> (u8, String) {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let program = ["cloud", "--logfile", log.to_str().unwrap()];
    let arguments = Arguments::from_iter(program.iter().chain(arguments));
    let code = judge_by(&arguments, &checks(), run(checks()));
    (code, std::fs::read_to_string(&log).unwrap())
}

#[rstest]
#[case::holds(&["--exact", "a.holds"], 0, "a.holds ... ok")]
#[case::broken(&["--exact", "a.broken"], 101, "a.broken ... FAILED")]
#[case::could_not_ask(&["--exact", "a.unasked"], 101, "a.unasked ... FAILED")]
#[case::warning(&["--exact", "a.warns"], 0, "a.warns ... ignored (warning: ")]
#[case::skipped(&["--exact", "a.skipped"], 0, "a.skipped ... ignored (")]
#[case::applies_somewhere(&["--exact", "a.partly"], 0, "a.partly ... ok")]
#[case::all(&["--skip", "a.leaves"], 101, "2 passed; 2 failed; 2 ignored; 0 measured; 1 filtered out")]
#[case::in_one_thread(&["--test-threads", "1", "--skip", "a.leaves"], 101, "2 passed; 2 failed; 2 ignored")]
#[case::none(&["b."], 0, "0 passed; 0 failed; 0 ignored; 0 measured; 7 filtered out")]
#[case::only_those_ignored_beforehand(&["--ignored"], 0, "0 passed; 0 failed; 0 ignored; 0 measured; 7 filtered out")]
fn it_ends_as(#[case] arguments: &[&str], #[case] code: u8, #[case] told: &str) {
    let (ended, said) = judged(arguments);
    assert!(said.contains(told), "{said}");
    assert_eq!(ended, code, "{said}");
}

#[test]
fn a_failure_tells_the_rule_the_difference_the_exchange_and_how_to_ask_again() {
    let (_, said) = judged(&["--exact", "a.broken"]);
    for told in [
        "MUST It is so.",
        "https://example.org/rule",
        "at 2.1–2.2",
        "expected  404",
        "found     200",
        "again     nova-conformance run --os-cloud alike --filter a.broken --microversions 2.1-2.2",
        "> GET /os-keypairs (as main)",
        "< 200",
    ] {
        assert!(said.contains(told), "it lacks {told:?}: {said}");
    }
}

#[test]
fn what_is_left_on_the_cloud_fails_though_every_test_passes() {
    let (code, said) = judged(&["--exact", "a.leaves"]);
    assert!(said.contains("a.leaves ... ok"), "{said}");
    assert_eq!(code, ExitCode::CouldNotAsk.code(), "{said}");
}

#[test]
fn several_tests_that_are_all_ignored_judge_nothing() {
    let arguments = Arguments::from_iter(["cloud", "--quiet"]);
    let checks = || {
        ["a.one", "a.two"]
            .map(|id| {
                about(Check::must(id, "It needs an administrator"))
                    .callers([Caller::Admin])
                    .probe(|_| async { Ok(()) })
            })
            .to_vec()
    };
    let code = judge_by(&arguments, &checks(), run(checks()));
    assert_eq!(code, ExitCode::CouldNotAsk.code());
}

#[test]
fn a_list_asks_nothing() {
    let arguments = Arguments::from_iter(["cloud", "--list"]);
    let asked = |_| unreachable!("a list needs no cloud");
    assert_eq!(judge_by(&arguments, &checks(), asked), 0);
}

#[test]
fn a_run_that_never_begins_ends_as_it_says() {
    let arguments = Arguments::from_iter(["cloud"]);
    let code = judge_by(&arguments, &checks(), |_| ExitCode::Usage);
    assert_eq!(code, ExitCode::Usage.code());
}

#[rstest]
#[case::unknown("--no-such-option", "keypairs.delete.gone", 2)]
#[case::people("--second-cloud nobody", "keypairs.delete.gone", 2)]
#[case::versions("--microversions 2.1,2.104", "keypairs.delete.gone", 0)]
#[case::another_filter("--filter keypairs.list", "keypairs.delete.gone", 2)]
fn options_are_those_of_run(#[case] options: &str, #[case] id: &str, #[case] code: u8) {
    let arguments = Arguments::from_iter(["cloud", "--quiet", "--exact", id]);
    assert_eq!(judge(&arguments, options), code);
}
