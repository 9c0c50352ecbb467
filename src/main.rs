//! Arguments → exit code; all of it in `cli`, where it can be tested.

use std::process::ExitCode;

fn main() -> ExitCode {
    guidepost::cli::run()
}
