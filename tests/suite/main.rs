//! The suite: whole-program stories, golden sites, and checks of the code's own structure.

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
mod random;
mod stories;
mod tidy;
