//! Every check as a test of its own, named by its id: `cargo test -p nova-conformance --test cloud`. The built-in mock is
//! asked, or the cloud that `OS_CLOUD` names; docs/cargo-test.md tells how. The checks that are selected are one run, so
//! that they share servers and what they make is deleted at the end. `#[cfg(test)]` tells clippy that this is a test.

#[cfg(test)]
mod harness;
#[cfg(test)]
mod trials;

use std::process::ExitCode;

use libtest_mimic::Arguments;

/// The environment variable with options of `nova-conformance run`, separated by blanks.
const OPTIONS: &str = "NOVA_CONFORMANCE_OPTIONS";

fn main() -> ExitCode {
    let options = std::env::var(OPTIONS).unwrap_or_default();
    ExitCode::from(harness::judge(&Arguments::from_args(), &options))
}
