//! Faults on the way to the cloud, by a proxy of ours in front of the mock or of a cloud that has been told of (see `stage`);
//! and the death of the program itself. Each ends in the right exit code and sentence, and nothing is left on the cloud when it
//! has been swept, as its administrator counts. `#[cfg(test)]` tells clippy that helpers here are tests too.

#[cfg(test)]
mod inventory;
#[cfg(test)]
mod killed;
#[cfg(test)]
mod proxy;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod way;
