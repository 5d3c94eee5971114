//! Registrations outlive the server: what was answered with 200 is there after a `kill -9`, and
//! what a full disk did not take was answered with 500.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use evroute_tests::{Answer, PATIENCE, Server, Sipp, eventually};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::demo::tenant;

/// How often the server is killed; `EVROUTE_TEST_KILLS` says otherwise.
const KILLS: usize = 5;

/// How long the phones wait between two requests: 1,000 in a second.
const BETWEEN: Duration = Duration::from_millis(1);

/// Of so many users the last one unregisters.
const ONE_IN: usize = 10;

/// A server whose data outlives it.
fn start(data: &TempDir, more: &str) -> Server {
    let own = format!("data_dir = {:?}\n\n", data.path());
    let demo = "[[tenant]]\nname = \"demo\"\ndomains = [\"127.0.0.1\"]\n";
    Server::start(&(own + demo + more)).unwrap()
}

/// A socket with many phones behind it.
struct Phones {
    socket: UdpSocket,
    /// By user, what was last answered with 200; the second tells whether something is asked that
    /// is not answered yet.
    users: BTreeMap<String, (Option<bool>, bool)>,
}

impl Phones {
    fn new() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        Self {
            socket,
            users: BTreeMap::new(),
        }
    }

    /// Sends a REGISTER, or one that takes it back.
    fn register(&mut self, server: SocketAddr, user: &str, cseq: u32) {
        let expires = if cseq == 1 { 600 } else { 0 };
        let at = self.socket.local_addr().unwrap();
        let text = format!(
            "REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {at};branch=z9hG4bK{user}{cseq}\r\n\
             From: <sip:{user}@127.0.0.1>;tag=1\r\nTo: <sip:{user}@127.0.0.1>\r\nCall-ID: {user}\r\n\
             CSeq: {cseq} REGISTER\r\nContact: <sip:{user}@{at}>;expires={expires}\r\n\
             Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        );
        self.users.entry(user.to_owned()).or_default().1 = true;
        // A server that was killed refuses it.
        let _ = self.socket.send_to(text.as_bytes(), server);
    }

    /// What comes within this time: the user, and whether he is registered now.
    fn answered(&mut self, within: Duration) -> Option<(String, bool)> {
        self.socket.set_read_timeout(Some(within)).unwrap();
        let mut buffer = [0; 4096];
        let bytes = self.socket.recv(&mut buffer).ok()?;
        let text = String::from_utf8_lossy(&buffer[..bytes]);
        assert!(text.starts_with("SIP/2.0 200 "), "{text}");
        let (_, user) = text.split_once("To: <sip:").unwrap();
        let (user, _) = user.split_once('@').unwrap();
        let is_registered = text.contains("CSeq: 1 ");
        self.users
            .insert(user.to_owned(), (Some(is_registered), false));
        Some((user.to_owned(), is_registered))
    }

    /// Registers until so many answers came. Then there are still some on their way.
    fn flood(&mut self, server: SocketAddr, round: usize, answers: usize) {
        let mut seen = 0;
        for number in 0.. {
            self.register(server, &format!("u{round}-{number}"), 1);
            while let Some((user, is_registered)) = self.answered(BETWEEN) {
                seen += 1;
                let number: usize = user.rsplit('-').next().unwrap().parse().unwrap();
                if is_registered && number % ONE_IN == ONE_IN - 1 {
                    self.register(server, &user, 2);
                }
            }
            if seen >= answers {
                return;
            }
            assert!(number < 100_000, "{seen} answers to {number} requests");
        }
    }

    /// Of whom a 200 came last that says so, and nothing is open.
    fn told(&self, is_registered: bool) -> impl Iterator<Item = &str> {
        let users = self.users.iter();
        let told = users.filter(move |(_, state)| **state == (Some(is_registered), false));
        told.map(|(user, _)| user.as_str())
    }
}

/// Everybody who is registered, by `ul.dump`.
fn dump(server: &Server) -> BTreeSet<String> {
    let (mut all, mut after) = (BTreeSet::new(), Value::Null);
    loop {
        let answer = server.rpc("ul.dump", &json!(["demo", after])).unwrap();
        let Answer::Result(page) = answer else {
            panic!("{answer:?}");
        };
        for row in page["aors"].as_array().unwrap() {
            assert_eq!(row["contacts"].as_array().unwrap().len(), 1, "{row}");
            let (user, _) = row["aor"].as_str().unwrap().split_once('@').unwrap();
            all.insert(user.to_owned());
        }
        after = page["next"].clone();
        if after.is_null() {
            return all;
        }
    }
}

#[test]
fn what_was_answered_before_a_kill_is_there_after_it() {
    let kills = std::env::var("EVROUTE_TEST_KILLS").ok();
    let kills = kills.map_or(KILLS, |kills| kills.parse().unwrap());
    let (data, mut phones) = (TempDir::new().unwrap(), Phones::new());
    let mut server = start(&data, "");
    let mut removed = 0;
    for round in 0..kills {
        phones.flood(server.sip, round, 40 + round * 97 % 400);
        // Ends it by a kill.
        drop(server);
        while phones.answered(Duration::from_millis(20)).is_some() {}
        server = start(&data, "");
        let found = dump(&server);
        let lost: Vec<_> = phones
            .told(true)
            .filter(|user| !found.contains(*user))
            .collect();
        assert!(
            lost.is_empty(),
            "after kill {round}: {} lost: {lost:?}",
            lost.len()
        );
        let back: Vec<_> = phones
            .told(false)
            .filter(|user| found.contains(*user))
            .collect();
        assert!(
            back.is_empty(),
            "after kill {round}: they had unregistered: {back:?}"
        );
        removed = phones.told(false).count();
        // What was open at the kill is not asked for any more.
        phones.users.retain(|_, (_, is_open)| !*is_open);
    }
    assert!(removed > 0, "nobody unregistered");
    println!(
        "{kills} kills: {} registrations and {removed} removals were answered, none was lost",
        phones.told(true).count()
    );
}

#[test]
fn a_phone_that_registered_before_a_crash_is_called_after_it() {
    let data = TempDir::new().unwrap();
    let service = tenant("9", &[]).replace("url = \"sqlite:main.db\"", "url = \"sqlite:m.db\"");
    let start = || Server::start(&format!("data_dir = {:?}\n{service}", data.path())).unwrap();
    let server = start();
    let register = Sipp::new("register.xml").user("bob");
    let port = register.clone().calls(1);
    let registered = port.call(server.sip).unwrap();
    assert_eq!((registered.successful, registered.failed), (1, 0));
    // Ends it by a kill. The next server has another port, and the phone's contact is the same.
    drop(server);
    let server = start();
    let answer = server.rpc("ul.lookup", &json!(["bob@127.0.0.1"])).unwrap();
    let Answer::Result(bob) = answer else {
        panic!("{answer:?}");
    };
    let contact = bob["contacts"][0]["contact"].as_str().unwrap();
    let (_, port) = contact.split_once("127.0.0.1:").unwrap();
    let port = port.split(';').next().unwrap().parse().unwrap();
    let phone = Sipp::new("uas_call.xml").at(port).listen().unwrap();
    let calls = Sipp::new("uac_call.xml")
        .user("bob")
        .call(server.sip)
        .unwrap();
    assert_eq!((calls.successful, calls.failed), (1, 0), "{}", server.log());
    phone.finish().unwrap();
}

/// The status of a REGISTER of this user, and whether it says when to try again.
fn register(server: &Server, user: &str, call_id: &str) -> (u16, bool) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let at = socket.local_addr().unwrap();
    let text = format!(
        "REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {at};branch=z9hG4bK{call_id}\r\n\
         From: <sip:{user}@127.0.0.1>;tag=1\r\nTo: <sip:{user}@127.0.0.1>\r\nCall-ID: {call_id}\r\n\
         CSeq: 1 REGISTER\r\nContact: <sip:{user}@192.0.2.7>;expires=600\r\nMax-Forwards: 70\r\n\
         Content-Length: 0\r\n\r\n"
    );
    socket.send_to(text.as_bytes(), server.sip).unwrap();
    let mut buffer = [0; 4096];
    let bytes = socket.recv(&mut buffer).unwrap();
    let answer = String::from_utf8_lossy(&buffer[..bytes]).into_owned();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer.contains("\r\nRetry-After: "))
}

#[test]
fn a_full_disk_is_500_and_registrations_go_on_when_there_is_room() {
    let demo = "[[tenant]]\nname = \"demo\"\ndomains = [\"127.0.0.1\"]\n";
    let server = Server::start_with_full_files(demo).unwrap();
    assert_eq!(register(&server, "alice", "a1").0, 200);
    let log = server.folder().join("data/journal.db-wal");
    let bytes = std::fs::metadata(&log).unwrap().len();
    assert!(bytes > 0);
    server.limit_files(Some(bytes)).unwrap();
    assert_eq!(register(&server, "bob", "b1"), (500, true));
    assert_eq!(dump(&server), BTreeSet::from(["alice".to_owned()]));
    // What was registered stays registered, and is called.
    assert_eq!(register(&server, "alice", "a2"), (500, true));
    assert_eq!(dump(&server), BTreeSet::from(["alice".to_owned()]));
    server
        .logged(&["changes are not kept", "full or read-only disk"])
        .unwrap();
    assert!(
        server
            .metric("evroute_journal_failures_total", &[])
            .unwrap()
            >= 2.0
    );
    server.limit_files(None).unwrap();
    assert_eq!(register(&server, "bob", "b2").0, 200);
    let both = BTreeSet::from(["alice".to_owned(), "bob".to_owned()]);
    assert_eq!(dump(&server), both);
}

#[test]
fn registrations_that_are_not_to_be_kept_are_not_and_those_of_a_removed_tenant_go() {
    let data = TempDir::new().unwrap();
    std::fs::create_dir(data.path().join("tenants")).unwrap();
    let server = start(&data, "\n[tenant.registrar]\ndurability = \"none\"\n");
    assert_eq!(register(&server, "alice", "a1").0, 200);
    let rows = || {
        let file = data.path().join("journal.db");
        let journal = rusqlite::Connection::open(file).unwrap();
        let count = "SELECT count(*) FROM rows";
        journal
            .query_row(count, [], |row| row.get::<_, i64>(0))
            .unwrap()
    };
    assert!(
        !data.path().join("journal.db").exists(),
        "nobody keeps anything"
    );
    let acme = "[[tenant]]\nname = \"acme\"\ndomains = [\"acme.example\"]\n";
    let added = server.rpc("tenant.add", &json!(["acme", acme])).unwrap();
    assert!(matches!(added, Answer::Result(_)), "{added:?}");
    let add = json!(["bob@acme.example", "sip:bob@192.0.2.7", "acme"]);
    let added = server.rpc("ul.add", &add).unwrap();
    assert!(matches!(added, Answer::Result(_)), "{added:?}");
    assert_eq!(rows(), 1);
    let kept = || (server.metric("evroute_journal_bytes", &["acme"]).unwrap() > 0.0).then_some(());
    eventually("the bytes of acme", kept, || server.log()).unwrap();
    let removed = server.rpc("tenant.remove", &json!(["acme"])).unwrap();
    assert!(matches!(removed, Answer::Result(_)), "{removed:?}");
    assert_eq!(rows(), 0);
}
