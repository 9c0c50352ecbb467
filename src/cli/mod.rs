//! Arguments → exit code.

mod excerpt;
mod files;
mod json;
mod print;
