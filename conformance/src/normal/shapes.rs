//! What a volatile value looks like, and the name of its kind. It knows texts only.

use std::net::IpAddr;

/// The ids inside a text, each replaced by its kind.
pub(super) fn ids(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = None;
    while let Some(letter) = rest.chars().next() {
        let (length, name) = if is_inside_a_word(before) {
            (0, "")
        } else {
            id_at(rest)
        };
        let step = if length == 0 {
            out.push(letter);
            letter.len_utf8()
        } else {
            out.push_str(name);
            length
        };
        before = rest[..step].chars().next_back();
        rest = &rest[step..];
    }
    out
}

const fn is_inside_a_word(before: Option<char>) -> bool {
    matches!(before, Some(letter) if letter.is_ascii_alphanumeric())
}

/// The length and the kind of the id that a text begins with; a length of 0 where it begins with none.
fn id_at(text: &str) -> (usize, &'static str) {
    if let Some(id) = text.strip_prefix("req-")
        && is_uuid(id)
    {
        return (40, "<request-id>");
    }
    if is_uuid(text) {
        return (36, "<uuid>");
    }
    if is_hex(text, 32) && ends_at(text, 32) {
        (32, "<hex-id>")
    } else {
        (0, "")
    }
}

fn is_uuid(text: &str) -> bool {
    let mut at = 0;
    for (group, length) in [8, 4, 4, 4, 12].into_iter().enumerate() {
        if group > 0 {
            if text.as_bytes().get(at) != Some(&b'-') {
                return false;
            }
            at += 1;
        }
        if !text.get(at..).is_some_and(|rest| is_hex(rest, length)) {
            return false;
        }
        at += length;
    }
    ends_at(text, at)
}

fn is_hex(text: &str, length: usize) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= length
        && bytes[..length]
            .iter()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn ends_at(text: &str, at: usize) -> bool {
    text.as_bytes()
        .get(at)
        .is_none_or(|byte| !byte.is_ascii_alphanumeric())
}

/// A time as OpenStack writes it.
pub(super) fn timestamp(text: &str) -> Option<String> {
    let shape: String = text
        .chars()
        .map(|letter| if letter.is_ascii_digit() { '0' } else { letter })
        .collect();
    let rest = shape.strip_prefix("0000-00-00T00:00:00")?;
    let kind = match rest {
        "" => "<timestamp>",
        "Z" => "<timestamp:Z>",
        ".000000" => "<timestamp:us>",
        _ => return None,
    };
    Some(kind.to_owned())
}

/// A fingerprint of a key that the cloud made.
pub(super) fn fingerprint(text: &str) -> Option<String> {
    let pairs: Vec<&str> = text.split(':').collect();
    if !pairs.iter().all(|pair| pair.len() == 2 && is_hex(pair, 2)) {
        return None;
    }
    match pairs.len() {
        16 => Some("<fingerprint:md5>".to_owned()),
        20 => Some("<fingerprint:sha1>".to_owned()),
        _ => None,
    }
}

/// A public key that the cloud made.
pub(super) fn public_key(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split(' ').collect();
    match words[..] {
        ["ssh-rsa", _, "Generated-by-Nova"] => Some("<public-key:ssh-rsa generated>".to_owned()),
        _ if is_certificate(text) => Some("<certificate>".to_owned()),
        _ => None,
    }
}

fn is_certificate(text: &str) -> bool {
    text.starts_with("-----BEGIN CERTIFICATE-----\n")
        && text.ends_with("\n-----END CERTIFICATE-----\n")
}

/// A private key, which is never kept, whatever it looks like.
pub(super) fn private_key(text: &str) -> String {
    let is_base64 = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte))
    };
    let kind = if text.starts_with("-----BEGIN RSA PRIVATE KEY-----\n")
        && text.ends_with("\n-----END RSA PRIVATE KEY-----\n")
    {
        "<private-key:rsa>"
    } else if text.starts_with("MII") && is_base64(text) {
        "<private-key:pkcs12>"
    } else {
        "<private-key:unknown>"
    };
    kind.to_owned()
}

/// The password of a server, which is never kept, whatever it looks like.
pub(super) fn password(text: &str, sent: bool) -> String {
    let is_made = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match (sent, is_made) {
        (true, _) => "<admin-password:as sent>",
        (false, true) => "<admin-password>",
        (false, false) => "<admin-password:of another form>",
    }
    .to_owned()
}

/// What a server's member of this name holds, where it is volatile and looks as it should.
pub(super) fn of_a_server(name: &str, text: &str) -> Option<String> {
    let rest_is = |prefix: &str, length: usize, fits: fn(u8) -> bool| {
        text.strip_prefix(prefix)
            .is_some_and(|rest| rest.len() == length && rest.bytes().all(fits))
    };
    let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let is_small = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let kind = match name {
        "hostId" if rest_is("", 56, is_hex) => "<host-id>",
        "OS-EXT-SRV-ATTR:instance_name" if rest_is("instance-", 8, is_hex) => "<instance-name>",
        "OS-EXT-SRV-ATTR:reservation_id" | "reservation_id" if rest_is("r-", 8, is_small) => {
            "<reservation-id>"
        }
        "OS-EXT-SRV-ATTR:host" | "OS-EXT-SRV-ATTR:hypervisor_hostname" | "host"
            if !text.is_empty() =>
        {
            "<host>"
        }
        "addr" => match text.parse::<IpAddr>() {
            Ok(IpAddr::V4(_)) => "<ipv4>",
            Ok(IpAddr::V6(_)) => "<ipv6>",
            Err(_) => return None,
        },
        "OS-EXT-IPS-MAC:mac_addr" if is_mac(text) => "<mac>",
        "traceback" if !text.is_empty() => "<traceback>",
        _ => return None,
    };
    Some(kind.to_owned())
}

fn is_mac(text: &str) -> bool {
    text.split(':').count() == 6
        && text
            .split(':')
            .all(|pair| pair.len() == 2 && is_hex(pair, 2))
}

/// A link to an image in the image service, without the place of that service.
pub(super) fn link_to_image(link: &str) -> String {
    match link.find("/images/") {
        Some(at) => format!("<image-endpoint>{}", &link[at..]),
        None => link.to_owned(),
    }
}

/// A sentence as every start of a cloud says it. Nova keeps the keys that servers can be sorted by in a set, whose order is
/// another at each start.
pub(super) fn sentence(text: &str) -> String {
    let in_order = || {
        let list = "is not one of [";
        let (before, keys) = text.split_once(list)?;
        let mut keys: Vec<&str> = keys.strip_suffix(']')?.split(", ").collect();
        keys.sort_unstable();
        Some(format!("{before}{list}{}]", keys.join(", ")))
    };
    let about_sorting = text.starts_with("Invalid input for query parameters sort_key.");
    about_sorting
        .then(in_order)
        .flatten()
        .unwrap_or_else(|| text.to_owned())
}
