//! Via: what answers are sent by.

use evroute_sip::Via;

use crate::{Reader, texts};

pub(crate) const READER: Reader = Reader {
    name: "via",
    examples,
    words: &[
        "SIP/2.0/UDP ",
        "SIP / 2.0 / TCP",
        ";rport",
        ";received=",
        ";branch=z9hG4bK",
        "[::1]",
        ":5060",
    ],
    read,
    runs: 40_000,
};

fn examples() -> Vec<Vec<u8>> {
    texts(&[
        "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa;rport;received=192.0.2.7",
        "SIP / 2.0 / TLS first.example.com: 4000;ttl=16 ;maddr=224.2.0.1 ;branch=z9hG4bKa7c6a8",
        "SIP/2.0/TCP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bKas3-111",
    ])
}

fn read(raw: &[u8]) -> bool {
    let Ok(via) = Via::parse(raw) else {
        return false;
    };
    let parts = (
        via.transport(),
        via.host(),
        via.port(),
        via.branch(),
        via.received(),
        via.maddr(),
    );
    let _ = via.rport();
    let again = Via::parse(via.raw());
    assert!(again.is_ok(), "what is read once is read again");
    if let Ok(again) = again {
        let found = (
            again.transport(),
            again.host(),
            again.port(),
            again.branch(),
            again.received(),
        );
        assert_eq!(found, (parts.0, parts.1, parts.2, parts.3, parts.4));
        assert_eq!(again.maddr(), parts.5);
    }
    true
}
