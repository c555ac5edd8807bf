//! Which of several forms of an answer a client accepts most. Knows the `accept` and `content-type` headers only.
//!
//! Two readers look at them, and differ: WebOb, on which Nova stands, reads `accept` as RFC 7231 says and chooses the form
//! of what is answered before Nova's handlers ([`best`]); Nova's own reader chooses the form of all else, and from either
//! header's `version` parameter the version of the document at `/` ([`Form`]).

use axum::http::{HeaderMap, header};

/// The content types that Nova answers with.
pub(super) const TYPES: [&str; 2] = ["application/json", "application/vnd.openstack.compute+json"];

/// The roots' own, for clients that ask for it; what they get is JSON all the same.
const FEED: &str = "application/atom+xml";

/// The form of an answer as Nova's own reader of `accept` chooses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Form {
    /// The content type.
    pub(super) content_type: &'static str,
    /// The version of the API that the header's best range names.
    pub(super) version: Option<String>,
}

impl Form {
    /// For a path as it was decoded; the roots are `/`, `/v2/` and `/v2.1/`.
    #[must_use]
    pub(super) fn of(headers: &HeaderMap, path: &str) -> Self {
        let is_root = matches!(path, "/" | "/v2/" | "/v2.1/");
        let text = |name| {
            headers
                .get(name)
                .and_then(|value: &axum::http::HeaderValue| value.to_str().ok())
                .unwrap_or("")
        };
        let mut form = Self::accepted(text(header::ACCEPT), is_root);
        if path.ends_with(".json") {
            form.content_type = TYPES[0];
        }
        if let Some(version) = parameter(text(header::CONTENT_TYPE), "version") {
            form.version = Some(version.to_owned());
        }
        form
    }

    fn accepted(accept: &str, is_root: bool) -> Self {
        let mut form = Self {
            content_type: TYPES[0],
            version: None,
        };
        let mut best = (-1.0, 2);
        for offer in TYPES.into_iter().chain(is_root.then_some(FEED)) {
            for range in accept
                .split(',')
                .map(str::trim)
                .filter(|range| !range.is_empty())
            {
                let Some(quality) = parameter(range, "q")
                    .map_or(Some(1.0), |quality| quality.trim().parse::<f64>().ok())
                else {
                    continue;
                };
                let mask = range.split(';').next().unwrap_or_default().trim();
                let stars = mask.matches('*').count();
                let family = offer.split('/').next().unwrap_or_default();
                let matches = mask == offer
                    || mask == "*/*"
                    || stars > 0 && mask.get(..mask.len().saturating_sub(2)) == Some(family);
                let better = quality > best.0 || quality >= best.0 && stars < best.1;
                if matches && better {
                    best = (quality, stars);
                    form = Self {
                        content_type: offer,
                        version: parameter(range, "version").map(str::to_owned),
                    };
                }
            }
        }
        form
    }
}

/// A parameter behind the semicolons of a header's value, or of one part of it.
fn parameter<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let pairs = text
        .split(';')
        .skip(1)
        .filter_map(|part| part.split_once('='));
    let found = pairs
        .filter(|(known, _)| known.trim() == name)
        .map(|(_, value)| value.trim());
    found.map(|value| value.trim_matches('"')).last()
}

/// The offer that the client accepts most, the first of equals; nothing where it accepts none, or says nothing. A header
/// that cannot be read accepts everything.
#[must_use]
pub(super) fn best<'a>(headers: &HeaderMap, offers: &[&'a str]) -> Option<&'a str> {
    let accept = headers.get(header::ACCEPT)?;
    let Some(ranges) = accept.to_str().ok().and_then(ranges) else {
        return offers.first().copied();
    };
    let mut best: Option<(&str, f32)> = None;
    for offer in offers {
        let quality = quality(&ranges, offer);
        if quality > best.map_or(0.0, |(_, quality)| quality) {
            best = Some((offer, quality));
        }
    }
    best.map(|(offer, _)| offer)
}

struct Range {
    media: String,
    has_parameters: bool,
    quality: f32,
}

/// The ranges of the header's value; nothing where it cannot be read.
fn ranges(accept: &str) -> Option<Vec<Range>> {
    let range = |text: &str| {
        let mut parts = text.split(';').map(str::trim);
        let media = parts.next()?.to_ascii_lowercase();
        let (family, kind) = media.split_once('/')?;
        let is_token = |text: &str| {
            !text.is_empty()
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
        };
        if !is_token(family) || !is_token(kind) || family == "*" && kind != "*" {
            return None;
        }
        let mut range = Range {
            media,
            has_parameters: false,
            quality: 1.0,
        };
        for part in parts {
            let (name, value) = part.split_once('=')?;
            if name.eq_ignore_ascii_case("q") {
                range.quality = value.parse().ok()?;
            } else {
                range.has_parameters = true;
            }
        }
        Some(range)
    };
    accept
        .split(',')
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .map(range)
        .collect()
}

/// How much one offer is accepted: as much as the most specific range says that covers it.
fn quality(ranges: &[Range], offer: &str) -> f32 {
    let family = offer.split('/').next().unwrap_or_default();
    ranges
        .iter()
        // An offer without parameters is not what a range with parameters asks for.
        .filter(|range| !range.has_parameters)
        .filter_map(|range| {
            let specific = match range.media.as_str() {
                media if media == offer => 2,
                media if media.strip_suffix("/*") == Some(family) => 1,
                "*/*" => 0,
                _ => return None,
            };
            Some((specific, range.quality))
        })
        .max_by_key(|(specific, _)| *specific)
        .map_or(0.0, |(_, quality)| quality)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use rstest::rstest;

    use super::*;

    /// Asked of a real Nova 34.0.0.
    #[rstest]
    #[case::nothing("", TYPES[0])]
    #[case::anything("*/*", TYPES[0])]
    #[case::other("image/png", TYPES[0])]
    #[case::vendor(TYPES[1], TYPES[1])]
    #[case::vendor_with_version("application/vnd.openstack.compute+json;version=2.1", TYPES[1])]
    #[case::rather_vendor("application/vnd.openstack.compute+json;q=0.9, application/json;q=0.5", TYPES[1])]
    #[case::both("application/vnd.openstack.compute+json, application/json", TYPES[0])]
    #[case::letters_case("APPLICATION/VND.OPENSTACK.COMPUTE+JSON", TYPES[0])]
    fn the_form_of_an_answer_is_chosen(#[case] accept: &str, #[case] want: &str) {
        assert_eq!(Form::accepted(accept, false).content_type, want);
    }

    #[rstest]
    #[case::one("text/a", Some("text/a"))]
    #[case::both_the_first("text/b, text/a", Some("text/a"))]
    #[case::quality("text/a;q=0.1, text/b", Some("text/b"))]
    #[case::family("text/*", Some("text/a"))]
    #[case::anything("*/*;q=0.1", Some("text/a"))]
    #[case::specific_counts("text/a;q=0, text/*", Some("text/b"))]
    #[case::none("image/png", None)]
    #[case::parameters("text/a;version=2", None)]
    #[case::unreadable("junk", Some("text/a"))]
    #[case::empty("", None)]
    #[case::letters_case("TEXT/B", Some("text/b"))]
    fn the_best_offer_is_found(#[case] accept: &'static str, #[case] want: Option<&str>) {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
        assert_eq!(best(&headers, &["text/a", "text/b"]), want);
    }
}
