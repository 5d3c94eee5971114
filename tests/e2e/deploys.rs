//! Handlers are deployed, tried, taken back and taken out while phones call: no call is lost.

use std::fs;
use std::path::{Path, PathBuf};

use evroute_tests::{Ended, Server, Sipp, eventually};
use tempfile::TempDir;

/// A tenant that sends the user `service` to this port and may deploy.
pub(crate) fn tenant(port: u16) -> String {
    format!(
        "[[tenant]]\nname = \"demo\"\ndomains = [\"127.0.0.1\"]\n\n[tenant.deploy]\n\
         grants = [\"log\", \"pv\", \"sip\"]\n\n[[tenant.route]]\nuser = \"service\"\n\
         to = \"sip:127.0.0.1:{port}\"\n"
    )
}

/// A server, and components that are made of Kamailio's blocks.
pub(crate) struct Scene {
    pub(crate) server: Server,
    pub(crate) components: TempDir,
}

impl Scene {
    pub(crate) fn start(port: u16) -> Self {
        Self::of(&tenant(port))
    }

    /// With tenants of its own.
    pub(crate) fn of(tenants: &str) -> Self {
        Self {
            server: Server::start(tenants).unwrap(),
            components: TempDir::new().unwrap(),
        }
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Ended {
        self.server.command(arguments).unwrap()
    }

    pub(crate) fn said(&self, arguments: &[&str]) -> String {
        self.done(self.command(&[arguments, &["--tenant", "demo"]].concat()))
    }

    fn done(&self, ended: Ended) -> String {
        assert_eq!(ended.code, Some(0), "{ended:?}\n{}", self.server.log());
        ended.out.trim().to_owned()
    }

    /// A component of this block.
    pub(crate) fn component(&self, name: &str, block: &str) -> PathBuf {
        let source = self.components.path().join(name).with_extension("cfg");
        fs::write(&source, block).unwrap();
        let built = self.command(&["build", source.to_str().unwrap()]);
        assert_eq!(built.code, Some(0), "{built:?}");
        source.with_extension("wasm")
    }

    /// What becomes of a deploy.
    pub(crate) fn try_deploy(&self, component: &Path, more: &[&str]) -> Ended {
        let component = component.to_str().unwrap();
        let arguments = [
            "deploy",
            component,
            "--handler",
            "guard",
            "--tenant",
            "demo",
        ];
        self.command(&[&arguments[..], more].concat())
    }

    pub(crate) fn deploy(&self, component: &Path, more: &[&str]) -> String {
        let grants = ["--grants", "log,pv,sip"];
        let ended = self.try_deploy(component, &[&grants, more].concat());
        self.done(ended)
    }

    /// Waits until the log of changes says this, and gives the row.
    pub(crate) fn audited(&self, what: &str) -> String {
        let says = || {
            let log = self.said(&["audit", "list"]);
            let is_it = |line: &str| line.split_whitespace().nth(3) == Some(what);
            log.lines().any(is_it).then_some(log)
        };
        eventually(&format!("{what} in the audit log"), says, || {
            self.server.log()
        })
        .unwrap()
    }
}

/// Lets every request pass.
pub(crate) fn good(word: &str) -> String {
    format!("event_route[core:request] {{ xlog(\"L_DBG\", \"{word}\\n\"); }}\n")
}

/// Burns what a run may burn, and decides nothing; its fail policy lets the request pass. A loop is
/// left after a hundred rounds, so that it takes three.
const BAD: &str = "event_route[core:request] {
    $var(x) = 1;
    while ($var(x)) { while ($var(x)) { while ($var(x)) { $var(x) = 1; } } }
}
";

#[test]
fn no_call_is_lost_while_revisions_come_and_go() {
    const CALLS: u32 = 2000;
    let callee = Sipp::new("uas").calls(CALLS).listen().unwrap();
    let scene = Scene::start(callee.port);
    let (first, second) = (
        scene.component("a", &good("a")),
        scene.component("b", &good("b")),
    );
    let bad = scene.component("bad", BAD);
    assert_eq!(scene.deploy(&first, &[]), "guard: r1 is in force");
    let caller = Sipp::new("uac")
        .user("service")
        .calls(CALLS)
        .with(&["-r", "200"]);
    let caller = caller.begin(scene.server.sip).unwrap();
    let limit = [
        "--limit",
        "run_fuel_max=50000",
        "--canary",
        "50%",
        "--for",
        "1h",
    ];
    let said = scene.deploy(&bad, &limit);
    assert_eq!(
        said,
        "guard: r1 is in force, r2 gets 50 % of the calls and is watched for 3600 s"
    );
    let log = scene.audited("stop");
    let reasons = ["of its runs used up a limit", "of its runs: exhausted"];
    assert!(reasons.iter().any(|reason| log.contains(reason)), "{log}");
    for _ in 0..3 {
        scene.deploy(&second, &[]);
        scene.said(&["rollback", "guard"]);
        scene.said(&["drain", "guard"]);
        scene.said(&["rollback", "guard"]);
    }
    let (calls, messages) = caller.finish().unwrap();
    let log = scene.server.log();
    assert_eq!(
        (calls.successful, calls.failed),
        (CALLS, 0),
        "{messages}\n{log}"
    );
    let (calls, messages) = callee.finish().unwrap();
    assert_eq!((calls.successful, calls.failed), (CALLS, 0), "{messages}");
    let verified = scene.command(&["audit", "verify"]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
}

#[test]
fn the_revision_before_is_asked_while_a_breaker_is_open() {
    let scene = Scene::start(evroute_tests::free_port());
    let block = |body: &str| format!("event_route[custom:event:x] {{ {body} }}\n");
    let burns = BAD.replace("core:request", "custom:event:x");
    let (first, second) = (
        scene.component("a", &block("xlog(\"the one before\\n\");")),
        scene.component("b", &burns),
    );
    scene.deploy(&first, &[]);
    let breaker = ["--breaker", "fallback=previous-revision", "--breaker"];
    let rest = ["runs_min=3", "--breaker", "open_seconds=86400"];
    let limit = ["--limit", "run_fuel_max=50000"];
    scene.deploy(&second, &[&breaker[..], &rest, &limit].concat());
    for _ in 0..4 {
        scene.said(&["raise", "x"]);
    }
    let asked = || scene.server.log().contains("the one before").then_some(());
    eventually("a line of the revision before", asked, || {
        scene.server.log()
    })
    .unwrap();
    let listed = scene.command(&["rpc", "breaker.list", "demo"]);
    assert!(listed.out.contains("\"openings\": 1") || listed.out.contains("\"openings\":1"));
    let wrong = scene.try_deploy(&first, &["--breaker", "runs_min=0"]);
    assert_eq!(wrong.code, Some(1), "{wrong:?}");
}

#[test]
fn a_canary_that_is_not_worse_is_promoted_when_its_time_is_up() {
    let scene = Scene::start(evroute_tests::free_port());
    let block = |word: &str| format!("event_route[custom:event:x] {{ xlog(\"{word}\\n\"); }}\n");
    let (first, second) = (
        scene.component("a", &block("one")),
        scene.component("b", &block("two")),
    );
    scene.deploy(&first, &[]);
    // A machine that is busy makes fewer runs in that time, and too few say nothing: then longer.
    let is_promoted = ["2s", "10s", "20s"].iter().any(|time| {
        scene.deploy(&second, &["--canary", "50%", "--for", time]);
        let state = || {
            scene.said(&["raise", "x"]);
            let revisions = scene.said(&["revisions", "guard"]);
            let newest = revisions.lines().next().unwrap_or_default();
            (!newest.contains("canary")).then(|| newest.contains("in force"))
        };
        eventually("the end of the canary", state, || scene.server.log()).unwrap()
    });
    assert!(is_promoted, "{}", scene.server.log());
    let log = scene.audited("promote");
    assert!(log.contains("why: it was not worse in "), "{log}");
}

#[test]
fn a_component_in_the_watched_folder_is_deployed_and_the_result_stands_beside() {
    let folder = TempDir::new().unwrap();
    let of_tenant = folder.path().join("demo");
    fs::create_dir(&of_tenant).unwrap();
    let port = evroute_tests::free_port();
    let text = format!(
        "deploy_dir = \"{}\"\n{}",
        folder.path().display(),
        tenant(port)
    );
    let scene = Scene {
        server: Server::start(&text).unwrap(),
        components: TempDir::new().unwrap(),
    };
    let result = |name: &str| {
        let path = of_tenant.join(format!("{name}.wasm.result"));
        let read = || fs::read_to_string(&path).ok();
        eventually(&format!("{}", path.display()), read, || scene.server.log()).unwrap()
    };
    let put = |name: &str, component: PathBuf| {
        let beside = of_tenant.join(format!("{name}.new"));
        fs::copy(component, &beside).unwrap();
        fs::rename(beside, of_tenant.join(format!("{name}.wasm"))).unwrap();
    };
    put("refused", scene.component("a", &good("a")));
    let refused = result("refused");
    assert!(
        refused.starts_with("refused: it imports evroute:log/log@"),
        "{refused}"
    );
    fs::write(of_tenant.join("guard.json"), "{\"grants\": [\"log\"]}").unwrap();
    put("guard", scene.component("b", &good("b")));
    let done = result("guard");
    assert!(done.starts_with("done: r1 sha256:"), "{done}");
    let log = scene.said(&["audit", "list"]);
    assert!(log.contains("deploy_dir"), "{log}");
}
