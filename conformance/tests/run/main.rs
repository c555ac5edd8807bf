//! The engine of `nova-conformance`, from outside. `#[cfg(test)]` tells clippy that helpers here are tests too.

#[cfg(test)]
mod binary;
#[cfg(test)]
mod changes;
#[cfg(test)]
mod cleanup;
#[cfg(test)]
mod html;
#[cfg(test)]
mod outcomes;
#[cfg(test)]
mod reports;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod staging;
#[cfg(test)]
mod support;
#[cfg(test)]
mod wrong_clouds;
