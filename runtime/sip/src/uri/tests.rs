use super::*;

fn uri(raw: &str) -> Uri<'_> {
    Uri::parse(raw.as_bytes()).unwrap()
}

#[test]
fn a_full_sip_uri_comes_apart() {
    let uri =
        uri("SIPS:bob:s3cret@[2001:db8::10]:5070;transport=tcp;lr=on;maddr=h?Subject=x&y=z@w");
    assert_eq!(uri.scheme(), Scheme::Sips);
    assert_eq!((uri.user(), uri.password()), (Some("bob"), Some("s3cret")));
    assert_eq!((uri.host(), uri.port()), ("[2001:db8::10]", Some(5070)));
    assert_eq!(uri.host_ip(), Some("2001:db8::10".parse().unwrap()));
    assert_eq!((uri.transport(), uri.maddr()), (Some("tcp"), Some("h")));
    assert!(uri.is_loose_router());
    assert_eq!(uri.headers(), Some("Subject=x&y=z@w"));
}

#[test]
fn odd_users_stay_users() {
    for (raw, user, host) in [
        ("sip:1_u,/?+x@b.example.com", "1_u,/?+x", "b.example.com"),
        (
            "sip:user;par=u%40example.net@example.com",
            "user;par=u%40example.net",
            "example.com",
        ),
        ("sip:john.doe@a.example.com", "john.doe", "a.example.com"),
        (
            "sip:+13035551111@ift.example.net;user=phone",
            "+13035551111",
            "ift.example.net",
        ),
    ] {
        assert_eq!(
            (uri(raw).user(), uri(raw).host()),
            (Some(user), host),
            "{raw}"
        );
    }
    assert_eq!(uri("sip:b.example.com.").user(), None);
}

#[test]
fn parameters_keep_every_character_the_grammar_allows() {
    let uri = uri("sip:bob@b.example.com;line=a:b/c[d];x");
    assert_eq!(uri.param("LINE").unwrap().text(), Some("a:b/c[d]"));
    assert_eq!(uri.param("x").unwrap().value, None);
}

#[test]
fn other_schemes_are_kept_whole() {
    let tel = uri("tel:+1-202-555-0123;phone-context=example.com");
    assert_eq!(
        (tel.scheme(), tel.opaque(), tel.host()),
        (Scheme::Tel, "+1-202-555-0123", "")
    );
    assert_eq!(tel.params().text("phone-context"), Some("example.com"));
    let soap = uri("soap.beep://192.0.2.103:3002");
    assert_eq!(soap.scheme(), Scheme::Other("soap.beep"));
    assert_eq!(soap.opaque(), "//192.0.2.103:3002");
}

#[test]
fn what_is_not_a_uri_is_refused_with_its_reason() {
    for (raw, error) in [
        ("", UriError::NoScheme),
        ("sip", UriError::NoScheme),
        ("sip:", UriError::NoScheme),
        ("1sip:a@b", UriError::NoScheme),
        ("<sip:a@b>", UriError::BadCharacter),
        ("sip:a b@c", UriError::BadCharacter),
        ("sip:@host", UriError::BadUser),
        ("sip:a@b@c", UriError::BadUser),
        ("sip:user@", UriError::BadHost),
        ("sip:user@;lr", UriError::BadHost),
        ("sip:2001:db8::10", UriError::BadPort),
        ("sip:user@[2001:db8:::192.0.2.1]", UriError::BadHost),
        ("sip:bob@h:99999", UriError::BadPort),
        ("sip:bob@h;;lr", UriError::BadParam),
    ] {
        assert_eq!(Uri::parse(raw.as_bytes()).unwrap_err(), error, "{raw}");
    }
    assert_eq!(Uri::parse(b"sip:\xffa@b").unwrap_err(), UriError::NotText);
}

#[test]
fn escapes_are_undone_once_and_bad_ones_stay() {
    assert_eq!(
        &*unescape("sips%3Auser%40example.com"),
        b"sips:user@example.com"
    );
    assert_eq!(&*unescape("null-%00-null"), b"null-\0-null");
    assert_eq!(&*unescape("%2541%zz%4"), b"%41%zz%4");
}
