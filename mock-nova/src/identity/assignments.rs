//! Written next.
use super::{Exchange, Fault};
use crate::http::call::Answer;
pub(super) fn list(_: &Exchange<'_>) -> Result<Answer, Fault> { Err(Fault::not_implemented()) }
pub(super) fn on_system(_: &Exchange<'_>, _: &axum::http::Method, _: &str, _: &[&str]) -> Result<Answer, Fault> { Err(Fault::not_implemented()) }
