//! The options that say how a run goes about servers.

use std::time::Duration;

use crate::servers::{Network, Settings};

/// The options.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Servers")]
pub(super) struct Servers {
    /// How many servers of the run may exist at the same time. With 0, no server is made, and what needs one is skipped.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = parse_most)]
    max_servers: usize,
    /// How long a server may take to become active, to be rebuilt, or to go.
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=86400))]
    server_timeout: u64,
    /// The name or id of the flavor of servers [default: the smallest with a disk that fits the images]
    #[arg(long, value_name = "FLAVOR")]
    flavor: Option<String>,
    /// The name or id of the image that servers are made from [default: the first that is active and no snapshot]
    #[arg(long, value_name = "IMAGE")]
    image: Option<String>,
    /// The name or id of another image, which servers are rebuilt with [default: the next that is active]
    #[arg(long, value_name = "IMAGE")]
    second_image: Option<String>,
    /// The network of servers: none, auto, or the id of one. Before 2.37 there are no such words, and the cloud decides
    /// unless an id is given.
    #[arg(long, value_name = "NETWORK", default_value_t = Network::None)]
    network: Network,
}

impl Servers {
    pub(super) fn settings(&self) -> Settings {
        Settings {
            most: self.max_servers,
            patience: Duration::from_secs(self.server_timeout),
            flavor: self.flavor.clone(),
            image: self.image.clone(),
            second_image: self.second_image.clone(),
            network: self.network.clone(),
        }
    }

    /// As they are typed, where they are not what they would be anyway.
    pub(super) fn typed(&self) -> Vec<(&'static str, String)> {
        let Settings {
            most,
            patience,
            flavor,
            image,
            second_image,
            network,
        } = self.settings();
        let usual = Settings::default();
        let mut typed = Vec::new();
        if most != usual.most {
            typed.push(("--max-servers", most.to_string()));
        }
        if patience != usual.patience {
            typed.push(("--server-timeout", patience.as_secs().to_string()));
        }
        let named = [
            ("--flavor", flavor),
            ("--image", image),
            ("--second-image", second_image),
        ];
        typed.extend(
            named
                .into_iter()
                .filter_map(|(option, name)| Some((option, name?))),
        );
        if network != usual.network {
            typed.push(("--network", network.to_string()));
        }
        typed
    }
}

fn parse_most(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|count| (0..=256).contains(count))
        .ok_or_else(|| "write a number from 0 to 256".to_owned())
}
