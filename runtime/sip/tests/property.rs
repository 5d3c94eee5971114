//! Properties that hold for any bytes: the corpus, mutated.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helping functions too"
)]

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use bytes::Bytes;
use evroute_sip::{Framing, HeaderName, Message, NameAddr, ParseErrorResponse, Uri, Via, validate};
use proptest::prelude::*;
use proptest::sample::Index;

static CORPUS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/torture");
    let mut files: Vec<PathBuf> = ["rfc4475", "rfc5118", "extra"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(root.join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert_eq!(files.len(), 133, "the torture corpus is missing");
    files
        .iter()
        .map(|file| std::fs::read(file).unwrap())
        .collect()
});

/// Pieces that mean something to a SIP parser.
const TOKENS: [&str; 20] = [
    "\r\n",
    "\r\n ",
    "\n",
    "\r",
    "\0",
    "\"",
    "\\",
    "<",
    ">",
    ";",
    ",",
    ":",
    "=",
    "@",
    "[::1]",
    "Via: SIP/2.0/UDP h\r\n",
    "Content-Length: 3\r\n",
    ";tag=x",
    "%00",
    "\u{fc}",
];

#[derive(Clone, Debug)]
enum Mutation {
    Set(Index, u8),
    Cut(Index, Index),
    Insert(Index, usize),
    Splice(Index, Index, Index),
}

impl Mutation {
    fn apply(&self, wire: &mut Vec<u8>) {
        let at = |index: &Index, wire: &Vec<u8>| index.index(wire.len() + 1);
        match self {
            Mutation::Set(index, byte) if !wire.is_empty() => {
                let at = index.index(wire.len());
                wire[at] = *byte;
            }
            Mutation::Set(..) => {}
            Mutation::Cut(a, b) => {
                let (a, b) = (at(a, wire), at(b, wire));
                drop(wire.drain(a.min(b)..a.max(b).min(a.min(b) + 40)));
            }
            Mutation::Insert(index, token) => {
                let at = at(index, wire);
                drop(wire.splice(at..at, TOKENS[*token].bytes()));
            }
            Mutation::Splice(index, other, part) => {
                let at = at(index, wire);
                let other = other.get(&CORPUS);
                let from = part.index(other.len());
                let piece = &other[from..(from + 60).min(other.len())];
                drop(wire.splice(at..at, piece.iter().copied()));
            }
        }
    }
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let index = any::<Index>;
    prop_oneof![
        (index(), any::<u8>()).prop_map(|(at, byte)| Mutation::Set(at, byte)),
        (index(), index()).prop_map(|(a, b)| Mutation::Cut(a, b)),
        (index(), 0..TOKENS.len()).prop_map(|(at, token)| Mutation::Insert(at, token)),
        (index(), index(), index()).prop_map(|(at, file, part)| Mutation::Splice(at, file, part)),
    ]
}

/// A message of the corpus with up to eight mutations.
fn wire() -> impl Strategy<Value = Bytes> {
    (any::<Index>(), prop::collection::vec(mutation(), 0..8)).prop_map(|(file, mutations)| {
        let mut wire = file.get(&CORPUS).clone();
        mutations
            .iter()
            .for_each(|mutation| mutation.apply(&mut wire));
        wire.into()
    })
}

/// Reads everything there is to read.
fn read_all(message: &Message) {
    let _ = (
        message.method(),
        message.request_uri(),
        message.status(),
        message.reason(),
    );
    let _ = (
        message.version(),
        message.call_id(),
        message.cseq(),
        message.max_forwards(),
    );
    let _ = (
        message.expires(),
        message.content_type(),
        message.body_bytes(),
    );
    let _ = format!("{message:?}");
    for via in message.vias().flatten() {
        let _ = (via.received(), via.rport(), via.maddr(), via.branch());
    }
    for contact in message.contacts().flatten() {
        let _ = (contact.expires(), contact.q(), contact.addr());
    }
    let addresses = [message.from(), message.to()].into_iter();
    for addr in addresses
        .chain(message.routes())
        .chain(message.record_routes())
        .flatten()
    {
        let _ = (addr.display_name(), addr.tag());
        for param in addr.params().iter() {
            let _ = (param.text(), param.unquoted());
        }
        if let Ok(uri) = addr.parse_uri() {
            assert!(uri.uri_eq(&uri), "{uri:?} is not equal to itself");
            let _ = (uri.host_ip(), uri.is_loose_router(), uri.transport());
        }
    }
    for field in message.fields() {
        assert_eq!(HeaderName::from(field.name_raw), field.name);
        let _ = message.values(field.name).count();
    }
}

/// Names and unfolded values: what two messages must share to mean the same.
fn meaning(message: &Message) -> (Vec<(String, Vec<u8>)>, Vec<u8>) {
    let fields = message.fields().map(|field| {
        let value: Vec<u8> = field
            .value
            .iter()
            .copied()
            .filter(|b| *b != b'\r')
            .collect();
        (field.name.as_str().to_lowercase(), value)
    });
    (fields.collect(), message.body().to_vec())
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(4000))]

    #[test]
    fn any_bytes_are_read_refused_or_answered_without_a_panic(wire in wire()) {
        for framing in [Framing::Datagram, Framing::Stream] {
            match Message::parse(wire.clone(), framing) {
                Ok(message) => {
                    read_all(&message);
                    let _ = validate(&message);
                }
                Err(error) => {
                    let answer = error.to_response();
                    prop_assert_eq!(answer.is_some(), error.answer() != ParseErrorResponse::Drop);
                }
            }
        }
        let _ = (Via::parse(&wire), NameAddr::parse(&wire), Uri::parse(&wire));
    }

    #[test]
    fn print_is_the_identity_and_reads_the_same(wire in wire()) {
        let Ok(message) = Message::parse(wire.clone(), Framing::Datagram) else { return Ok(()) };
        let printed = message.print();
        let again = Message::parse(printed.clone(), Framing::Datagram).unwrap();
        prop_assert_eq!(meaning(&again), meaning(&message));
        prop_assert_eq!(again.print(), printed.clone());
        let has_bare_lf = memchr::memchr_iter(b'\n', &wire).any(|at| at == 0 || wire[at - 1] != b'\r');
        if !has_bare_lf {
            let start = wire.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap();
            prop_assert!(wire[start..].starts_with(&printed));
        }
    }

    #[test]
    fn edits_are_visible_and_leave_the_rest_alone(
        wire in wire(),
        edits in prop::collection::vec((0_usize..8, 0_usize..6, "[ -~]{0,30}"), 1..6),
    ) {
        let Ok(mut message) = Message::parse(wire, Framing::Datagram) else { return Ok(()) };
        let untouched: Vec<_> = meaning(&message).0;
        for (edit, name, value) in &edits {
            apply(&mut message, *edit, EDITED[*name], value);
        }
        message.ensure_content_length().unwrap();
        let again = Message::parse(message.print(), Framing::Stream).unwrap();
        prop_assert_eq!(meaning(&again), meaning(&message));
        prop_assert_eq!(again.request_uri(), message.request_uri());
        let is_other = |(name, _): &(String, Vec<u8>)| {
            name != "content-length" && !EDITED.iter().any(|edited| edited.eq_ignore_ascii_case(name))
        };
        let others = |fields: Vec<(String, Vec<u8>)>| -> Vec<_> {
            fields.into_iter().filter(is_other).collect()
        };
        prop_assert_eq!(others(meaning(&again).0), others(untouched));
    }
}

/// The header fields that the edits of the last property touch.
const EDITED: [&str; 6] = ["Via", "Route", "From", "Contact", "X-Odd", "Content-Type"];

fn apply(message: &mut Message, edit: usize, name: &str, value: &str) {
    let before = message.clone();
    let trimmed = value.trim_matches(' ').as_bytes();
    let has_failed = match edit {
        0 => message.append_header(name, value).is_err(),
        1 => {
            let result = message.prepend_header(name, value);
            assert_eq!(&*message.header(name).unwrap(), trimmed);
            result.is_err()
        }
        2 => {
            let result = message.set_header(name, value);
            assert_eq!(message.headers(name).collect::<Vec<_>>(), [trimmed]);
            result.is_err()
        }
        3 => {
            let count = message.headers(name).count();
            assert_eq!(message.remove_headers(name), count);
            assert_eq!(message.header(name), None);
            false
        }
        4 => {
            let rest: Vec<Vec<u8>> = before.values(name).skip(1).map(<[u8]>::to_vec).collect();
            let result = message.remove_first_value(name);
            if result.is_ok() {
                assert_eq!(message.values(name).collect::<Vec<_>>(), rest);
            }
            result.is_err()
        }
        5 => message.replace_first_value(name, value).is_err(),
        6 => {
            let result = message.set_request_uri("sip:edited@[2001:db8::1]:5070;lr");
            if result.is_ok() {
                assert_eq!(
                    message.request_uri(),
                    Some("sip:edited@[2001:db8::1]:5070;lr")
                );
            }
            result.is_err()
        }
        _ => {
            let tag = before
                .from()
                .ok()
                .and_then(|from| from.tag().map(str::to_owned));
            let result = message.set_from_uri("sip:new@h");
            if result.is_ok() {
                let from = message.from().unwrap();
                assert_eq!(
                    (from.uri(), from.tag()),
                    (&b"sip:new@h"[..], tag.as_deref())
                );
            }
            result.is_err()
        }
    };
    if has_failed {
        assert_eq!(
            message.print(),
            before.print(),
            "a refused edit changed the message"
        );
    }
}
