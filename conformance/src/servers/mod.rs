//! The servers of a run. Servers are dear: a cloud needs seconds to minutes for one, and room on its hosts. So at most a few
//! exist at once, and a check that needs one is lent one that another check has given back ([`pool`]). What servers are made
//! of is found once ([`ingredients`]). It knows callers, the ledger and single requests; of checks, only how many servers
//! each needs.

pub(crate) mod gone;
mod ingredients;
mod mending;
mod pool;
mod shape;
mod tally;

pub(crate) mod waiting;

use std::{fmt, str::FromStr, time::Duration};

pub use ingredients::Ingredients;
pub(crate) use pool::Pool;
pub(crate) use shape::{METADATA, Shape, TAG};
pub use tally::Made;
pub(crate) use tally::{Tally, counted};

use crate::caller::Caller;

/// How a run goes about servers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// How many servers of the run may exist at once. With 0, checks that need one are skipped.
    pub most: usize,
    /// How long a server may take to reach a state.
    pub patience: Duration,
    /// The name or id of the flavor of servers.
    pub flavor: Option<String>,
    /// The name or id of the image that servers are made from.
    pub image: Option<String>,
    /// The name or id of another image, to rebuild servers with.
    pub second_image: Option<String>,
    /// Which network servers are connected to.
    pub network: Network,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            most: 4,
            patience: Duration::from_mins(5),
            flavor: None,
            image: None,
            second_image: None,
            network: Network::None,
        }
    }
}

/// Which network servers are connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Network {
    /// None, from the version on that allows it; before, the cloud decides.
    None,
    /// One that the cloud chooses or makes, from the version on that allows it; before, the cloud decides.
    Auto,
    /// The one with this id.
    Id(String),
}

impl Network {
    /// What stands in the field `networks` of a request to create a server: `None` where the version knows neither word and
    /// none is named.
    pub(crate) fn as_json(&self, words: bool) -> Option<serde_json::Value> {
        match self {
            Self::None => words.then(|| "none".into()),
            Self::Auto => words.then(|| "auto".into()),
            Self::Id(id) => Some(serde_json::json!([{"uuid": id}])),
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::None => "none",
            Self::Auto => "auto",
            Self::Id(id) => id,
        })
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_id = |text: &str| {
            let parts: Vec<usize> = text.split('-').map(str::len).collect();
            let hexadecimal = |byte: u8| byte == b'-' || byte.is_ascii_hexdigit();
            parts == [8, 4, 4, 4, 12] && text.bytes().all(hexadecimal)
        };
        match text {
            "none" => Ok(Self::None),
            "auto" => Ok(Self::Auto),
            id if is_id(id) => Ok(Self::Id(id.to_owned())),
            _ => Err("write none, auto, or the id (a UUID) of a network".to_owned()),
        }
    }
}

/// How many servers a check needs at most at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Need {
    /// It needs none.
    #[default]
    None,
    /// One that it only looks at, together with others.
    Shared,
    /// So many of its own: lent to it, or made by it.
    Own(usize),
}

impl Need {
    /// How many, for reports: a shared one counts as one.
    pub const fn count(self) -> usize {
        match self {
            Self::None => 0,
            Self::Shared => 1,
            Self::Own(count) => count,
        }
    }
}

/// A server that is lent to a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Who made it.
    pub owner: Caller,
    /// The name of its key, which is the owner's.
    pub key_name: Option<String>,
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case::none("none", Network::None)]
    #[case::auto("auto", Network::Auto)]
    #[case::id("3cb9bc59-5699-4588-a4b1-b87f96708bc6", Network::Id("3cb9bc59-5699-4588-a4b1-b87f96708bc6".to_owned()))]
    fn a_network_is_a_word_or_an_id(#[case] text: &str, #[case] network: Network) {
        assert_eq!(text.parse(), Ok(network.clone()));
        assert_eq!(network.to_string(), text);
    }

    #[test]
    fn a_networks_name_is_none() {
        assert!("private".parse::<Network>().unwrap_err().contains("UUID"));
    }

    #[test]
    fn words_are_said_where_they_are_known() {
        assert_eq!(Network::None.as_json(false), None);
        assert_eq!(Network::None.as_json(true), Some(json!("none")));
    }
}
