//! `servers`: what a project runs.

pub(super) mod actions;
mod columns;
pub(super) mod create;
pub(super) mod delete;
mod devices;
mod image_properties;
pub(super) mod list;
mod lock;
mod making;
mod moves;
mod names;
mod plugs;
pub(super) mod rebuild;
pub(super) mod refusals;
mod rescue;
pub(super) mod search;
pub(super) mod show;
pub(super) mod suitable;
pub(super) mod update;
pub(super) mod view;

pub(super) use refusals::{conflict, forbidden, unless_locked};
