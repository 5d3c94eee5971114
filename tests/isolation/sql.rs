//! A tenant whose statements are meant for the neighbours: what becomes of them, and of the
//! neighbours meanwhile.

use std::net::UdpSocket;

use evroute_tests::{PATIENCE, Server, eventually};
use tempfile::TempDir;

use crate::tenant::tenant;

const HOSTILE: &str = "mallory.example";
const HONEST: &str = "alice.example";

/// What mallory's database may have on the disk.
const BYTES_MAX: u64 = 1 << 20;

/// A share that nobody uses up.
const ALL_THE_TIME: &str = "\n[tenant.quota]\nrun_ms_per_second_max = 1000000\n";

/// How the guest says that a statement ended.
const DEADLINE: u16 = 481;
const UNAVAILABLE: u16 = 482;
const REFUSED: u16 = 483;
const TOO_LARGE: u16 = 484;
const DONE: u16 = 499;

/// Never ends by itself.
const ENDLESS: &str =
    "with recursive c(x) as (select 1 union all select x + 1 from c) select count(*) from c";

/// Two tenants with a database each, and the same handler: it runs what it is sent.
fn two_tenants(folder: &TempDir, of_hostile: &str, quota: &str) -> Server {
    let one = |name: &str, domain: &str, more: &str| {
        let database = format!(
            "[tenant.handler.limits]\nrun_deadline_ms = 60000\n\n[[tenant.database]]\n\
             name = \"main\"\nurl = \"sqlite:{name}.db\"\n{more}"
        );
        tenant("run-sql", "request", folder, &database)
            .replace("\"sip\", ", "\"sip\", \"sql:main\", ")
            .replace("name = \"demo\"", &format!("name = \"{name}\""))
            .replace("127.0.0.1", domain)
    };
    let hostile = one("mallory", HOSTILE, of_hostile);
    Server::start(&(one("alice", HONEST, "") + &hostile + quota)).unwrap()
}

/// Somebody who sends statements.
struct Sender<'a> {
    socket: UdpSocket,
    server: &'a Server,
    sent: u32,
}

impl<'a> Sender<'a> {
    fn to(server: &'a Server) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Self {
            socket,
            server,
            sent: 0,
        }
    }

    fn send(&mut self, host: &str, statement: &str) {
        let own = self.socket.local_addr().unwrap();
        self.sent += 1;
        let branch = format!("z9hG4bK{}-{}", own.port(), self.sent);
        let request = format!(
            "MESSAGE sip:sql@{host} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch={branch}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:peer@{host}>;tag=1\r\nTo: <sip:sql@{host}>\r\n\
             Call-ID: {branch}\r\nCSeq: 1 MESSAGE\r\nContent-Type: text/plain\r\n\
             Content-Length: {}\r\n\r\n{statement}",
            statement.len()
        );
        let sent = self.socket.send_to(request.as_bytes(), self.server.sip);
        assert_eq!(sent.unwrap(), request.len());
    }

    /// How the next statement to end has ended.
    fn ended(&self) -> u16 {
        loop {
            let code = self.answer().expect("an answer");
            if code >= 200 {
                return code;
            }
        }
    }

    fn answer(&self) -> std::io::Result<u16> {
        let mut answer = [0; 2000];
        let length = self.socket.recv(&mut answer)?;
        let text = String::from_utf8_lossy(&answer[..length]);
        Ok(text.split(' ').nth(1).unwrap().parse().unwrap())
    }

    /// Whether something has ended that nobody has waited for yet.
    fn has_answer(&self) -> bool {
        self.socket.set_nonblocking(true).unwrap();
        let is_there = self.socket.peek(&mut [0; 1]).is_ok();
        self.socket.set_nonblocking(false).unwrap();
        is_there
    }

    fn asks(&mut self, host: &str, statement: &str) -> u16 {
        self.send(host, statement);
        self.ended()
    }
}

fn counted(server: &Server, name: &str, tenant: &str) -> f64 {
    let tenant = format!("tenant=\"{tenant}\"");
    server.metric(name, &[&tenant]).unwrap()
}

/// What a tenant's database has on the disk, its log and whatever else begins with its name.
fn bytes_on_disk(server: &Server, tenant: &str) -> u64 {
    let mut folders = vec![server.folder().to_owned()];
    let mut bytes = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            // A file may be gone by now.
            let Ok(metadata) = entry.metadata() else {
                continue;
            };
            if metadata.is_dir() {
                folders.push(entry.path());
            } else if entry.file_name().to_string_lossy().starts_with(tenant) {
                bytes += metadata.len();
            }
        }
    }
    bytes
}

/// The most memory that the server has had, in bytes.
fn memory_peak(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kib = line.unwrap().split_whitespace().nth(1).unwrap();
    kib.parse::<u64>().unwrap() << 10
}

#[test]
fn statements_that_are_meant_for_others_end_and_leave_no_trace() {
    let folder = TempDir::new().unwrap();
    let server = two_tenants(&folder, "deadline_ms = 500\n", "");
    let mut sender = Sender::to(&server);
    assert_eq!(
        sender.asks(HONEST, "create table calls (caller text)"),
        DONE
    );
    let columns = |names: usize, length: usize| {
        let name = |number: usize| format!("1 as \"{number}{}\"", "n".repeat(length));
        (0..names).map(name).collect::<Vec<_>>().join(", ")
    };
    let wide = format!("select {}", columns(120, 400));
    for (statement, ends) in [
        // What cannot be interrupted.
        (
            "select instr(zeroblob(60000000), cast(zeroblob(30000000) || x'01' as blob))",
            &[REFUSED, TOO_LARGE][..],
        ),
        (
            "select length(replace(hex(zeroblob(200000)), '0', '00000000'))",
            &[REFUSED, TOO_LARGE, DONE],
        ),
        (
            "select hex(zeroblob(60000000)) like '%1%1%1%1%1'",
            &[REFUSED, TOO_LARGE],
        ),
        (ENDLESS, &[DEADLINE]),
        // What is of the process and not of the connection.
        ("explain pragma hard_heap_limit=1", &[REFUSED]),
        ("pragma hard_heap_limit=1", &[REFUSED]),
        ("explain query plan pragma soft_heap_limit=1", &[REFUSED]),
        ("select * from pragma_hard_heap_limit(1)", &[REFUSED]),
        ("select file from pragma_database_list", &[REFUSED]),
        ("attach 'alice.db' as alice", &[REFUSED]),
        ("vacuum into 'elsewhere.db'", &[REFUSED]),
        // What is kept beside the rows.
        (&wide, &[REFUSED, TOO_LARGE, DONE]),
    ] {
        let ended = sender.asks(HOSTILE, statement);
        let start = &statement[..statement.len().min(70)];
        assert!(ends.contains(&ended), "{start}: {ended}\n{}", server.log());
        // The neighbour reads and writes as before.
        assert_eq!(
            sender.asks(HONEST, "insert into calls values ('bob')"),
            DONE,
            "{start}"
        );
        assert_eq!(
            sender.asks(HONEST, "select count(*) from calls"),
            DONE,
            "{start}"
        );
    }
    assert_eq!(server.health(), Some(200));
    assert!(
        counted(
            &server,
            "evroute_database_connections_replaced_total",
            "alice"
        ) < 0.5
    );
}

#[test]
fn long_statements_and_long_names_are_not_kept() {
    let folder = TempDir::new().unwrap();
    let server = two_tenants(&folder, "", "");
    let mut sender = Sender::to(&server);
    let mut ask = |statement: &str| assert_ne!(sender.asks(HOSTILE, statement), DEADLINE);
    let long = "n".repeat(40_000);
    ask("create table t (a)");
    ask(&format!("select 1 -- {long}"));
    let before = memory_peak(&server);
    for number in 0..400 {
        ask(&format!("select {number} -- {long}"));
        ask(&format!("select 1 as \"{number}{long}\""));
        ask(&format!("select * from t where '{number}{long}' = a"));
    }
    // 48 MB of statements went by.
    let more = memory_peak(&server).saturating_sub(before);
    assert!(more < 24 << 20, "{more} bytes");
}

/// The statements are short: what is long stands in the schema, and `*` multiplies it.
#[test]
fn names_of_columns_count_as_what_is_read_does() {
    let folder = TempDir::new().unwrap();
    let server = two_tenants(&folder, "connections_max = 4\n", "");
    let mut sender = Sender::to(&server);
    let long = "n".repeat(40_000);
    let create = format!("create table t (\"{long}\")");
    assert_eq!(sender.asks(HOSTILE, &create), DONE, "{}", server.log());
    assert_eq!(sender.asks(HOSTILE, "insert into t values (1)"), DONE);
    // One such name is within the limits of a result; the names of fifty tables side by side
    // are 2 MB, in a row of fifty numbers.
    assert_eq!(sender.asks(HOSTILE, "select * from t"), DONE);
    let side_by_side: Vec<String> = (0..50).map(|number| format!("t as t{number}")).collect();
    let wide = side_by_side.join(", ");
    let before = memory_peak(&server);
    for number in 0..200 {
        // Each is another statement, so that whoever keeps statements keeps them all.
        let statement = format!("select *, {number} from {wide}");
        let ended = sender.asks(HOSTILE, &statement);
        assert_eq!(ended, TOO_LARGE, "{}", server.log());
    }
    // 400 MB of names went by.
    let more = memory_peak(&server).saturating_sub(before);
    assert!(more < 24 << 20, "{more} bytes");
    assert_eq!(sender.asks(HONEST, "select 1"), DONE);
}

#[test]
fn a_reader_that_does_not_end_does_not_let_a_database_s_log_grow() {
    let folder = TempDir::new().unwrap();
    let limits = format!("deadline_ms = 2000\nbytes_max = {BYTES_MAX}\n");
    let server = two_tenants(&folder, &limits, ALL_THE_TIME);
    let mut sender = Sender::to(&server);
    assert_eq!(sender.asks(HOSTILE, "create table t (a)"), DONE);
    assert_eq!(
        sender.asks(HOSTILE, "insert into t values (zeroblob(60000))"),
        DONE
    );
    let mut reader = Sender::to(&server);
    let (mut refused, mut largest) = (0, 0);
    // Each that reads ends with its deadline; another goes on.
    for _ in 0..3 {
        reader.send(
            HOSTILE,
            &ENDLESS.replace("count(*) from c", "count(*) from c, t"),
        );
        while !reader.has_answer() {
            let ended = sender.asks(HOSTILE, "update t set a = randomblob(60000)");
            assert!(
                [DONE, UNAVAILABLE].contains(&ended),
                "{ended}\n{}",
                server.log()
            );
            refused += u32::from(ended == UNAVAILABLE);
            largest = largest.max(bytes_on_disk(&server, "mallory"));
        }
        assert_eq!(reader.ended(), DEADLINE);
    }
    // The index of the log, 32 KiB, is beside what is counted.
    assert!(largest <= BYTES_MAX + (64 << 10), "{largest} bytes");
    assert!(refused > 0, "{}", server.log());
    assert!(counted(&server, "evroute_database_writes_refused_total", "mallory") > 0.5);
    assert!(counted(&server, "evroute_database_writes_refused_total", "alice") < 0.5);
    // When nobody reads any more, there is room again.
    let is_written = || {
        let ended = sender.asks(HOSTILE, "update t set a = randomblob(100)");
        (ended == DONE).then_some(())
    };
    eventually("room for a write", is_written, || server.log()).unwrap();
}

/// Not how long it takes, but who is answered first.
#[test]
fn a_neighbour_is_answered_while_statements_take_all_the_time_they_get() {
    let folder = TempDir::new().unwrap();
    let limits = "deadline_ms = 3000\nconnections_max = 4\n";
    let server = two_tenants(&folder, limits, ALL_THE_TIME);
    let (mut hostile, mut honest) = (Sender::to(&server), Sender::to(&server));
    assert_eq!(
        honest.asks(HONEST, "create table calls (caller text)"),
        DONE
    );
    for _ in 0..4 {
        hostile.send(HOSTILE, ENDLESS);
    }
    let mut answered = 0;
    while !hostile.has_answer() {
        assert_eq!(
            honest.asks(HONEST, "insert into calls values ('bob')"),
            DONE
        );
        answered += 1;
    }
    assert!(answered >= 20, "{answered} answers");
    for _ in 0..4 {
        assert_eq!(hostile.ended(), DEADLINE);
    }
}

/// More work than the tenant has in a second, on any machine.
const WORK: &str = "with recursive c(x) as (select 1 union all select x + 1 from c where x < 1500000) select count(*) from c";

#[test]
fn a_statement_s_time_is_the_tenant_s_and_its_runs_give_way() {
    let folder = TempDir::new().unwrap();
    let quota = "\n[tenant.quota]\nrun_ms_per_second_max = 100\n";
    let server = two_tenants(&folder, "deadline_ms = 60000\n", quota);
    let mut sender = Sender::to(&server);
    let throttled = |tenant| counted(&server, "evroute_runs_throttled_total", tenant);
    assert_eq!(sender.asks(HOSTILE, "select 1"), DONE);
    assert!(throttled("mallory") < 0.5, "{}", server.log());
    assert_eq!(sender.asks(HOSTILE, WORK), DONE);
    // It is paid for by what comes next, and by that tenant alone.
    assert_eq!(sender.asks(HOSTILE, "select 1"), DONE);
    assert!(throttled("mallory") > 0.5, "{}", server.log());
    server
        .logged(&["tenant=mallory", "more than their CPU budget"])
        .unwrap();
    assert_eq!(sender.asks(HONEST, "select 1"), DONE);
    assert!(throttled("alice") < 0.5, "{}", server.log());
}
