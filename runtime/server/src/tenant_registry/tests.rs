//! Tenants of a server that runs, with handlers, tables and databases of their own.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;

use evroute_componentize::componentize;
use evroute_module_api::{RpcCall, TenantPart};
use evroute_module_htable::{HtableTenant, Table};
use evroute_module_usrloc::LocationTable;
use evroute_sandbox::Handler;
use tempfile::TempDir;

use super::*;
use crate::running::{Running, ServerContext};
use crate::tenant_end::TenantEnd;
use crate::tenant_error::{Removal, TenantChange, TenantError};
use crate::{MODULES, RpcMethods, RpcParams, Status, TenantStarts, Vocabulary};

/// A handler of `htable:mod-init` that lets everything pass, and differs from others by this text.
pub(crate) fn passing(text: &str) -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let wit = [root.join("wit"), root.join("tests/guests/world.wit")];
    let core = format!(
        r#"(module
          (memory (export "memory") 1)
          (data (i32.const 4000) "{text}")
          (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 2048))
          (func (export "evroute:htable/mod-init@0.1.0#handle") (param i32) (result i32)
            (i32.const 1024)))"#
    );
    let core = wat::parse_str(core).unwrap();
    componentize(&core, &[wit[0].as_path(), wit[1].as_path()], "mod-init").unwrap()
}

/// A server with the tenant `demo` in its configuration file.
pub(crate) struct Scene {
    folder: TempDir,
    context: ServerContext,
    pub(crate) running: Running,
}

/// Every method that a running server has.
pub(crate) async fn methods_of_a_server() -> RpcMethods {
    let scene = Scene::start().await;
    let status = Arc::new(Status::new(&scene.context.config));
    crate::wiring::methods(&scene.context, &status, Some(&scene.running)).unwrap()
}

const DEMO: &str = "[[tenant]]\nname = \"demo\"\ndomains = [\"demo.example\"]\n";

fn configuration(folder: &Path) -> String {
    format!(
        "[server]\ndata_dir = {:?}\ndrain_seconds = 5\ncode_cache_bytes_max = 0\n[[listen]]\n\
         transport = \"udp\"\naddress = \"127.0.0.1:0\"\n",
        folder.join("data")
    )
}

impl Scene {
    pub(crate) async fn start() -> Self {
        Self::start_in(TempDir::new().unwrap(), DEMO).await
    }

    async fn start_in(folder: TempDir, tenants: &str) -> Self {
        let file = folder.path().join("c.toml");
        std::fs::create_dir_all(folder.path().join("data")).unwrap();
        let text = configuration(folder.path()) + tenants;
        std::fs::write(&file, text).unwrap();
        let mut config = Config::load(&file, &Vocabulary::current()).unwrap();
        config.read_added_tenants(&Vocabulary::current());
        let slots = Arc::default();
        let context = ServerContext {
            descriptors: crate::descriptors::Descriptors::of(&config),
            journal: Arc::new(evroute_journal::Journal::at(
                config.server.data_dir.join("journal.db"),
            )),
            usage: crate::usage::Usage::open(&config.server.data_dir, &slots),
            admin: config.admin.address,
            log: Log::to_nowhere(),
            metrics: Arc::default(),
            shutdown: Shutdown::new(),
            tenants: slots,
            tls: Arc::default(),
            starts: Arc::new(TenantStarts::default()),
            tokens: crate::tokens::open(&config.server.data_dir),
            config: Arc::new(config),
        };
        let running = Running::start(context.clone()).await.unwrap();
        Self {
            folder,
            context,
            running,
        }
    }

    fn registry(&self) -> &Arc<TenantRegistry> {
        self.running.registry()
    }

    fn state(&self, name: &str) -> Arc<TenantState> {
        Arc::clone(&self.registry().find(name).unwrap().state)
    }

    fn is_served(&self, name: &str) -> bool {
        let life = self.registry().find(name);
        life.is_some_and(|life| self.context.starts.is_served(life.index()))
    }

    fn component(&self) -> PathBuf {
        let path = self.folder.path().join("passing.wasm");
        std::fs::write(&path, passing("")).unwrap();
        path
    }

    /// A tenant with a table, a database and a handler that has run when it is served.
    fn acme(&self) -> String {
        format!(
            "[[tenant]]\nname = \"acme\"\ndomains = [\"acme.example\"]\n[[tenant.table]]\n\
             name = \"calls\"\n[[tenant.database]]\nname = \"d\"\nurl = \"sqlite:acme.db\"\n\
             [[tenant.handler]]\nname = \"passing\"\ncomponent = {:?}\n",
            self.component()
        )
    }

    /// Writes an entry into its table, as an operator does.
    fn write(&self, tenant: &str) {
        let mut methods = MODULES.iter().flat_map(|module| module.rpc());
        let sets = methods.find(|method| method.name == "htable.sets").unwrap();
        let RpcCall::Sync(call) = sets.call else {
            panic!("it answers on the spot");
        };
        let params = ["calls", "key", "1", tenant].map(serde_json::Value::from);
        let params = RpcParams::Positional(params.to_vec());
        call(self.running.state(), &params).unwrap();
    }

    fn domain(&self, host: &str) -> Option<TenantIndex> {
        self.registry().parts.sip.directory.domain(host)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("data/tenants/{name}.toml"))
    }
}

fn entries(state: &TenantState) -> u64 {
    let tables = state.get::<HtableTenant>().unwrap();
    tables.tables().iter().map(Table::entries).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_that_is_removed_is_freed_with_all_that_was_its() {
    let scene = Scene::start().await;
    let registry = scene.registry();
    registry.add("acme", &scene.acme()).await.unwrap();
    assert!(scene.is_served("acme"));
    let index = scene.state("acme").index;
    assert_eq!(scene.domain("acme.example"), Some(index));
    let ready = registry.parts.handlers.configured(index);
    let handler: Weak<Handler> = Arc::downgrade(ready[0].revisions.active().handler());
    drop(ready);
    let life = registry.find("acme").unwrap();
    let parts: Vec<Weak<dyn TenantPart>> = life
        .parts
        .iter()
        .map(|one| Arc::downgrade(&one.part))
        .collect();
    let state = Arc::downgrade(&life.state);
    drop(life);
    let text = scene.context.metrics.text().unwrap();
    assert!(
        text.contains("tenant=\"acme\",handler=\"passing\""),
        "it has run: {text}"
    );
    let database = scene.context.config.server.data_dir.join("acme.db");
    assert!(scene.file("acme").is_file() && database.is_file());

    let ended = registry.remove("acme", Removal::default()).await.unwrap();
    assert_eq!(ended, TenantEnd::Drained);
    assert_eq!(state.strong_count(), 0, "the tenant");
    assert_eq!(handler.strong_count(), 0, "its handler");
    let held: Vec<_> = parts.iter().map(Weak::strong_count).collect();
    assert!(held.iter().all(|count| *count == 0), "its parts: {held:?}");
    assert_eq!(scene.domain("acme.example"), None);
    assert!(
        !scene.file("acme").exists() && database.is_file(),
        "its database stays"
    );
    let text = scene.context.metrics.text().unwrap();
    assert!(!text.contains("acme"), "{text}");
    assert!(registry.find("acme").is_none() && scene.is_served("demo"));

    // The same name is another life, and finds the database.
    registry.add("acme", &scene.acme()).await.unwrap();
    assert_ne!(scene.state("acme").index, index);
    let removal = Removal {
        purge: true,
        force: false,
    };
    registry.remove("acme", removal).await.unwrap();
    assert!(!database.exists(), "purge takes it, too");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_change_does_not_concern_survives_it() {
    let scene = Scene::start().await;
    let registry = scene.registry();
    let acme = scene.acme();
    registry.add("acme", &acme).await.unwrap();
    let before = scene.state("acme");
    scene.write("acme");
    let set = |text: String, force| async move { registry.set("acme", &text, force).await };
    let unchanged = set(acme.clone() + "# a comment\n", false).await.unwrap();
    assert_eq!(unchanged, TenantChange::Unchanged);

    // Domains: the same state.
    let moved = acme.replace("acme.example", "new.example");
    assert_eq!(
        set(moved.clone(), false).await.unwrap(),
        TenantChange::Changed
    );
    assert!(Arc::ptr_eq(&before, &scene.state("acme")));
    assert_eq!(scene.domain("acme.example"), None);
    assert_eq!(scene.domain("new.example"), Some(before.index));

    // Limits of runs: another state, the same tables and contacts.
    let limited = moved.clone() + "[tenant.quota]\nrun_ms_per_second_max = 100\n";
    set(limited.clone(), false).await.unwrap();
    let now = scene.state("acme");
    assert!(!Arc::ptr_eq(&before, &now) && now.index == before.index);
    assert_eq!(entries(&now), 1);
    let contacts = |state: &TenantState| state.share::<LocationTable>().unwrap();
    assert!(Arc::ptr_eq(&contacts(&before), &contacts(&now)));
    let share = now.get::<evroute_tenant::RunTime>().unwrap();
    assert_eq!(share.per_second(), Duration::from_millis(100));
    let bound = registry.parts.handlers.configured(now.index);
    let context = bound[0].revisions.active().handler().handler_context();
    assert!(
        Arc::ptr_eq(&context.tenant, &now),
        "handlers run with the new state"
    );
    assert!(scene.is_served("acme"));

    // The table itself: its entries would be lost.
    let tables = limited.replace("\"calls\"", "\"calls\"\nexpire_seconds = 60");
    let refused = set(tables.clone(), false).await.unwrap_err();
    assert!(matches!(refused, TenantError::Loses { .. }), "{refused}");
    assert!(refused.to_string().contains("tables"), "{refused}");
    assert_eq!(entries(&scene.state("acme")), 1);
    set(tables, true).await.unwrap();
    assert_eq!(entries(&scene.state("acme")), 0);
    assert!(Arc::ptr_eq(
        &contacts(&before),
        &contacts(&scene.state("acme"))
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_fails_leaves_everything_as_it_was() {
    let scene = Scene::start().await;
    let registry = scene.registry();
    let acme = scene.acme();
    registry.add("acme", &acme).await.unwrap();
    scene.write("acme");
    let on_disk = std::fs::read_to_string(scene.file("acme")).unwrap();
    let broken = scene.folder.path().join("broken.wasm");
    std::fs::write(&broken, b"\0asm\x0d\0\x01\0nonsense").unwrap();
    for (from, to, why) in [
        ("acme.example", "demo.example", "tenant \"demo\" has it"),
        ("passing.wasm", "broken.wasm", "broken.wasm"),
        ("sqlite:acme.db", "sqlite:no/such/folder/x.db", "x.db"),
        (
            "name = \"acme\"",
            "name = \"other\"",
            "write name = \"acme\"",
        ),
        ("[[tenant.table]]", "[[tenant.tabel]]", "tabel"),
    ] {
        let refused = registry.set("acme", &acme.replace(from, to), true).await;
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains(why), "{refused}");
        assert!(scene.is_served("acme"), "{to}");
        assert_eq!(
            scene.domain("acme.example"),
            Some(scene.state("acme").index)
        );
        assert_eq!(entries(&scene.state("acme")), 1);
        assert_eq!(
            std::fs::read_to_string(scene.file("acme")).unwrap(),
            on_disk
        );
    }
    for name in ["b", "c"] {
        let text = format!("[[tenant]]\nname = {name:?}\ndomains = [\"ACME.example\"]\n");
        let refused = registry.add(name, &text).await.unwrap_err().to_string();
        assert!(refused.contains("tenant \"acme\" has it"), "{refused}");
        assert!(registry.find(name).is_none() && !scene.file(name).exists());
    }
    assert!(matches!(
        registry.add("acme", &acme).await,
        Err(TenantError::Known(_))
    ));
    let removed = registry.remove("demo", Removal::default()).await;
    assert!(matches!(removed, Err(TenantError::OfFile(_))));
    assert!(matches!(
        registry.remove("nobody", Removal::default()).await,
        Err(TenantError::Unknown(_))
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tenants_that_were_added_are_there_after_a_restart_and_broken_files_stop_nobody() {
    let scene = Scene::start().await;
    scene.registry().add("acme", &scene.acme()).await.unwrap();
    let Scene { folder, .. } = scene;
    std::fs::write(folder.path().join("data/tenants/broken.toml"), "[[tenant").unwrap();
    // None in the file: the folder is enough.
    let mut scene = Scene::start_in(folder, "").await;
    scene.running.finish_start().await;
    assert!(scene.is_served("acme"));
    let registry = scene.registry();
    let broken = registry.broken();
    assert_eq!(broken.len(), 1);
    assert!(broken[0].why.contains("broken.toml"), "{broken:?}");
    let text = "[[tenant]]\nname = \"broken\"\ndomains = [\"b.example\"]\n";
    let change = registry.set("broken", text, false).await.unwrap();
    assert_eq!(change, TenantChange::Added);
    assert!(scene.is_served("broken") && registry.broken().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_configuration_file_is_read_again_and_only_what_differs_is_touched() {
    let other = "[[tenant]]\nname = \"other\"\ndomains = [\"other.example\"]\n";
    let gone = "[[tenant]]\nname = \"gone\"\ndomains = [\"gone.example\"]\n";
    let folder = TempDir::new().unwrap();
    let mut scene = Scene::start_in(folder, &format!("{gone}{DEMO}{other}")).await;
    scene.running.finish_start().await;
    let registry = scene.registry();
    let demo = scene.state("demo");
    // One is gone, one has changed and has what was the other's, one is new.
    let changed = "[[tenant]]\nname = \"other\"\ndomains = [\"gone.example\"]\n";
    let new = "[[tenant]]\nname = \"new\"\ndomains = [\"other.example\"]\n";
    let text = format!("{}{new}{DEMO}{changed}", configuration(scene.folder.path()));
    let file = scene.folder.path().join("c.toml");
    std::fs::write(&file, text).unwrap();
    let reloaded = registry.reload(false).await.unwrap();
    let reported: Vec<_> = reloaded
        .iter()
        .map(|(name, change)| (name.as_str(), *change.as_ref().unwrap()))
        .collect();
    let expected = [
        ("gone", TenantChange::Removed),
        ("other", TenantChange::Changed),
        ("new", TenantChange::Added),
    ];
    assert_eq!(reported, expected);
    assert!(Arc::ptr_eq(&demo, &scene.state("demo")));
    assert_eq!(
        scene.domain("gone.example"),
        Some(scene.state("other").index)
    );
    assert_eq!(
        scene.domain("other.example"),
        Some(scene.state("new").index)
    );
    assert_eq!(registry.reload(false).await.unwrap().len(), 0);
    std::fs::write(&file, "[[tenant").unwrap();
    assert!(registry.reload(false).await.is_err());
    assert!(scene.is_served("demo") && scene.is_served("new"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_shares_run_time_from_the_moment_on_at_which_it_is_not_alone() {
    let scene = Scene::start().await;
    let is_alone = |name: &str| {
        let state = scene.state(name);
        state.get::<evroute_tenant::RunTime>().unwrap().is_alone()
    };
    assert!(is_alone("demo"));
    let text = "[[tenant]]\nname = \"b\"\ndomains = [\"b.example\"]\n";
    scene.registry().add("b", text).await.unwrap();
    assert!(!is_alone("demo") && !is_alone("b"));
    scene
        .registry()
        .remove("b", Removal::default())
        .await
        .unwrap();
    assert!(is_alone("demo"));
}
