//! The language of check strings: text in, [`Check`] out.
//!
//! Knows [`Check`] and [`SyntaxError`]. The language is oslo.policy's: words apart by white space,
//! `not` before `and` before `or`, parentheses only at the ends of words, because `%(name)s` has
//! them inside. Where oslo.policy logs a mistake and refuses everybody from then on, this parser
//! reports it.

use super::{
    check::{Check, Piece, Template},
    error::SyntaxError,
};

/// How deep parentheses may be nested: the parser and the answer recurse this deep.
const MAX_NESTING: usize = 64;

/// Where a `rule:` reference leads.
pub(super) trait Resolve {
    /// The place of the rule of this name.
    fn resolve(&self, name: &str) -> Result<usize, SyntaxError>;
}

/// Parses a check string. An empty one allows everybody.
pub(super) fn check_string(text: &str, rules: &impl Resolve) -> Result<Check, SyntaxError> {
    if text.is_empty() {
        return Ok(Check::Always);
    }
    let mut parser = Parser {
        tokens: tokens(text),
        rules,
        depth: 0,
        before: "the start".to_owned(),
    };
    if parser.tokens.peek().is_none() {
        return Err(SyntaxError::Blank);
    }
    let check = parser.any()?;
    match parser.tokens.next() {
        None => Ok(check),
        Some(Token::Close) => Err(SyntaxError::Unopened),
        Some(token) => Err(SyntaxError::MissingOperator(token.text().to_owned())),
    }
}

/// Parses the older form: a list of alternatives, each a check or a list of checks that must all
/// allow it. An empty list allows everybody; one of only empty lists, nobody.
pub(super) fn check_list(
    alternatives: &[Vec<String>],
    rules: &impl Resolve,
) -> Result<Check, SyntaxError> {
    if alternatives.is_empty() {
        return Ok(Check::Always);
    }
    let mut any = Vec::new();
    for all in alternatives.iter().filter(|all| !all.is_empty()) {
        any.push(Check::All(
            all.iter()
                .map(|text| word(text, rules))
                .collect::<Result<_, _>>()?,
        ));
    }
    Ok(Check::Any(any))
}

#[derive(Clone, Copy, Debug)]
enum Token<'t> {
    Open,
    Close,
    And(&'t str),
    Or(&'t str),
    Not(&'t str),
    Word(&'t str),
}

impl<'t> Token<'t> {
    fn text(self) -> &'t str {
        match self {
            Self::Open => "(",
            Self::Close => ")",
            Self::And(text) | Self::Or(text) | Self::Not(text) | Self::Word(text) => text,
        }
    }
}

fn tokens(text: &str) -> std::iter::Peekable<std::vec::IntoIter<Token<'_>>> {
    let mut tokens = Vec::new();
    for piece in text.split_whitespace() {
        let opened = piece.trim_start_matches('(');
        let clean = opened.trim_end_matches(')');
        tokens.extend(std::iter::repeat_n(Token::Open, piece.len() - opened.len()));
        if !clean.is_empty() {
            tokens.push(match () {
                () if clean.eq_ignore_ascii_case("and") => Token::And(clean),
                () if clean.eq_ignore_ascii_case("or") => Token::Or(clean),
                () if clean.eq_ignore_ascii_case("not") => Token::Not(clean),
                () => Token::Word(clean),
            });
        }
        tokens.extend(std::iter::repeat_n(
            Token::Close,
            opened.len() - clean.len(),
        ));
    }
    tokens.into_iter().peekable()
}

struct Parser<'t, R> {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token<'t>>>,
    rules: &'t R,
    depth: usize,
    /// What was read last, for messages.
    before: String,
}

impl<R: Resolve> Parser<'_, R> {
    fn any(&mut self) -> Result<Check, SyntaxError> {
        let mut checks = vec![self.all()?];
        while let Some(Token::Or(word)) = self.tokens.peek().copied() {
            self.advance(word);
            checks.push(self.all()?);
        }
        Ok(joined(checks, Check::Any))
    }

    fn all(&mut self) -> Result<Check, SyntaxError> {
        let mut checks = vec![self.one()?];
        while let Some(Token::And(word)) = self.tokens.peek().copied() {
            self.advance(word);
            checks.push(self.one()?);
        }
        Ok(joined(checks, Check::All))
    }

    fn one(&mut self) -> Result<Check, SyntaxError> {
        let mut negated = false;
        while let Some(Token::Not(word)) = self.tokens.peek().copied() {
            self.advance(word);
            negated = !negated;
        }
        let check = match self.tokens.next() {
            Some(Token::Word(text)) => {
                self.before = text.to_owned();
                word(text, self.rules)?
            }
            Some(Token::Open) => self.parenthesis()?,
            _ => return Err(SyntaxError::MissingAfter(self.before.clone())),
        };
        Ok(if negated {
            Check::Not(Box::new(check))
        } else {
            check
        })
    }

    fn parenthesis(&mut self) -> Result<Check, SyntaxError> {
        self.before = "(".to_owned();
        self.depth += 1;
        if self.depth > MAX_NESTING {
            return Err(SyntaxError::TooNested(MAX_NESTING));
        }
        let check = self.any()?;
        self.depth -= 1;
        match self.tokens.next() {
            Some(Token::Close) => Ok(check),
            None => Err(SyntaxError::Unclosed),
            Some(token) => Err(SyntaxError::MissingOperator(token.text().to_owned())),
        }
    }

    fn advance(&mut self, word: &str) {
        self.before = word.to_owned();
        self.tokens.next();
    }
}

fn joined(mut checks: Vec<Check>, join: impl Fn(Vec<Check>) -> Check) -> Check {
    match checks.pop() {
        Some(only) if checks.is_empty() => only,
        last => {
            checks.extend(last);
            join(checks)
        }
    }
}

/// Parses one check: `@`, `!` or `kind:value`.
fn word(text: &str, rules: &impl Resolve) -> Result<Check, SyntaxError> {
    match text {
        "@" => return Ok(Check::Always),
        "!" => return Ok(Check::Never),
        _ => {}
    }
    let quoted = |quote| text.len() > 1 && text.starts_with(quote) && text.ends_with(quote);
    let Some((kind, value)) = text
        .split_once(':')
        .filter(|_| !quoted('\'') && !quoted('"'))
    else {
        return Err(SyntaxError::NotACheck(text.to_owned()));
    };
    Ok(match kind {
        "rule" => Check::Rule(rules.resolve(value)?),
        "role" => Check::Role(template(value)?),
        "is_admin" => Check::IsAdmin(value.eq_ignore_ascii_case("true")),
        "http" | "https" => return Err(SyntaxError::Remote(text.to_owned())),
        _ => match literal(kind) {
            Some(literal) => Check::Literal(literal, template(value)?),
            None if is_attribute(kind) => Check::Attribute(kind.to_owned(), template(value)?),
            None => return Err(SyntaxError::NotComparable(text.to_owned())),
        },
    })
}

/// The text of a Python literal: a string without escapes, a whole number, True, False or None.
fn literal(kind: &str) -> Option<String> {
    let quoted = ['\'', '"'].into_iter().find_map(|quote| {
        let inside = kind.strip_prefix(quote)?.strip_suffix(quote)?;
        (!inside.contains([quote, '\\'])).then_some(inside)
    });
    let number = kind == "0" || kind.bytes().all(|b| b.is_ascii_digit()) && !kind.starts_with('0');
    let plain = matches!(kind, "True" | "False" | "None") || number && !kind.is_empty();
    quoted.or_else(|| plain.then_some(kind)).map(str::to_owned)
}

/// Whether it is a name, or names apart by dots. A name of no attribute is allowed: it is compared
/// with nothing, and refuses.
fn is_attribute(kind: &str) -> bool {
    kind.split('.').all(|name| {
        name.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && name
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
    })
}

/// Parses the right side of a check.
fn template(value: &str) -> Result<Template, SyntaxError> {
    let wrong = || SyntaxError::NotAnAttribute(value.to_owned());
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('%') {
        text.push_str(before);
        if let Some(after) = after.strip_prefix('%') {
            text.push('%');
            rest = after;
            continue;
        }
        let (name, after) = after
            .strip_prefix('(')
            .and_then(|after| after.split_once(")s"))
            .ok_or_else(wrong)?;
        if name.contains(['(', ')']) {
            return Err(wrong());
        }
        if !text.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut text)));
        }
        pieces.push(Piece::Attribute(name.to_owned()));
        rest = after;
    }
    text.push_str(rest);
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    Ok(Template(pieces))
}
