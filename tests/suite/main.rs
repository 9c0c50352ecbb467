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
#[cfg(unix)]
mod hosts;
mod html;
mod incremental;
mod kill;
mod messages;
mod mistakes;
mod paths;
#[cfg(unix)]
mod pipeline;
mod preview;
mod promises;
mod publish;
mod random;
mod rules;
mod serve;
#[cfg(unix)]
mod server;
mod stories;
mod texts;
mod tidy;
#[cfg(unix)]
mod watcher;
mod whole;
