//! What a template may be given → one type, which borrows where it can; the engine's own values are made of it only when
//! the engine is called.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

/// A value of a template.
#[derive(Clone, Debug, Default)]
pub enum Value<'v> {
    /// Known to be nothing: false in a condition, and no text.
    #[default]
    None,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Number(i64),
    /// A text, to be escaped.
    Text(Cow<'v, str>),
    /// A text that is HTML already.
    Html(Cow<'v, str>),
    /// Values in a row.
    List(Vec<Value<'v>>),
    /// Named values, in their order; each name once.
    Map(Box<[(Cow<'static, str>, Value<'v>)]>),
    /// A value that many outputs share.
    Shared(Arc<Shared>),
    /// A value that somebody else holds.
    Ref(&'v Value<'v>),
    /// A value that only the engine reads, such as what an author wrote below `extra:`.
    Engine(tera::Value),
}

/// A value that many outputs share, with what the engine is given, once it has been called with it.
#[derive(Debug)]
pub struct Shared {
    value: Value<'static>,
    engine: OnceLock<tera::Value>,
}

impl Shared {
    /// The value.
    pub fn value(&self) -> &Value<'static> {
        &self.value
    }
}

impl<'v> Value<'v> {
    /// A map from its pairs, in their order.
    pub fn map<const N: usize>(pairs: [(&'static str, Value<'v>); N]) -> Value<'v> {
        Value::Map(Box::new(pairs.map(|(name, value)| (Cow::Borrowed(name), value))))
    }

    /// The value itself, where this one stands for another.
    pub fn plain(&self) -> &Value<'v> {
        let mut value = self;
        loop {
            value = match value {
                Value::Shared(shared) => &shared.value,
                Value::Ref(held) => held,
                _ => return value,
            };
        }
    }

    /// The same value, of which nobody else holds a part.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Value::None => Value::None,
            Value::Bool(value) => Value::Bool(value),
            Value::Number(number) => Value::Number(number),
            Value::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Value::Html(html) => Value::Html(Cow::Owned(html.into_owned())),
            Value::List(values) => Value::List(values.into_iter().map(Value::into_owned).collect()),
            Value::Map(pairs) => {
                Value::Map(pairs.into_iter().map(|(name, value)| (name, value.into_owned())).collect())
            }
            Value::Shared(shared) => Value::Shared(shared),
            Value::Ref(held) => held.clone().into_owned(),
            Value::Engine(value) => Value::Engine(value),
        }
    }

    /// The same value for many to share.
    pub fn shared(self) -> Arc<Shared> {
        match self {
            Value::Shared(shared) => shared,
            other => Arc::new(Shared { value: other.into_owned(), engine: OnceLock::new() }),
        }
    }

    /// The field `name` of a map.
    pub fn field(&self, name: &str) -> Option<&Value<'v>> {
        let Value::Map(pairs) = self.plain() else { return None };
        pairs.iter().find(|(own, _)| own == name).map(|(_, value)| value)
    }

    /// What the engine is given.
    pub fn engine(&self) -> tera::Value {
        match self {
            Value::None => tera::Value::none(),
            Value::Bool(value) => (*value).into(),
            Value::Number(number) => (*number).into(),
            Value::Text(text) => tera::Value::normal_string(text),
            Value::Html(html) => tera::Value::safe_string(html),
            Value::List(values) => values.iter().map(Value::engine).collect::<Vec<_>>().into(),
            Value::Map(pairs) => {
                let pairs = pairs.iter().map(|(name, value)| (name.to_string().into(), value.engine()));
                pairs.collect::<tera::Map>().into()
            }
            Value::Shared(shared) => shared.engine.get_or_init(|| shared.value.engine()).clone(),
            Value::Ref(held) => held.engine(),
            Value::Engine(value) => value.clone(),
        }
    }
}

impl From<Arc<Shared>> for Value<'_> {
    fn from(shared: Arc<Shared>) -> Self {
        Value::Shared(shared)
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Value::Text(Cow::Owned(text))
    }
}

impl<'v> From<&'v str> for Value<'v> {
    fn from(text: &'v str) -> Self {
        Value::Text(Cow::Borrowed(text))
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}

impl From<u8> for Value<'_> {
    fn from(number: u8) -> Self {
        Value::Number(number.into())
    }
}

impl From<u32> for Value<'_> {
    fn from(number: u32) -> Self {
        Value::Number(number.into())
    }
}

impl From<usize> for Value<'_> {
    fn from(number: usize) -> Self {
        Value::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl<'v> From<Vec<Value<'v>>> for Value<'v> {
    fn from(values: Vec<Value<'v>>) -> Self {
        Value::List(values)
    }
}

/// The variables of a template, or the arguments of a component.
#[derive(Clone, Debug, Default)]
pub struct Values<'v>(Vec<(&'static str, Value<'v>)>);

impl<'v> Values<'v> {
    /// None.
    pub fn new() -> Values<'v> {
        Values(Vec::with_capacity(24))
    }

    /// Gives `name`, which has none yet, a value.
    pub fn put(&mut self, name: &'static str, value: Value<'v>) {
        debug_assert!(self.0.iter().all(|(own, _)| *own != name), "{name} has a value");
        self.0.push((name, value));
    }

    /// Gives `name` the value `value` instead of the one that it has.
    pub fn set(&mut self, name: &'static str, value: Value<'v>) {
        self.0.retain(|(own, _)| *own != name);
        self.put(name, value);
    }

    /// All of them, each name once.
    pub fn all(&self) -> &[(&'static str, Value<'v>)] {
        &self.0
    }

    /// What the engine is given.
    pub fn engine(&self) -> tera::Context {
        let mut context = tera::Context::new();
        for (name, value) in &self.0 {
            context.insert_value(*name, value.engine());
        }
        context
    }
}

impl<'v, const N: usize> From<[(&'static str, Value<'v>); N]> for Values<'v> {
    fn from(values: [(&'static str, Value<'v>); N]) -> Self {
        Values(values.into())
    }
}
