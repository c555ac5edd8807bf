//! A proxy that passes requests on to a cloud and does harm to some. It speaks as much of HTTP/1.1 as the client and the mock
//! do with each other: a request at a time, whose body has a length.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is passed on, and its answer back.
    Passed,
    /// The connection is reset when the request has come.
    Reset,
    /// The connection is reset in the middle of the answer.
    CutOff,
    /// Nothing comes back, and the connection stays.
    Stalled,
    /// These bytes come back.
    Answered(String),
    /// It is passed on, after the token that goes with it has been revoked.
    TokenRevoked,
}

impl Fate {
    /// A gateway that cannot reach the service.
    pub(crate) fn bad_gateway() -> Self {
        Self::answered("502 Bad Gateway", "")
    }

    /// An answer with this status and these headers (each with its line's end).
    pub(crate) fn answered(status: &str, headers: &str) -> Self {
        Self::Answered(format!(
            "HTTP/1.1 {status}\r\n{headers}content-length: 0\r\nconnection: close\r\n\r\n"
        ))
    }

    /// What no HTTP server says.
    pub(crate) fn garbage() -> Self {
        Self::Answered("\u{1}\u{2}SSH-2.0-OpenSSH_9.9\r\n\u{3}\r\n\r\n".to_owned())
    }
}

/// What becomes of a request to the Compute API: its number, from 0, and its first line.
type Plan = dyn Fn(usize, &str) -> Fate + Send + Sync;

/// All that was passed on, the request and then its answer.
type Heard = Arc<Mutex<Vec<(Vec<u8>, Vec<u8>)>>>;

/// A proxy that runs until it is dropped.
pub(crate) struct Proxy {
    address: SocketAddr,
    seen: watch::Receiver<usize>,
    heard: Heard,
    task: JoinHandle<()>,
}

impl Proxy {
    /// In front of `upstream`, `http://host:port`.
    pub(crate) async fn before(
        upstream: &str,
        plan: impl Fn(usize, &str) -> Fate + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let upstream = upstream.trim_start_matches("http://").to_owned();
        let (sender, seen) = watch::channel(0);
        let way = Way {
            upstream: upstream.into(),
            plan: Arc::new(plan),
            count: Arc::default(),
            seen: Arc::new(sender),
            heard: Arc::default(),
        };
        let heard = Arc::clone(&way.heard);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(way.clone().serve(client));
            }
        });
        Self {
            address,
            seen,
            heard,
            task,
        }
    }

    /// All that was passed on: each request and its answer.
    pub(crate) fn heard(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        self.heard.lock().unwrap().clone()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Waits until so many requests to the Compute API have come.
    pub(crate) async fn has_seen(&self, count: usize) {
        let mut seen = self.seen.clone();
        seen.wait_for(|seen| *seen >= count).await.unwrap();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// How a TLS session begins.
const TLS: [u8; 1] = [0x16];

#[derive(Clone)]
struct Way {
    upstream: Arc<str>,
    plan: Arc<Plan>,
    count: Arc<AtomicUsize>,
    seen: Arc<watch::Sender<usize>>,
    heard: Heard,
}

impl Way {
    /// One request, after which the connection ends.
    async fn serve(self, mut client: TcpStream) {
        let mut first = [0];
        // As servers do that speak no TLS.
        if client.peek(&mut first).await.is_ok() && first == TLS {
            let _ = client.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            return;
        }
        let Some(request) = read_request(&mut client).await else {
            return;
        };
        let fate = if request.is_to_compute() {
            let number = self.count.fetch_add(1, Ordering::SeqCst);
            self.seen.send_replace(number + 1);
            (self.plan)(number, &request.head[0])
        } else {
            Fate::Passed
        };
        match fate {
            Fate::Passed => {
                let answer = self.pass_on(&request.bytes()).await;
                let _ = client.write_all(&answer).await;
            }
            Fate::Reset => client.set_zero_linger().unwrap(),
            Fate::CutOff => {
                let answer = self.pass_on(&request.bytes()).await;
                let _ = client.write_all(&answer[..answer.len() / 2]).await;
            }
            // Until the client goes.
            Fate::Stalled => drop(client.read(&mut [0; 1]).await),
            Fate::Answered(bytes) => drop(client.write_all(bytes.as_bytes()).await),
            Fate::TokenRevoked => {
                if let Some(token) = request.header("x-auth-token") {
                    let revocation = format!(
                        "DELETE /identity/v3/auth/tokens HTTP/1.1\r\nhost: {}\r\nx-auth-token: {token}\r\nx-subject-token: {token}\r\nconnection: close\r\n\r\n",
                        self.upstream
                    );
                    self.pass_on(revocation.as_bytes()).await;
                }
                let answer = self.pass_on(&request.bytes()).await;
                let _ = client.write_all(&answer).await;
            }
        }
    }

    async fn pass_on(&self, request: &[u8]) -> Vec<u8> {
        let mut upstream = TcpStream::connect(&*self.upstream).await.unwrap();
        upstream.write_all(request).await.unwrap();
        let mut answer = Vec::new();
        upstream.read_to_end(&mut answer).await.unwrap();
        let heard = (request.to_vec(), answer.clone());
        self.heard.lock().unwrap().push(heard);
        answer
    }
}

struct Request {
    head: Vec<String>,
    body: Vec<u8>,
}

impl Request {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.iter().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    fn is_to_compute(&self) -> bool {
        self.head[0].contains(" /compute")
    }

    /// As it is passed on: the cloud is told to end the connection.
    fn bytes(&self) -> Vec<u8> {
        let mut head = self.head.join("\r\n");
        head.push_str("\r\nconnection: close\r\n\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend(&self.body);
        bytes
    }
}

async fn read_request(client: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if client.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let mut body = bytes.split_off(end + 4);
    let head = String::from_utf8_lossy(&bytes[..end]);
    let head = head.split("\r\n").map(str::to_owned).collect();
    let mut request = Request {
        head,
        body: Vec::new(),
    };
    let length: usize = request
        .header("content-length")
        .map_or(0, |length| length.parse().unwrap());
    while body.len() < length {
        if client.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    request.body = body;
    Some(request)
}
