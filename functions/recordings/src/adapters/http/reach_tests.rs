use proptest::prelude::*;

use super::*;

fn permits(reach: Reach, address: &str) -> bool {
    reach.permits(address.parse().unwrap())
}

fn url(text: &str) -> Url {
    text.parse().unwrap()
}

#[test]
fn addresses_of_our_own_networks_are_refused() {
    for address in [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.9.9.9",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "::8.8.8.8",
        "64:ff9b::808:808",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:1ff::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "3fff:fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ] {
        assert!(!permits(Reach::Public, address), "{address}");
    }
}

#[test]
fn public_addresses_are_permitted() {
    for address in [
        "1.1.1.1",
        "8.8.8.8",
        "54.172.60.0",
        "99.255.0.1",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.0.1",
        "172.32.0.1",
        "192.0.1.1",
        "192.169.0.1",
        "198.17.0.1",
        "198.20.0.1",
        "223.255.255.255",
        "2001:200::1",
        "2001:4860:4860::8888",
        "2600:1f18::1",
        "2a05:d018::1",
        "3fff:1000::1",
    ] {
        assert!(permits(Reach::Public, address), "{address}");
        assert!(permits(Reach::PublicAndLoopback, address), "{address}");
    }
}

#[test]
fn the_switch_adds_the_machine_itself_and_nothing_else() {
    for address in ["127.0.0.1", "127.1.2.3", "::1"] {
        assert!(permits(Reach::PublicAndLoopback, address), "{address}");
    }
    for address in ["10.0.0.1", "169.254.169.254", "192.168.0.1", "::ffff:127.0.0.1", "fe80::1", "0.0.0.0", "::"] {
        assert!(!permits(Reach::PublicAndLoopback, address), "{address}");
    }
}

#[test]
fn a_url_is_judged_by_its_scheme_and_its_literal_address() {
    let cases = [
        ("https://api.twilio.com/x", Ok(()), Ok(())),
        ("https://8.8.8.8/", Ok(()), Ok(())),
        ("http://api.twilio.com/", Err(Forbidden::Scheme), Err(Forbidden::Scheme)),
        ("http://8.8.8.8/", Err(Forbidden::Scheme), Err(Forbidden::Scheme)),
        ("ftp://api.twilio.com/", Err(Forbidden::Scheme), Err(Forbidden::Scheme)),
        ("file:///etc/passwd", Err(Forbidden::NoHost), Err(Forbidden::NoHost)),
        ("https://169.254.169.254/latest/meta-data", Err(Forbidden::Address), Err(Forbidden::Address)),
        ("https://2852039166/", Err(Forbidden::Address), Err(Forbidden::Address)),
        ("https://0xa9.254.0251.254/", Err(Forbidden::Address), Err(Forbidden::Address)),
        ("https://10.1/", Err(Forbidden::Address), Err(Forbidden::Address)),
        ("https://[::ffff:10.0.0.1]/", Err(Forbidden::Address), Err(Forbidden::Address)),
        ("https://[::1]/", Err(Forbidden::Address), Ok(())),
        ("https://127.0.0.1/", Err(Forbidden::Address), Ok(())),
        ("http://127.0.0.1:8080/", Err(Forbidden::Scheme), Ok(())),
        ("http://[::1]:8080/", Err(Forbidden::Scheme), Ok(())),
        ("http://localhost:8080/", Err(Forbidden::Scheme), Ok(())),
        ("http://localhost.example.com/", Err(Forbidden::Scheme), Err(Forbidden::Scheme)),
        ("http://10.0.0.1/", Err(Forbidden::Scheme), Err(Forbidden::Scheme)),
    ];
    for (text, public, with_loopback) in cases {
        assert_eq!(Reach::Public.permit_url(&url(text)), public, "{text}");
        assert_eq!(Reach::PublicAndLoopback.permit_url(&url(text)), with_loopback, "{text}");
    }
}

proptest! {
    #[test]
    fn no_ipv4_address_gets_in_as_an_ipv6_one(bits: u32) {
        let [a, b] = [(bits >> 16) as u16, bits as u16];
        let disguises = [
            Ipv4Addr::from_bits(bits).to_ipv6_mapped(),
            Ipv4Addr::from_bits(bits).to_ipv6_compatible(),
            Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, a, b),
            Ipv6Addr::new(0x2002, a, b, 0, 0, 0, 0, 1),
            Ipv6Addr::new(0x2001, 0, a, b, 0, 0, a, b),
        ];
        for disguise in disguises {
            prop_assert!(!Reach::Public.permits(IpAddr::V6(disguise)), "{disguise}");
        }
    }
}
