//! The `mock-nova` command. All of it is in the library, so that it can be tested.

use std::process::ExitCode;

fn main() -> ExitCode {
    mock_nova::cli::run(std::env::args_os())
}
