//! What goes on the wire and what comes back, to the byte; and what is said when nothing comes back.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use crate::support::{TOKEN, Then, Wire, alice, compute, compute_at, keystone, serve};
use nova_client::{Phase, RawRequest, SendFault, Session, Trust};
use rstest::rstest;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, pki_types::PrivateKeyDer},
};

const EMPTY: &[u8] = b"HTTP/1.1 204 No Content\r\n\r\n";

#[tokio::test]
async fn a_request_goes_out_as_it_is_and_nothing_is_added() {
    let wire = Wire::start(Then::Answer(EMPTY)).await;
    let compute = compute(&format!("{}/compute/v2.1", wire.url)).await;
    let request = RawRequest::post("/os-keypairs?name=a%2Fb%20c&x=%c3%a9&&y=+,;:@!$()*~|")
        .at("2.10")
        .header("X-Twice", "one")
        .header("X-Twice", "two")
        .json(&json!({"keypair": {"name": "ü", "b": 1, "a": 2}}));
    compute.send(&request).await.unwrap();
    let host = wire.url.trim_start_matches("http://");
    let expected = format!(
        "POST /compute/v2.1/os-keypairs?name=a%2Fb%20c&x=%c3%a9&&y=+,;:@!$()*~| HTTP/1.1\r\n\
         openstack-api-version: compute 2.10\r\nx-twice: one\r\nx-twice: two\r\ncontent-type: application/json\r\n\
         x-auth-token: {TOKEN}\r\nuser-agent: nova-client/0.1.0\r\naccept: application/json\r\nhost: {host}\r\n\
         content-length: 37\r\n\r\n{{\"keypair\":{{\"name\":\"ü\",\"b\":1,\"a\":2}}}}"
    );
    assert_eq!(sorted(&wire.received()[0]), sorted(&expected));
    assert_eq!(in_order(&wire.received()[0]), in_order(&expected));
}

/// The lines of a request in one order: which of the added headers comes first is HTTP's business.
fn sorted(request: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = request.split("\r\n").collect();
    lines.sort_unstable();
    lines
}

/// The lines before the added headers, whose order is the request's.
fn in_order(request: &str) -> Vec<&str> {
    request.split("\r\n").take(6).collect()
}

#[tokio::test]
async fn a_get_brings_only_what_http_and_clients_bring() {
    let wire = Wire::start(Then::Answer(EMPTY)).await;
    compute(&wire.url)
        .await
        .send(&RawRequest::get("").without_token())
        .await
        .unwrap();
    let host = wire.url.trim_start_matches("http://");
    let expected = format!(
        "GET / HTTP/1.1\r\nuser-agent: nova-client/0.1.0\r\naccept: application/json\r\nhost: {host}\r\n\r\n"
    );
    assert_eq!(sorted(&wire.received()[0]), sorted(&expected));
}

#[tokio::test]
async fn a_requests_own_headers_replace_the_usual_ones() {
    let wire = Wire::start(Then::Answer(EMPTY)).await;
    let request = RawRequest::get("/x")
        .header("accept", "text/plain")
        .header("user-agent", "probe")
        .header("host", "elsewhere")
        .header("x-auth-token", "mine");
    compute(&wire.url).await.send(&request).await.unwrap();
    let expected = "GET /x HTTP/1.1\r\naccept: text/plain\r\nuser-agent: probe\r\nhost: elsewhere\r\nx-auth-token: mine\r\n\r\n";
    assert_eq!(wire.received()[0], expected);
}

#[tokio::test]
async fn a_custom_token_replaces_the_sessions() {
    let wire = Wire::start(Then::Answer(EMPTY)).await;
    compute(&wire.url)
        .await
        .send(&RawRequest::get("/x").with_token("other"))
        .await
        .unwrap();
    assert!(wire.received()[0].contains("\r\nx-auth-token: other\r\n"));
    assert!(!wire.received()[0].contains(TOKEN));
}

#[tokio::test]
async fn the_legacy_microversion_header_goes_along() {
    let wire = Wire::start(Then::Answer(EMPTY)).await;
    compute(&wire.url)
        .await
        .send(&RawRequest::get("/x").at_legacy("2.3"))
        .await
        .unwrap();
    assert!(wire.received()[0].contains("\r\nx-openstack-nova-api-version: 2.3\r\n"));
}

#[rstest]
#[case::dot_segments("/os-keypairs/../servers")]
#[case::encoded_dot_segments("/os-keypairs/%2e%2e/servers")]
#[case::a_space("/os-keypairs/a b")]
#[case::beyond_ascii("/os-keypairs/ü")]
#[case::a_backslash("/os-keypairs/a\\b")]
#[case::a_fragment("/os-keypairs#x")]
#[case::a_line_break("/os-keypairs/a\r\nx: y")]
#[case::a_quote_in_a_query("/os-keypairs?name='a'")]
#[case::no_slash_at_the_start("os-keypairs")]
#[case::another_host("@evil.example/")]
#[tokio::test]
async fn a_path_that_would_be_changed_is_not_sent(#[case] path: &str) {
    let wire = Wire::start(Then::Answer(EMPTY)).await;
    let error = compute(&wire.url)
        .await
        .send(&RawRequest::get(path))
        .await
        .unwrap_err();
    assert_eq!(error.fault(), SendFault::Unsendable, "{error}");
    assert!(wire.received().is_empty());
}

#[rstest]
#[case::a_header_name("na me", "x", "is not a header name")]
#[case::a_header_value("x-y", "a\r\nb", "holds a line break")]
#[case::a_wrong_length("content-length", "3", "is not the body's 0 bytes")]
#[tokio::test]
async fn a_header_that_cannot_be_sent_says_why(
    #[case] name: &str,
    #[case] value: &str,
    #[case] why: &str,
) {
    let wire = Wire::start(Then::Answer(EMPTY)).await;
    let error = compute(&wire.url)
        .await
        .send(&RawRequest::get("/x").header(name, value))
        .await
        .unwrap_err();
    assert!(error.to_string().contains(why), "{error}");
}

#[tokio::test]
async fn an_answer_comes_back_as_it_is() {
    let wire = Wire::start(Then::Answer(
        b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nX-Twice: one\r\nVary: a\r\nX-Twice: two\r\nX-Latin: \xe9\r\n\
          Content-Encoding: gzip\r\nX-OpenStack-Request-Id: req-1\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x00\xff",
    ))
    .await;
    let answer = compute(&wire.url)
        .await
        .send(&RawRequest::get("/x"))
        .await
        .unwrap();
    assert_eq!(answer.status, 302);
    assert_eq!(&answer.body[..], b"\x1f\x8b\x00\xff");
    let headers: Vec<(&str, &str)> = answer
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        headers,
        [
            ("location", "/elsewhere"),
            ("x-twice", "one"),
            ("x-twice", "two"),
            ("vary", "a"),
            ("x-latin", "é"),
            ("content-encoding", "gzip"),
            ("x-openstack-request-id", "req-1"),
            ("content-length", "4"),
        ]
    );
    assert_eq!(
        answer.header_values("X-TWICE").collect::<Vec<_>>(),
        ["one", "two"]
    );
    assert_eq!(answer.request_id(), Some("req-1"));
    assert!(answer.first_byte <= answer.last_byte);
    assert_eq!(
        wire.received().len(),
        1,
        "a redirect is an answer, not followed"
    );
}

#[rstest]
#[case::unavailable(
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 0\r\ncontent-length: 0\r\n\r\n"
)]
#[case::unauthorized(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n")]
#[tokio::test]
async fn a_refused_request_is_not_repeated(#[case] answer: &'static [u8]) {
    let wire = Wire::start(Then::Answer(answer)).await;
    assert!(
        !compute(&wire.url)
            .await
            .send(&RawRequest::get("/x"))
            .await
            .unwrap()
            .is_success()
    );
    assert_eq!(wire.received().len(), 1);
}

#[rstest]
#[case::closed_without_an_answer(Then::AnswerAndClose(b""), SendFault::Reset)]
#[case::closed_in_the_head(
    Then::AnswerAndClose(b"HTTP/1.1 200 OK\r\nContent-Le"),
    SendFault::Reset
)]
#[case::closed_in_the_body(
    Then::AnswerAndClose(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"),
    SendFault::Reset
)]
#[case::closed_in_a_chunk(
    Then::AnswerAndClose(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"),
    SendFault::Reset
)]
#[case::not_http(Then::AnswerAndClose(b"SSH-2.0-OpenSSH_9.6\r\n"), SendFault::Garbage)]
#[case::a_bad_status(Then::AnswerAndClose(b"HTTP/1.1 banana\r\n\r\n"), SendFault::Garbage)]
#[case::a_bad_chunk(
    Then::AnswerAndClose(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n"),
    SendFault::Garbage
)]
#[case::silence(Then::AnswerAndHang(b""), SendFault::Timeout(Phase::Head, SOON))]
#[case::half_a_body(
    Then::AnswerAndHang(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"),
    SendFault::Timeout(Phase::Body, SOON)
)]
#[tokio::test]
async fn a_failure_is_of_its_kind(#[case] then: Then, #[case] expected: SendFault) {
    let wire = Wire::start(then).await;
    let mut request = RawRequest::post("/secret-path").json(&json!({"a": 1}));
    if matches!(expected, SendFault::Timeout(..)) {
        request = request.within(SOON);
    }
    let error = compute(&wire.url).await.send(&request).await.unwrap_err();
    assert_eq!(error.fault(), expected, "{error}");
    let sentence = error.to_string();
    assert!(
        sentence.contains(&format!("POST to {}", wire.url)),
        "{sentence}"
    );
    assert!(!format!("{sentence}{error:?}").contains(TOKEN));
    assert_eq!(wire.received().len(), 1, "nothing is sent twice");
}

const SOON: Duration = Duration::from_millis(150);

#[tokio::test]
async fn how_much_of_an_answer_had_come_is_said() {
    let wire = Wire::start(Then::AnswerAndClose(
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
    ))
    .await;
    let error = compute(&wire.url)
        .await
        .send(&RawRequest::get("/x"))
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("status 200 and 3 bytes of body had come"),
        "{error}"
    );
}

#[tokio::test]
async fn a_closed_port_is_no_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = compute(&url)
        .await
        .send(&RawRequest::get("/x"))
        .await
        .unwrap_err();
    assert_eq!(error.fault(), SendFault::Connect);
    assert_eq!(error.host(), url);
    assert!(
        error
            .to_string()
            .starts_with(&format!("cannot connect to {url} (Connection refused")),
        "{error}"
    );
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_no_connection() {
    let error = compute("http://nowhere.invalid:1")
        .await
        .send(&RawRequest::get("/x"))
        .await
        .unwrap_err();
    assert_eq!(error.fault(), SendFault::Connect, "{error}");
}

#[tokio::test]
async fn a_port_without_tls_is_no_tls() {
    let url = plain_greeter(b"220 mail ready\r\n").await;
    let error = compute(&url)
        .await
        .send(&RawRequest::get("/x"))
        .await
        .unwrap_err();
    assert_eq!(error.fault(), SendFault::Tls, "{error}");
}

#[tokio::test]
async fn a_port_that_accepts_and_says_nothing_times_out_while_connecting() {
    let url = plain_greeter(b"").await;
    let keystone = keystone(&compute_at(&url)).await;
    let mut config = alice(&keystone.uri());
    config.connect_deadline = SOON;
    let compute = Session::connect(config)
        .await
        .unwrap()
        .service("compute")
        .unwrap();
    let error = compute
        .send(&RawRequest::get("/x").within(Duration::MAX))
        .await
        .unwrap_err();
    assert_eq!(
        error.fault(),
        SendFault::Timeout(Phase::Connect, SOON),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .starts_with(&format!("GET to {url}: no connection after 150ms: ")),
        "{error}"
    );
}

#[tokio::test]
async fn a_body_that_is_not_json_is_quoted() {
    let wire = Wire::start(Then::Answer(
        b"HTTP/1.1 502 Bad\r\nContent-Length: 7\r\n\r\n<html/>",
    ))
    .await;
    let error = compute(&wire.url)
        .await
        .send(&RawRequest::get("/x"))
        .await
        .unwrap()
        .json()
        .unwrap_err();
    let expected =
        "the body of this 502 is not JSON (expected value at line 1 column 1); it begins: <html/>";
    assert_eq!(error.to_string(), expected);
}

/// A server that greets in the clear, whatever it is sent, on an https URL.
async fn plain_greeter(greeting: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::io::AsyncWriteExt::write_all(&mut stream, greeting)
                .await
                .unwrap();
            open.push(stream);
        }
    });
    url
}

#[rstest]
#[case::strangers_are_not_trusted(|_| Trust::System, false)]
#[case::its_own_authority_is_trusted(|pem| Trust::CaFile(pem), true)]
#[case::anyone_is_trusted_if_asked(|_| Trust::Anyone, true)]
#[tokio::test]
async fn a_self_signed_cloud(
    #[case] trust: fn(std::path::PathBuf) -> Trust,
    #[case] reached: bool,
) {
    let folder = tempfile::tempdir().unwrap();
    let pem = folder.path().join("ca.pem");
    let url = self_signed(&pem).await;
    let keystone = keystone(&compute_at(&url)).await;
    let mut config = alice(&keystone.uri());
    config.trust = trust(pem);
    let compute = Session::connect(config)
        .await
        .unwrap()
        .service("compute")
        .unwrap();
    match compute.send(&RawRequest::get("/x")).await {
        Ok(answer) => assert!(reached && answer.status == 204),
        Err(error) => {
            assert!(!reached, "{error}");
            assert_eq!(error.fault(), SendFault::Tls, "{error}");
            assert!(error.to_string().contains("cacert"), "{error}");
        }
    }
}

/// An HTTPS server whose own certificate is written to `pem`.
async fn self_signed(pem: &std::path::Path) -> String {
    let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(pem, own.cert.pem()).unwrap();
    let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
    let tls = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(stream) = acceptor.accept(stream).await {
                tokio::spawn(serve(
                    stream,
                    Then::Answer(EMPTY),
                    Arc::new(Mutex::new(Vec::new())),
                ));
            }
        }
    });
    url
}

#[rstest]
#[case::a_missing_file(None, "cannot be used (No such file")]
#[case::not_a_certificate(Some("hello"), "cannot be used (it holds no certificate)")]
#[tokio::test]
async fn a_useless_cacert_is_named(#[case] content: Option<&str>, #[case] expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    if let Some(content) = content {
        std::fs::write(&file, content).unwrap();
    }
    let mut config = alice("http://127.0.0.1:1");
    config.trust = Trust::CaFile(file.clone());
    let error = Session::connect(config).await.unwrap_err().to_string();
    assert!(
        error.contains(&file.display().to_string()) && error.contains(expected),
        "{error}"
    );
}

#[tokio::test]
async fn a_proxy_is_used_unless_the_host_is_excepted() {
    let proxy = Wire::start(Then::Answer(EMPTY)).await;
    let keystone = keystone(&compute_at("http://cloud.example/v2.1")).await;
    let mut config = alice(&keystone.uri());
    config.proxies.http = Some(proxy.url.as_str().into());
    config.proxies.except = Some("127.0.0.1".to_owned());
    let compute = Session::connect(config)
        .await
        .unwrap()
        .service("compute")
        .unwrap();
    compute.send(&RawRequest::get("/x?a=%2f")).await.unwrap();
    assert!(proxy.received()[0].starts_with("GET http://cloud.example/v2.1/x?a=%2f HTTP/1.1\r\n"));
}

#[tokio::test]
async fn connections_are_used_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let accepted = Arc::new(Mutex::new(0));
    let count = Arc::clone(&accepted);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            *count.lock().unwrap() += 1;
            tokio::spawn(serve(
                stream,
                Then::Answer(EMPTY),
                Arc::new(Mutex::new(Vec::new())),
            ));
        }
    });
    let compute = compute(&url).await;
    for _ in 0..3 {
        compute.send(&RawRequest::get("/x")).await.unwrap();
    }
    assert_eq!(*accepted.lock().unwrap(), 1);
}
