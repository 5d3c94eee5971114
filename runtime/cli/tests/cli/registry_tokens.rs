//! Registries that want a token, which another server gives for a name and a password.

use std::path::Path;
use std::sync::Mutex;

use tempfile::TempDir;

use crate::certificate::certificate;
use crate::command::{Ended, command, write};
use crate::fake_registry::{Asked, FakeRegistry, Reply, Shelf};

const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";
/// alice, secret.
const BASIC: &str = "Basic YWxpY2U6c2VjcmV0";

/// A user with a password, a component, and the certificate of whoever speaks TLS here.
struct Scene {
    folder: TempDir,
    component: String,
    password: String,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        certificate(folder.path(), "IP:0.0.0.0");
        Self {
            component: write(folder.path(), "a.wasm", COMPONENT),
            password: write(folder.path(), "password", "secret\n"),
            folder,
        }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// As somebody of whom no registry has heard.
    fn run(&self, arguments: &[&str]) -> Ended {
        let mut command = command(arguments);
        command
            .env_remove("http_proxy")
            .env("DOCKER_CONFIG", self.path())
            .env("SSL_CERT_FILE", self.path().join("cert.pem"));
        command.output().unwrap().into()
    }

    /// As alice.
    fn run_as_alice(&self, arguments: &[&str]) -> Ended {
        let user = ["--user", "alice", "--password-file", &self.password];
        self.run(&[arguments, &user].concat())
    }

    fn push(&self, registry: &FakeRegistry) -> Ended {
        let reference = format!("{}/guard:1", registry.host);
        self.run_as_alice(&["push", &reference, &self.component])
    }
}

/// The challenge of a registry whose tokens this service gives.
fn challenge(scheme: &str, service: &str) -> String {
    format!(
        "WWW-Authenticate: Bearer realm=\"{scheme}://{service}/token?kind=x\",service=\"calls\",scope=\"repository:guard:pull,push\""
    )
}

/// Answers from a shelf whoever has the token, and challenges the others.
fn guarded(shelf: Shelf, token: &'static str, challenge: String) -> impl Fn(&Asked) -> Reply {
    move |asked| {
        let is_known = asked.authorization.as_deref() == Some(token);
        if is_known {
            shelf.answer(asked)
        } else {
            Reply::of(401, "").with(&*challenge)
        }
    }
}

/// Gives a token to alice.
fn tokens(asked: &Asked) -> Reply {
    match asked.authorization.as_deref() {
        Some(BASIC) => Reply::of(200, r#"{"token": "t0", "expires_in": 60}"#),
        _ => Reply::of(401, "").with("WWW-Authenticate: Basic realm=\"x\""),
    }
}

#[test]
fn a_password_becomes_one_token_that_every_request_shows() {
    let scene = Scene::new();
    let service = FakeRegistry::start(tokens);
    let shelf = Shelf::default();
    let challenge = challenge("http", &service.host);
    let registry = FakeRegistry::start(guarded(shelf, "Bearer t0", challenge));
    let pushed = scene.push(&registry);
    assert_eq!(pushed.code, Some(0), "{pushed:?}");
    let asked = "GET /token?kind=x&service=calls&scope=repository%3Aguard%3Apull%2Cpush";
    let lines = service.lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0].replace(':', "%3A").replace(',', "%2C"), asked);
    // The password stayed with the service, and the token with the registry.
    assert_eq!(service.authorizations(), [Some(BASIC.to_owned())]);
    let shown = [None, Some("Bearer t0".to_owned())];
    assert_eq!(registry.authorizations(), shown);
    let to = scene.path().join("b.wasm");
    let reference = pushed.stdout.trim();
    let pulled = scene.run_as_alice(&["pull", reference, to.to_str().unwrap()]);
    assert_eq!(pulled.code, Some(0), "{pulled:?}");
    assert_eq!(std::fs::read(to).unwrap(), COMPONENT);
    assert_eq!(service.lines().len(), 2);
    // Whoever has no password is told what to give.
    let stranger = scene.run(&["pull", reference, "/nowhere/c.wasm"]);
    assert_eq!(stranger.code, Some(1));
    let said = "asks who you are; give --user and --password-file";
    assert!(stranger.stderr.contains(said), "{stranger:?}");
}

#[test]
fn a_token_is_given_to_everybody_where_the_service_says_so() {
    let scene = Scene::new();
    // As some services name it (OAuth 2.0).
    let service = FakeRegistry::start(|_| Reply::of(200, r#"{"access_token": "t1"}"#));
    let challenge = challenge("http", &service.host);
    let registry = FakeRegistry::start(guarded(Shelf::default(), "Bearer t1", challenge));
    let reference = format!("{}/guard:1", registry.host);
    let pushed = scene.run(&["push", &reference, &scene.component]);
    assert_eq!(pushed.code, Some(0), "{pushed:?}");
    assert_eq!(service.authorizations(), [None]);
}

#[test]
fn a_token_that_has_ended_is_replaced_on_the_way() {
    let scene = Scene::new();
    let given = Mutex::new(0);
    let service = FakeRegistry::start(move |_| {
        let mut given = given.lock().unwrap();
        *given += 1;
        Reply::of(200, format!("{{\"token\": \"t{given}\"}}"))
    });
    let (shelf, shown) = (Shelf::default(), Mutex::new(Vec::<String>::new()));
    let challenge = challenge("http", &service.host);
    // Each token is good for two requests.
    let registry = FakeRegistry::start(move |asked| {
        let mut shown = shown.lock().unwrap();
        let token = asked.authorization.clone().unwrap_or_default();
        shown.push(token.clone());
        let times = shown.iter().filter(|other| **other == token).count();
        if !token.is_empty() && times <= 2 {
            shelf.answer(asked)
        } else {
            Reply::of(401, "").with(&*challenge)
        }
    });
    let pushed = scene.push(&registry);
    assert_eq!(pushed.code, Some(0), "{pushed:?}");
    // Two blobs of three requests and a manifest.
    assert_eq!(service.lines().len(), 4, "{:?}", registry.lines());
}

#[test]
fn over_tls_the_service_may_be_another_host() {
    let scene = Scene::new();
    let service = FakeRegistry::start_with_tls(scene.path(), tokens);
    let challenge = challenge("https", &service.host);
    let answer = guarded(Shelf::default(), "Bearer t0", challenge);
    let registry = FakeRegistry::start_with_tls(scene.path(), answer);
    let pushed = scene.push(&registry);
    assert_eq!(pushed.code, Some(0), "{pushed:?}");
    assert_eq!(service.authorizations(), [Some(BASIC.to_owned())]);
    // Whose certificate nobody knows gets nothing.
    let reference = format!("{}/guard:1", registry.host);
    let nobody = command(&["push", &reference, &scene.component])
        .env_remove("http_proxy")
        .env("SSL_CERT_FILE", scene.path().join("a.wasm"))
        .output();
    let nobody = Ended::from(nobody.unwrap());
    assert_eq!(nobody.code, Some(1));
    assert!(
        nobody.stderr.contains("the registry cannot be asked"),
        "{nobody:?}"
    );
}

#[test]
fn a_password_is_not_sent_in_the_clear_to_another_machine() {
    let scene = Scene::new();
    let stranger = FakeRegistry::start_elsewhere(tokens);
    let near = FakeRegistry::start(tokens);
    for (realm, is_tls) in [(&stranger, false), (&stranger, true), (&near, true)] {
        let challenge = challenge("http", &realm.host);
        let answer = guarded(Shelf::default(), "Bearer t0", challenge);
        let registry = match is_tls {
            true => FakeRegistry::start_with_tls(scene.path(), answer),
            false => FakeRegistry::start(answer),
        };
        let refused = scene.push(&registry);
        assert_eq!(refused.code, Some(1), "{refused:?}");
        let said = format!("asks for a password without TLS, at http://{}", realm.host);
        assert!(refused.stderr.contains(&said), "{refused:?}");
        assert_eq!(registry.lines().len(), 1);
    }
    assert!(stranger.lines().is_empty() && near.lines().is_empty());
}

/// Uploads may lie with somebody else, and downloads too.
#[test]
fn neither_password_nor_token_goes_along_to_another_host() {
    let scene = Scene::new();
    let thief = FakeRegistry::start_with_tls(scene.path(), tokens);
    let asks = challenge("https", &thief.host);
    let store = FakeRegistry::start_with_tls(scene.path(), move |asked| {
        // It asks as well, and is not answered.
        Reply::of(401, asked.line.clone()).with(&*asks)
    });
    let service = FakeRegistry::start_with_tls(scene.path(), tokens);
    let away = store.host.clone();
    let asks = challenge("https", &service.host);
    let registry = FakeRegistry::start_with_tls(scene.path(), move |asked| {
        let method = asked.line.split(' ').next().unwrap();
        let there = format!("Location: https://{away}/there");
        match (asked.authorization.as_deref(), method) {
            (None, _) => Reply::of(401, "").with(&*asks),
            (Some(_), "HEAD") => Reply::of(404, ""),
            (Some(_), "POST") => Reply::of(202, "").with(there),
            (Some(_), _) => Reply::of(307, "").with(there),
        }
    });
    let pushed = scene.push(&registry);
    assert_eq!(pushed.code, Some(1), "{pushed:?}");
    assert!(
        pushed.stderr.contains("refuses its bytes with HTTP 401"),
        "{pushed:?}"
    );
    let reference = format!("{}/guard:1", registry.host);
    let pulled = scene.run_as_alice(&["pull", &reference, "/nowhere/b.wasm"]);
    assert_eq!(pulled.code, Some(1), "{pulled:?}");
    assert!(
        pulled.stderr.contains("refuses its manifest with HTTP 401"),
        "{pulled:?}"
    );
    assert_eq!(store.lines().len(), 2, "{:?}", store.lines());
    assert_eq!(store.authorizations(), [None]);
    assert!(thief.lines().is_empty(), "{:?}", thief.lines());
}

#[test]
fn a_registry_with_tls_does_not_lead_out_of_it() {
    let scene = Scene::new();
    let plain = FakeRegistry::start(|_| Reply::of(200, "{}"));
    let there = format!("Location: http://{}/", plain.host);
    let registry = FakeRegistry::start_with_tls(scene.path(), move |asked| {
        match asked.line.starts_with("POST") {
            true => Reply::of(202, "").with(&*there),
            false if asked.line.starts_with("HEAD") => Reply::of(404, ""),
            false => Reply::of(302, "").with(&*there),
        }
    });
    let reference = format!("{}/guard:1", registry.host);
    let pulled = scene.run(&["pull", &reference, "/nowhere/b.wasm"]);
    assert_eq!(pulled.code, Some(1), "{pulled:?}");
    assert!(pulled.stderr.contains("cannot be asked"), "{pulled:?}");
    let pushed = scene.run(&["push", &reference, &scene.component]);
    assert_eq!(pushed.code, Some(1), "{pushed:?}");
    assert!(
        pushed.stderr.contains("wants the upload at http://"),
        "{pushed:?}"
    );
    assert!(plain.lines().is_empty(), "{:?}", plain.lines());
}
