//! The suite: whole-program stories, golden sites, and checks of the code's own structure.
