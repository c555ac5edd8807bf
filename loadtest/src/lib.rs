//! How fast are key creation and rebuild on a cloud, is that worse than last time, and does it answer right while it is busy?
//!
//! people → jobs → engine → recorder → results → gate and reports:
//!
//! - [`people`] are those in whose name load is sent: from clouds.yaml, or made for the run.
//! - [`scenario`] is what they do: jobs with keypairs and rebuilds of a fleet, each answer looked at ([`keys`] tells what a
//!   keypair has to be from its name alone).
//! - [`engine`] is when they do it: so many users (goose), a rate (ours), or all at once.
//! - [`results`] is what was measured: histograms by name and by second, wrong answers, what it cost. [`merge`] adds up several.
//! - [`gate`], [`baseline`] and [`history`] judge results, [`report`] shows them; [`exit::ExitCode`] is how the program ends.
//! - [`run`] goes from the first login to the clean cloud ([`cleanup`]), [`signals`] tells it to end early.
//! - [`calibrate`] plants times that are known, and tells how well this tool finds them.
//!
//! It knows `nova-client` (how to ask), and of `nova-conformance` what [`shared`] passes on. It meets `mock-nova` only where a
//! cloud is started ([`embedded`], [`calibrate`]), never to learn what is right.

pub mod baseline;
pub mod calibrate;
pub mod chance;
pub mod cleanup;
pub mod cli;
pub mod embedded;
pub mod engine;
pub mod exit;
pub mod gate;
pub mod histogram;
pub mod history;
pub mod keys;
pub mod machine;
pub mod merge;
pub mod people;
pub mod report;
pub mod results;
pub mod run;
pub mod scenario;
pub mod shared;
pub mod signals;
pub mod words;
