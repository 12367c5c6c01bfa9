use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Where the client may connect to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Public addresses, by HTTPS.
    Public,
    /// The machine itself too, also without TLS: for tests and the local stack.
    PublicAndLoopback,
}

/// Why a destination is not connected to. The destination is not named: its URL may hold a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Forbidden {
    #[error("the destination's address is not public")]
    Address,
    #[error("the destination is not reached by HTTPS")]
    Scheme,
    #[error("the destination has no host")]
    NoHost,
}

impl Reach {
    /// Checks what a URL itself tells: its scheme, and its address where it names one.
    pub(super) fn permit_url(self, url: &Url) -> Result<(), Forbidden> {
        let (address, is_here) = match url.host().ok_or(Forbidden::NoHost)? {
            Host::Ipv4(address) => (Some(IpAddr::V4(address)), address.is_loopback()),
            Host::Ipv6(address) => (Some(IpAddr::V6(address)), address.is_loopback()),
            Host::Domain(name) => (None, name == "localhost"),
        };
        match url.scheme() {
            "https" => {}
            "http" if is_here && self == Self::PublicAndLoopback => {}
            _ => return Err(Forbidden::Scheme),
        }
        if address.is_none_or(|address| self.permits(address)) { Ok(()) } else { Err(Forbidden::Address) }
    }

    /// Whether an address may be connected to.
    pub(super) fn permits(self, address: IpAddr) -> bool {
        match self {
            Self::Public => is_public(address),
            Self::PublicAndLoopback => is_public(address) || address.is_loopback(),
        }
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// Everything but what the IANA registry of special addresses keeps from the public network.
/// Source: <https://www.iana.org/assignments/iana-ipv4-special-registry>
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let this_network = a == 0;
    let carrier_nat = a == 100 && (64..128).contains(&b);
    let protocol_assignments = (a, b, c) == (192, 0, 0);
    let relay_to_v6 = (a, b, c) == (192, 88, 99);
    let benchmarks = a == 198 && (18..20).contains(&b);
    // Multicast, reserved and broadcast.
    let upper = a >= 224;
    !(this_network
        || carrier_nat
        || protocol_assignments
        || relay_to_v6
        || benchmarks
        || upper
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation())
}

/// Only what is handed out to the public network, `2000::/3`, without the parts of it that stand for something else.
/// That leaves out loopback, unique-local, link-local, multicast, and IPv4 addresses in any disguise.
/// Source: <https://www.iana.org/assignments/iana-ipv6-special-registry>
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let handed_out = a & 0xe000 == 0x2000;
    // Teredo, which holds an IPv4 address, and other protocols' own.
    let protocol_assignments = a == 0x2001 && b < 0x0200;
    let holds_an_ipv4 = a == 0x2002;
    let documentation = (a == 0x2001 && b == 0x0db8) || (a == 0x3fff && b < 0x1000);
    handed_out && !(protocol_assignments || holds_an_ipv4 || documentation)
}

#[cfg(test)]
#[path = "reach_tests.rs"]
mod tests;
