//! Arguments → exit code; all of it in `cli`, where it can be tested.

use mimalloc::MiMalloc;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    guidepost::cli::run()
}
