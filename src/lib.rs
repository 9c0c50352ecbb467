#![doc = include_str!("README.md")]

pub mod diag;
pub mod hash;
pub mod path;

pub mod cache;
pub mod source;

pub mod config;

pub mod content;
pub mod templates;

pub mod site;
