//! Base64 as Python's `binascii.a2b_base64` reads it when it is not strict, which is how both Nova
//! and the library underneath it read keys.
//!
//! Knows nobody. Characters outside the alphabet are skipped, `=` too while it does not complete a
//! group of four, and everything after a group that padding completed is ignored.

/// Decodes, or says that a group of four is not complete.
pub(super) fn decode(text: &[u8]) -> Result<Vec<u8>, Incomplete> {
    let mut decoded = Vec::with_capacity(text.len() / 4 * 3);
    let mut digits = 0;
    let mut padding = 0;
    let mut rest = 0u8;
    for &character in text {
        if character == b'=' {
            if digits >= 2 {
                padding += 1;
                if digits + padding >= 4 {
                    return Ok(decoded);
                }
            }
            continue;
        }
        let Some(value) = value(character) else {
            continue;
        };
        padding = 0;
        match digits {
            0 => rest = value,
            1 => {
                decoded.push(rest << 2 | value >> 4);
                rest = value & 0x0f;
            }
            2 => {
                decoded.push(rest << 4 | value >> 2);
                rest = value & 0x03;
            }
            _ => decoded.push(rest << 6 | value),
        }
        digits = (digits + 1) % 4;
    }
    if digits == 0 {
        Ok(decoded)
    } else {
        Err(Incomplete)
    }
}

/// The text ends inside a group of four.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Incomplete;

fn value(character: u8) -> Option<u8> {
    Some(match character {
        b'A'..=b'Z' => character - b'A',
        b'a'..=b'z' => character - b'a' + 26,
        b'0'..=b'9' => character - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}
