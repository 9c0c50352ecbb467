//! `corpus DIR N [--variants]` → a site of N guides for measuring; the same bytes for the same N, on every machine.

mod guide;

use anyhow::{Context, bail};
use guide::Audience;
use std::path::PathBuf;

fn main() -> anyhow::Result<()> {
    let mut audience = Audience::Everyone;
    let mut words = Vec::new();
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--variants" => audience = Audience::AccountTypes,
            _ => words.push(argument),
        }
    }
    let [folder, count] = words.as_slice() else { bail!("usage: corpus DIR N [--variants]") };
    let count = count.parse().with_context(|| format!("`{count}` is not a number of guides"))?;
    guide::write(&PathBuf::from(folder), count, audience)
}
