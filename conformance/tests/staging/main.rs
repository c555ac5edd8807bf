//! A staging cloud as people have it: some of the credentials, of any kind, or an administrator who makes people for the run; and
//! policies of its own. The program is run against a mock that nobody told about it. `#[cfg(test)]` tells clippy that helpers
//! here are tests too.

#[cfg(test)]
mod known;
#[cfg(test)]
mod newcomers;
#[cfg(test)]
mod people;
#[cfg(test)]
mod policies;
#[cfg(test)]
mod rerun;
#[cfg(test)]
mod support;
