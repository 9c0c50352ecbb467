//! A site → its output, by a clean build that keeps no ledger for the next one; what the ledger costs is the difference.
//!
//! Usage: ledgerless SITE OUTPUT. `benches/incremental.sh` compares it with `guidepost build`.

use guidepost::day::Day;
use guidepost::output::Durable;
use guidepost::output::Wait;
use guidepost::output::build::{Built, Keep, Out, Proof, Times, build};
use guidepost::project::Request;
use guidepost::site::Drafts;
use mimalloc::MiMalloc;
use std::path::PathBuf;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> anyhow::Result<()> {
    let mut folders = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(root), Some(folder)) = (folders.next(), folders.next()) else {
        anyhow::bail!("usage: ledgerless SITE OUTPUT")
    };
    let request = Request {
        root,
        base_url: None,
        hosts: None,
        drafts: Drafts::Hidden,
        today: Day { year: 2026, month: 8, day: 1 },
        now: jiff::Timestamp::now(),
        rendering: guidepost::project::Rendering::Quick,
    };
    let out = Out {
        folder: std::path::absolute(folder)?,
        home: None,
        wait: Wait::No,
        durable: Durable::No,
        strict: false,
        times: Times::Trusted,
        proof: Proof::None,
        keep: Keep::Nothing,
    };
    match build(&request, &out, &|_| {})? {
        Built::Done { .. } => Ok(()),
        Built::Failed { .. } | Built::Differs(_) | Built::Refused(_) => anyhow::bail!("the site was not built"),
    }
}
