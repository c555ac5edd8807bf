//! Which microversion a request asks for, and the headers that say which it got.
//!
//! Source: the Compute API guide, "Microversions", and answers of a real Nova.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use nova_api::{Microversion, ParseError};

use super::fault::Fault;

const VERSION: HeaderName = HeaderName::from_static("openstack-api-version");
const LEGACY_VERSION: HeaderName = HeaderName::from_static("x-openstack-nova-api-version");

/// What the versions a cloud offers end at, ready to be said.
#[derive(Clone, Debug)]
pub(super) struct Negotiator {
    max: Microversion,
}

/// A refusal, and the version that is repeated in its headers if the text was one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    /// The refusal.
    pub(super) fault: Fault,
    /// A version that is well formed, and not to be had.
    pub(super) version: Option<String>,
}

impl Negotiator {
    /// For a cloud that offers 2.1 to `max`.
    #[must_use]
    pub(super) const fn new(max: Microversion) -> Self {
        Self { max }
    }

    /// The newest version offered.
    #[must_use]
    pub(super) const fn max(&self) -> Microversion {
        self.max
    }

    /// The version a request asks for; 2.1 where it asks for none.
    ///
    /// # Errors
    /// 400 for what is no version, 406 for one that is not offered.
    pub(super) fn version(&self, headers: &HeaderMap) -> Result<Microversion, Refused> {
        let Some(asked) = asked(headers) else {
            return Ok(Microversion::MIN);
        };
        let asked = asked.as_str();
        if asked == "latest" {
            return Ok(self.max);
        }
        match Microversion::parse(asked) {
            Ok(version) if version.minor() <= self.max.minor() => Ok(version),
            Err(ParseError::Malformed) => Err(Refused {
                fault: Fault::bad_request(format!(
                    "API Version String {asked} is of invalid format. Must be of format MajorNum.MinorNum."
                )),
                version: None,
            }),
            Ok(_) | Err(ParseError::OutOfRange) => Err(Refused {
                fault: Fault::new(
                    StatusCode::NOT_ACCEPTABLE,
                    format!(
                        "Version {asked} is not supported by the API. Minimum is {} and maximum is {}.",
                        Microversion::MIN,
                        self.max
                    ),
                ),
                version: Some(asked.to_owned()),
            }),
        }
    }
}

/// What the header common to all services asks of Compute, else what Nova's own older header asks.
///
/// Either may be repeated or hold a list. In the common one each part names its service, and the last for Compute counts;
/// in the older one the last part does.
fn asked(headers: &HeaderMap) -> Option<String> {
    let common = headers
        .get_all(VERSION)
        .iter()
        .filter_map(|value| {
            let value = latin_1(value);
            let mut parts = value.split(',').filter_map(|part| {
                let (service, version) = part.trim().split_once(char::is_whitespace)?;
                service
                    .eq_ignore_ascii_case("compute")
                    .then(|| version.trim().to_owned())
            });
            parts.next_back()
        })
        .next_back();
    let older = || {
        let value = headers
            .get_all(LEGACY_VERSION)
            .iter()
            .next_back()
            .map(latin_1)?;
        value
            .split(',')
            .next_back()
            .map(|version| version.trim().to_owned())
    };
    common.or_else(older)
}

/// A header's value as WSGI servers hand it over: each byte a character.
fn latin_1(value: &HeaderValue) -> String {
    value.as_bytes().iter().copied().map(char::from).collect()
}

/// Says in an answer which version it is of.
pub(super) fn declare(headers: &mut HeaderMap, version: &str) {
    if let Ok(value) = HeaderValue::from_str(&format!("compute {version}")) {
        headers.insert(VERSION, value);
    }
    if let Ok(value) = HeaderValue::from_str(version) {
        headers.insert(LEGACY_VERSION, value);
    }
    headers.append(
        header::VARY,
        HeaderValue::from_static("OpenStack-API-Version"),
    );
    headers.append(
        header::VARY,
        HeaderValue::from_static("X-OpenStack-Nova-API-Version"),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// Asked of a real Nova 34.0.0.
    #[rstest]
    #[case::none(&[], "2.1")]
    #[case::common(&[("openstack-api-version", "compute 2.35")], "2.35")]
    #[case::letters_case(&[("openstack-api-version", "Compute 2.35")], "2.35")]
    #[case::list(&[("openstack-api-version", "volume 3.1, compute 2.35")], "2.35")]
    #[case::other_service(&[("openstack-api-version", "nova 2.35")], "2.1")]
    #[case::no_service(&[("openstack-api-version", "2.35")], "2.1")]
    #[case::older(&[("x-openstack-nova-api-version", "2.35")], "2.35")]
    #[case::both(&[("x-openstack-nova-api-version", "2.35"), ("openstack-api-version", "compute 2.10")], "2.10")]
    #[case::older_list(&[("x-openstack-nova-api-version", "2.10, 2.35")], "2.35")]
    #[case::older_empty(&[("x-openstack-nova-api-version", "")], "400 API Version String  is of invalid format. Must be of format MajorNum.MinorNum.")]
    #[case::latest(&[("openstack-api-version", "compute latest")], "2.104")]
    #[case::beyond(&[("openstack-api-version", "compute 2.999")], "406 Version 2.999 is not supported by the API. Minimum is 2.1 and maximum is 2.104.")]
    #[case::before(&[("openstack-api-version", "compute 2.0")], "406 Version 2.0 is not supported by the API. Minimum is 2.1 and maximum is 2.104.")]
    #[case::word(&[("openstack-api-version", "compute abc")], "400 API Version String abc is of invalid format. Must be of format MajorNum.MinorNum.")]
    fn a_version_is_negotiated(#[case] asked: &[(&'static str, &'static str)], #[case] want: &str) {
        let headers = asked
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect();
        let got = match Negotiator::new(Microversion::MAX).version(&headers) {
            Ok(version) => version.to_string(),
            Err(Refused { fault, .. }) => format!("{} {}", fault.status.as_u16(), fault.message),
        };
        assert_eq!(got, want);
    }
}
