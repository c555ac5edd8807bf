//! What can be wrong with a policy file, where, and how to mend it.
//!
//! Knows nobody.

use std::path::{Path, PathBuf};

/// A policy file that cannot be used. Reads `FILE:LINE: what is wrong; how to mend it`.
#[derive(Debug, thiserror::Error)]
#[error("{}:{line}: {problem}", file.display())]
pub struct PolicyError {
    /// The file, as it was named.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: PolicyProblem,
}

/// What is wrong with a policy file.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyProblem {
    /// Neither YAML nor JSON.
    #[error("this is not YAML: {0}; write one `\"rule\": \"check string\"` to a line")]
    NotYaml(String),
    /// YAML, but no mapping of names to check strings.
    #[error("a policy file maps rule names to check strings; write `\"rule\": \"check string\"`")]
    NotRules,
    /// A rule Nova does not have and no other rule of the file uses.
    #[error("Nova has no rule `{name}`{}", meant(nearest.as_deref(), "; rename it, or refer to it as `rule:…` from another rule"))]
    UnknownRule {
        /// The name in the file.
        name: String,
        /// The closest name there is.
        nearest: Option<String>,
    },
    /// A rule without a check string.
    #[error(
        "rule `{name}` has no check string; write \"@\" to allow everybody, \"!\" to refuse everybody"
    )]
    NoCheck {
        /// The rule.
        name: String,
    },
    /// A check string that cannot be parsed.
    #[error("rule `{name}`: {error}")]
    Syntax {
        /// The rule.
        name: String,
        /// What is wrong with its check string.
        error: SyntaxError,
    },
    /// Rules that refer to each other in a circle.
    #[error("the rules {} refer to each other in a circle; take one `rule:` out", circle.join(" → "))]
    Circle {
        /// The names, the first again as the last.
        circle: Vec<String>,
    },
    /// Rules that refer to each other too deeply.
    #[error("rule `{name}` leads through more than {limit} other rules; refer to fewer")]
    TooDeep {
        /// The rule.
        name: String,
        /// How many there may be.
        limit: usize,
    },
}

/// What is wrong with a check string.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SyntaxError {
    /// A word that is not a check.
    #[error("`{0}` is not a check; write `kind:value`, such as role:admin, or @ or !")]
    NotACheck(String),
    /// `and`, `or`, `not` or `(` with nothing to apply to.
    #[error("a check is missing after `{0}`; write one, such as role:admin")]
    MissingAfter(String),
    /// A check where `and` or `or` should be.
    #[error("`{0}` follows a check; join them with `and` or `or`")]
    MissingOperator(String),
    /// A parenthesis that nothing closes.
    #[error("a parenthesis is not closed; add `)`")]
    Unclosed,
    /// A parenthesis that nothing opens.
    #[error("a parenthesis is closed that was not opened; take `)` out")]
    Unopened,
    /// Only white space.
    #[error("the check string is blank; write \"@\" to allow everybody, \"!\" to refuse everybody")]
    Blank,
    /// Parentheses inside parentheses, too many.
    #[error("parentheses are nested more than {0} deep; name parts as rules of their own")]
    TooNested(usize),
    /// A `%` that is no `%(attribute)s`.
    #[error("`{0}` has a `%` that starts no attribute; write %(attribute)s, or %% for the sign")]
    NotAnAttribute(String),
    /// The left side is neither an attribute's name nor a literal.
    #[error(
        "`{0}` compares nothing known; write an attribute such as user_id, or a literal such as 'text', True or None"
    )]
    NotComparable(String),
    /// A check that asks a server.
    #[error("`{0}` asks a remote server, which this cloud does not do; use roles and attributes")]
    Remote(String),
    /// A reference to a rule there is not.
    #[error("there is no rule `{name}`{}", meant(nearest.as_deref(), "; define it in this file"))]
    UnknownRule {
        /// The name after `rule:`.
        name: String,
        /// The closest name there is.
        nearest: Option<String>,
    },
}

impl PolicyProblem {
    pub(super) fn at(self, file: &Path, line: usize) -> PolicyError {
        PolicyError {
            file: file.to_owned(),
            line,
            problem: self,
        }
    }
}

fn meant(nearest: Option<&str>, otherwise: &str) -> String {
    nearest.map_or_else(
        || otherwise.to_owned(),
        |name| format!("; did you mean `{name}`?"),
    )
}

/// The name closest to `wanted`, if one is close enough to be what was meant.
pub(super) fn nearest<'n>(wanted: &str, names: impl Iterator<Item = &'n str>) -> Option<String> {
    let (distance, name) = names.map(|name| (edits(wanted, name), name)).min()?;
    (distance <= wanted.chars().count().div_ceil(4)).then(|| name.to_owned())
}

/// How many characters must be added, taken out or replaced to turn one text into the other.
fn edits(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        row[0] = left;
        for (j, b) in to.chars().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            left = replaced.min(left + 1).min(diagonal + 1);
            row[j + 1] = left;
        }
    }
    row.last().copied().unwrap_or_default()
}
