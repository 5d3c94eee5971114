use super::*;

fn read(head: &str) -> Result<HttpRequest, u16> {
    HttpRequest::parse(head.as_bytes()).map_err(|refusal| refusal.status)
}

fn get(target: &str) -> HttpRequest {
    read(&format!(
        "GET {target} HTTP/1.1\r\nHost: a.example:8080\r\n\r\n"
    ))
    .unwrap()
}

#[test]
fn a_target_is_taken_apart_as_it_was_written() {
    for (target, path, query, host) in [
        ("/", "/", None, "a.example"),
        ("/a%20b?x=1?y", "/a%20b", Some("x=1?y"), "a.example"),
        ("/?", "/", Some(""), "a.example"),
        (
            "/x?u=http://c.example/",
            "/x",
            Some("u=http://c.example/"),
            "a.example",
        ),
        ("http://b.example:80/p?q", "/p", Some("q"), "b.example"),
        ("http://b.example?q", "/", Some("q"), "b.example"),
        ("http://b.example", "/", None, "b.example"),
        ("http://[2001:db8::1]:80/p", "/p", None, "[2001:db8::1]"),
        ("*", "*", None, "a.example"),
    ] {
        let request = get(target);
        let found = (request.path(), request.query(), request.host());
        assert_eq!(found, (path, query, Some(host)), "{target}");
    }
}

#[test]
fn a_head_that_cannot_be_read_in_one_way_is_refused() {
    let many = "X: y\r\n".repeat(FIELDS_MAX);
    for (head, refused) in [
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", None),
        ("GET / HTTP/1.0\r\n\r\n", None),
        ("GET / HTTP/1.1\r\n\r\n", Some(400)),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", Some(400)),
        ("GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n", Some(400)),
        ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", Some(400)),
        ("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", Some(400)),
        ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", Some(400)),
        ("GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", Some(400)),
        ("GET / HTTP/1.1\r\nHost: a\0\r\n\r\n", Some(400)),
        ("INVITE sip:a@b SIP/2.0\r\nHost: a\r\n\r\n", Some(400)),
        ("\x16\x03\x01\r\n\r\n", Some(400)),
        (
            &format!("GET / HTTP/1.1\r\nHost: a\r\n{many}\r\n"),
            Some(431),
        ),
    ] {
        assert_eq!(read(head).err(), refused, "{head:?}");
    }
}

#[test]
fn a_body_has_one_length() {
    for (method, fields, length) in [
        ("GET", "", Ok(0)),
        ("DELETE", "", Ok(0)),
        ("POST", "Content-Length: 12\r\n", Ok(12)),
        ("GET", "content-length:  3 \r\n", Ok(3)),
        (
            "POST",
            "Content-Length: 99999999999999999999999\r\n",
            Ok(usize::MAX),
        ),
        ("POST", "", Err(411)),
        ("PUT", "", Err(411)),
        (
            "POST",
            "Content-Length: 1\r\nContent-Length: 1\r\n",
            Err(400),
        ),
        ("POST", "Content-Length: 1, 1\r\n", Err(400)),
        ("POST", "Content-Length: +1\r\n", Err(400)),
        ("POST", "Content-Length: \r\n", Err(400)),
        ("POST", "Transfer-Encoding: chunked\r\n", Err(501)),
        (
            "POST",
            "Content-Length: 1\r\nTransfer-Encoding: identity\r\n",
            Err(501),
        ),
    ] {
        let request = read(&format!("{method} / HTTP/1.1\r\nHost: a\r\n{fields}\r\n")).unwrap();
        let found = request.body_length().map_err(|refusal| refusal.status);
        assert_eq!(found, length, "{method} {fields:?}");
    }
}

#[test]
fn a_connection_stays_where_both_want_it() {
    for (version, fields, stays) in [
        ("1.1", "", true),
        ("1.1", "Connection: keep-alive\r\n", true),
        ("1.1", "Connection: x, Close\r\n", false),
        ("1.0", "", false),
        ("1.0", "Connection: keep-alive\r\n", false),
    ] {
        let request = read(&format!("GET / HTTP/{version}\r\nHost: a\r\n{fields}\r\n")).unwrap();
        assert_eq!(request.keeps_alive(), stays, "{version} {fields:?}");
    }
}

#[test]
fn what_is_expected_is_known_or_refused() {
    for (version, fields, waits) in [
        ("1.1", "", Ok(false)),
        ("1.1", "Expect: 100-Continue\r\n", Ok(true)),
        ("1.0", "Expect: 100-continue\r\n", Ok(false)),
        ("1.1", "Expect: tea\r\n", Err(417)),
    ] {
        let request = read(&format!("GET / HTTP/{version}\r\nHost: a\r\n{fields}\r\n")).unwrap();
        let found = request
            .waits_to_continue()
            .map_err(|refusal| refusal.status);
        assert_eq!(found, waits, "{fields:?}");
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_break_the_reader(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
        let mut head = b"GET /".to_vec();
        head.extend_from_slice(&bytes);
        head.extend_from_slice(b"\r\n\r\n");
        for head in [&head[..], &bytes[..]] {
            if let Ok(request) = HttpRequest::parse(head) {
                let _ = (request.path(), request.query(), request.host());
                let _ = (request.body_length(), request.waits_to_continue(), request.keeps_alive());
            }
        }
    }
}
