//! A run told without saying where the cloud is, for reports that leave the house: the hosts of addresses are taken out of
//! every event before a reporter hears it. It knows events.

use std::{borrow::Cow, collections::BTreeSet, io, sync::Arc};

use super::Reporter;
use crate::{
    event::{Event, Finished, Started},
    exchange::Exchange,
    expected::Expectation,
    ledger::Leak,
    outcome::{Failure, Outcome},
};

/// What stands in place of a host and its port.
const HIDDEN: &str = "hidden-host";

/// Where the host of an address ends.
const AFTER_HOST: &[char] = &[
    '/', '?', '#', '"', '\'', '\\', '<', '>', '(', ')', ',', ';', '`', '|', '^', '{', '}',
];

/// A reporter that never hears where the cloud is.
pub struct Hiding {
    reporter: Box<dyn Reporter>,
    hosts: Hosts,
}

impl Hiding {
    /// Tells `reporter` what happens, without hosts.
    pub fn new(reporter: Box<dyn Reporter>) -> Self {
        Self {
            reporter,
            hosts: Hosts::default(),
        }
    }
}

impl Reporter for Hiding {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        if let Event::RunStarted(started) = event {
            self.hosts.learn(&started.endpoint);
            self.hosts.learn(&started.command);
        }
        self.reporter.event(&self.hosts.hide(event))
    }

    fn tick(&mut self) -> io::Result<()> {
        self.reporter.tick()
    }
}

/// The hosts that are known to be the cloud's, with and without their ports: they also stand in sentences and headers, outside
/// of addresses.
#[derive(Debug, Default)]
struct Hosts(BTreeSet<String>);

impl Hosts {
    /// Takes in the hosts of the addresses in a text.
    fn learn(&mut self, text: &str) {
        for authority in authorities(text) {
            let host = authority
                .rsplit_once('@')
                .map_or(authority, |(_, host)| host);
            let bare = match host.rsplit_once(':') {
                Some((bare, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => bare,
                _ => host,
            };
            // An address of IPv6 stands in brackets only where a port may follow.
            let inner = bare.trim_start_matches('[').trim_end_matches(']');
            // A name without a dot may be any word: it is taken out of addresses, and where its port follows.
            self.0.extend(
                [host, bare, inner]
                    .into_iter()
                    .filter(|name| name.contains(['.', ':']))
                    .map(str::to_owned),
            );
        }
    }

    fn text(&self, text: &str) -> String {
        let mut hidden = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find("://") {
            let (before, after) = rest.split_at(at + 3);
            hidden.push_str(before);
            let end = host_end(after);
            if end > 0 {
                hidden.push_str(HIDDEN);
            }
            rest = &after[end..];
        }
        hidden.push_str(rest);
        // The longest first: a host with its port before the host alone.
        let mut known: Vec<&String> = self.0.iter().collect();
        known.sort_by_key(|host| std::cmp::Reverse(host.len()));
        for host in known {
            if hidden.contains(host.as_str()) {
                hidden = without_word(&hidden, host);
            }
        }
        hidden
    }

    fn hide<'a>(&self, event: &'a Event) -> Cow<'a, Event> {
        let hidden = match event {
            Event::RunStarted(started) => Event::RunStarted(Arc::new(Started {
                endpoint: self.text(&started.endpoint),
                command: self.text(&started.command),
                selection: self.text(&started.selection),
                ..(**started).clone()
            })),
            Event::CheckFinished(finished) => Event::CheckFinished(Arc::new(Finished {
                outcome: self.outcome(&finished.outcome),
                exchanges: finished
                    .exchanges
                    .iter()
                    .map(|exchange| self.exchange(exchange))
                    .collect(),
                ..(**finished).clone()
            })),
            Event::Note(note) => Event::Note(self.text(note)),
            Event::Leak(leak) => Event::Leak(Leak {
                what: self.text(&leak.what),
                why: self.text(&leak.why),
            }),
            Event::Expectation(expectation) => Event::Expectation(Expectation {
                reason: self.text(&expectation.reason),
                place: self.text(&expectation.place),
                ..expectation.clone()
            }),
            Event::CheckStarted { .. } | Event::RunFinished(_) => return Cow::Borrowed(event),
        };
        Cow::Owned(hidden)
    }

    fn outcome(&self, outcome: &Outcome) -> Outcome {
        match outcome {
            Outcome::Passed => Outcome::Passed,
            Outcome::Failed(level, failure) => Outcome::Failed(*level, self.failure(failure)),
            Outcome::ExpectedFailure(level, failure, why) => {
                Outcome::ExpectedFailure(*level, self.failure(failure), self.text(why))
            }
            Outcome::Errored(why) => Outcome::Errored(self.text(why)),
            Outcome::Skipped(why) => Outcome::Skipped(self.text(why)),
            Outcome::NotApplicable(why) => Outcome::NotApplicable(self.text(why)),
        }
    }

    fn failure(&self, failure: &Failure) -> Failure {
        Failure {
            expected: self.text(&failure.expected),
            found: self.text(&failure.found),
            place: self.text(&failure.place),
            exchange: failure.exchange,
        }
    }

    fn exchange(&self, exchange: &Exchange) -> Exchange {
        let headers = |headers: &[(String, String)]| {
            headers
                .iter()
                .map(|(name, value)| (name.clone(), self.text(value)))
                .collect()
        };
        let text = |text: &Option<String>| text.as_deref().map(|text| self.text(text));
        Exchange {
            path: self.text(&exchange.path),
            request_headers: headers(&exchange.request_headers),
            request_body: text(&exchange.request_body),
            answer_headers: headers(&exchange.answer_headers),
            answer_body: text(&exchange.answer_body),
            error: text(&exchange.error),
            ..exchange.clone()
        }
    }
}

/// The hosts, with their ports, of the addresses in a text.
fn authorities(text: &str) -> impl Iterator<Item = &str> {
    text.split("://")
        .skip(1)
        .map(|after| &after[..host_end(after)])
        .filter(|authority| !authority.is_empty())
}

fn host_end(after: &str) -> usize {
    after
        .find(|letter: char| AFTER_HOST.contains(&letter) || letter.is_whitespace())
        .unwrap_or(after.len())
}

/// A text without a host, where it is not a part of a longer name.
fn without_word(text: &str, host: &str) -> String {
    let within = |letter: char| letter.is_alphanumeric() || letter == '-';
    let mut hidden = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(host) {
        let (before, found) = rest.split_at(at);
        let after = &found[host.len()..];
        hidden.push_str(before);
        let longer = hidden.ends_with(within) || after.starts_with(within);
        hidden.push_str(if longer { host } else { HIDDEN });
        rest = after;
    }
    hidden.push_str(rest);
    hidden
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{expected::Standing, outcome::Level};

    #[rstest]
    #[case::address(
        "https://nova.example.org:8774/v2.1/servers",
        "https://hidden-host/v2.1/servers"
    )]
    #[case::in_json(
        r#"{"href":"http://10.0.0.5:8774/v2.1/"}"#,
        r#"{"href":"http://hidden-host/v2.1/"}"#
    )]
    #[case::escaped_in_json(
        r#""http:\/\/x" "http://y\n""#,
        r#""http:\/\/x" "http://hidden-host\n""#
    )]
    #[case::any_address("see http://other", "see http://hidden-host")]
    #[case::v6("http://[fd00::1]:8774/v2.1", "http://hidden-host/v2.1")]
    #[case::alone(
        "Connection to nova.example.org refused",
        "Connection to hidden-host refused"
    )]
    #[case::alone_with_port("nova.example.org:8774: refused", "hidden-host: refused")]
    #[case::end_of_a_sentence("asked nova.example.org.", "asked hidden-host.")]
    #[case::part_of_another(
        "mynova.example.org nova.example.organic",
        "mynova.example.org nova.example.organic"
    )]
    #[case::nothing("no host here :// either", "no host here :// either")]
    fn hosts_are_taken_out(#[case] text: &str, #[case] want: &str) {
        let mut hosts = Hosts::default();
        hosts.learn("--metadata-url https://nova.example.org:8774/v2.1");
        assert_eq!(hosts.text(text), want);
    }

    #[test]
    fn an_address_of_ipv6_is_taken_out_without_its_brackets() {
        let mut hosts = Hosts::default();
        hosts.learn("http://[fd00::1]:8774/v2.1");
        assert_eq!(
            hosts.text("no route to fd00::1 at [fd00::1]:8774"),
            "no route to hidden-host at hidden-host"
        );
    }

    #[test]
    fn a_name_without_a_dot_is_not_taken_out_of_sentences() {
        let mut hosts = Hosts::default();
        hosts.learn("http://controller:8774/v2.1");
        let text = "the controller says: cannot connect to controller:8774 (http://controller/)";
        assert_eq!(
            hosts.text(text),
            "the controller says: cannot connect to hidden-host (http://hidden-host/)"
        );
    }

    #[test]
    fn what_is_expected_to_fail_names_no_host() {
        let mut hosts = Hosts::default();
        hosts.learn("https://nova.example.org:8774/v2.1");
        let event = Event::Expectation(Expectation {
            checks: vec!["limits".to_owned()],
            microversions: None,
            reason: "nova.example.org is slow, see https://bugs.example.org/1".to_owned(),
            expires: "2027-01-31".to_owned(),
            place: "nova.example.org.yaml:2".to_owned(),
            standing: Standing::Passes,
            failed: 0,
            passed: 1,
        });
        let Event::Expectation(hidden) = hosts.hide(&event).into_owned() else {
            panic!("another event");
        };
        assert_eq!(
            (hidden.reason.as_str(), hidden.place.as_str()),
            (
                "hidden-host is slow, see https://hidden-host/1",
                "hidden-host.yaml:2"
            )
        );
        assert!(!hidden.sentence().contains("example.org"));
        let failure = Failure {
            expected: "1".to_owned(),
            found: "2".to_owned(),
            place: "here".to_owned(),
            exchange: None,
        };
        let known = Outcome::ExpectedFailure(Level::Must, failure, "as nova.example.org".into());
        assert_eq!(hosts.outcome(&known).reason(), Some("as hidden-host"));
    }
}
