//! A project that was looked at → what is told of it: what is wrong, how many pages there are, what was skipped and made.

use crate::diag::{Diagnostic, Severity};
use crate::ledger::Reason;
use crate::path::{SitePath, Url};
use crate::source::Sources;
use std::sync::Arc;

/// What a build or a check found.
pub struct Report {
    /// What is wrong, sorted by place, each with its weight.
    pub diagnostics: Vec<(Severity, Diagnostic)>,
    /// The files, for the lines that the diagnostics show.
    pub sources: Arc<Sources>,
    /// How many pages there are of each kind, in the order in which people count them.
    pub pages: Vec<(&'static str, usize)>,
    /// Files and folders that are not published, and why.
    pub skipped: Vec<(SitePath, String)>,
    /// How many outputs were rendered.
    pub rendered: usize,
    /// How many outputs were kept as they were.
    pub kept: usize,
    /// Outputs that were rendered, and why, in the order of their addresses.
    pub reasons: Vec<(Url, Reason)>,
    /// What else may be worth knowing: caches that could not be used, and why.
    pub remarks: Vec<String>,
}

impl Report {
    /// How many errors there are.
    pub fn errors(&self) -> usize {
        self.diagnostics.iter().filter(|(severity, _)| *severity == Severity::Error).count()
    }

    /// How many warnings there are.
    pub fn warnings(&self) -> usize {
        self.diagnostics.iter().filter(|(severity, _)| *severity == Severity::Warn).count()
    }
}
