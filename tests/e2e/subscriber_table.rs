//! Users who are in Kamailio's table `subscriber`, made by Kamailio's own script.

use std::path::Path;

use evroute_digest_auth::{Algorithm, Ha1};
use evroute_tests::{Server, Sipp};
use rusqlite::Connection;
use tempfile::TempDir;

const SCHEMA: &str = "/usr/share/kamailio/db_sqlite";

/// The database that `kamdbctl create` makes, as far as users go, with a row of alice's.
fn database(folder: &Path, row: &str) {
    let script = |name: &str| {
        let file = format!("{SCHEMA}/{name}-create.sql");
        std::fs::read_to_string(file).expect("kamailio-sqlite-modules is installed")
    };
    let database = Connection::open(folder.join("main.db")).unwrap();
    for name in ["standard", "auth_db"] {
        database.execute_batch(&script(name)).unwrap();
    }
    database.execute_batch(row).unwrap();
}

fn tenant(data: &Path) -> String {
    format!(
        "data_dir = {data:?}\n\n[[tenant]]\nname = \"acme\"\ndomains = [\"127.0.0.1\"]\n\n\
         [tenant.auth]\ndatabase = \"main\"\n\n\
         [[tenant.database]]\nname = \"main\"\nurl = \"sqlite:main.db\"\n"
    )
}

fn registers(server: &Server, password: &str) -> bool {
    let phone = Sipp::new("register_password.xml").user("alice");
    let phone = phone.with(&["-au", "alice", "-ap", password]);
    phone.call(server.sip).unwrap().successful == 1
}

#[test]
fn a_user_of_kamailio_s_table_registers_with_his_password() {
    let data = TempDir::new().unwrap();
    let ha1 = Ha1::of(Algorithm::Md5, "alice", "127.0.0.1", "secret");
    let row = format!(
        "insert into subscriber (username, domain, ha1) values ('alice', '127.0.0.1', '{}')",
        ha1.as_str()
    );
    database(data.path(), &row);
    let server = Server::start(&tenant(data.path())).unwrap();
    assert!(!registers(&server, "guess"));
    assert!(registers(&server, "secret"), "{}", server.log());
    let result = |result: &str| {
        let label = format!("result=\"{result}\"");
        server
            .metric("evroute_auth_requests_total", &[&label])
            .unwrap()
    };
    assert_eq!((result("wrong"), result("authenticated")), (1.0, 1.0));
}

#[test]
fn a_table_of_passwords_in_the_clear_is_refused() {
    let data = TempDir::new().unwrap();
    let row = "insert into subscriber (username, domain, password) values ('alice', '127.0.0.1', 'secret')";
    database(data.path(), row);
    let server = Server::begin(&tenant(data.path())).unwrap();
    let why = ["passwords in the clear", "ha1"];
    let log = server.logged(&why).unwrap();
    assert!(!log.contains("secret"), "{log}");
}
