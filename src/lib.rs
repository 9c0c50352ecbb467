#![doc = include_str!("README.md")]

pub mod day;
pub mod diag;
pub mod hash;
pub mod path;
pub mod yaml;

pub mod cache;
pub mod source;

pub mod config;

pub mod assets;
pub mod content;
pub mod templates;

pub mod outlines;
pub mod site;

pub mod facts;
pub mod ledger;

pub mod render;

pub mod project;

pub mod check;
pub mod output;

pub mod scaffold;
pub mod serve;

pub mod publish;

pub mod cli;
