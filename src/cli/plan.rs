//! A plan, and how it was followed → lines for people, or JSON for programs.

use super::excerpt::visible;
use crate::publish::plan::{Change, Plan, What};
use anstyle::{AnsiColor, Style};
use std::io::{self, Write};

const ADDED: Style = AnsiColor::Green.on_default();
const CHANGED: Style = AnsiColor::Yellow.on_default();
const DELETED: Style = AnsiColor::Red.on_default();
const STRONG: Style = Style::new().bold();

/// How many changes of a sort are listed, unless all are asked for.
const MOST: usize = 20;

/// Writes the plan for people; `everything` lists all changes.
pub(super) fn human(to: &mut dyn Write, plan: &Plan, everything: bool) -> io::Result<()> {
    let most = if everything { usize::MAX } else { MOST };
    let target = &plan.target;
    writeln!(to, "{STRONG}Plan{STRONG:#} for `{}`: {} {}", visible(&target.name), target.to, visible(&target.place))?;
    writeln!(to, "  The site is at {} there", visible(&target.url))?;
    if plan.resumes {
        writeln!(to, "  An earlier run did not end; this one goes on")?;
    }
    for limit in &plan.limits {
        writeln!(to, "  {CHANGED}! {}{CHANGED:#}", visible(limit))?;
    }
    if plan.is_empty() {
        return writeln!(to, "  Nothing to do: {} files are as they were published", plan.unchanged);
    }
    for (what, sign, style) in [
        (What::Added, "+", ADDED),
        (What::Changed, "~", CHANGED),
        (What::Again, "~", CHANGED),
        (What::Deleted, "-", DELETED),
    ] {
        let changes: Vec<&Change> = plan.of(what).collect();
        for change in changes.iter().take(most) {
            let size = size(change.size);
            writeln!(to, "  {style}{sign} {}{style:#}  {size}", visible(&change.url()))?;
        }
        more(to, changes.len(), most)?;
    }
    for (from, target) in plan.redirects.iter().take(most) {
        writeln!(to, "  {CHANGED}> {}{CHANGED:#}  leads to {}", visible(from), visible(target))?;
    }
    more(to, plan.redirects.len(), most)?;
    for lost in plan.lost.iter().take(most) {
        let now = lost.now.as_ref().map_or(String::new(), |now| format!("; is it {} now?", now.url));
        writeln!(to, "  {DELETED}! {}{DELETED:#}  is gone{}", visible(&lost.url), visible(&now))?;
    }
    more(to, plan.lost.len(), most)?;
    let count = |what| plan.of(what).count();
    let bytes: u64 = plan.uploads().map(|change| change.size).sum();
    writeln!(
        to,
        "  {} added, {} changed, {} deleted, {} unchanged; {} to upload",
        count(What::Added),
        count(What::Changed) + count(What::Again),
        count(What::Deleted),
        plan.unchanged,
        size(bytes)
    )
}

fn more(to: &mut dyn Write, count: usize, most: usize) -> io::Result<()> {
    match count.checked_sub(most).filter(|more| *more > 0) {
        Some(more) => writeln!(to, "    and {more} more; `--verbose` lists them all"),
        None => Ok(()),
    }
}

/// A number of bytes as people say it.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        assert_eq!([0, 999, 1_500, 2_000_000, 3_100_000_000].map(size), ["0 B", "999 B", "1.5 kB", "2.0 MB", "3.1 GB"]);
    }
}
