//! One file's text → its `Outline`; never a look at another file, at the clock or at the settings.

pub mod front;
