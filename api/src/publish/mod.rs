//! The documents generated from the history: for people, and for tools.

mod markdown;
mod openapi;

pub use markdown::microversions;
pub use openapi::openapi;
