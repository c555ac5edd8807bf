//! TLS that fails: at the beginning, and in the middle of a run that began well.

use rstest::rstest;

use crate::{
    proxy::{Fate, Proxy, Tls, TlsHarm},
    stage::Stage,
    way::{IN_THE_MIDDLE, SOME, Way, one_harmed},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_service_without_tls_could_not_be_asked() {
    let stage = Stage::new().await;
    let proxy = Proxy::before(stage.upstream(), |_, _| Fate::Passed).await;
    stage.reach_at(&proxy.url().replace("http:", "https:"));
    let ended = stage.run(SOME).await;
    assert_eq!(ended.code, Some(3), "{}", ended.said);
    assert!(ended.said.contains("no TLS session with"), "{}", ended.said);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_that_nobody_named_is_not_trusted() {
    let stage = Stage::new().await;
    let proxy = Proxy::behind(Tls::new(None), stage.upstream(), |_, _| Fate::Passed).await;
    stage.reach_through(&proxy);
    let ended = stage.run(SOME).await;
    assert_eq!(ended.code, Some(3), "{}", ended.said);
    assert!(ended.said.contains("no TLS session with"), "{}", ended.said);
    assert!(ended.said.contains("UnknownIssuer"), "{}", ended.said);
}

/// A run through a proxy that speaks TLS, whose authority the program has been told of.
async fn with(
    harm: Option<(usize, TlsHarm)>,
    plan: impl Fn(usize, &str) -> Fate + Send + Sync + 'static,
) -> Way {
    let stage = Stage::new().await;
    let tls = Tls::new(harm);
    let pem = tls.pem.clone();
    let proxy = Proxy::behind(tls, stage.upstream(), plan).await;
    stage.reach_through(&proxy);
    stage.trust(&pem);
    Way::gone(stage, proxy, &[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cloud_with_tls_is_judged() {
    let way = with(None, |_, _| Fate::Passed).await;
    assert_eq!(way.ended.code, Some(0), "{}", way.ended.said);
}

#[rstest]
#[case::another_certificate(TlsHarm::AnotherCertificate, "no TLS session with")]
#[case::no_tls_any_more(TlsHarm::NoTls, "no TLS session with")]
#[case::the_handshake_is_cut_off(TlsHarm::Ended, "no TLS session with")]
#[tokio::test(flavor = "multi_thread")]
async fn tls_that_fails_in_the_middle_ends_the_run_early(
    #[case] harm: TlsHarm,
    #[case] sentence: &str,
) {
    let way = with(Some((IN_THE_MIDDLE, harm)), |_, _| Fate::Passed).await;
    assert_eq!(way.ended.code, Some(3), "{}", way.ended.said);
    way.notes(&["the cloud gives no answer any more", sentence]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_cannot_be_decrypted_could_not_be_asked() {
    let way = with(None, one_harmed(Fate::Undecipherable)).await;
    assert_eq!(way.ended.code, Some(3), "{}", way.ended.said);
    assert!(way.ended.said.contains("decrypt"), "{}", way.ended.said);
}
