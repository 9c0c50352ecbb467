//! A template that needs nothing but the common constructs → a program that needs no engine; whatever is not plain, in the
//! text or in a value, is left to the engine.
//!
//! The engine looks up every name on every page, and makes a scope for every part. In a program all this is done: parts
//! stand in their places, blocks are filled, and a name is a number. A program never decides what a template means. It
//! knows a few constructs whose meaning is simple, and gives up at any other, at what is missing, and at what the
//! engine would report. Then the engine renders from the start, and its word counts.
//!
//! What is known: text and whitespace control; `{{ }}` with paths, texts, whole numbers, `str`, `replace` and calls of
//! components; `if` with `and`, `or`, `not`, `==` and `!=`; `for` over lists; `include`, `extends` and blocks; comments.

mod parse;
mod rest;
mod run;

pub(super) use parse::{component, template};
pub(super) use run::Find;

use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};

#[cfg(test)]
mod tests;

/// How many loops may stand in each other. Their items have the first places, and variables those behind them.
const LOOPS: usize = 8;

/// How many items of loops and variables a program may have.
const PLACES: usize = 64;

/// How deep components may call each other.
const CALLS: usize = 16;

/// A program.
#[derive(Debug)]
pub(super) struct Program {
    /// The variables that it reads: the first has the place `LOOPS`.
    variables: Box<[Name]>,
    nodes: Vec<Node>,
}

/// The program of a component.
#[derive(Debug)]
pub(super) struct Component {
    parameters: Vec<Parameter>,
    program: Program,
}

/// What a component wants to be given.
#[derive(Debug)]
struct Parameter {
    name: Box<str>,
    kind: Option<Kind>,
    /// Whether it is taken from whoever calls, if it is not given.
    implicit: bool,
}

/// The type of a parameter.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Text,
    Bool,
    Number,
    List,
    Map,
}

impl Kind {
    /// The type that the engine calls `name`.
    fn of(name: &str) -> Option<Kind> {
        Some(match name.to_ascii_lowercase().as_str() {
            "string" => Kind::Text,
            "bool" => Kind::Bool,
            "integer" => Kind::Number,
            "array" => Kind::List,
            "map" => Kind::Map,
            _ => return None,
        })
    }
}

/// A name, and where it was found last: most values of one template have the same shape.
#[derive(Debug)]
struct Name {
    name: Box<str>,
    hint: AtomicUsize,
}

/// The place of a variable or of a loop's item, and fields of it.
#[derive(Debug)]
struct Path {
    place: usize,
    fields: Box<[Name]>,
}

/// What gives a value.
#[derive(Debug)]
enum Expression {
    Path(Path),
    Text(Box<str>),
    Number(i64),
    Bool(bool),
    /// `| str`
    Str(Box<Expression>),
    /// `| replace(from=…, to=…)`
    Replace(Box<Expression>, Box<str>, Box<Expression>),
}

/// What is true or false.
#[derive(Debug)]
enum Test {
    /// Whether a value is neither empty nor nothing.
    Is(Expression),
    Equal(Expression, Expression),
    Not(Box<Test>),
    And(Box<Test>, Box<Test>),
    Or(Box<Test>, Box<Test>),
}

/// What is done.
#[derive(Debug)]
enum Node {
    Text(Box<str>),
    Print(Expression),
    If(Test, Vec<Node>, Vec<Node>),
    /// The place of a loop's item, what it goes through, and what is done each time.
    For(usize, Path, Vec<Node>),
    /// A component, its arguments, and the place of what the caller knows as `words`.
    Call(Box<str>, Vec<(Box<str>, Expression)>, usize),
}

impl Name {
    fn new(name: &str) -> Name {
        Name { name: name.into(), hint: AtomicUsize::new(0) }
    }

    /// Its value among `pairs`.
    fn find<'p, K: Deref<Target = str>, V>(&self, pairs: &'p [(K, V)]) -> Option<&'p V> {
        if let Some((own, value)) = pairs.get(self.hint.load(Ordering::Relaxed))
            && **own == *self.name
        {
            return Some(value);
        }
        let at = pairs.iter().position(|(own, _)| **own == *self.name)?;
        self.hint.store(at, Ordering::Relaxed);
        Some(&pairs[at].1)
    }
}
