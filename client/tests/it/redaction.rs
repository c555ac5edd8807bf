//! What a report may show: everything but the secrets.

use nova_client::{RawRequest, redact};
use rstest::rstest;
use serde_json::{Value, json};

#[rstest]
#[case::a_servers_password(json!({"server": {"adminPass": "S3", "name": "x"}}), json!({"server": {"adminPass": "<redacted>", "name": "x"}}))]
#[case::a_generated_key(json!({"keypair": {"private_key": "S3", "name": "k"}}), json!({"keypair": {"private_key": "<redacted>", "name": "k"}}))]
#[case::a_key_elsewhere(json!({"note": "-----BEGIN RSA PRIVATE KEY-----\nS3"}), json!({"note": "<redacted>"}))]
#[case::a_password_login(
    json!({"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "a", "password": "S3"}}}}}),
    json!({"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "a", "password": "<redacted>"}}}}})
)]
#[case::a_token_login(
    json!({"auth": {"identity": {"methods": ["token"], "token": {"id": "S3"}}}}),
    json!({"auth": {"identity": {"methods": ["token"], "token": {"id": "<redacted>"}}}})
)]
#[case::an_application_credential(
    json!({"auth": {"identity": {"application_credential": {"id": "i", "secret": "S3"}}}}),
    json!({"auth": {"identity": {"application_credential": {"id": "i", "secret": "<redacted>"}}}})
)]
#[case::keystones_answer(
    json!({"token": {"user": {"name": "a"}, "roles": [{"id": "r"}]}}),
    json!({"token": {"user": {"name": "a"}, "roles": [{"id": "r"}]}})
)]
#[case::a_console(json!({"remote_console": {"url": "http://c/vnc?token=S3&x=1"}}), json!({"remote_console": {"url": "http://c/vnc?token=<redacted>&x=1"}}))]
#[case::a_wrong_type(json!({"server": {"adminPass": {"nested": "S3"}}}), json!({"server": {"adminPass": "<redacted>"}}))]
#[case::no_secret(json!({"password": null, "public_key": "ssh-rsa AAAA", "n": 1}), json!({"password": null, "public_key": "ssh-rsa AAAA", "n": 1}))]
fn json_is_redacted_by_key(#[case] body: Value, #[case] expected: Value) {
    assert_eq!(redact::json(&body), expected);
}

#[rstest]
#[case::plain_text(b"hello", "hello")]
#[case::broken_json(
    b"{\"adminPass\": \"S3\"",
    "<18 bytes, not JSON, withheld because they may hold a secret>"
)]
#[case::a_pem_file(
    b"-----BEGIN PRIVATE KEY-----",
    "<27 bytes, not JSON, withheld because they may hold a secret>"
)]
#[case::binary(b"\xff\xfe", "<2 bytes, not text>")]
fn a_body_that_is_not_json_is_shown_with_care(#[case] body: &[u8], #[case] expected: &str) {
    assert_eq!(redact::body(body), expected);
}

#[test]
fn a_request_is_shown_without_its_secrets() {
    let request = RawRequest::post("/servers?token=S3cret")
        .at("2.10")
        .header("X-Auth-Token", "S3cret")
        .header("Authorization", "Basic S3cret")
        .with_token("S3cret")
        .json(&json!({"server": {"adminPass": "S3cret", "name": "x"}}));
    assert_eq!(
        request.to_string(),
        "POST /servers?token=<redacted>\nopenstack-api-version: compute 2.10\nX-Auth-Token: <redacted>\n\
         Authorization: <redacted>\ncontent-type: application/json\n\n{\"server\":{\"adminPass\":\"<redacted>\",\"name\":\"x\"}}"
    );
    assert!(!format!("{request:?}").contains("S3cret"));
}
