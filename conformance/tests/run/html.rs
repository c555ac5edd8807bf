//! The page of a run: what stands on it, and that nothing a cloud says works as markup.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use nova_conformance::{
    checks,
    event::{Event, Finished, Started, Summary},
    exchange::Exchange,
    ledger::Leak,
    outcome::{Failure, Level, Outcome},
    report::{Collected, html},
    select::{Plan, Wanted},
};
use rstest::rstest;

use crate::reports::{collected, exchange};

/// A page of a phone's patience.
const MOST: usize = 1_500_000;

fn page() -> String {
    html::render(&collected())
}

#[rstest]
#[case::verdict("<h1><span aria-hidden=true>✗</span> 3 violations</h1>")]
#[case::cloud("<dt>Compute API</dt><dd>http://cloud/v2.1</dd>")]
#[case::range("<dd>2.1 to 2.50</dd>")]
#[case::date("2026-08-01T00:00:00Z")]
#[case::failure_with_its_versions("<code>keypairs.create.status</code> at 2.2–2.3</h3>")]
#[case::sentence("<dt>Rule (MUST)</dt><dd>It is so.<br><a href=\"https://example.org/rule\"")]
#[case::difference(
    "<dd class=said><mark>201</mark></dd><dt>Found</dt><dd class=said><mark>200</mark></dd>"
)]
#[case::request("<pre><b>POST /os-keypairs</b>\nopenstack-api-version: compute 2.2")]
#[case::answer_with_the_place_marked(
    "<b>HTTP <mark>200</mark></b>\nx-openstack-request-id: req-1\n\n{&quot;keypair&quot;:{}}"
)]
#[case::command(
    "nova-conformance run <span>--os-cloud fake</span> <span>--filter keypairs.create.status</span> <span>--microversions 2.2-2.3</span></code>"
)]
#[case::command_for_all(
    "<dt>Ask it again</dt><dd><code class=command>nova-conformance run <span>--os-cloud fake</span> <span>--filter keypairs</span></code>"
)]
#[case::errored("no answer after 30 s")]
#[case::skipped("<td>needs an administrator: name one of your clouds.yaml with --admin-cloud")]
#[case::not_applicable("<td>the cloud offers 2.1 to 2.50")]
#[case::leak("<li>keypair &#39;nvc-run-0-0-k&#39;</li>\n</ul><p>Why: DELETE answered 500</p>")]
#[case::note("<li>the cloud is odd</li>")]
#[case::slowest(
    "<tr><td><code>keypairs.<wbr>create.<wbr>status</code></td><td class=brief>2.1</td><td class=number>0.007</td></tr>"
)]
#[case::matrix(
    "<path class=p d=\"M0 5h1\"/><path class=v d=\"M1 5h2M9 5h1\"/></svg><small>passed 2.1; violation 2.2–2.3, 2.10</small>"
)]
fn the_page_tells(#[case] what: &str) {
    let page = page();
    assert!(page.contains(what), "{what} is not in {page}");
}

#[test]
fn links_of_the_page_lead_somewhere_on_it_or_to_a_source() {
    let page = page();
    let ids: BTreeSet<&str> = page
        .split(" id=")
        .skip(1)
        .map(|rest| rest.split([' ', '>']).next().unwrap())
        .collect();
    let links: Vec<&str> = page
        .split(" href=")
        .skip(1)
        .map(|rest| rest.split([' ', '>']).next().unwrap())
        .collect();
    assert!(links.len() > 8, "{links:?}");
    for link in links {
        match link.strip_prefix('#') {
            Some(id) => assert!(ids.contains(id), "{link} leads nowhere"),
            None => assert_eq!(link, "\"https://example.org/rule\""),
        }
    }
}

#[test]
fn the_page_needs_no_network_and_no_script() {
    let page = page();
    for needed in ["<script", "<link", "<img", " src=", "url(", "@import"] {
        assert!(!page.contains(needed), "{needed}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn what_a_cloud_says_is_no_markup() {
    const EVIL: &str = "</pre><script>alert(1)</script><img src=x onerror=alert(1)>\"'&\u{202e}";
    let evil = || EVIL.to_owned();
    let mut collected = collected();
    let number = 1;
    let mut finished = (*collected.finished[&number]).clone();
    let headers = vec![(evil(), evil())];
    finished.exchanges = vec![Exchange {
        path: evil(),
        request_headers: headers.clone(),
        request_body: Some(evil()),
        answer_headers: headers,
        answer_body: Some(evil()),
        error: Some(evil()),
        ..exchange()
    }];
    let failure = Failure {
        expected: evil(),
        found: evil(),
        place: evil(),
        exchange: Some(0),
    };
    finished.outcome = Outcome::Failed(Level::Must, failure);
    collected.finished.insert(number, Arc::new(finished));
    for (number, outcome) in [
        (5, Outcome::Errored(evil())),
        (6, Outcome::Skipped(evil())),
        (8, Outcome::NotApplicable(evil())),
    ] {
        let mut finished = (*collected.finished[&number]).clone();
        finished.outcome = outcome;
        collected.finished.insert(number, Arc::new(finished));
    }
    let started = Started {
        cloud: evil(),
        endpoint: evil(),
        command: evil(),
        selection: evil(),
        versions: (evil(), evil()),
        ..(**collected.started.as_ref().unwrap()).clone()
    };
    collected.started = Some(Arc::new(started));
    collected.notes = vec![evil()];
    collected.leaks = vec![Leak {
        what: evil(),
        why: evil(),
    }];
    let page = html::render(&collected);
    assert!(page.matches("&lt;script&gt;alert(1)").count() > 15);
    assert!(!page.contains("<script") && !page.contains("<img") && !page.contains('\u{202e}'));
}

/// All that a run asks by itself, with one outcome for all.
pub(crate) fn whole_run(outcome: &Outcome, exchanges: &[Exchange]) -> Collected {
    let plan = Plan::new(
        checks::registry(),
        &[],
        &Wanted::Boundaries,
        nova_api::Microversion::MAX,
    );
    let mut collected = Collected::default();
    collected.add(&Event::RunStarted(Arc::new(Started {
        run_id: "run".to_owned(),
        started_at: "2026-08-01T00:00:00Z".to_owned(),
        cloud: "fake".to_owned(),
        endpoint: "http://cloud/v2.1".to_owned(),
        versions: ("2.1".to_owned(), "2.104".to_owned()),
        plan: plan.clone(),
        command: "nova-conformance run --os-cloud fake".to_owned(),
        selection: " --filter keypairs".to_owned(),
    })));
    let mut summary = Summary::default();
    for (number, instance) in plan.instances.iter().enumerate() {
        summary.count(outcome.kind());
        collected.add(&Event::CheckFinished(Arc::new(Finished {
            number,
            check: Arc::clone(&instance.check),
            version: instance.version,
            outcome: outcome.clone(),
            exchanges: exchanges.to_vec(),
            duration: Duration::from_millis(7),
        })));
    }
    collected.add(&Event::RunFinished(summary));
    collected
}

#[rstest]
#[case::green(Outcome::Passed)]
#[case::red(Outcome::Failed(Level::Must, Failure {
    expected: "200".to_owned(),
    found: "500 'oops'".to_owned(),
    place: "status of POST /os-keypairs".to_owned(),
    exchange: Some(2),
}))]
#[case::unasked(Outcome::Errored("no answer after 30 s".to_owned()))]
#[case::skipped(Outcome::Skipped("needs an administrator".to_owned()))]
fn the_page_of_a_whole_run_opens_on_a_phone(#[case] outcome: Outcome) {
    let long = Exchange {
        answer_body: Some("<a>".repeat(1365)),
        ..exchange()
    };
    let page = html::render(&whole_run(&outcome, &vec![long; 3]));
    assert!(page.len() < MOST, "{} bytes", page.len());
    let rows = page.matches("<li><span><code>").count();
    assert_eq!(
        rows,
        checks::registry().len(),
        "each check is in the picture"
    );
}

#[test]
fn a_page_says_what_it_leaves_out() {
    let failure = Failure {
        expected: "200".to_owned(),
        found: "500 'oops'".to_owned(),
        place: "status of POST /os-keypairs".to_owned(),
        exchange: Some(0),
    };
    let long = Exchange {
        answer_body: Some("x".repeat(4096)),
        ..exchange()
    };
    let collected = whole_run(&Outcome::Failed(Level::Must, failure), &[long]);
    let page = html::render(&collected);
    assert!(page.contains("Its request and answer are in <code>report.json</code>"));
    let articles = page.matches("<article").count();
    let checks = checks::registry().len();
    assert!(articles < checks, "{articles}");
    let left_out = format!(
        "… and {} others, told in <code>report.json</code>",
        checks - articles
    );
    assert!(page.contains(&left_out), "{left_out}");
}
