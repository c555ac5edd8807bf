//! The part of an SSH certificate after its key (OpenSSH's PROTOCOL.certkeys).
//!
//! Knows the wire format. Only the form is checked: neither dates nor signature, as Nova does.

use super::{ssh::SshProblem, wire::Reader};

/// Reads from the serial number to the end of the signature.
pub(super) fn check(data: &mut Reader<'_>) -> Result<(), SshProblem> {
    let _serial = data.u64()?;
    let kind = data.u32()?;
    let _key_id = data.string()?;
    let mut principals = Reader(data.string()?);
    while !principals.is_empty() {
        principals.string()?;
    }
    let _valid_after = data.u64()?;
    let _valid_before = data.u64()?;
    options(Reader(data.string()?))?;
    options(Reader(data.string()?))?;
    let _reserved = data.string()?;
    let signer = Reader(data.string()?).string()?;
    signature(signer, Reader(data.string()?))?;
    // 1 is a user's, 2 a host's.
    if matches!(kind, 1 | 2) {
        Ok(())
    } else {
        Err(SshProblem::Certificate("type"))
    }
}

/// Names in order, each once, each with a value that is empty or one string.
fn options(mut options: Reader<'_>) -> Result<(), SshProblem> {
    let mut last = None;
    while !options.is_empty() {
        let name = options.string()?;
        if last.is_some_and(|last| name <= last) {
            return Err(SshProblem::Certificate("list of options"));
        }
        last = Some(name);
        let mut value = Reader(options.string()?);
        if !value.is_empty() {
            value.string()?;
        }
        if !value.is_empty() {
            return Err(SshProblem::Certificate("list of options"));
        }
    }
    Ok(())
}

fn signature(signer: &[u8], mut signature: Reader<'_>) -> Result<(), SshProblem> {
    let algorithm = signature.string()?;
    let fits = match signer {
        b"ssh-rsa" => matches!(algorithm, b"ssh-rsa" | b"rsa-sha2-256" | b"rsa-sha2-512"),
        _ => algorithm == signer,
    };
    signature.string()?;
    if fits && signature.is_empty() {
        Ok(())
    } else {
        Err(SshProblem::Certificate("signature"))
    }
}
