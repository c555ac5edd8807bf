//! Written next.
use super::{Exchange, Fault};
use crate::http::call::Answer;
pub(super) fn route(_: &Exchange<'_>, _: &axum::http::Method, _: &[&str]) -> Result<Answer, Fault> { Err(Fault::not_implemented()) }
pub(super) fn of_caller(_: &Exchange<'_>) -> Result<Answer, Fault> { Err(Fault::not_implemented()) }
pub(super) fn inferences(_: &Exchange<'_>) -> Result<Answer, Fault> { Err(Fault::not_implemented()) }
