//! The suite: whole-program stories, golden sites, and checks of the code's own structure.

mod browser;
mod commonmark;
#[path = "../../examples/corpus/guide.rs"]
mod corpus;
mod crawl;
mod damage;
mod equal;
mod golden;
mod harness;
mod html;
mod incremental;
mod kill;
mod mistakes;
mod paths;
mod preview;
mod publish;
mod random;
mod serve;
mod stories;
mod tidy;
#[cfg(unix)]
mod watcher;
