//! What Nova passed on to other services until 2.35.

pub(super) mod floating_ips;
pub(super) mod images;
pub(super) mod networks;
pub(super) mod security_groups;

use super::servers::suitable::viewer;
