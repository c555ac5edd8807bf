//! The name that a server's guest is given, made from the server's own.

use uuid::Uuid;

/// The longest name of a host.
const LONGEST: usize = 63;

/// A hostname for a server of this name, one of several alike if `place` says which.
pub(super) fn hostname(name: &str, id: Uuid, place: Option<u32>) -> String {
    let hostname = sanitized(name);
    match place {
        _ if hostname.is_empty() => format!("Server-{id}"),
        Some(place) => format!("{hostname}-{place}"),
        None => hostname,
    }
}

/// As RFC 952 and RFC 1123 allow it, but for letters beyond ASCII, which Nova leaves.
fn sanitized(name: &str) -> String {
    let latin = name.chars().filter(|c| u32::from(*c) < 256).take(LONGEST);
    let plain: String = latin
        .map(|c| if matches!(c, ' ' | '_' | '.') { '-' } else { c })
        .filter(|c| c.is_alphanumeric() || *c == '-')
        .collect();
    plain.to_lowercase().trim_matches(['.', '-']).to_owned()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain("web", None, "web")]
    #[case::one_of_many("web", Some(2), "web-2")]
    #[case::signs("My Server_1.x", None, "my-server-1-x")]
    #[case::what_no_host_may_have("a/b!c", None, "abc")]
    #[case::at_the_ends("-.web.-", None, "web")]
    #[case::beyond_latin("日本", None, "Server-00000000-0000-0000-0000-000000000000")]
    #[case::nothing_is_left("!!!", Some(1), "Server-00000000-0000-0000-0000-000000000000")]
    fn a_hostname_follows_from_the_name(
        #[case] name: &str,
        #[case] place: Option<u32>,
        #[case] want: &str,
    ) {
        assert_eq!(hostname(name, Uuid::nil(), place), want);
    }

    #[test]
    fn a_hostname_is_no_longer_than_a_label() {
        assert_eq!(hostname(&"a".repeat(255), Uuid::nil(), None).len(), 63);
    }
}
