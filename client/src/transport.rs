//! The HTTP client: one request out, one answer back, nothing added, nothing followed, nothing repeated. It knows reqwest and
//! hyper, so that no other module has to, and sorts what they report into the kinds of [`SendFault`].

use std::{error::Error, fs, io, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use reqwest::{Certificate, Client, ClientBuilder, NoProxy, Proxy, Request, redirect, retry};
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::{
    config::{Config, Trust},
    error::{Phase, SendError, SendFault},
    raw::{RawAnswer, RawRequest, Token},
    redact,
    secret::Secret,
};

/// A pool of connections to one cloud.
#[derive(Clone)]
pub(crate) struct Transport {
    client: Client,
    deadline: Duration,
    connect_deadline: Duration,
}

impl Transport {
    /// Makes the client; fails with a sentence when the certificates or the proxies of `config` cannot be used.
    pub(crate) fn new(config: &Config) -> Result<Self, String> {
        let client = match &config.trust {
            Trust::System => builder(config)?.build().or_else(|error| {
                // A container without certificate authorities can still reach http:// clouds; https:// then fails with a
                // sentence about cacert.
                tracing::debug!(%error, "no certificate authorities on this system");
                builder(config)
                    .map(|builder| builder.tls_certs_only([]).build())?
                    .map_err(|error| innermost(&error))
            })?,
            Trust::Anyone => {
                let client = builder(config)?
                    .tls_danger_accept_invalid_certs(true)
                    .build();
                client.map_err(|error| innermost(&error))?
            }
            Trust::CaFile(file) => {
                let refuse = |error: String| {
                    format!(
                        "cacert {} cannot be used ({error}): name a readable PEM file of certificates",
                        file.display()
                    )
                };
                let pem = fs::read(file).map_err(|error| refuse(error.to_string()))?;
                let authorities = Certificate::from_pem_bundle(&pem)
                    .map_err(|error| refuse(innermost(&error)))?;
                if authorities.is_empty() {
                    return Err(refuse("it holds no certificate".to_owned()));
                }
                let client = builder(config)?.tls_certs_only(authorities).build();
                client.map_err(|error| refuse(innermost(&error)))?
            }
        };
        Ok(Self {
            client,
            deadline: config.deadline,
            connect_deadline: config.connect_deadline,
        })
    }

    /// Sends `request` to `base` and its path; `session` is the token that [`Token::Session`] stands for.
    pub(crate) async fn send(
        &self,
        base: &str,
        request: &RawRequest,
        session: Option<&Secret>,
    ) -> Result<RawAnswer, SendError> {
        let failed = |fault, detail: String| SendError {
            fault,
            method: request.method.to_string(),
            host: host(base),
            detail,
        };
        let wire = assemble(base, request, session)
            .map_err(|detail| failed(SendFault::Unsendable, detail))?;
        let allowed = request.deadline.unwrap_or(self.deadline);
        let start = Instant::now();
        // A deadline beyond what a clock can hold is none: a year is as good.
        let end = start
            .checked_add(allowed)
            .unwrap_or_else(|| start + Duration::from_secs(31_536_000));

        let answer = timeout_at(end, self.client.execute(wire)).await;
        let mut answer = match answer {
            Err(_) => {
                return Err(failed(
                    SendFault::Timeout(Phase::Head, allowed),
                    String::new(),
                ));
            }
            Ok(Err(error)) if error.is_connect() && error.is_timeout() => {
                return Err(failed(
                    SendFault::Timeout(Phase::Connect, self.connect_deadline),
                    String::new(),
                ));
            }
            Ok(Err(error)) => return Err(failed(sort(&error), innermost(&error))),
            Ok(Ok(answer)) => answer,
        };
        let first_byte = start.elapsed();
        let status = answer.status().as_u16();
        let headers = readable(answer.headers());

        let mut body = BytesMut::new();
        loop {
            let so_far = |body: &BytesMut| {
                format!("status {status} and {} bytes of body had come", body.len())
            };
            match timeout_at(end, answer.chunk()).await {
                Err(_) => {
                    return Err(failed(
                        SendFault::Timeout(Phase::Body, allowed),
                        so_far(&body),
                    ));
                }
                Ok(Err(error)) => {
                    let detail = format!("{}; {}", innermost(&error), so_far(&body));
                    return Err(failed(sort(&error), detail));
                }
                Ok(Ok(Some(chunk))) => body.extend_from_slice(&chunk),
                Ok(Ok(None)) => break,
            }
        }
        let last_byte = start.elapsed();
        tracing::debug!(
            method = %request.method,
            host = %host(base),
            path = %redact::text(&request.path),
            status,
            ?last_byte,
            "answered"
        );
        Ok(RawAnswer {
            status,
            headers,
            body: body.freeze(),
            first_byte,
            last_byte,
        })
    }
}

fn builder(config: &Config) -> Result<ClientBuilder, String> {
    let mut defaults = HeaderMap::new();
    // reqwest puts `accept: */*` here, which cannot be taken out, only replaced.
    defaults.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    let mut builder = Client::builder()
        .default_headers(defaults)
        .user_agent(&config.user_agent)
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .http1_only()
        // Off already by the features of this workspace; said again because another crate may turn the features on.
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate()
        // The environment's proxies come through the configuration, never read behind its back.
        .no_proxy()
        .connect_timeout(config.connect_deadline)
        // Below Apache's KeepAliveTimeout of 5 seconds: who reuses a connection that the server is just closing gets a reset
        // that says nothing about the service.
        .pool_idle_timeout(Duration::from_secs(4))
        .tcp_nodelay(true);
    let except = config
        .proxies
        .except
        .as_deref()
        .and_then(NoProxy::from_string);
    let refuse = |kind: &str| format!("{kind}_proxy is not a URL of a proxy: correct or unset it");
    if let Some(url) = &config.proxies.http {
        builder = builder.proxy(
            Proxy::http(url.expose())
                .map_err(|_| refuse("http"))?
                .no_proxy(except.clone()),
        );
    }
    if let Some(url) = &config.proxies.https {
        builder = builder.proxy(
            Proxy::https(url.expose())
                .map_err(|_| refuse("https"))?
                .no_proxy(except),
        );
    }
    Ok(builder)
}

/// The request as reqwest's, or why it cannot be sent as it is.
fn assemble(base: &str, request: &RawRequest, session: Option<&Secret>) -> Result<Request, String> {
    let url = exact_url(base, &request.path)?;
    let mut wire = Request::new(request.method.clone(), url);
    let mut own_token = false;
    for (name, value) in &request.headers {
        let header = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| format!("{name:?} is not a header name: write letters, digits and -"))?;
        own_token |= header == "x-auth-token";
        wire.headers_mut()
            .append(header, header_value(name, value)?);
    }
    let token = match &request.token {
        Token::Session if own_token => None,
        Token::Session => session,
        Token::Absent => None,
        Token::Custom(token) => Some(token),
    };
    if let Some(token) = token {
        let mut value = header_value("x-auth-token", token.expose())?;
        value.set_sensitive(true);
        wire.headers_mut().append("x-auth-token", value);
    }
    let length = request.body.as_ref().map_or(0, Bytes::len).to_string();
    if wire
        .headers()
        .get_all(header::CONTENT_LENGTH)
        .iter()
        .any(|said| said.as_bytes() != length.as_bytes())
    {
        return Err(format!(
            "its content-length is not the body's {length} bytes: leave that header out"
        ));
    }
    *wire.body_mut() = request.body.clone().map(Into::into);
    Ok(wire)
}

fn header_value(name: &str, value: &str) -> Result<HeaderValue, String> {
    // The value is not quoted: it may be a token.
    HeaderValue::from_bytes(value.as_bytes()).map_err(|_| {
        format!("the value of header {name} holds a line break or control character: remove it")
    })
}

/// `base` and `path` as a URL whose path and query are exactly the bytes given.
fn exact_url(base: &str, path: &str) -> Result<Url, String> {
    if !(path.is_empty() || path.starts_with(['/', '?'])) {
        return Err(format!(
            "its path {:?} does not begin with / or ?: write it so",
            redact::text(path)
        ));
    }
    let wanted = format!("{base}{path}");
    let url = Url::parse(&wanted)
        .map_err(|error| format!("{base} is not the URL of an endpoint ({error})"))?;
    let after_scheme = wanted.find("://").map_or(0, |at| at + 3);
    let target = wanted[after_scheme..]
        .find(['/', '?', '#', '\\'])
        .map_or("/", |at| &wanted[after_scheme + at..]);
    let target = if target.starts_with('?') {
        format!("/{target}")
    } else {
        target.to_owned()
    };
    let kept = &url[url::Position::BeforePath..];
    if kept == target && url.fragment().is_none() {
        return Ok(url);
    }
    Err(format!(
        "its path {:?} would go out as {:?}: percent-encode what a URL cannot hold",
        redact::text(&target),
        redact::text(kept)
    ))
}

fn readable(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            let value = match std::str::from_utf8(value.as_bytes()) {
                Ok(value) => value.to_owned(),
                Err(_) => value.as_bytes().iter().copied().map(char::from).collect(),
            };
            (name.as_str().to_owned(), value)
        })
        .collect()
}

/// Scheme, host and port; nothing of a URL that could be a secret.
pub(crate) fn host(url: &str) -> String {
    let Ok(url) = Url::parse(url) else {
        return "an address that is not a URL".to_owned();
    };
    let port = url.port().map_or(String::new(), |port| format!(":{port}"));
    format!(
        "{}://{}{port}",
        url.scheme(),
        url.host_str().unwrap_or_default()
    )
}

/// Every error of a chain. An `io::Error` passes over what it wraps in `source`, and that is what tells TLS from TCP.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| below(*error))
}

fn below<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

/// What the innermost error of a chain says: `Connection refused (os error 111)`.
fn innermost(error: &reqwest::Error) -> String {
    chain(error)
        .last()
        .map(ToString::to_string)
        .unwrap_or_default()
}

fn sort(error: &reqwest::Error) -> SendFault {
    if error.is_builder() {
        return SendFault::Unsendable;
    }
    let io = || chain(error).filter_map(|error| error.downcast_ref::<io::Error>());
    if error.is_connect() {
        // Of all that happens while connecting, only TLS reads bytes: it alone finds them wrong or too few.
        let tls = |error: &io::Error| {
            matches!(
                error.kind(),
                io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
            )
        };
        return if io().any(tls) {
            SendFault::Tls
        } else {
            SendFault::Connect
        };
    }
    let unreadable = chain(error)
        .filter_map(|error| error.downcast_ref::<hyper::Error>())
        .any(hyper::Error::is_parse);
    // A chunk's size that is no number is found while decoding the body.
    let bad_chunk = |error: &io::Error| {
        matches!(
            error.kind(),
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData
        )
    };
    if unreadable || io().any(bad_chunk) {
        SendFault::Garbage
    } else {
        SendFault::Reset
    }
}
