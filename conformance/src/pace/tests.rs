use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::join_all;
use nova_client::{ApiVersion, Token, VersionRange};
use rstest::rstest;

use super::*;
use crate::caller::Caller;

/// A cloud that answers the first requests with this, and then with 200.
#[derive(Default)]
struct Busy {
    refusals: usize,
    status: u16,
    headers: Vec<(String, String)>,
    asked: Mutex<Vec<Duration>>,
    began: Option<Instant>,
    seen: AtomicUsize,
}

impl Busy {
    fn answering(refusals: usize, status: u16, headers: &[(&str, &str)]) -> Arc<Self> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Arc::new(Self {
            refusals,
            status,
            headers: headers.iter().map(owned).collect(),
            began: Some(Instant::now()),
            ..Self::default()
        })
    }

    /// When each request came, in seconds.
    fn asked(&self) -> Vec<u64> {
        let asked = self.asked.lock().unwrap();
        asked.iter().map(Duration::as_secs).collect()
    }
}

impl Wire for Busy {
    fn send<'a>(&'a self, _: Base, _: &'a RawRequest) -> BoxFuture<'a, Result<Reply, String>> {
        let now = self.began.map(|began| began.elapsed()).unwrap_or_default();
        self.asked.lock().unwrap().push(now);
        let busy = self.seen.fetch_add(1, Ordering::SeqCst) < self.refusals;
        let reply = Reply {
            status: if busy { self.status } else { 200 },
            headers: if busy {
                self.headers.clone()
            } else {
                Vec::new()
            },
            body: bytes::Bytes::new(),
        };
        async move { Ok(reply) }.boxed()
    }
}

fn asked_through(busy: &Arc<Busy>, pace: &Arc<Pace>) -> Cloud {
    let version = ApiVersion { major: 2, minor: 1 };
    let versions = VersionRange {
        min: version,
        max: version,
    };
    let party = || Party {
        user: None,
        token: Token::Absent,
        wire: Arc::clone(busy) as Arc<dyn Wire>,
    };
    let cloud = Cloud::new("busy", "http://busy", versions)
        .with(Caller::Main, party())
        .with(Caller::Second, party());
    paced(&cloud, pace)
}

fn slow() -> Arc<Pace> {
    let pace = Pace::default();
    pace.at_most(0.5);
    Arc::new(pace)
}

async fn ask(cloud: &Cloud, caller: Caller) -> u16 {
    let request = RawRequest::get("/os-keypairs");
    let wire = &cloud.party(caller).unwrap().wire;
    wire.send(Base::Endpoint, &request).await.unwrap().status
}

#[tokio::test(start_paused = true)]
async fn all_callers_share_one_rate() {
    let busy = Busy::answering(0, 200, &[]);
    let cloud = asked_through(&busy, &slow());
    let turns = [Caller::Main, Caller::Second, Caller::Main, Caller::Second];
    join_all(turns.map(|caller| ask(&cloud, caller))).await;
    assert_eq!(busy.asked(), [0, 2, 4, 6]);
}

#[tokio::test(start_paused = true)]
async fn what_was_not_used_is_not_saved_up() {
    let busy = Busy::answering(0, 200, &[]);
    let cloud = asked_through(&busy, &slow());
    ask(&cloud, Caller::Main).await;
    tokio::time::advance(Duration::from_secs(100)).await;
    for _ in 0..2 {
        ask(&cloud, Caller::Main).await;
    }
    assert_eq!(busy.asked(), [0, 100, 102]);
}

#[tokio::test(start_paused = true)]
async fn without_a_rate_nobody_waits() {
    let busy = Busy::answering(0, 200, &[]);
    let cloud = asked_through(&busy, &Arc::new(Pace::default()));
    join_all([Caller::Main; 50].map(|caller| ask(&cloud, caller))).await;
    assert_eq!(busy.asked(), [0; 50]);
}

#[rstest]
#[case::too_many_requests(429, &[("retry-after", "7")])]
#[case::unavailable(503, &[("Retry-After", " 7 ")])]
#[case::until_a_date(503, &[("date", "Wed, 04 Mar 2026 05:06:07 GMT"), ("retry-after", "Wed, 04 Mar 2026 05:06:14 GMT")])]
#[tokio::test(start_paused = true)]
async fn who_is_asked_to_wait_waits_and_asks_again(
    #[case] status: u16,
    #[case] headers: &[(&str, &str)],
) {
    let busy = Busy::answering(1, status, headers);
    let pace = Arc::new(Pace::default());
    let cloud = asked_through(&busy, &pace);
    assert_eq!(ask(&cloud, Caller::Main).await, 200);
    assert_eq!(busy.asked(), [0, 7]);
    assert!(
        pace.notes()[0].contains("once, 7 s in all"),
        "{:?}",
        pace.notes()
    );
}

#[tokio::test(start_paused = true)]
async fn nobody_asks_while_one_was_asked_to_wait() {
    let busy = Busy::answering(1, 429, &[("retry-after", "7")]);
    let cloud = asked_through(&busy, &Arc::new(Pace::default()));
    let first = ask(&cloud, Caller::Main);
    let later = async {
        tokio::time::advance(Duration::from_secs(1)).await;
        ask(&cloud, Caller::Second).await
    };
    assert_eq!(tokio::join!(first, later), (200, 200));
    assert_eq!(busy.asked(), [0, 7, 7]);
}

#[rstest]
#[case::no_time(429, &[])]
#[case::no_number(503, &[("retry-after", "soon")])]
#[case::another_status(500, &[("retry-after", "7")])]
#[case::a_gateway(502, &[("retry-after", "7")])]
#[case::moved(301, &[("retry-after", "7")])]
#[tokio::test(start_paused = true)]
async fn any_other_answer_is_handed_on(#[case] status: u16, #[case] headers: &[(&str, &str)]) {
    let busy = Busy::answering(1, status, headers);
    let cloud = asked_through(&busy, &Arc::new(Pace::default()));
    assert_eq!(ask(&cloud, Caller::Main).await, status);
    assert_eq!(busy.asked(), [0]);
}

#[tokio::test(start_paused = true)]
async fn a_cloud_that_is_always_busy_is_asked_five_times() {
    let busy = Busy::answering(usize::MAX, 429, &[("retry-after", "2")]);
    let pace = Arc::new(Pace::default());
    let cloud = asked_through(&busy, &pace);
    assert_eq!(ask(&cloud, Caller::Main).await, 429);
    assert_eq!(busy.asked(), [0, 2, 4, 6, 8]);
    assert!(
        pace.notes()[1].contains("once more, too often"),
        "{:?}",
        pace.notes()
    );
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_too_long_is_not_waited() {
    let busy = Busy::answering(1, 503, &[("retry-after", "3600")]);
    let pace = Arc::new(Pace::default());
    let cloud = asked_through(&busy, &pace);
    assert_eq!(ask(&cloud, Caller::Main).await, 503);
    assert_eq!((busy.asked(), pace.notes().len()), (vec![0], 1));
}

#[tokio::test(start_paused = true)]
async fn a_run_waits_ten_minutes_in_all() {
    let busy = Busy::answering(usize::MAX, 503, &[("retry-after", "60")]);
    let cloud = asked_through(&busy, &Arc::new(Pace::default()));
    for _ in 0..10 {
        assert_eq!(ask(&cloud, Caller::Main).await, 503);
    }
    assert_eq!(busy.asked().last(), Some(&600));
}

#[tokio::test(start_paused = true)]
async fn who_wants_to_see_the_refusal_sees_it() {
    let busy = Busy::answering(1, 429, &[("retry-after", "7")]);
    let cloud = asked_through(&busy, &Arc::new(Pace::default()));
    assert_eq!(as_it_comes(ask(&cloud, Caller::Main)).await, 429);
    assert_eq!(busy.asked(), [0]);
}

#[tokio::test(start_paused = true)]
async fn waiting_is_no_part_of_what_the_cloud_took() {
    let busy = Busy::answering(1, 429, &[("retry-after", "7")]);
    let cloud = asked_through(&busy, &Arc::new(Pace::default()));
    let inner = async { waited(ask(&cloud, Caller::Main)).await.1 };
    let (inner, outer) = within(Duration::from_secs(1), inner).await;
    let seven = Duration::from_secs(7);
    assert_eq!((inner, outer), (Some(seven), seven));
}

#[tokio::test(start_paused = true)]
async fn patience_ends_where_nobody_waits_for_a_turn() {
    let (ended, waited) = within(Duration::from_secs(3), std::future::pending::<()>()).await;
    assert_eq!((ended, waited), (None, Duration::ZERO));
}
