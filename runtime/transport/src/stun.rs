//! STUN on the ports of SIP (RFC 8489): phones ask where they are seen from, which keeps their way
//! through a NAT open and tells them when it has changed (RFC 5626 4.4.2).
//!
//! Nothing but a request for a binding is answered, and that with its address alone: an answer is
//! at most 32 bytes longer than its request, so that nobody is flooded by made-up sources.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;

const HEADER_BYTES: usize = 20;
/// What tells STUN from whatever else begins with two bits of zero (RFC 8489 5).
const COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
/// The cookie and the number of the transaction, as an answer has them.
const ID_BYTES: usize = 16;

const BINDING_REQUEST: [u8; 2] = [0x00, 0x01];
const BINDING_SUCCESS: [u8; 2] = [0x01, 0x01];
const BINDING_ERROR: [u8; 2] = [0x01, 0x11];

const ERROR_CODE: [u8; 2] = [0x00, 0x09];
const UNKNOWN_ATTRIBUTES: [u8; 2] = [0x00, 0x0a];
const XOR_MAPPED_ADDRESS: [u8; 2] = [0x00, 0x20];
const FINGERPRINT: u16 = 0x8028;
/// What a fingerprint is combined with (RFC 8489 14.7).
const FINGERPRINT_XOR: u32 = 0x5354_554e;
const FINGERPRINT_BYTES: u16 = 8;
/// Attributes below have to be understood (RFC 8489 14).
const OPTIONAL: u16 = 0x8000;
/// How many attributes that are not understood an answer names, so that it stays small.
const UNKNOWN_MAX: usize = 4;

/// What a datagram of STUN comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StunAnswer {
    /// The address that it came from.
    Mapped(Bytes),
    /// It asks for something that is not offered (420).
    Unknown(Bytes),
    /// Nothing: it is broken, or asks for no binding.
    Nothing,
}

/// What is to be answered to a datagram; none where it is not STUN. No message of SIP begins with
/// two bits of zero and has the cookie behind.
pub(crate) fn answer(datagram: &[u8], remote: SocketAddr) -> Option<StunAnswer> {
    let (header, body) = datagram.split_at_checked(HEADER_BYTES)?;
    let [k0, k1, l0, l1, id @ ..] = header else {
        return None;
    };
    if k0 & 0xc0 != 0 || !id.starts_with(&COOKIE) {
        return None;
    }
    let is_whole = usize::from(u16::from_be_bytes([*l0, *l1])) == body.len();
    let asked = read(datagram, body).filter(|_| is_whole && [*k0, *k1] == BINDING_REQUEST);
    let (Some(asked), Ok(id)) = (asked, <&[u8; ID_BYTES]>::try_from(id)) else {
        return Some(StunAnswer::Nothing);
    };
    Some(if asked.unknown.is_empty() {
        StunAnswer::Mapped(asked.message(BINDING_SUCCESS, id, &mapped(remote, id)))
    } else {
        StunAnswer::Unknown(asked.message(BINDING_ERROR, id, &refusal(&asked.unknown)))
    })
}

/// What a request asks for.
#[derive(Debug, Default)]
struct Asked {
    /// Attributes that have to be understood and are not, the first few.
    unknown: Vec<u16>,
    /// Whether it has a fingerprint, so that its answer gets one.
    has_fingerprint: bool,
}

/// Reads the attributes; none when they are broken, or the fingerprint is of something else.
fn read(datagram: &[u8], body: &[u8]) -> Option<Asked> {
    let (mut asked, mut rest) = (Asked::default(), body);
    while let [k0, k1, l0, l1, tail @ ..] = rest {
        let (kind, before) = (u16::from_be_bytes([*k0, *k1]), datagram.len() - rest.len());
        let length = usize::from(u16::from_be_bytes([*l0, *l1]));
        let value = tail.get(..length)?;
        rest = tail.get(length.next_multiple_of(4)..)?;
        if kind == FINGERPRINT {
            let said = u32::from_be_bytes(value.try_into().ok()?);
            let is_last = rest.is_empty() && said == fingerprint(datagram.get(..before)?);
            asked.has_fingerprint = true;
            return is_last.then_some(asked);
        }
        if kind < OPTIONAL && asked.unknown.len() < UNKNOWN_MAX {
            asked.unknown.push(kind);
        }
    }
    rest.is_empty().then_some(asked)
}

fn fingerprint(before: &[u8]) -> u32 {
    crc32fast::hash(before) ^ FINGERPRINT_XOR
}

/// RFC 8489 14.2.
fn mapped(remote: SocketAddr, id: &[u8; ID_BYTES]) -> Vec<u8> {
    let (family, address) = match remote.ip().to_canonical() {
        IpAddr::V4(ip) => (1, ip.octets().to_vec()),
        IpAddr::V6(ip) => (2, ip.octets().to_vec()),
    };
    let port = remote.port().to_be_bytes();
    let hidden = |bytes: &[u8]| -> Vec<u8> { bytes.iter().zip(id).map(|(a, b)| a ^ b).collect() };
    let value = [&[0, family], &*hidden(&port), &*hidden(&address)].concat();
    attribute(XOR_MAPPED_ADDRESS, &value)
}

/// RFC 8489 14.8, 14.13. The reason phrase is left out.
fn refusal(unknown: &[u16]) -> Vec<u8> {
    let kinds: Vec<u8> = unknown.iter().flat_map(|kind| kind.to_be_bytes()).collect();
    let code = attribute(ERROR_CODE, &[0, 0, 4, 20]);
    [code, attribute(UNKNOWN_ATTRIBUTES, &kinds)].concat()
}

fn attribute(kind: [u8; 2], value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len()).unwrap_or(0);
    let mut written = [&kind, &length.to_be_bytes(), value].concat();
    written.resize(written.len().next_multiple_of(4), 0);
    written
}

impl Asked {
    fn message(&self, kind: [u8; 2], id: &[u8; ID_BYTES], attributes: &[u8]) -> Bytes {
        let mut length = u16::try_from(attributes.len()).unwrap_or(0);
        if self.has_fingerprint {
            length = length.saturating_add(FINGERPRINT_BYTES);
        }
        let mut message = [&kind, &length.to_be_bytes(), &id[..], attributes].concat();
        if self.has_fingerprint {
            let fingerprint = fingerprint(&message).to_be_bytes();
            message.extend(attribute(FINGERPRINT.to_be_bytes(), &fingerprint));
        }
        message.into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The number of the transaction in RFC 5769.
    const ID: [u8; 12] = [
        0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae,
    ];

    fn request(kind: [u8; 2], attributes: &[u8]) -> Vec<u8> {
        let length = u16::try_from(attributes.len()).unwrap().to_be_bytes();
        [&kind[..], &length, &COOKIE, &ID, attributes].concat()
    }

    fn answered(datagram: &[u8], remote: &str) -> Vec<u8> {
        match answer(datagram, remote.parse().unwrap()) {
            Some(StunAnswer::Mapped(bytes)) => bytes.to_vec(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_address_is_written_as_the_vectors_of_rfc_5769_have_it() {
        let asked = request(BINDING_REQUEST, &[]);
        let v4 = answered(&asked, "192.0.2.1:32853");
        assert_eq!(v4[..4], [0x01, 0x01, 0x00, 0x0c]);
        assert_eq!(v4[4..20], asked[4..20]);
        let expected = [0, 0x20, 0, 8, 0, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43];
        assert_eq!(v4[20..], expected);
        let v6 = answered(&asked, "[2001:db8:1234:5678:11:2233:4455:6677]:32853");
        let expected = [
            0x00, 0x20, 0x00, 0x14, 0x00, 0x02, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa, 0xa5, 0xd3,
            0xf1, 0x79, 0xbc, 0x25, 0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9,
        ];
        assert_eq!(v6[20..], expected);
    }

    #[test]
    fn a_fingerprint_is_answered_with_one() {
        // RFC 5769 2.1, without what comes before the fingerprint: the checksum is our own there.
        let mut asked = request(BINDING_REQUEST, &[0x80, 0x28, 0, 4, 0, 0, 0, 0]);
        let right = fingerprint(&asked[..20]).to_be_bytes();
        asked[24..].copy_from_slice(&right);
        let mapped = answered(&asked, "192.0.2.1:32853");
        assert_eq!(mapped.len(), 40);
        let (before, last) = mapped.split_at(32);
        let expected = fingerprint(before).to_be_bytes();
        assert_eq!(last, [&[0x80, 0x28, 0, 4], &expected[..]].concat());
        asked[25] ^= 1;
        let of_another = answer(&asked, "192.0.2.1:1".parse().unwrap());
        assert_eq!(of_another, Some(StunAnswer::Nothing));
    }

    #[test]
    fn the_fingerprint_of_rfc_5769_is_right() {
        let before = [
            &[0x00, 0x01, 0x00, 0x58][..],
            &COOKIE,
            &ID,
            &[0x80, 0x22, 0x00, 0x10],
            b"STUN test client",
            &[0x00, 0x24, 0x00, 0x04, 0x6e, 0x00, 0x01, 0xff],
            &[0x80, 0x29, 0x00, 0x08, 0x93, 0x2f, 0xf9, 0xb1],
            &[0x51, 0x26, 0x3b, 0x36, 0x00, 0x06, 0x00, 0x09],
            b"evtj:h6vY   ",
            &[0x00, 0x08, 0x00, 0x14, 0x9a, 0xea, 0xa7, 0x0c],
            &[0xbf, 0xd8, 0xcb, 0x56, 0x78, 0x1e, 0xf2, 0xb5],
            &[0xb2, 0xd3, 0xf2, 0x49, 0xc1, 0xb5, 0x71, 0xa2],
        ]
        .concat();
        assert_eq!(fingerprint(&before), 0xe57a_3bcf);
    }

    #[test]
    fn what_is_not_offered_is_refused_with_its_name() {
        // CHANGE-REQUEST, to have the answer sent from elsewhere, and one that is optional.
        let attributes = [
            0x00, 0x03, 0, 4, 0, 0, 0, 6, 0x80, 0x22, 0, 1, b'x', 0, 0, 0,
        ];
        let asked = request(BINDING_REQUEST, &attributes);
        let Some(StunAnswer::Unknown(refused)) = answer(&asked, "192.0.2.1:1".parse().unwrap())
        else {
            panic!("not refused");
        };
        assert_eq!(refused[..2], BINDING_ERROR);
        let expected = [0, 9, 0, 4, 0, 0, 4, 20, 0, 10, 0, 2, 0, 3, 0, 0];
        assert_eq!(refused[20..], expected);
    }

    #[test]
    fn other_messages_of_stun_and_broken_ones_get_nothing() {
        let remote = "192.0.2.1:1".parse().unwrap();
        let mut short = request(BINDING_REQUEST, &[]);
        short[3] = 8;
        for datagram in [
            request([0x00, 0x11], &[]),
            request(BINDING_SUCCESS, &[]),
            request([0x00, 0x03], &[]),
            request(BINDING_REQUEST, &[0x80, 0x22, 0, 9, 1, 2, 3, 4]),
            request(BINDING_REQUEST, &[0x80]),
            short,
        ] {
            assert_eq!(answer(&datagram, remote), Some(StunAnswer::Nothing));
        }
    }

    #[test]
    fn sip_is_no_stun() {
        let remote = "192.0.2.1:1".parse().unwrap();
        for datagram in [
            &b"OPTIONS sip:a@b SIP/2.0\r\n\r\n"[..],
            b"\r\n\r\n",
            b"\0\x01 not SIP and no STUN at all",
            b"",
        ] {
            assert_eq!(answer(datagram, remote), None);
        }
    }

    proptest! {
        #[test]
        fn no_answer_is_more_than_32_bytes_longer_than_its_request(
            attributes in proptest::collection::vec(any::<u8>(), 0..64),
        ) {
            let asked = request(BINDING_REQUEST, &attributes);
            let remote = "[2001:db8::1]:5060".parse().unwrap();
            match answer(&asked, remote) {
                Some(StunAnswer::Mapped(bytes) | StunAnswer::Unknown(bytes)) => {
                    prop_assert!(bytes.len() <= asked.len() + 32);
                }
                Some(StunAnswer::Nothing) => {}
                None => prop_assert!(false, "it has the cookie"),
            }
        }
    }
}
