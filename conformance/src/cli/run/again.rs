//! The commands that ask a cloud again: what reports tell people to type.

use super::{Args, TIMEOUT_S};
use crate::select::{Filter, Wanted};

impl Args {
    /// What begins a command that asks the same cloud as the same people.
    pub(super) fn command(&self) -> String {
        let people = self.people.typed();
        let metadata = [
            ("--metadata-url", &self.metadata_url),
            ("--metadata-secret-env", &self.metadata_secret_env),
        ];
        let metadata = metadata
            .into_iter()
            .filter_map(|(option, value)| Some((option, value.as_deref()?)));
        let servers = self.servers.typed();
        let servers = servers
            .iter()
            .map(|(option, value)| (*option, value.as_str()));
        let profile = self.profile.as_ref().map(|file| file.display().to_string());
        let profile = profile.as_deref().map(|file| ("--profile", file));
        let rate = self.rate.map(|rate| rate.to_string());
        let rate = rate.as_deref().map(|rate| ("--rate", rate));
        let timeout = (self.timeout != TIMEOUT_S).then(|| self.timeout.to_string());
        let timeout = timeout.as_deref().map(|seconds| ("--timeout", seconds));
        let options = people
            .into_iter()
            .chain(profile)
            .chain(rate)
            .chain(timeout)
            .chain(metadata)
            .chain(servers)
            .map(|(option, name)| format!(" {option} {}", quoted(name)));
        let made = if self.create_users {
            " --create-users"
        } else {
            ""
        };
        format!("nova-conformance run{made}{}", options.collect::<String>())
    }

    /// What [`Args::command`] lacks to ask all of this again and to judge it alike: ` --filter limits`; empty where everything
    /// was asked as it is by default.
    pub(super) fn selection(&self) -> String {
        let mut typed = String::new();
        if !self.filter.is_empty() {
            let filters: Vec<String> = self.filter.iter().map(Filter::text).map(quoted).collect();
            typed.push_str(" --filter ");
            typed.push_str(&filters.join(" "));
        }
        if self.microversions != Wanted::default() {
            typed.push_str(&format!(" --microversions {}", self.microversions));
        }
        for (option, file) in [("--rerun", &self.rerun), ("--expected", &self.expected)] {
            if let Some(file) = file {
                typed.push_str(&format!(
                    " {option} {}",
                    quoted(&file.display().to_string())
                ));
            }
        }
        typed
    }
}

/// A word of a command line, in quotes where it holds more than a shell reads as one.
fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@%+=,".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use rstest::rstest;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: Args,
    }

    #[rstest]
    #[case::by_default("", "nova-conformance run")]
    #[case::patiently("--timeout 90 --rate 2", "nova-conformance run --rate 2 --timeout 90")]
    #[case::as_patiently_as_always("--timeout 30", "nova-conformance run")]
    fn a_cloud_is_asked_again_in_the_same_way(#[case] typed: &str, #[case] want: &str) {
        let typed = typed.split_whitespace();
        let cli = Cli::try_parse_from(std::iter::once("run").chain(typed)).unwrap();
        assert_eq!(cli.args.command(), want);
    }

    #[rstest]
    #[case::everything("", "")]
    #[case::whom_else("--os-cloud x --parallel 2", "")]
    #[case::some("--filter limits *.name", " --filter limits '*.name'")]
    #[case::versions("--microversions 2.1,2.10-latest", " --microversions 2.1,2.10-latest")]
    #[case::all_versions("--microversions all", " --microversions all")]
    #[case::by_default("--microversions boundaries", "")]
    #[case::what_failed("--rerun r.json --filter a", " --filter a --rerun r.json")]
    #[case::expected("--expected known.yaml", " --expected known.yaml")]
    fn what_was_asked_is_typed_again(#[case] typed: &str, #[case] want: &str) {
        let typed = typed.split_whitespace();
        let cli = Cli::try_parse_from(std::iter::once("run").chain(typed)).unwrap();
        assert_eq!(cli.args.selection(), want);
    }
}
