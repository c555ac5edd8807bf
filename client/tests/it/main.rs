//! The crate as its users see it. One binary, so that it links once.

#[cfg(test)]
mod config;
#[cfg(test)]
mod redaction;
#[cfg(test)]
mod session;
#[cfg(test)]
mod support;
#[cfg(test)]
mod wire;
