//! YAML as a clouds.yaml needs it: a tree of texts, lists and mappings in which every node knows its line, and in which one
//! tree can be laid over another. It knows saphyr and this module's errors, nothing of clouds.

use std::{path::Path, sync::Arc};

use saphyr::{LoadableYamlNode, MarkedYamlOwned, ScalarOwned, YamlDataOwned};

use super::error::{ConfigError, Place};

/// A value and where it is written.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) data: Data,
    pub(super) file: Arc<Path>,
    pub(super) line: usize,
}

/// What a node holds. Scalars stay text, as written: a password of `0123` must not become the number 123.
#[derive(Clone)]
pub(super) enum Data {
    Null,
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl Node {
    /// Parses the first document of `text`.
    pub(super) fn parse(file: &Path, text: &str) -> Result<Self, ConfigError> {
        let documents =
            MarkedYamlOwned::load_from_str(text).map_err(|error| ConfigError::Syntax {
                file: file.to_owned(),
                line: error.marker().line(),
                column: error.marker().col() + 1,
                message: error.info().to_owned(),
            })?;
        let file: Arc<Path> = file.into();
        let source = Source {
            file: Arc::clone(&file),
            letters: text.chars().collect(),
        };
        match documents.first() {
            Some(document) => source.node(document),
            None => Ok(Self {
                data: Data::Null,
                file,
                line: 1,
            }),
        }
    }

    /// The place of this node, for an error.
    pub(super) fn place(&self) -> Place {
        Place::Line {
            file: self.file.to_path_buf(),
            line: self.line,
        }
    }

    /// The value of `key`, if this is a mapping that has it.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        match &self.data {
            Data::Map(entries) => entries
                .iter()
                .find(|(name, _)| name == key)
                .map(|(_, node)| node),
            _ => None,
        }
    }

    /// The keys of a mapping, in the order written; none for anything else.
    pub(super) fn keys(&self) -> Vec<String> {
        match &self.data {
            Data::Map(entries) => entries.iter().map(|(name, _)| name.clone()).collect(),
            _ => Vec::new(),
        }
    }

    /// The text of a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Lays `over` on top: mappings are joined key by key, everything else is replaced.
    pub(super) fn overlaid(self, over: Self) -> Self {
        match (self.data, over.data) {
            (Data::Map(mut entries), Data::Map(above)) => {
                for (key, value) in above {
                    let place = entries.iter().position(|(name, _)| *name == key);
                    if let Some(place) = place {
                        let below = entries[place].1.clone();
                        entries[place].1 = below.overlaid(value);
                    } else {
                        entries.push((key, value));
                    }
                }
                Self {
                    data: Data::Map(entries),
                    file: self.file,
                    line: self.line,
                }
            }
            // An empty `clouds:` in secure.yaml must not erase the clouds of clouds.yaml.
            (below, Data::Null) => Self {
                data: below,
                file: self.file,
                line: self.line,
            },
            (_, data) => Self {
                data,
                file: over.file,
                line: over.line,
            },
        }
    }
}

struct Source {
    file: Arc<Path>,
    letters: Vec<char>,
}

impl Source {
    fn node(&self, yaml: &MarkedYamlOwned) -> Result<Node, ConfigError> {
        let data = match &yaml.data {
            YamlDataOwned::Tagged(_, inner) => return self.node(inner),
            YamlDataOwned::Value(ScalarOwned::Null) => Data::Null,
            YamlDataOwned::Value(ScalarOwned::String(text))
            | YamlDataOwned::Representation(text, ..) => Data::Text(text.clone()),
            YamlDataOwned::Value(_) => Data::Text(self.as_written(yaml)),
            YamlDataOwned::Sequence(items) => Data::List(
                items
                    .iter()
                    .map(|item| self.node(item))
                    .collect::<Result<_, _>>()?,
            ),
            YamlDataOwned::Mapping(entries) => {
                let mut own = Vec::new();
                let mut merged: Option<Node> = None;
                for (key, value) in entries {
                    let name = self.node(key)?;
                    let Some(name) = name.text().map(str::to_owned) else {
                        return Err(
                            self.shape(key, "this key is not a plain word: write it as text")
                        );
                    };
                    let value = self.node(value)?;
                    if name == "<<" {
                        merged = Some(merge_keys(value));
                    } else {
                        own.push((name, value));
                    }
                }
                let own = self.at(yaml, Data::Map(own));
                match merged {
                    // `<<` is YAML 1.1, but PyYAML reads it, so clouds.yaml files use it. It is shallow.
                    Some(Node {
                        data: Data::Map(mut below),
                        ..
                    }) => {
                        below.retain(|(key, _)| own.get(key).is_none());
                        let Data::Map(entries) = own.data else {
                            return Ok(own);
                        };
                        below.extend(entries);
                        Data::Map(below)
                    }
                    _ => own.data,
                }
            }
            YamlDataOwned::Alias(_) | YamlDataOwned::BadValue => {
                return Err(self.shape(yaml, "this value cannot be read: write it as plain text"));
            }
        };
        Ok(self.at(yaml, data))
    }

    fn at(&self, yaml: &MarkedYamlOwned, data: Data) -> Node {
        Node {
            data,
            file: Arc::clone(&self.file),
            line: yaml.span.start.line(),
        }
    }

    fn shape(&self, yaml: &MarkedYamlOwned, what: &str) -> ConfigError {
        ConfigError::Shape {
            place: self.at(yaml, Data::Null).place(),
            what: what.to_owned(),
        }
    }

    /// The letters of a number or boolean, before YAML made it one.
    fn as_written(&self, yaml: &MarkedYamlOwned) -> String {
        let (start, end) = (yaml.span.start.index(), yaml.span.end.index());
        let text: String = self.letters.iter().take(end).skip(start).collect();
        text.trim().to_owned()
    }
}

/// The value of `<<`: a mapping, or a list of mappings of which the first wins.
fn merge_keys(value: Node) -> Node {
    let (file, line) = (Arc::clone(&value.file), value.line);
    match value.data {
        Data::List(items) => items
            .into_iter()
            .rev()
            .reduce(|below, above| match (below.data, above.data) {
                (Data::Map(mut under), Data::Map(over)) => {
                    under.retain(|(key, _)| !over.iter().any(|(name, _)| name == key));
                    under.extend(over);
                    Node {
                        data: Data::Map(under),
                        file: Arc::clone(&file),
                        line,
                    }
                }
                (_, data) => Node {
                    data,
                    file: Arc::clone(&file),
                    line,
                },
            })
            .unwrap_or(Node {
                data: Data::Null,
                file: Arc::clone(&file),
                line,
            }),
        data => Node { data, file, line },
    }
}
