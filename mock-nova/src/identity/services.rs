//! Written next.
use super::{Exchange, Fault};
use crate::http::call::Answer;
pub(super) fn services(_: &Exchange<'_>, _: &axum::http::Method, _: &[&str]) -> Result<Answer, Fault> { Err(Fault::not_implemented()) }
pub(super) fn endpoints(_: &Exchange<'_>, _: &axum::http::Method, _: &[&str]) -> Result<Answer, Fault> { Err(Fault::not_implemented()) }
pub(super) fn regions(_: &Exchange<'_>, _: &axum::http::Method, _: &[&str]) -> Result<Answer, Fault> { Err(Fault::not_implemented()) }
