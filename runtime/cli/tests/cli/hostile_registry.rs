//! Registries and token services that want to keep whoever asks them, or to give something else.

use std::path::PathBuf;

use tempfile::TempDir;

use crate::command::{Ended, evroute, write};
use crate::fake_registry::{Asked, FakeRegistry, Reply, Shelf};

const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";
const OTHER: &[u8] = b"\0asm\x0d\0\x01\x01";

/// A registry in which there is one component, and where it is pulled to.
struct Scene {
    folder: TempDir,
    shelf: Shelf,
    by_digest: String,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let component = write(folder.path(), "a.wasm", COMPONENT);
        let shelf = Shelf::default();
        let honest = shelf.clone();
        let registry = FakeRegistry::start(move |asked| honest.answer(asked));
        let pushed = evroute(&["push", &format!("{}/guard:1", registry.host), &component]);
        assert_eq!(pushed.code, Some(0), "{pushed:?}");
        let by_digest = pushed.stdout.trim().split_once('/').unwrap().1.to_owned();
        Self {
            folder,
            shelf,
            by_digest,
        }
    }

    fn to(&self) -> PathBuf {
        self.folder.path().join("b.wasm")
    }

    /// What becomes of a pull, by tag and by digest, where the answer to some requests is another
    /// than the registry's own. Nothing may have been written, and not much asked.
    fn refused(
        &self,
        lie: impl Fn(&Asked) -> Option<Reply> + Clone + Send + Sync + 'static,
    ) -> String {
        let mut said = String::new();
        for reference in ["guard:1", &self.by_digest] {
            let (shelf, lie) = (self.shelf.clone(), lie.clone());
            let answer = move |asked: &Asked| lie(asked).unwrap_or_else(|| shelf.answer(asked));
            let registry = FakeRegistry::start(answer);
            let from = format!("{}/{reference}", registry.host);
            let to = self.to();
            let pulled: Ended = evroute(&["pull", &from, to.to_str().unwrap()]);
            assert_eq!(
                (pulled.code, pulled.stdout.as_str()),
                (Some(1), ""),
                "{pulled:?}"
            );
            assert_eq!(pulled.stderr.lines().count(), 1, "{pulled:?}");
            assert!(!to.exists() && !to.with_extension("wasm.part").exists());
            let lines = registry.lines();
            assert!(lines.len() <= 12, "{lines:?}");
            said += &pulled.stderr;
        }
        said
    }
}

fn is_manifest(asked: &Asked) -> bool {
    asked.line.contains("/manifests/")
}

fn is_blob(asked: &Asked) -> bool {
    asked.line.contains("/blobs/")
}

#[test]
fn an_answer_without_an_end_is_left() {
    let scene = Scene::new();
    for is_meant in [is_manifest, is_blob] {
        for status in [200, 404, 500] {
            let said = scene.refused(move |asked| {
                is_meant(asked).then(|| Reply::of(status, vec![b' '; 1 << 16]).endless())
            });
            assert!(
                said.contains("larger than request limit"),
                "{status}: {said}"
            );
        }
    }
    let header = format!("X: {}", "x".repeat(8 << 20));
    let said = scene.refused(move |_| Some(Reply::of(200, "").with(&*header)));
    assert!(said.contains("cannot be asked"), "{said}");
}

#[test]
fn a_chain_of_redirections_is_left() {
    let scene = Scene::new();
    for is_meant in [is_manifest, is_blob] {
        let said = scene.refused(move |asked| {
            let again = asked.line.replace("GET ", "Location: ");
            is_meant(asked).then(|| Reply::of(302, "").with(again))
        });
        assert!(said.contains("too many redirects"), "{said}");
    }
}

#[test]
fn who_is_never_satisfied_is_asked_twice() {
    let scene = Scene::new();
    let service = FakeRegistry::start(|_| Reply::of(200, r#"{"token": "t0"}"#));
    let asks = format!(
        "WWW-Authenticate: Bearer realm=\"http://{}/\"",
        service.host
    );
    let said = scene.refused(move |_| Some(Reply::of(401, "").with(&*asks)));
    assert!(
        said.contains("refuses its manifest with HTTP 401"),
        "{said}"
    );
    // Once for each pull.
    assert_eq!(service.lines().len(), 2);
}

#[test]
fn what_is_no_token_is_not_shown() {
    let scene = Scene::new();
    let cases: Vec<(Reply, &str)> = vec![
        (
            Reply::of(200, " ".repeat(1 << 16)).endless(),
            "larger than request limit",
        ),
        (
            Reply::of(302, "").with("Location: /token"),
            "too many redirects",
        ),
        (Reply::of(200, "<html>"), "asks who you are"),
        (Reply::of(200, "{\"token\": 7}"), "asks who you are"),
        (
            Reply::of(200, format!("{}1", "[".repeat(60_000))),
            "asks who you are",
        ),
        (Reply::of(403, "{\"token\": \"t\"}"), "asks who you are"),
        (
            Reply::of(200, "{\"token\": \"t\\r\\nX: y\"}"),
            "the request is none",
        ),
    ];
    for (reply, words) in cases {
        let service = FakeRegistry::start(move |_| reply.clone());
        let asks = format!(
            "WWW-Authenticate: Bearer realm=\"http://{}/token\"",
            service.host
        );
        let said = scene.refused(move |_| Some(Reply::of(401, "").with(&*asks)));
        assert!(said.contains(words), "{words}: {said}");
    }
    for (asks, words) in [
        ("Negotiate", "asks for Negotiate, which is not known"),
        ("Bearer", "asks for Bearer, which is not known"),
        ("Bearer realm=\"", "asks for Bearer, which is not known"),
        ("Bearer realm=\"::\"", "without TLS, at ::"),
        (
            "Bearer realm=\"https://127.0.0.1:1/token\"",
            "gives no token",
        ),
    ] {
        let asks = format!("WWW-Authenticate: {asks}");
        let said = scene.refused(move |_| Some(Reply::of(401, "").with(&*asks)));
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn other_bytes_than_were_promised_are_not_written() {
    let scene = Scene::new();
    let blob = |reply: Reply| move |asked: &Asked| is_blob(asked).then(|| reply.clone());
    for bytes in [OTHER, b"", &COMPONENT[..7]] {
        let said = scene.refused(blob(Reply::of(200, bytes)));
        assert!(
            said.contains("gave other bytes than its manifest names"),
            "{said}"
        );
    }
    let more = [COMPONENT, &[0; 100]].concat();
    let said = scene.refused(blob(Reply::of(200, [more, vec![0; 1 << 20]].concat())));
    assert!(said.contains("larger than request limit"), "{said}");
}

/// By a tag the manifest is whatever the registry says; what it says must still hold together.
#[test]
fn another_manifest_than_the_digest_stands_for_is_refused() {
    let scene = Scene::new();
    let honest = String::from_utf8(scene.shelf.get("/manifests/1")).unwrap();
    for (text, by_tag) in [
        (
            honest.replace("\"size\":8", "\"size\":9"),
            "gave other bytes",
        ),
        (
            honest.replace("\"size\":8", "\"size\":7"),
            "gave other bytes",
        ),
        (
            honest.replace("\"size\":8", "\"size\":99999999999"),
            "more than 67108864",
        ),
        (
            honest.replace("application/wasm", "application/zip"),
            "does not name one",
        ),
        (honest.replace("sha256:", "sha512:"), "without SHA-256"),
        ("{}".to_owned(), "does not name one"),
    ] {
        assert_ne!(text, honest);
        let said =
            scene.refused(move |asked| is_manifest(asked).then(|| Reply::of(200, text.as_str())));
        assert!(said.contains("gave another manifest, sha256:"), "{said}");
        assert!(said.contains(by_tag), "{by_tag}: {said}");
    }
}

/// What a registry says is printed, and must not be more than words.
#[test]
fn words_of_a_registry_move_no_cursor() {
    let scene = Scene::new();
    let message = "\\u001b[2J\\u0007\\nerror: all is well\\u202e";
    let body = format!("{{\"errors\": [{{\"message\": \"no{message}\"}}]}}");
    let said = scene.refused(move |_| Some(Reply::of(403, body.as_str())));
    assert!(said.contains("refuses its manifest: no"), "{said}");
    let is_plain = |c: char| c == '\n' || !(c.is_control() || c == '\u{202e}');
    assert!(said.chars().all(is_plain), "{said:?}");
}
