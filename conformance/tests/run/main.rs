//! The engine of `nova-conformance`, from outside. `#[cfg(test)]` tells clippy that helpers here are tests too.

#[cfg(test)]
mod binary;
#[cfg(test)]
mod cleanup;
#[cfg(test)]
mod outcomes;
#[cfg(test)]
mod reports;
#[cfg(test)]
mod support;
#[cfg(test)]
mod wrong_clouds;
