//! A policy file, read: which rule is overridden on which line, and with what.
//!
//! Knows YAML, of which JSON is a part. What the check strings mean is `parse`'s.

use std::path::Path;

use saphyr::{LoadableYamlNode as _, MarkedYaml, Scalar, YamlData};

use super::error::{PolicyError, PolicyProblem};

/// One entry of a policy file.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    /// Where its name stands, from 1.
    pub(super) line: usize,
    pub(super) text: Text,
}

/// What an entry says.
#[derive(Debug)]
pub(super) enum Text {
    /// A check string.
    String(String),
    /// The older form: alternatives of checks that must all allow it.
    List(Vec<Vec<String>>),
}

/// Reads the entries of a policy file, in order.
pub(super) fn entries(file: &Path, text: &str) -> Result<Vec<Entry>, PolicyError> {
    let documents = MarkedYaml::load_from_str(text).map_err(|error| {
        PolicyProblem::NotYaml(error.info().to_owned()).at(file, error.marker().line())
    })?;
    let mut documents = documents.iter();
    let Some(document) = documents.next() else {
        return Ok(Vec::new());
    };
    if let Some(second) = documents.next() {
        return Err(PolicyProblem::NotRules.at(file, line(second)));
    }
    match &document.data {
        // A file of comments, such as Nova's sample, overrides nothing.
        YamlData::Value(Scalar::Null) => Ok(Vec::new()),
        YamlData::Mapping(rules) => rules
            .iter()
            .map(|(name, check)| entry(file, name, check))
            .collect(),
        _ => Err(PolicyProblem::NotRules.at(file, line(document))),
    }
}

fn entry(file: &Path, key: &MarkedYaml<'_>, check: &MarkedYaml<'_>) -> Result<Entry, PolicyError> {
    let name = string(key).ok_or_else(|| PolicyProblem::NotRules.at(file, line(key)))?;
    let text = match &check.data {
        YamlData::Value(Scalar::String(text)) => Some(Text::String(text.clone().into_owned())),
        YamlData::Sequence(alternatives) => alternatives
            .iter()
            .map(alternative)
            .collect::<Option<_>>()
            .map(Text::List),
        _ => None,
    };
    match text {
        Some(text) => Ok(Entry {
            name,
            line: line(key),
            text,
        }),
        None => Err(PolicyProblem::NoCheck { name }.at(file, line(key))),
    }
}

fn alternative(node: &MarkedYaml<'_>) -> Option<Vec<String>> {
    match &node.data {
        YamlData::Sequence(checks) => checks.iter().map(string).collect(),
        _ => string(node).map(|check| vec![check]),
    }
}

fn string(node: &MarkedYaml<'_>) -> Option<String> {
    match &node.data {
        YamlData::Value(Scalar::String(text)) => Some(text.clone().into_owned()),
        _ => None,
    }
}

fn line(node: &MarkedYaml<'_>) -> usize {
    node.span.start.line()
}
