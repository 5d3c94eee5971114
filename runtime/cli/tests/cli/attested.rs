//! What was shown of a component, and what must have been.

use tempfile::TempDir;

use crate::command::{Ended, evroute, write};
use crate::deploy::{LOG, Scene};

/// A tenant that requires cases, fuzzing and a property, and whoever shows them.
struct Showing {
    scene: Scene,
    folder: TempDir,
    component: String,
}

impl Showing {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("release.key");
        let made = evroute(&["key", "new", key.to_str().unwrap()]);
        assert_eq!(made.code, Some(0), "{made:?}");
        let policy = format!(
            "[tenant.deploy]\nkeys = [\"{}\"]\nrequire = [\"cases>=1\", \"fuzz>=2k\", \
             \"property:never drop\"]\n",
            made.stdout.trim()
        );
        let scene = Scene::start(&policy);
        let cases = "event = \"custom:event\"\ngrants = [\"log\"]\n[[case]]\nname = \"one\"\n\
                     custom = { name = \"night\" }\nverdict = \"done\"\nlog = [\"ERROR word\"]\n";
        write(folder.path(), "cases.toml", cases);
        let component = scene.component("a", "word");
        Self {
            scene,
            folder,
            component,
        }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn test(&self, component: &str) -> Ended {
        let (cases, shown) = (self.path("cases.toml"), self.path("a.attestation"));
        let of = ["test", "--component", component, "--cases", &cases];
        evroute(&[&of[..], &["--attestation", &shown]].concat())
    }

    fn fuzz(&self) -> Ended {
        let (findings, shown) = (self.path("findings"), self.path("a.attestation"));
        let fuzz = [
            "fuzz",
            &self.component,
            "--executions",
            "2000",
            "--never",
            "drop",
        ];
        evroute(
            &[
                &fuzz[..],
                &["--findings", &findings, "--attestation", &shown],
            ]
            .concat(),
        )
    }

    /// Signs what was shown so far; what a deploy is given of it.
    fn sign(&self) -> [String; 4] {
        let (key, shown) = (self.path("release.key"), self.path("a.attestation"));
        let sign = [
            "sign",
            &self.component,
            "--key",
            &key,
            "--tenant",
            "demo",
            "--handler",
            "night",
        ];
        let signed = evroute(&[&sign[..], &["--attestation", &shown]].concat());
        assert_eq!(signed.code, Some(0), "{signed:?}");
        let signature = signed.stdout.trim().to_owned();
        [
            "--signature".to_owned(),
            signature,
            "--attestation".to_owned(),
            shown,
        ]
    }
}

#[test]
fn what_must_have_been_shown_of_a_component_is_shown_and_signed_or_it_is_refused() {
    let showing = Showing::start();
    let scene = &showing.scene;
    let bare = scene.refused(&showing.component, LOG);
    let begin = "cases>=1, fuzz>=2000, property:never drop is required";
    assert!(bare.starts_with(begin), "{bare}");

    let tested = showing.test(&showing.component);
    assert_eq!(tested.code, Some(0), "{tested:?}");
    let with = showing.sign();
    let with = [LOG, &with.each_ref().map(String::as_str)].concat();
    let less = scene.refused(&showing.component, &with);
    assert!(
        less.starts_with("fuzz>=2000 is required, and 0 executions"),
        "{less}"
    );

    let fuzzed = showing.fuzz();
    assert_eq!(fuzzed.code, Some(0), "{fuzzed:?}");
    let unsigned = scene.refused(&showing.component, &with);
    assert!(
        unsigned.starts_with("the signature is of none"),
        "{unsigned}"
    );
    showing.sign();
    assert_eq!(
        scene.deploy(&showing.component, &with),
        "night: r1 is in force"
    );
    let listed = scene.said(&["revisions", "night"]);
    assert!(listed.contains("(1 cases passed, 0 failed; "), "{listed}");

    let other = scene.component("b", "another");
    let foreign = scene.refused(&other, &with);
    assert!(foreign.starts_with("the signature is of none"), "{foreign}");
    let ended = showing.test(&other);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("it is about sha256:"), "{ended:?}");
    showing.scene.server.stop();
}
