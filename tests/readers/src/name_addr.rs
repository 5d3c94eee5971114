//! Names with addresses: From, To, Route, Contact.

use evroute_sip::{Contact, NameAddr};

use crate::{Reader, texts};

pub(crate) const READER: Reader = Reader {
    name: "name_addr",
    examples,
    words: &[
        "<sip:",
        ">",
        "\"",
        "\\\"",
        ";tag=",
        ";q=0.",
        ";expires=",
        "*",
        ",",
        "\r\n ",
    ],
    read,
    runs: 40_000,
};

fn examples() -> Vec<Vec<u8>> {
    texts(&[
        "\"Alice \\\"A\\\" Smith\" <sip:alice@atlanta.example.com;lr>;tag=1928301774",
        "Bob <sips:bob@[2001:db8::1]>;q=0.7;expires=3600",
        "sip:carol@example.org;tag=abc",
        "<tel:+12015550123>;x=\"a;b,c\"",
        "*",
    ])
}

fn read(raw: &[u8]) -> bool {
    if let Ok(contact) = Contact::parse(raw) {
        let _ = (contact.addr().is_some(), contact.expires(), contact.q());
    }
    let Ok(address) = NameAddr::parse(raw) else {
        return false;
    };
    let _ = (
        address.display(),
        address.display_name(),
        address.parse_uri(),
    );
    let parts = (address.uri(), address.tag(), address.is_bracketed());
    for param in address.params().iter() {
        let _ = (param.text(), param.unquoted());
    }
    let again = NameAddr::parse(address.raw());
    assert!(again.is_ok(), "what is read once is read again");
    if let Ok(again) = again {
        assert_eq!((again.uri(), again.tag(), again.is_bracketed()), parts);
    }
    true
}
