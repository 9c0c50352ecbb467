//! A program and values → text; `None` where the engine has to decide, and then nothing has been written.

use super::{CALLS, Component, Expression, Kind, LOOPS, Name, Node, PLACES, Path, Program, Test};
use crate::templates::value::{Value, Values};
use std::borrow::Cow;
use std::fmt::Write as _;

/// What finds the program of a component.
pub(in crate::templates) trait Find {
    /// The program of the component `name`, if it has one.
    fn component(&self, name: &str) -> Option<&Component>;
}

/// What an expression gives.
#[derive(Clone)]
enum Got<'a> {
    Held(&'a Value<'a>),
    Text(Cow<'a, str>),
    Number(i64),
    Bool(bool),
    /// A field that a map does not have.
    Undefined,
}

/// A run of a program.
struct Run<'a, 'f> {
    places: [Option<&'a Value<'a>>; PLACES],
    find: &'f dyn Find,
    depth: usize,
}

impl Program {
    /// Appends to `out` what the program makes of `values`.
    pub(in crate::templates) fn run(&self, values: &Values, find: &dyn Find, out: &mut String) -> Option<()> {
        let begin = out.len();
        let all = values.all();
        let ran = self.start(|name| name.find(all), find, 0, out);
        if ran.is_none() {
            out.truncate(begin);
        }
        ran
    }

    fn start<'a>(
        &self,
        lookup: impl Fn(&Name) -> Option<&'a Value<'a>>,
        find: &dyn Find,
        depth: usize,
        out: &mut String,
    ) -> Option<()> {
        (depth < CALLS).then_some(())?;
        let mut places = [None; PLACES];
        places[LOOPS..].iter_mut().zip(&self.variables).for_each(|(place, name)| *place = lookup(name));
        Run { places, find, depth }.nodes(&self.nodes, out)
    }
}

impl Component {
    /// Appends to `out` what the component makes of `values`, of the caller's `words`, and of `body`, which is HTML.
    pub(in crate::templates) fn run(
        &self,
        values: &Values,
        words: &Value,
        body: Option<&str>,
        find: &dyn Find,
        out: &mut String,
    ) -> Option<()> {
        let given = |name: &str| values.all().iter().find(|(own, _)| *own == name).map(|(_, value)| value);
        values.all().iter().all(|(name, _)| self.parameters.iter().any(|own| *own.name == **name)).then_some(())?;
        let begin = out.len();
        let ran = self.start(given, Some(words), body, find, 0, out);
        if ran.is_none() {
            out.truncate(begin);
        }
        ran
    }

    fn start<'a>(
        &self,
        given: impl Fn(&str) -> Option<&'a Value<'a>>,
        words: Option<&'a Value<'a>>,
        body: Option<&'a str>,
        find: &dyn Find,
        depth: usize,
        out: &mut String,
    ) -> Option<()> {
        let mut arguments: Vec<(&str, &Value)> = Vec::with_capacity(self.parameters.len());
        for parameter in &self.parameters {
            let value = match given(&parameter.name) {
                Some(value) => value,
                None if parameter.implicit && *parameter.name == *"words" => words?,
                None => return None,
            };
            let is_right = match (parameter.kind, value.plain()) {
                (_, Value::Engine(_)) => return None,
                (None, _)
                | (Some(Kind::Text), Value::Text(_) | Value::Html(_))
                | (Some(Kind::Bool), Value::Bool(_))
                | (Some(Kind::Number), Value::Number(_))
                | (Some(Kind::List), Value::List(_))
                | (Some(Kind::Map), Value::Map(_)) => true,
                _ => false,
            };
            is_right.then_some(())?;
            arguments.push((&parameter.name, value));
        }
        let body = body.map(|body| Value::Html(Cow::Borrowed(body)));
        let lookup = |name: &Name| {
            let argument = arguments.iter().find(|(own, _)| **own == *name.name).map(|(_, value)| *value);
            argument.or(body.as_ref())
        };
        self.program.start(lookup, find, depth, out)
    }
}

impl<'a> Run<'a, '_> {
    fn nodes(&mut self, nodes: &[Node], out: &mut String) -> Option<()> {
        for node in nodes {
            match node {
                Node::Text(text) => out.push_str(text),
                Node::Print(value) => print(&self.value(value)?, out)?,
                Node::If(test, yes, no) => {
                    let chosen = if self.test(test)? { yes } else { no };
                    self.nodes(chosen, out)?;
                }
                Node::For(place, list, inner) => {
                    let Some(Value::List(items)) = self.get(list)?.map(Value::plain) else { return None };
                    for item in items {
                        self.places[*place] = Some(item);
                        self.nodes(inner, out)?;
                    }
                    self.places[*place] = None;
                }
                Node::Call(name, arguments, words) => self.call(name, arguments, *words, out)?,
            }
        }
        Some(())
    }

    fn call(&self, name: &str, arguments: &[(Box<str>, Expression)], words: usize, out: &mut String) -> Option<()> {
        let component = self.find.component(name)?;
        let mut given: Vec<(&str, Value)> = Vec::with_capacity(arguments.len());
        for (name, value) in arguments {
            component.parameters.iter().any(|parameter| parameter.name == *name).then_some(())?;
            let value = match self.value(value)? {
                Got::Held(value) => Value::Ref(value),
                Got::Text(text) => Value::Text(text),
                Got::Number(number) => Value::Number(number),
                Got::Bool(value) => Value::Bool(value),
                Got::Undefined => return None,
            };
            given.push((name, value));
        }
        let words = self.places[words];
        let given = |wanted: &str| given.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value);
        component.start(given, words, None, self.find, self.depth + 1, out)
    }

    /// What a path leads to; the inner `None` is a field that its map does not have.
    fn get(&self, path: &Path) -> Option<Option<&'a Value<'a>>> {
        let mut value = self.places[path.place]?;
        for (at, name) in path.fields.iter().enumerate() {
            let found = match value.plain() {
                Value::Map(pairs) => name.find(pairs),
                Value::None => None,
                _ => return None,
            };
            match found {
                Some(found) => value = found,
                None if at + 1 == path.fields.len() => return Some(None),
                None => return None,
            }
        }
        Some(Some(value))
    }

    fn value<'e>(&self, value: &'e Expression) -> Option<Got<'e>>
    where
        'a: 'e,
    {
        Some(match value {
            Expression::Path(path) => self.get(path)?.map_or(Got::Undefined, Got::Held),
            Expression::Text(text) => Got::Text(Cow::Borrowed(text)),
            Expression::Number(number) => Got::Number(*number),
            Expression::Bool(value) => Got::Bool(*value),
            Expression::Str(value) => match self.value(value)? {
                Got::Number(number) => Got::Text(number.to_string().into()),
                Got::Held(value) => match value.plain() {
                    Value::Number(number) => Got::Text(number.to_string().into()),
                    Value::Text(text) => Got::Text(Cow::Borrowed(text)),
                    _ => return None,
                },
                _ => return None,
            },
            Expression::Replace(value, from, to) => {
                let (value, to) = (self.value(value)?, self.value(to)?);
                Got::Text(value.text()?.replace(&**from, to.text()?).into())
            }
        })
    }

    fn test(&self, test: &Test) -> Option<bool> {
        Some(match test {
            Test::Is(value) => match self.value(value)? {
                Got::Text(text) => !text.is_empty(),
                Got::Number(number) => number != 0,
                Got::Bool(value) => value,
                Got::Undefined => false,
                Got::Held(value) => match value.plain() {
                    Value::None => false,
                    Value::Bool(value) => *value,
                    Value::Number(number) => *number != 0,
                    Value::Text(text) | Value::Html(text) => !text.is_empty(),
                    Value::List(values) => !values.is_empty(),
                    Value::Map(pairs) => !pairs.is_empty(),
                    _ => return None,
                },
            },
            Test::Equal(left, right) => match (self.value(left)?.simple()?, self.value(right)?.simple()?) {
                (Got::Text(left), Got::Text(right)) => left == right,
                (Got::Number(left), Got::Number(right)) => left == right,
                (Got::Bool(left), Got::Bool(right)) => left == right,
                (Got::Text(_) | Got::Number(_) | Got::Bool(_), Got::Text(_) | Got::Number(_) | Got::Bool(_)) => false,
                _ => return None,
            },
            Test::Not(test) => !self.test(test)?,
            Test::And(left, right) => self.test(left)? && self.test(right)?,
            Test::Or(left, right) => self.test(left)? || self.test(right)?,
        })
    }
}

impl<'a> Got<'a> {
    /// A text that is to be escaped.
    fn text(&self) -> Option<&str> {
        match self {
            Got::Text(text) => Some(text),
            Got::Held(value) => match value.plain() {
                Value::Text(text) => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    /// A text, a number or yes or no, if it is one.
    fn simple(self) -> Option<Got<'a>> {
        match self {
            Got::Held(value) => match value.plain() {
                Value::Text(text) | Value::Html(text) => Some(Got::Text(Cow::Borrowed(text))),
                Value::Number(number) => Some(Got::Number(*number)),
                Value::Bool(value) => Some(Got::Bool(*value)),
                _ => None,
            },
            Got::Undefined => None,
            other => Some(other),
        }
    }
}

fn print(value: &Got, out: &mut String) -> Option<()> {
    match value {
        Got::Text(text) => escape(text, out),
        Got::Number(number) => drop(write!(out, "{number}")),
        Got::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Got::Undefined => return None,
        Got::Held(value) => match value.plain() {
            Value::None => {}
            Value::Text(text) => escape(text, out),
            Value::Html(html) => out.push_str(html),
            Value::Number(number) => drop(write!(out, "{number}")),
            Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            _ => return None,
        },
    }
    Some(())
}

/// Escapes as the engine does, by the same function.
fn escape(text: &str, out: &mut String) {
    pulldown_cmark_escape::escape_html(out, text).expect("a string takes everything");
}
