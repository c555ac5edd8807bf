//! Small files that people write for a run, YAML or JSON: texts, lists and mappings, each with the line it begins at, so that
//! what is wrong with one is said with its place. It knows saphyr, and nothing of what the files mean.

use std::{fmt::Display, fs, path::Path};

use saphyr::{LoadableYamlNode as _, MarkedYamlOwned, ScalarOwned, YamlDataOwned};

/// A file, read.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    name: String,
    pub(crate) root: Node,
}

/// A value and the line it begins at, from 1.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) line: usize,
    pub(crate) data: Data,
}

/// What a value is. Scalars stay as they were written: the microversion 2.10 is not the number 2.1.
#[derive(Debug, Clone)]
pub(crate) enum Data {
    Null,
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

impl Written {
    /// Reads a file.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let name = path.display().to_string();
        let text =
            fs::read_to_string(path).map_err(|error| format!("{name} cannot be read: {error}"))?;
        Self::parse(&name, &text)
    }

    /// Reads a text; `name` is what messages call it.
    pub(crate) fn parse(name: &str, text: &str) -> Result<Self, String> {
        let documents = MarkedYamlOwned::load_from_str(text).map_err(|error| {
            format!(
                "{name}:{}: neither YAML nor JSON: {}",
                error.marker().line(),
                error.info()
            )
        })?;
        let letters: Vec<char> = text.chars().collect();
        let root = match documents.first() {
            Some(document) => {
                node(document, &letters).map_err(|(line, what)| format!("{name}:{line}: {what}"))?
            }
            None => Node {
                line: 1,
                data: Data::Null,
            },
        };
        Ok(Self {
            name: name.to_owned(),
            root,
        })
    }

    /// What is wrong with a value, with its place.
    pub(crate) fn wrong(&self, node: &Node, what: impl Display) -> String {
        format!("{}: {what}", self.place(node))
    }

    /// Where a value stands: `FILE:LINE`.
    pub(crate) fn place(&self, node: &Node) -> String {
        format!("{}:{}", self.name, node.line)
    }

    /// The members of a mapping; each must be one of `known`, and none may stand twice.
    pub(crate) fn members<'a, const N: usize>(
        &self,
        node: &'a Node,
        known: [&str; N],
    ) -> Result<[Option<&'a Node>; N], String> {
        let Data::Map(entries) = &node.data else {
            return Err(self.wrong(
                node,
                format!("write a mapping here, with {}", known.join(", ")),
            ));
        };
        let mut found = [None; N];
        for (key, value) in entries {
            let name = self.text(key)?;
            let place = known.iter().position(|known| *known == name);
            let place = place.ok_or_else(|| {
                self.wrong(
                    key,
                    format!("'{name}' means nothing here: there is {}", known.join(", ")),
                )
            })?;
            if found[place].replace(value).is_some() {
                return Err(self.wrong(key, format!("'{name}' stands here twice")));
            }
        }
        Ok(found)
    }

    /// A value that is a text and not empty.
    pub(crate) fn text<'a>(&self, node: &'a Node) -> Result<&'a str, String> {
        match &node.data {
            Data::Text(text) if !text.trim().is_empty() => Ok(text.trim()),
            _ => Err(self.wrong(node, "write a text here")),
        }
    }

    /// The items of a list; a single text is a list of one.
    pub(crate) fn texts<'a>(&self, node: &'a Node) -> Result<Vec<(&'a Node, &'a str)>, String> {
        match &node.data {
            Data::List(items) => items
                .iter()
                .map(|item| Ok((item, self.text(item)?)))
                .collect(),
            _ => Ok(vec![(node, self.text(node)?)]),
        }
    }
}

fn node(yaml: &MarkedYamlOwned, letters: &[char]) -> Result<Node, (usize, String)> {
    let line = yaml.span.start.line();
    let data = match &yaml.data {
        YamlDataOwned::Tagged(_, inner) => return node(inner, letters),
        YamlDataOwned::Value(ScalarOwned::Null) => Data::Null,
        YamlDataOwned::Value(ScalarOwned::String(text))
        | YamlDataOwned::Representation(text, ..) => Data::Text(text.clone()),
        YamlDataOwned::Value(_) => {
            let (start, end) = (yaml.span.start.index(), yaml.span.end.index());
            let text: String = letters.iter().take(end).skip(start).collect();
            Data::Text(text.trim().to_owned())
        }
        YamlDataOwned::Sequence(items) => {
            let items = items.iter().map(|item| node(item, letters));
            Data::List(items.collect::<Result<_, _>>()?)
        }
        YamlDataOwned::Mapping(entries) => {
            let entries = entries
                .iter()
                .map(|(key, value)| Ok((node(key, letters)?, node(value, letters)?)));
            Data::Map(entries.collect::<Result<_, (usize, String)>>()?)
        }
        YamlDataOwned::Alias(_) | YamlDataOwned::BadValue => {
            return Err((line, "this value cannot be read: write it out".to_owned()));
        }
    };
    Ok(Node { line, data })
}
