//! URIs: read, taken apart, compared, and read again.

use evroute_sip::Uri;

use crate::{Reader, texts};

pub(crate) const READER: Reader = Reader {
    name: "uri",
    examples,
    words: &[
        "sip:",
        "sips:",
        "tel:",
        ";lr",
        ";transport=tcp",
        "?Subject=",
        "%41",
        "[::1]",
        "@",
        "&",
    ],
    read,
    runs: 40_000,
};

fn examples() -> Vec<Vec<u8>> {
    texts(&[
        "sip:alice:secret@atlanta.example.com:5060;transport=tcp;lr?Subject=a%20b&Priority=urgent",
        "sips:[2001:db8::9:1]:5061;maddr=192.0.2.1",
        "sip:%61lice@example.org;method=INVITE",
        "tel:+1-201-555-0123;phone-context=example.com",
        "urn:service:sos",
        "sip:1+555@h;user=phone;ttl=15",
    ])
}

fn read(raw: &[u8]) -> bool {
    let Ok(uri) = Uri::parse(raw) else {
        return false;
    };
    assert_eq!(uri.as_str().as_bytes(), raw, "nothing of it is lost");
    assert!(uri.uri_eq(&uri), "it equals itself");
    let parts = (
        uri.user(),
        uri.password(),
        uri.host(),
        uri.port(),
        uri.opaque(),
    );
    let names: Vec<_> = uri.params().iter().map(|param| param.text()).collect();
    let again = Uri::parse(uri.as_str().as_bytes());
    assert!(again.is_ok(), "what is read once is read again");
    if let Ok(again) = again {
        assert_eq!(
            (
                again.user(),
                again.password(),
                again.host(),
                again.port(),
                again.opaque()
            ),
            parts
        );
        assert_eq!(
            again
                .params()
                .iter()
                .map(|param| param.text())
                .collect::<Vec<_>>(),
            names
        );
        assert!(uri.uri_eq(&again) && again.uri_eq(&uri));
    }
    let _ = (uri.host_ip(), uri.is_loose_router(), uri.transport());
    true
}
