//! Templates → programs; `None` as soon as something stands there that programs do not know.

use super::rest::Rest;
use super::{Component, Expression, Kind, LOOPS, Name, Node, PLACES, Parameter, Path, Program, Test};
use crate::templates::scan::{Piece, Token, scan};
use std::collections::BTreeMap;

/// How deep templates and their parts may stand in each other.
const PARTS: usize = 20;

/// How many pieces a program may be made of: parts are put in wherever they are included.
const PIECES: usize = 20_000;

/// Names that mean something else to the engine.
const RESERVED: &[&str] = &[
    "true", "True", "false", "False", "loop", "self", "and", "or", "not", "is", "in", "if", "else", "continue",
    "break", "none", "None", "null",
];

/// What is in front of the names that are the engine's own.
const OWN: &str = "__tera_";

/// The program of the template whose text is `text`, if `find` gives the texts of those that it names.
pub(in crate::templates) fn template<'t>(text: &'t str, find: &dyn Fn(&str) -> Option<&'t str>) -> Option<Program> {
    let mut parser = Parser::new(find);
    let mut chain = vec![pieces(text)?];
    while let Some([Token::Word("extends"), Token::Text(name)]) = chain.last().and_then(|last| first_tag(last)) {
        if chain.len() == PARTS {
            return None;
        }
        chain.push(pieces(find(name)?)?);
    }
    for pieces in &chain {
        for (at, piece) in pieces.iter().enumerate() {
            if let Piece::Tag(tokens) = piece
                && let [Token::Word("block"), Token::Word(name)] = tokens[..]
            {
                let inside = &pieces[at + 1..];
                let end = end_of_block(inside)?;
                parser.blocks.entry(name).or_insert_with(|| inside[..end].to_vec());
            }
        }
    }
    let (nodes, rest) = parser.nodes(chain.last()?, &[])?;
    (rest.is_empty()).then_some(())?;
    parser.program(nodes)
}

/// The program of the component `name`, which the file with `text` defines.
pub(in crate::templates) fn component<'t>(
    text: &'t str,
    name: &str,
    find: &dyn Fn(&str) -> Option<&'t str>,
) -> Option<Component> {
    let pieces = pieces(text)?;
    let is_start =
        |tokens: &[Token]| matches!(tokens, [Token::Word("component"), Token::Word(own), ..] if *own == name);
    let start = pieces.iter().position(|piece| matches!(piece, Piece::Tag(tokens) if is_start(tokens)))?;
    let Piece::Tag(tokens) = &pieces[start] else { return None };
    let mut words = Rest(&tokens[2..]);
    let mut parameters: Vec<Parameter> = Vec::new();
    words.mark("(")?;
    while words.mark(")").is_none() {
        if !parameters.is_empty() {
            words.mark(",")?;
        }
        let implicit = words.mark("@").is_some();
        let name = words.word().filter(|name| is_free(name))?;
        let kind = match words.mark(":") {
            Some(()) => Some(Kind::of(words.word()?)?),
            None => None,
        };
        parameters.push(Parameter { name: name.into(), kind, implicit });
    }
    words.end()?;
    let mut parser = Parser::new(find);
    parser.in_component = true;
    let (nodes, rest) = parser.nodes(&pieces[start + 1..], &["endcomponent"])?;
    let Some(Piece::Tag(end)) = rest.first() else { return None };
    matches!(end[..], [_] | [_, Token::Word(_)]).then_some(())?;
    let program = parser.program(nodes)?;
    // What is no parameter is missing, and what is missing is the engine's to report.
    let is_known = |own: &Name| &*own.name == "body" || parameters.iter().any(|parameter| parameter.name == own.name);
    program.variables.iter().all(is_known).then_some(Component { parameters, program })
}

/// The pieces of `text`.
fn pieces(text: &str) -> Option<Vec<Piece<'_>>> {
    let scan = scan(text);
    scan.is_whole.then_some(scan.pieces)
}

/// Whether a variable may have the name.
fn is_free(name: &str) -> bool {
    !RESERVED.contains(&name) && !name.starts_with(OWN)
}

/// The words of the first tag, if nothing but whitespace is before it.
fn first_tag<'p, 't>(pieces: &'p [Piece<'t>]) -> Option<&'p [Token<'t>]> {
    let is_blank = |piece: &&Piece| matches!(piece, Piece::Text(text) if text.trim().is_empty());
    match pieces.iter().find(|piece| !is_blank(piece))? {
        Piece::Tag(tokens) => Some(tokens),
        _ => None,
    }
}

/// Where the block ends whose inside `pieces` begin with.
fn end_of_block(pieces: &[Piece]) -> Option<usize> {
    let mut open = 1;
    pieces.iter().position(|piece| {
        if let Piece::Tag(tokens) = piece {
            match tokens.first() {
                Some(Token::Word("block")) => open += 1,
                Some(Token::Word("endblock")) => open -= 1,
                _ => {}
            }
        }
        open == 0
    })
}

struct Parser<'t, 'f> {
    find: &'f dyn Fn(&str) -> Option<&'t str>,
    variables: Vec<Name>,
    /// The items of the loops that are open, by name.
    scope: Vec<&'t str>,
    /// What stands in each block: the text of the template that is nearest to the one that is rendered.
    blocks: BTreeMap<&'t str, Vec<Piece<'t>>>,
    depth: usize,
    /// How many more pieces may come.
    left: usize,
    in_component: bool,
}

type Parsed<'p, 't> = Option<(Vec<Node>, &'p [Piece<'t>])>;

impl<'t, 'f> Parser<'t, 'f> {
    fn new(find: &'f dyn Fn(&str) -> Option<&'t str>) -> Parser<'t, 'f> {
        let (variables, scope, blocks) = (Vec::new(), Vec::new(), BTreeMap::new());
        Parser { find, variables, scope, blocks, depth: 0, left: PIECES, in_component: false }
    }

    fn program(self, nodes: Vec<Node>) -> Option<Program> {
        let fits = LOOPS + self.variables.len() <= PLACES;
        fits.then(|| Program { variables: self.variables.into(), nodes })
    }

    /// The nodes up to a tag that begins with one of `ends`, and what is left from that tag on.
    fn nodes<'p>(&mut self, pieces: &'p [Piece<'t>], ends: &[&str]) -> Parsed<'p, 't> {
        let mut nodes = Vec::new();
        let mut rest = pieces;
        while let Some((piece, after)) = rest.split_first() {
            self.left = self.left.checked_sub(1)?;
            match piece {
                Piece::Text(text) => push(&mut nodes, Node::Text((*text).into())),
                Piece::Print(tokens) => nodes.push(self.print(tokens)?),
                Piece::Tag(tokens) => {
                    let (Token::Word(word), tokens) = tokens.split_first()? else { return None };
                    if ends.contains(word) {
                        return Some((nodes, rest));
                    }
                    rest = self.tag(word, tokens, after, &mut nodes)?;
                    continue;
                }
            }
            rest = after;
        }
        ends.is_empty().then_some((nodes, rest))
    }

    /// What a tag does, and what is left behind it.
    fn tag<'p>(
        &mut self,
        word: &str,
        tokens: &[Token<'t>],
        after: &'p [Piece<'t>],
        nodes: &mut Vec<Node>,
    ) -> Option<&'p [Piece<'t>]> {
        match (word, tokens) {
            ("if", _) => {
                let (node, rest) = self.condition(tokens, after)?;
                nodes.push(node);
                Some(rest)
            }
            ("for", [Token::Word(item), Token::Word("in"), list @ ..]) if is_free(item) => {
                let mut words = Rest(list);
                let list = self.path(&mut words)?;
                words.end()?;
                let place = self.scope.len();
                (place < LOOPS).then_some(())?;
                self.scope.push(item);
                let (inner, rest) = self.nodes(after, &["endfor"])?;
                self.scope.pop();
                nodes.push(Node::For(place, list, inner));
                closed(rest)
            }
            ("include", [Token::Text(name)]) => {
                let text = (self.find)(name)?;
                self.part(&pieces(text)?)?.into_iter().for_each(|node| push(nodes, node));
                Some(after)
            }
            ("block", [Token::Word(name)]) if self.depth == 0 && !self.in_component && self.scope.is_empty() => {
                let pieces = self.blocks.get(name)?.clone();
                let (inner, rest) = self.nodes(&pieces, &[])?;
                rest.is_empty().then_some(())?;
                inner.into_iter().for_each(|node| push(nodes, node));
                // What the template says here itself is passed over.
                let end = &after[end_of_block(after)?..];
                let Some(Piece::Tag(tokens)) = end.first() else { return None };
                let is_own = match tokens[..] {
                    [_] => true,
                    [_, Token::Word(own)] => own == *name,
                    _ => false,
                };
                is_own.then_some(&end[1..])
            }
            _ => None,
        }
    }

    /// A part that another template includes.
    fn part(&mut self, pieces: &[Piece<'t>]) -> Option<Vec<Node>> {
        self.depth += 1;
        (self.depth <= PARTS).then_some(())?;
        let (nodes, rest) = self.nodes(pieces, &[])?;
        self.depth -= 1;
        rest.is_empty().then_some(nodes)
    }

    fn condition<'p>(&mut self, tokens: &[Token<'t>], after: &'p [Piece<'t>]) -> Option<(Node, &'p [Piece<'t>])> {
        let mut words = Rest(tokens);
        let test = self.or(&mut words)?;
        words.end()?;
        let (yes, rest) = self.nodes(after, &["elif", "else", "endif"])?;
        let (Piece::Tag(tokens), after) = rest.split_first()? else { return None };
        match &tokens[..] {
            [Token::Word("elif"), tokens @ ..] => {
                let (no, rest) = self.condition(tokens, after)?;
                Some((Node::If(test, yes, vec![no]), rest))
            }
            [Token::Word("else")] => {
                let (no, rest) = self.nodes(after, &["endif"])?;
                Some((Node::If(test, yes, no), closed(rest)?))
            }
            _ => Some((Node::If(test, yes, Vec::new()), closed(rest)?)),
        }
    }

    fn or(&mut self, words: &mut Rest<'_, 't>) -> Option<Test> {
        let mut test = self.and(words)?;
        while words.keyword("or") {
            test = Test::Or(Box::new(test), Box::new(self.and(words)?));
        }
        Some(test)
    }

    fn and(&mut self, words: &mut Rest<'_, 't>) -> Option<Test> {
        let mut test = self.not(words)?;
        while words.keyword("and") {
            test = Test::And(Box::new(test), Box::new(self.not(words)?));
        }
        Some(test)
    }

    fn not(&mut self, words: &mut Rest<'_, 't>) -> Option<Test> {
        if words.keyword("not") {
            // The engine has no `not not`.
            (!matches!(words.0.first(), Some(Token::Word("not")))).then_some(())?;
            return Some(Test::Not(Box::new(self.equal(words)?)));
        }
        self.equal(words)
    }

    fn equal(&mut self, words: &mut Rest<'_, 't>) -> Option<Test> {
        let left = self.expression(words)?;
        let is_equal = words.mark("==").is_some();
        if !is_equal && words.mark("!=").is_none() {
            return Some(Test::Is(left));
        }
        let test = Test::Equal(left, self.expression(words)?);
        Some(if is_equal { test } else { Test::Not(Box::new(test)) })
    }

    /// A value, and filters on it.
    fn expression(&mut self, words: &mut Rest<'_, 't>) -> Option<Expression> {
        let mut value = match words.0.first()? {
            Token::Text(text) => {
                words.0 = &words.0[1..];
                Expression::Text((*text).into())
            }
            Token::Number(number) => {
                words.0 = &words.0[1..];
                Expression::Number(*number)
            }
            Token::Word(word @ ("true" | "True" | "false" | "False")) => {
                words.0 = &words.0[1..];
                Expression::Bool(word.eq_ignore_ascii_case("true"))
            }
            _ => Expression::Path(self.path(words)?),
        };
        while words.mark("|").is_some() {
            value = match words.word()? {
                "str" => Expression::Str(Box::new(value)),
                "replace" => {
                    words.mark("(")?;
                    (words.word()? == "from").then_some(())?;
                    words.mark("=")?;
                    let Token::Text(from) = words.next()? else { return None };
                    words.mark(",")?;
                    (words.word()? == "to").then_some(())?;
                    words.mark("=")?;
                    let to = self.expression(words)?;
                    words.mark(")")?;
                    Expression::Replace(Box::new(value), (*from).into(), Box::new(to))
                }
                _ => return None,
            };
        }
        Some(value)
    }

    fn path(&mut self, words: &mut Rest<'_, 't>) -> Option<Path> {
        let first = words.word().filter(|word| is_free(word))?;
        let mut fields = Vec::new();
        while words.mark(".").is_some() {
            fields.push(Name::new(words.word()?));
        }
        Some(Path { place: self.variable(first), fields: fields.into() })
    }

    fn variable(&mut self, name: &str) -> usize {
        if let Some(place) = self.scope.iter().rposition(|item| *item == name) {
            return place;
        }
        let known = self.variables.iter().position(|own| &*own.name == name);
        LOOPS
            + known.unwrap_or_else(|| {
                self.variables.push(Name::new(name));
                self.variables.len() - 1
            })
    }

    fn print(&mut self, tokens: &[Token<'t>]) -> Option<Node> {
        let mut words = Rest(tokens);
        let node = if words.mark("<").is_some() {
            let name = words.word()?;
            let mut arguments: Vec<(Box<str>, Expression)> = Vec::new();
            while words.mark("/").is_none() {
                let name = words.word()?;
                (!arguments.iter().any(|(other, _)| **other == *name)).then_some(())?;
                words.mark("=")?;
                let value = match words.next()? {
                    Token::Text(text) => Expression::Text((*text).into()),
                    Token::Mark("{") => {
                        let value = self.expression(&mut words)?;
                        words.mark("}")?;
                        value
                    }
                    _ => return None,
                };
                arguments.push((name.into(), value));
            }
            words.mark(">")?;
            Node::Call(name.into(), arguments, self.variable("words"))
        } else {
            Node::Print(self.expression(&mut words)?)
        };
        words.end()?;
        Some(node)
    }
}

/// Adds a node; texts that follow each other are one.
fn push(nodes: &mut Vec<Node>, node: Node) {
    match (nodes.last_mut(), node) {
        (Some(Node::Text(last)), Node::Text(text)) => *last = [&**last, &*text].concat().into(),
        (_, node) => nodes.push(node),
    }
}

/// What is behind the tag, of one word, that `rest` begins with.
fn closed<'p, 't>(rest: &'p [Piece<'t>]) -> Option<&'p [Piece<'t>]> {
    let (Piece::Tag(tokens), after) = rest.split_first()? else { return None };
    (tokens.len() == 1).then_some(after)
}
