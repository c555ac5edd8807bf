//! A proxy that passes requests on to a cloud and does harm to some, or to the TLS sessions in which they come. It speaks as
//! much of HTTP/1.1 as the client and a cloud do with each other: a request a connection, whose body has a length, and an
//! answer that ends with its connection. Keystone and Nova are behind the same port, wherever each listens itself.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, pki_types::PrivateKeyDer},
    server::TlsStream,
};

/// Where a cloud's services listen: URLs without TLS.
#[derive(Debug, Clone)]
pub(crate) struct Upstream {
    /// Of Keystone, down to its version: `http://host:port/identity/v3`.
    pub(crate) identity: String,
    /// Of everything else.
    pub(crate) compute: String,
}

impl Upstream {
    /// How Keystone's URL begins: `http://host:port`.
    pub(crate) fn address(&self) -> &str {
        let path = parts(&self.identity).1;
        self.identity.strip_suffix(path).unwrap()
    }
}

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
    /// A record of a TLS session comes back that nobody can decrypt.
    Undecipherable,
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

/// How a TLS session fails to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TlsHarm {
    /// Whoever answers shows a certificate that nobody trusts.
    AnotherCertificate,
    /// What answers speaks no TLS.
    NoTls,
    /// The connection ends in the middle of the handshake.
    Ended,
}

/// The TLS that a proxy speaks, as an authority of its own.
pub(crate) struct Tls {
    /// The authority's certificate.
    pub(crate) pem: String,
    trusted: TlsAcceptor,
    another: TlsAcceptor,
    /// From so many requests to the Compute API on, and how, sessions fail to begin.
    harm: Option<(usize, TlsHarm)>,
}

impl Tls {
    pub(crate) fn new(harm: Option<(usize, TlsHarm)>) -> Self {
        let (pem, trusted) = certified();
        let (_, another) = certified();
        Self {
            pem,
            trusted,
            another,
            harm,
        }
    }
}

/// A certificate of its own, and who shows it.
fn certified() -> (String, TlsAcceptor) {
    let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)
        .unwrap();
    (own.cert.pem(), TlsAcceptor::from(Arc::new(config)))
}

/// A proxy that runs until it is dropped.
pub(crate) struct Proxy {
    url: Arc<str>,
    seen: watch::Receiver<usize>,
    heard: Heard,
    task: JoinHandle<()>,
}

impl Proxy {
    /// In front of a cloud, without TLS.
    pub(crate) async fn before(
        upstream: Upstream,
        plan: impl Fn(usize, &str) -> Fate + Send + Sync + 'static,
    ) -> Self {
        Self::start(upstream, None, Arc::new(plan)).await
    }

    /// In front of a cloud, with TLS.
    pub(crate) async fn behind(
        tls: Tls,
        upstream: Upstream,
        plan: impl Fn(usize, &str) -> Fate + Send + Sync + 'static,
    ) -> Self {
        Self::start(upstream, Some(tls), Arc::new(plan)).await
    }

    async fn start(upstream: Upstream, tls: Option<Tls>, plan: Arc<Plan>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url: Arc<str> = format!("{scheme}://{address}").into();
        let (sender, seen) = watch::channel(0);
        let way = Way {
            upstream: Arc::new(upstream),
            url: Arc::clone(&url),
            address,
            tls: tls.map(Arc::new),
            plan,
            count: Arc::default(),
            seen: Arc::new(sender),
            heard: Arc::default(),
        };
        let heard = Arc::clone(&way.heard);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(way.clone().welcome(client));
            }
        });
        Self {
            url,
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
        self.url.to_string()
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

/// A connection, and what is beneath it.
trait Connection: AsyncRead + AsyncWrite + Unpin {
    fn beneath(&mut self) -> &mut TcpStream;
}

impl Connection for TcpStream {
    fn beneath(&mut self) -> &mut TcpStream {
        self
    }
}

impl Connection for TlsStream<TcpStream> {
    fn beneath(&mut self) -> &mut TcpStream {
        self.get_mut().0
    }
}

#[derive(Clone)]
struct Way {
    upstream: Arc<Upstream>,
    url: Arc<str>,
    address: SocketAddr,
    tls: Option<Arc<Tls>>,
    plan: Arc<Plan>,
    count: Arc<AtomicUsize>,
    seen: Arc<watch::Sender<usize>>,
    heard: Heard,
}

impl Way {
    async fn welcome(self, mut client: TcpStream) {
        let Some(tls) = self.tls.clone() else {
            return self.serve(client).await;
        };
        let seen = self.count.load(Ordering::SeqCst);
        let harm = tls.harm.filter(|(from, _)| seen >= *from);
        let acceptor = match harm.map(|(_, harm)| harm) {
            None => &tls.trusted,
            Some(TlsHarm::AnotherCertificate) => &tls.another,
            Some(TlsHarm::NoTls) => return drop(client.write_all(NO_TLS).await),
            Some(TlsHarm::Ended) => return drop(client.read(&mut [0; 4096]).await),
        };
        if let Ok(client) = acceptor.accept(client).await {
            self.serve(client).await;
        }
    }

    /// One request, after which the connection ends.
    async fn serve(self, mut client: impl Connection) {
        let mut first = [0];
        // As servers do that speak no TLS.
        if self.tls.is_none() && client.beneath().peek(&mut first).await.is_ok() && first == TLS {
            let _ = client.write_all(NO_TLS).await;
            return;
        }
        let Some(request) = read_request(&mut client).await else {
            return;
        };
        let fate = if request.is_to_identity() {
            Fate::Passed
        } else {
            let number = self.count.fetch_add(1, Ordering::SeqCst);
            self.seen.send_replace(number + 1);
            (self.plan)(number, &request.head[0])
        };
        let answer = match fate {
            Fate::Passed => self.pass_on(&request).await,
            Fate::TokenRevoked => {
                if let Some(token) = request.header("x-auth-token") {
                    self.pass_on(&self.revocation(token)).await;
                }
                self.pass_on(&request).await
            }
            Fate::Answered(bytes) => bytes.into_bytes(),
            Fate::Reset => return client.beneath().set_zero_linger().unwrap(),
            Fate::CutOff => {
                let answer = self.pass_on(&request).await;
                return drop(client.write_all(&answer[..answer.len() / 2]).await);
            }
            // Until the client goes.
            Fate::Stalled => return drop(client.read(&mut [0; 1]).await),
            Fate::Undecipherable => return drop(client.beneath().write_all(UNDECIPHERABLE).await),
        };
        let _ = client.write_all(&answer).await;
        // As it should end, so that nobody takes the end for a fault.
        let _ = client.shutdown().await;
    }

    fn revocation(&self, token: &str) -> Request {
        let (_, path) = parts(&self.upstream.identity);
        let head = [
            format!("DELETE {path}/auth/tokens HTTP/1.1"),
            format!("host: {}", self.address),
            format!("x-auth-token: {token}"),
            format!("x-subject-token: {token}"),
        ];
        Request {
            head: head.into(),
            body: Vec::new(),
        }
    }

    async fn pass_on(&self, request: &Request) -> Vec<u8> {
        let upstream = if request.is_to_identity() {
            &self.upstream.identity
        } else {
            &self.upstream.compute
        };
        let bytes = request.bytes();
        let mut upstream = TcpStream::connect(parts(upstream).0).await.unwrap();
        upstream.write_all(&bytes).await.unwrap();
        let mut answer = Vec::new();
        upstream.read_to_end(&mut answer).await.unwrap();
        self.heard.lock().unwrap().push((bytes, answer.clone()));
        if request.is_to_identity() {
            self.with_our_address(&answer)
        } else {
            answer
        }
    }

    /// A catalog names the services where they are; the way to them is ours.
    fn with_our_address(&self, answer: &[u8]) -> Vec<u8> {
        let answer = String::from_utf8_lossy(answer);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let mut body = body.to_owned();
        let of_services = [&self.upstream.identity, &self.upstream.compute].map(|url| parts(url).0);
        for address in [&*self.address.to_string()].into_iter().chain(of_services) {
            body = body.replace(&format!("http://{address}"), &self.url);
        }
        let head = head.split("\r\n").map(|line| match line.split_once(':') {
            Some((name, _)) if name.eq_ignore_ascii_case("content-length") => {
                format!("{name}: {}\r\n", body.len())
            }
            _ => format!("{line}\r\n"),
        });
        format!("{}\r\n{body}", head.collect::<String>()).into_bytes()
    }
}

/// What a server that speaks no TLS says to one who begins a session.
const NO_TLS: &[u8] = b"HTTP/1.1 400 Bad Request\r\n\r\n";

/// Application data, 16 bytes, under a key that nobody has.
const UNDECIPHERABLE: &[u8] = b"\x17\x03\x03\x00\x10ABCDEFGHIJKLMNOP";

/// `http://host:port/path`: the host with its port, and the path.
fn parts(url: &str) -> (&str, &str) {
    let rest = url.strip_prefix("http://").unwrap();
    rest.split_at(rest.find('/').unwrap_or(rest.len()))
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

    /// Keystone is below `/identity` on the mock and on clouds with one port for all, and else the only one with a v3.
    fn is_to_identity(&self) -> bool {
        self.head[0].contains(" /identity") || self.head[0].contains(" /v3")
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

async fn read_request(client: &mut impl Connection) -> Option<Request> {
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
