use super::*;
use crate::{Authorization, Nonces, Unproven, check};

const ALICE: Credentials<'_> = Credentials {
    user_name: "alice",
    password: "secret",
    realm: None,
};

const REGISTER: SignedRequest<'_> = SignedRequest {
    method: b"REGISTER",
    body: b"",
};

const RETRY: Retry<'_> = Retry {
    request: REGISTER,
    uri: "sip:acme.example",
    cnonce: "c",
    count: 1,
    refused: None,
};

fn answered(challenges: &[&str]) -> Result<String, AnswerError> {
    let challenges = challenges.iter().map(|text| text.as_bytes());
    answer(challenges, &ALICE, &RETRY)
}

fn algorithm_of(answer: &str) -> Algorithm {
    Authorization::parse(answer.as_bytes()).unwrap().algorithm
}

#[test]
fn the_strongest_that_is_known_is_answered_whatever_the_order() {
    let [md5, sha256, unknown] = ["MD5", "SHA-256", "SHA-1024"]
        .map(|name| format!("Digest realm=\"r\", nonce=\"n\", algorithm={name}, qop=\"auth\""));
    for challenges in [
        [&md5, &sha256, &unknown],
        [&unknown, &sha256, &md5],
        [&sha256, &unknown, &md5],
    ] {
        let answer = answered(&challenges.map(String::as_str)).unwrap();
        assert_eq!(algorithm_of(&answer), Algorithm::Sha256);
    }
    assert_eq!(algorithm_of(&answered(&[&md5]).unwrap()), Algorithm::Md5);
    assert_eq!(answered(&[&unknown]), Err(AnswerError::UnknownAlgorithm));
    assert_eq!(
        answered(&["Basic realm=\"r\""]),
        Err(AnswerError::NoChallenge)
    );
    assert_eq!(answered(&[]), Err(AnswerError::NoChallenge));
}

#[test]
fn a_password_is_not_used_for_another_realm() {
    let challenge = "Digest realm=\"r\", nonce=\"n\"";
    let ours = Credentials {
        realm: Some("r"),
        ..ALICE
    };
    let asked = |credentials: &Credentials<'_>| answer([challenge.as_bytes()], credentials, &RETRY);
    assert!(asked(&ours).is_ok());
    let others = Credentials {
        realm: Some("s"),
        ..ALICE
    };
    assert_eq!(asked(&others), Err(AnswerError::OtherRealm));
    assert!(!format!("{ours:?}").contains("secret"));
}

#[test]
fn what_was_refused_is_not_sent_again() {
    let again = |challenge: &str, refused: &str| {
        let challenges = [challenge.as_bytes()];
        answer(
            challenges,
            &ALICE,
            &Retry {
                refused: Some(refused),
                ..RETRY
            },
        )
    };
    let wrong = "Digest realm=\"r\", nonce=\"m\"";
    let stale = "Digest realm=\"r\", nonce=\"m\", stale=TRUE";
    assert_eq!(again(wrong, "n"), Err(AnswerError::Refused));
    assert_eq!(again(stale, "m"), Err(AnswerError::Refused));
    assert!(again(stale, "n").is_ok());
}

#[test]
fn an_answer_to_a_server_of_ours_is_right_once() {
    let nonces = Nonces::new([1; 32], 1_000, 100);
    let body = SignedRequest {
        body: b"v=0",
        ..REGISTER
    };
    for algorithm in Algorithm::ALL {
        let ha1 = Ha1::of(algorithm, "alice", "r", "secret");
        for (has_auth, has_auth_int) in [(true, false), (true, true), (false, true), (false, false)]
        {
            let nonce = nonces.issue(&[b"r"], 5);
            let mut challenge = Challenge::new("r", algorithm, &nonce, false);
            (challenge.has_auth, challenge.has_auth_int) = (has_auth, has_auth_int);
            let challenge = challenge.to_string();
            let challenges = [challenge.as_bytes()];
            let value = answer(
                challenges,
                &ALICE,
                &Retry {
                    request: body,
                    ..RETRY
                },
            )
            .unwrap();
            let read = Authorization::parse(value.as_bytes()).unwrap();
            let known = nonces.recognise(&[b"r"], read.nonce, 6).unwrap();
            let asked = |request, ha1: &Ha1| check(&read, request, ha1, &nonces, known);
            let other_method = SignedRequest {
                method: b"INVITE",
                ..body
            };
            assert_eq!(asked(other_method, &ha1), Err(Unproven::Wrong));
            let other_body = asked(
                SignedRequest {
                    body: b"v=1",
                    ..body
                },
                &ha1,
            );
            if has_auth_int && !has_auth {
                assert_eq!(other_body, Err(Unproven::Wrong));
            } else {
                assert_eq!(other_body, Ok(()), "which has used the count");
                assert_eq!(asked(body, &ha1), Err(Unproven::Replayed));
                continue;
            }
            let guess = Ha1::of(algorithm, "alice", "r", "guess");
            for wrong in [guess, nonces.made_up(algorithm, "alice")] {
                assert_eq!(asked(body, &wrong), Err(Unproven::Wrong));
            }
            assert_eq!(asked(body, &ha1), Ok(()));
            assert_eq!(asked(body, &ha1), Err(Unproven::Replayed));
        }
    }
}

#[test]
fn a_session_is_answered() {
    // printf of RFC 7616 3.4.2, each with openssl dgst -md5: see tests/vectors.rs for the rest.
    let challenge = "Digest realm=\"r\", nonce=\"n\", algorithm=MD5-sess, qop=\"auth\"";
    let answer = answered(&[challenge]).unwrap();
    assert!(
        answer.contains(
            "response=\"20cb0fb0157ec35e461e170144782f6d\", algorithm=MD5-sess, qop=auth"
        ),
        "{answer}"
    );
}
