//! A cloud whose answers take as long as is wanted: it stands between the network and a mock that is asked without one, so that
//! nothing but what is planted, and the network's own microseconds, is in an answer's time. It also lets an answer be changed on
//! its way. It knows `mock-nova`.

use std::{
    collections::BinaryHeap,
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    response::Response,
};
use bytes::Bytes;
use http::StatusCode;
use mock_nova::{MockNova, Near};
use tokio::sync::oneshot;

/// No request is larger.
const LARGEST: usize = 1 << 20;

/// What happens to answers on their way.
pub trait Way: Send + Sync {
    /// Until when the answer to a request that came at `came` is held back; `None` lets it pass at once.
    fn held_until(&self, request: &http::Request<Bytes>, came: Instant) -> Option<Instant>;

    /// An answer that was held back went out so long after its request came.
    fn held(&self, _time: Duration) {}

    /// Changes an answer.
    fn change(&self, _asked: &http::Request<Bytes>, _answer: &mut http::Response<Bytes>) {}
}

#[derive(Clone)]
struct Gate {
    near: Near,
    way: Arc<dyn Way>,
    timer: Timer,
}

/// The cloud, on a free port of this machine. It stops when this is dropped.
#[derive(Debug)]
#[must_use = "it stops when this is dropped"]
pub struct Front {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Front {
    /// Starts it before what `mock` is now.
    ///
    /// # Errors
    /// The system gives no port or thread.
    pub fn start(mock: &MockNova, way: Arc<dyn Way>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let gate = Gate {
            near: mock.near(None),
            way,
            timer: Timer::start()?,
        };
        let router = Router::new().fallback(answer).with_state(gate);
        // Named as the mock's, so that its processor time counts as the cloud's.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("mock-nova")
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = thread::Builder::new()
            .name("mock-nova".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
                        return;
                    };
                    let listener = axum::serve::ListenerExt::tap_io(listener, |stream| {
                        // Where it is refused, answers are only a little later.
                        let _ = stream.set_nodelay(true);
                    });
                    tokio::select! {
                        _ = axum::serve(listener, router) => {}
                        _ = stopped => {}
                    }
                });
                runtime.shutdown_background();
            })?;
        Ok(Self {
            address,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Where clients log in.
    pub fn auth_url(&self) -> String {
        format!("http://{}/identity/v3", self.address)
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn answer(State(gate): State<Gate>, request: Request) -> Response {
    let came = Instant::now();
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST).await else {
        let mut refused = Response::new(Body::empty());
        *refused.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
        return refused;
    };
    let request = http::Request::from_parts(parts, body);
    let until = gate.way.held_until(&request, came);
    let mut answer = gate.near.ask(request.clone()).await;
    gate.way.change(&request, &mut answer);
    if let Some(until) = until {
        gate.timer.wait_until(until).await;
        gate.way.held(came.elapsed());
    }
    answer.map(Body::from)
}

/// Wakes whoever waits at a given instant, to within some tens of microseconds: the runtime's own timers count milliseconds.
#[derive(Debug, Clone)]
struct Timer(mpsc::Sender<Wait>);

#[derive(Debug)]
struct Wait {
    until: Instant,
    wake: oneshot::Sender<()>,
}

// The heap has the largest on top: that is to be the earliest.
impl Ord for Wait {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        other.until.cmp(&self.until)
    }
}

impl PartialOrd for Wait {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Wait {
    fn eq(&self, other: &Self) -> bool {
        self.until == other.until
    }
}

impl Eq for Wait {}

/// Who waits for nobody looks again after this.
const LONG: Duration = Duration::from_secs(3600);

impl Timer {
    fn start() -> io::Result<Self> {
        let (sender, waits) = mpsc::channel::<Wait>();
        thread::Builder::new()
            .name("mock-nova".to_owned())
            .spawn(move || {
                let mut heap = BinaryHeap::<Wait>::new();
                loop {
                    let now = Instant::now();
                    while heap.peek().is_some_and(|wait| wait.until <= now) {
                        if let Some(wait) = heap.pop() {
                            // Who hung up waits no longer.
                            let _ = wait.wake.send(());
                        }
                    }
                    let left = heap
                        .peek()
                        .map_or(LONG, |wait| wait.until.saturating_duration_since(now));
                    match waits.recv_timeout(left) {
                        Ok(wait) => heap.push(wait),
                        Err(mpsc::RecvTimeoutError::Timeout) => {}
                        Err(mpsc::RecvTimeoutError::Disconnected) => return,
                    }
                }
            })?;
        Ok(Self(sender))
    }

    async fn wait_until(&self, until: Instant) {
        let (wake, woken) = oneshot::channel();
        if self.0.send(Wait { until, wake }).is_ok() {
            // Woken, or the thread is gone and nobody will.
            let _ = woken.await;
        }
    }
}
