//! A query's pairs, read as WebOb, on which Nova stands, reads them. Knows text only.

/// The pairs, decoded, in the order written; nothing where they are no UTF-8. Both separators of old are taken.
#[must_use]
pub(super) fn decoded(query: &str) -> Option<Vec<(String, String)>> {
    let decode = |text: &str| String::from_utf8(unquoted(text)).ok();
    query
        .split(['&', ';'])
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((decode(name)?, decode(value)?))
        })
        .collect()
}

/// `+` is a space, and `%` with the two characters behind it is whatever Python's `int` makes of them: `%2` at the end is
/// the byte 2.
fn unquoted(text: &str) -> Vec<u8> {
    let text = text.replace('+', " ");
    let mut parts = text.as_bytes().split(|byte| *byte == b'%');
    let mut out = parts.next().unwrap_or_default().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at(part.len().min(2));
        match std::str::from_utf8(digits)
            .ok()
            .and_then(|digits| u8::from_str_radix(digits.trim_ascii(), 16).ok())
        {
            Some(byte) => {
                out.push(byte);
                out.extend_from_slice(rest);
            }
            None => {
                out.push(b'%');
                out.extend_from_slice(part);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// Asked of a real Nova 34.0.0.
    #[rstest]
    #[case::plain("a=1&b=2", &[("a", "1"), ("b", "2")])]
    #[case::semicolon("a;b=1", &[("a", ""), ("b", "1")])]
    #[case::empty_parts("&&a=1&", &[("a", "1")])]
    #[case::encoded("a%20b=c+d", &[("a b", "c d")])]
    #[case::cut_short("a%2", &[("a\u{2}", "")])]
    #[case::no_digits("a=%zz", &[("a", "%zz")])]
    #[case::only_percent("a=%", &[("a", "%")])]
    fn a_query_is_read(#[case] query: &str, #[case] want: &[(&str, &str)]) {
        let got = decoded(query).unwrap();
        let got: Vec<(&str, &str)> = got
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(got, want);
    }

    #[test]
    fn what_is_no_utf_8_is_no_query() {
        assert_eq!(decoded("a=%ff"), None);
    }
}
