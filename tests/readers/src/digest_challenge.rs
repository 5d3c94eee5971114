//! Challenges: what a trunk asks its client for, read, printed, and answered.

use evroute_digest_auth::{
    AnswerError, Authorization, Challenge, Credentials, Retry, SignedRequest, answer,
};

use crate::{Reader, texts};

pub(crate) const READER: Reader = Reader {
    name: "digest_challenge",
    examples,
    words: &[
        "Digest ",
        "realm=\"a\"",
        "nonce=\"n\"",
        ", ",
        "algorithm=SHA-256",
        "-sess",
        "qop=\"auth,auth-int\"",
        "stale=TRUE",
        "\\\"",
        "opaque=\"\"",
    ],
    read,
    runs: 40_000,
};

fn examples() -> Vec<Vec<u8>> {
    texts(&[
        "Digest realm=\"atlanta.example.com\", qop=\"auth,auth-int\", nonce=\"dcd98b7102dd\", opaque=\"5ccc069c403\"",
        "Digest realm=\"a \\\"b\\\"\", nonce=\"n\", stale=TRUE, algorithm=MD5-sess, qop=\"auth\"",
        "digest realm = acme , nonce=n,algorithm=SHA-512-256",
    ])
}

fn read(raw: &[u8]) -> bool {
    let credentials = Credentials {
        user_name: "alice \"a\"",
        password: "secret",
        realm: None,
    };
    let request = SignedRequest {
        method: b"INVITE",
        body: b"v=0",
    };
    let retry = Retry {
        request,
        uri: "sip:bob@acme.example",
        cnonce: "c",
        count: 1,
        refused: None,
    };
    let answered = answer([raw], &credentials, &retry);
    let Ok(challenge) = Challenge::parse(raw) else {
        assert_eq!(answered, Err(AnswerError::NoChallenge));
        return false;
    };
    // What an unknown name of an algorithm was is not kept.
    if challenge.algorithm.is_some() {
        let printed = challenge.to_string();
        let again = Challenge::parse(printed.as_bytes());
        let is_plain = !challenge.realm.chars().any(char::is_control);
        assert!(!is_plain || again == Ok(challenge.clone()), "{printed}");
    }
    if let Ok(answered) = &answered {
        assert!(!answered.contains("secret"), "a password is never sent");
    }
    // A session is answered, and never asked for by us.
    let (Ok(answered), false) = (&answered, challenge.is_session) else {
        return true;
    };
    let read = Authorization::parse(answered.as_bytes());
    assert!(read.is_ok(), "{answered}: {read:?}");
    if let Ok(read) = read {
        assert_eq!(read.user_name, credentials.user_name);
        assert_eq!(Some(read.algorithm), challenge.algorithm);
        assert_eq!(read.nonce, challenge.nonce);
    }
    true
}
