//! A project's folder → `Sources`: which files there are, and their bytes.
