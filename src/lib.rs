#![doc = include_str!("README.md")]

pub mod diag;
pub mod hash;
pub mod path;
pub mod yaml;

pub mod source;

pub mod config;

pub mod content;
