//! A slow database slows the handlers that ask it, and nothing else.

mod caller;
pub(crate) mod database;
mod echo;

use std::path::Path;

use evroute_tests::{Answer, Server, Sipp, eventually, visitor};
use serde_json::json;
use tempfile::TempDir;

use self::caller::Caller;
use self::database::{Database, embedded};
use self::echo::Echo;
use crate::demo::handler;
use crate::postgres_server::PostgresServer;

/// `mixed`: calls whose handler is in the synchronous lane, beside a handler of the server's own
/// requests that writes to PostgreSQL. `asker`: every request writes to PostgreSQL. `other`: every
/// request writes to its own embedded database.
const TENANTS: &str = r#"
[[tenant]]
name = "mixed"
domains = ["127.0.0.1"]
quota = { runs_concurrent_max = 4 }
route = [{ user = "service", to = "sip:127.0.0.1:{service}" }, { user = "probe", to = "sip:127.0.0.1:{echo}" }]
table = [{ name = "blocked" }]
database = [{ name = "main", url = "{postgres}", connections_max = 8, deadline_ms = 120000 }]
{mixed}

[[tenant]]
name = "asker"
domains = ["asker.test"]
quota = { runs_concurrent_max = 6 }
route = [{ user = "probe", to = "sip:127.0.0.1:{echo}" }]
database = [{ name = "main", url = "{postgres}", connections_max = 8, deadline_ms = 120000 }]

[[tenant.handler]]
name = "visitor"
component = "{visitor}"
grants = ["sql:main"]
fail_policy = "closed"

[[tenant]]
name = "other"
domains = ["other.test"]
route = [{ user = "probe", to = "sip:127.0.0.1:{echo}" }]
database = [{ name = "main", url = "sqlite://{embedded}" }]

[[tenant.handler]]
name = "visitor"
component = "{visitor}"
grants = ["sql:main"]
fail_policy = "closed"
"#;

/// Runs of `mixed` and `asker` that may be under way at the same time, as [`TENANTS`] says; all of
/// them find a connection.
const MIXED_RUNS: i64 = 4;
const ASKER_RUNS: i64 = 6;
/// What waits for a turn beside each run that is under way: the server's own number.
const QUEUE_PER_RUN: i64 = 16;
/// Requests of the server's own that `mixed` is asked for while the database is slow.
const OWN_REQUESTS: usize = 24;
/// How many requests of `asker` are more than it may have under way.
const BEYOND: i64 = 20;
/// How many requests are made in each phase, for each tenant.
const PROBES: usize = 150;
/// How many calls SIPp makes in each phase, and how many a second.
const CALLS: u32 = 100;
const CALLS_PER_SECOND: &str = "50";

/// Calls through `mixed` by SIPp, and at the same time single requests of `mixed` and `other`, one
/// after the other: each is answered, whatever waits for the database meanwhile.
fn all_are_answered(server: &Server) {
    let calls = Sipp::new("uac").user("service").calls(CALLS);
    let calls = calls.with(&["-r", CALLS_PER_SECOND]).begin(server.sip);
    let caller = Caller::new(server.sip);
    for _ in 0..PROBES {
        caller.ask("127.0.0.1");
        caller.ask("other.test");
    }
    let (calls, messages) = calls.unwrap().finish().unwrap();
    assert_eq!((calls.successful, calls.failed), (CALLS, 0), "{messages}");
}

struct Scene {
    database: Database,
    server: Server,
    echo: Echo,
    embedded: std::path::PathBuf,
    _postgres: PostgresServer,
    _folder: TempDir,
}

impl Scene {
    fn new(service: u16) -> Self {
        let postgres = PostgresServer::start();
        let mut database = Database::connect(&postgres.url());
        database.run("create table visits (n int)");
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("other.db");
        embedded(&file, "create table visits (n int)");
        let echo = Echo::start();
        let path = |path: &Path| path.display().to_string();
        let tenants = TENANTS
            .replace("{mixed}", &(handler("call-guard") + &filter()))
            .replace("{visitor}", &path(&visitor(folder.path()).unwrap()))
            .replace("{postgres}", &postgres.url())
            .replace("{embedded}", &path(&file))
            .replace("{service}", &service.to_string())
            .replace("{echo}", &echo.port.to_string());
        Self {
            database,
            server: Server::start(&tenants).unwrap(),
            echo,
            embedded: file,
            _postgres: postgres,
            _folder: folder,
        }
    }

    fn refused(&self, tenant: &str) -> f64 {
        let tenant = format!("tenant=\"{tenant}\"");
        let labels = [tenant.as_str(), "outcome=\"QuotaExceeded\""];
        self.server.metric("evroute_runs_total", &labels).unwrap()
    }
}

/// The example, whose table lies in PostgreSQL here.
fn filter() -> String {
    handler("local-request-filter") + "fail_policy = \"closed\"\n"
}

/// Whether the server made and sent a request of its own.
fn is_sent(server: &Server, echo: u16) -> bool {
    let headers = "From: <sip:alice@127.0.0.1>\r\nTo: <sip:bob@127.0.0.1>\r\n";
    let target = format!("sip:bob@127.0.0.1:{echo}");
    let asked = json!(["MESSAGE", target, ".", ".", headers, "hello"]);
    match server.rpc("tm.t_uac_start", &asked).unwrap() {
        Answer::Result(result) => result["sent"] == true,
        Answer::Refused(_, sentence) => panic!("{sentence}"),
    }
}

/// Asks for more than `asker` may have under way: what is beyond is refused at once, the rest
/// waits.
fn flood(scene: &mut Scene) -> (Caller, i64) {
    let admitted = ASKER_RUNS + ASKER_RUNS * QUEUE_PER_RUN;
    let flood = Caller::new(scene.server.sip);
    for _ in 0..admitted + BEYOND {
        flood.send("asker.test");
    }
    for _ in 0..BEYOND {
        assert_eq!(flood.answer(), 500, "the cautious verdict");
    }
    (flood, admitted)
}

#[test]
fn a_slow_database_slows_the_handlers_that_ask_it_and_nothing_else() {
    let phone = Sipp::new("uas").calls(3 * CALLS).listen().unwrap();
    let mut scene = Scene::new(phone.port);
    all_are_answered(&scene.server);
    scene.database.lock("lock table visits, local_requests");
    let (flood, admitted) = flood(&mut scene);
    let sent = std::thread::scope(|scope| {
        let (server, echo) = (&scene.server, scene.echo.port);
        let ask = |_| scope.spawn(move || is_sent(server, echo));
        let own: Vec<_> = (0..OWN_REQUESTS).map(ask).collect();
        let all_wait = || (scene.database.waiting() == MIXED_RUNS + ASKER_RUNS).then_some(());
        eventually("all runs waiting", all_wait, || server.log()).unwrap();
        all_are_answered(server);
        // Neither more nor fewer than the quotas say, and not one of them has come back.
        assert_eq!(scene.database.waiting(), MIXED_RUNS + ASKER_RUNS);
        assert!(flood.hears_nothing() && own.iter().all(|own| !own.is_finished()));
        scene.database.release();
        let sent = own.into_iter().map(|own| own.join().unwrap());
        sent.filter(|is_sent| *is_sent).count()
    });
    for _ in 0..admitted {
        assert_eq!(flood.answer(), 200);
    }
    assert_eq!(sent, OWN_REQUESTS);
    all_are_answered(&scene.server);
    flood.ask("asker.test");
    assert!(is_sent(&scene.server, scene.echo.port));
    println!(
        "during: {MIXED_RUNS} + {ASKER_RUNS} runs waited for the database, {} + {} for their turn, {} were refused",
        OWN_REQUESTS as i64 - MIXED_RUNS,
        admitted - ASKER_RUNS,
        scene.refused("asker")
    );
    is_accounted(&mut scene, admitted);
}

/// Every request that was answered 200 has its row, and what was refused has none.
fn is_accounted(scene: &mut Scene, admitted: i64) {
    assert!((scene.refused("asker") - BEYOND as f64).abs() < 0.5);
    assert!(scene.refused("mixed") < 0.5 && scene.refused("other") < 0.5);
    let visits = "select count(*) from visits";
    assert_eq!(scene.database.number(visits), admitted + 1);
    let sent = "select count(*) from local_requests where outcome = 'sent'";
    assert_eq!(scene.database.number(sent), OWN_REQUESTS as i64 + 1);
    let probes = embedded(&scene.embedded, visits).unwrap();
    assert_eq!(probes, 3 * PROBES as i64);
}

#[test]
fn ctrl_c_closes_the_databases() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("main.db");
    let tenant = format!(
        "[[tenant]]\nname = \"demo\"\ndomains = [\"127.0.0.1\"]\n\n[[tenant.table]]\nname = \"blocked\"\n\n\
         [[tenant.database]]\nname = \"main\"\nurl = \"sqlite://{}\"\n{}",
        file.display(),
        handler("local-request-filter")
    );
    let server = Server::start(&tenant).unwrap();
    // SQLite's journal is gone when the last connection has been closed properly.
    let log_sink = folder.path().join("main.db-wal");
    assert!(log_sink.exists(), "mod-init has made a table");
    server.interrupt().unwrap();
    let (status, log) = server.ended().unwrap();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(!log_sink.exists(), "{log}");
    let tables = "select count(*) from sqlite_schema where name = 'local_requests'";
    assert_eq!(embedded(&file, tables), Some(1));
}
