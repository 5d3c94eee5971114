//! Answers: what a phone says that shows who it is, read and checked.

use evroute_digest_auth::{Authorization, Ha1, Nonces, SignedRequest};

use crate::{Reader, texts};

pub(crate) const READER: Reader = Reader {
    name: "digest_answer",
    examples,
    words: &[
        "Digest ",
        "username=\"alice\"",
        "realm=\"a\"",
        "nonce=\"n\"",
        "uri=\"sip:a\"",
        "response=\"8ca523f5e9506fed4657c9700eebdbec\"",
        "algorithm=SHA-256",
        "qop=auth-int",
        "nc=00000001",
        "cnonce=\"c\"",
        "\\\"",
    ],
    read,
    runs: 40_000,
};

fn examples() -> Vec<Vec<u8>> {
    texts(&[
        "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\", algorithm=MD5, nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, response=\"8ca523f5e9506fed4657c9700eebdbec\"",
        "Digest username=\"bob\",realm=\"atlanta.example.com\",nonce=\"84a4cc6f3082121f32b42a2187831a9e\",uri=\"sip:ss2.example.com\",response=\"7587245234b3434cc3412213e5f113a5\"",
    ])
}

fn read(raw: &[u8]) -> bool {
    let Ok(answer) = Authorization::parse(raw) else {
        return false;
    };
    let request = SignedRequest {
        method: b"GET",
        body: b"",
    };
    let passwords = ["Circle of Life", "zanzibar"];
    let ha1s = passwords
        .map(|password| Ha1::of(answer.algorithm, &answer.user_name, &answer.realm, password));
    let right = ha1s.iter().filter(|ha1| answer.is_made_with(ha1, request));
    assert!(right.count() <= 1, "one password is right");
    let nonces = Nonces::new([0; 32], 1_000, 10);
    let known = nonces.recognise(&[], answer.nonce, 5);
    assert!(known.is_err(), "a nonce that was never issued is not known");
    true
}
