//! The harness of `--test cloud` itself: what is a failed, an ignored and a passed test, how the process ends, and that
//! nothing is asked for a list. The checks and the cloud are made up.

#[cfg(test)]
#[path = "../cloud/harness.rs"]
mod harness;
#[cfg(test)]
#[path = "../cloud/trials.rs"]
mod trials;

#[cfg(test)]
mod judging;
