//! Subnets and the addresses on them that are taken.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use jiff::Timestamp;

/// A range of addresses: `10.0.0.0/24`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressRange {
    base: IpAddr,
    length: u8,
}

impl AddressRange {
    /// Reads `10.0.0.0/24`; nothing if it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (base, length) = text.split_once('/')?;
        let (base, length): (IpAddr, u8) = (base.parse().ok()?, length.parse().ok()?);
        let bits = if base.is_ipv4() { 32 } else { 128 };
        (length <= bits).then_some(Self { base, length })
    }

    /// Whether it is of version 4.
    #[must_use]
    pub const fn is_ipv4(&self) -> bool {
        self.base.is_ipv4()
    }

    /// Whether an address is in it.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.is_ipv4()
            && (self.first()..=self.last()).contains(&number(address))
    }

    fn host_bits(&self) -> u32 {
        (if self.is_ipv4() { 32 } else { 128 }) - u32::from(self.length)
    }

    fn first(&self) -> u128 {
        let host = self.host_bits();
        if host >= 128 {
            0
        } else {
            number(self.base) >> host << host
        }
    }

    fn last(&self) -> u128 {
        let host = self.host_bits();
        if host >= 128 {
            u128::MAX
        } else {
            self.first() | ((1 << host) - 1)
        }
    }

    fn address(&self, number: u128) -> IpAddr {
        match u32::try_from(number) {
            Ok(number) if self.is_ipv4() => Ipv4Addr::from(number).into(),
            _ => Ipv6Addr::from(number).into(),
        }
    }

    /// The address that routers have where nothing else is asked: the first of the range.
    #[must_use]
    pub fn gateway(&self) -> IpAddr {
        self.address(self.first().saturating_add(1))
    }

    /// The addresses that ports get: all but the network's own, the gateway's and the broadcast's.
    #[must_use]
    pub fn pool(&self) -> (IpAddr, IpAddr) {
        let first = self.first().saturating_add(2).min(self.last());
        let last = if self.is_ipv4() {
            self.last().saturating_sub(1).max(first)
        } else {
            self.last()
        };
        (self.address(first), self.address(last))
    }
}

impl std::fmt::Display for AddressRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.address(self.first()), self.length)
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u32::from(address).into(),
        IpAddr::V6(address) => address.into(),
    }
}

/// The addresses of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subnet {
    /// A UUID with dashes.
    pub id: String,
    /// Not necessarily unique.
    pub name: String,
    /// The network it is of.
    pub network_id: String,
    /// The project it belongs to.
    pub project_id: String,
    /// Its addresses.
    pub range: AddressRange,
    /// The router's address, if it has one.
    pub gateway: Option<IpAddr>,
    /// Whether servers are told their addresses.
    pub dhcp: bool,
    /// Who resolves names.
    pub dns: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    taken: BTreeSet<u128>,
    /// Where the search for a free address goes on, so that one given back is not given away at once.
    next: u128,
}

impl Subnet {
    /// The subnet of a network; the rest as where nothing else is asked.
    #[must_use]
    pub fn new(
        id: String,
        network_id: String,
        project_id: String,
        range: AddressRange,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            name: String::new(),
            network_id,
            project_id,
            range,
            gateway: Some(range.gateway()),
            dhcp: true,
            dns: Vec::new(),
            created_at: now,
            taken: BTreeSet::new(),
            next: 0,
        }
    }

    /// Whether somebody has an address of it.
    #[must_use]
    pub fn is_used(&self) -> bool {
        !self.taken.is_empty()
    }

    /// Takes this address. Whether it was free.
    pub fn take(&mut self, address: IpAddr) -> bool {
        self.taken.insert(number(address))
    }

    /// Takes any that is free.
    pub fn take_any(&mut self) -> Option<IpAddr> {
        let (first, last) = self.range.pool();
        let (first, last) = (number(first), number(last));
        let begin = self.next.clamp(first, last);
        let free = (begin..=last)
            .chain(first..begin)
            .find(|number| !self.taken.contains(number))?;
        self.taken.insert(free);
        self.next = free.saturating_add(1);
        if self.next > last {
            self.next = first;
        }
        Some(self.range.address(free))
    }

    /// Gives an address back.
    pub fn give_back(&mut self, address: IpAddr) {
        self.taken.remove(&number(address));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::usual("10.0.0.0/24", "10.0.0.1", "10.0.0.2", "10.0.0.254")]
    #[case::not_at_its_base("10.0.0.77/26", "10.0.0.65", "10.0.0.66", "10.0.0.126")]
    #[case::tiny("10.0.0.0/31", "10.0.0.1", "10.0.0.1", "10.0.0.1")]
    #[case::everything("0.0.0.0/0", "0.0.0.1", "0.0.0.2", "255.255.255.254")]
    #[case::version_6("fd00::/64", "fd00::1", "fd00::2", "fd00::ffff:ffff:ffff:ffff")]
    #[case::all_of_version_6("::/0", "::1", "::2", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    fn a_range_is_read(
        #[case] text: &str,
        #[case] gateway: &str,
        #[case] first: &str,
        #[case] last: &str,
    ) {
        let range = AddressRange::parse(text).unwrap();
        let got = (
            range.gateway().to_string(),
            range.pool().0.to_string(),
            range.pool().1.to_string(),
        );
        assert_eq!(got, (gateway.to_owned(), first.to_owned(), last.to_owned()));
    }

    #[rstest]
    #[case::no_length("10.0.0.0")]
    #[case::too_long("10.0.0.0/33")]
    #[case::no_address("ten/8")]
    fn what_is_no_range_is_none(#[case] text: &str) {
        assert_eq!(AddressRange::parse(text), None);
    }
}
