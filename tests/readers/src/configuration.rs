//! Configurations: whatever is wrong is said with its line.

use std::path::Path;

use evroute_server::{Config, Vocabulary};

use crate::Reader;

pub(crate) const READER: Reader = Reader {
    name: "configuration",
    examples,
    words: &[
        "[[tenant]]\n",
        "[tenant.deploy]\n",
        "[[tenant.handler]]\n",
        "name = ",
        "= true\n",
        "= -1\n",
        "= \"\"\n",
        "= []\n",
        "= {}\n",
        "grants = [\"sql:*:read\"]\n",
        "[server]\n",
    ],
    read,
    runs: 2_000,
};

fn examples() -> Vec<Vec<u8>> {
    let demo = include_bytes!("../../../guest-examples/demo.toml").to_vec();
    let more = "[server]\ndrain_seconds = 1\n[admin]\naddress = \"127.0.0.1:0\"\n[[listen]]\ntransport = \"udp\"\n\
                address = \"127.0.0.1:0\"\n[[tenant]]\nname = \"demo\"\ndomains = [\"example.org\"]\nweight = 3\n\
                [tenant.deploy]\ngrants = [\"log\"]\nrequire = [\"cases>=1\"]\n[tenant.recordings]\nrare_per_hour = 2\n\
                [[tenant.table]]\nname = \"blocked\"\n[[tenant.timer]]\nname = \"hourly\"\nseconds = 3600\n\
                [[tenant.database]]\nlabel = \"main\"\nurl = \"sqlite:a.db\"\n";
    vec![demo, more.as_bytes().to_vec()]
}

fn read(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    match Config::parse(
        Path::new("/nowhere/evroute.toml"),
        &text,
        &Vocabulary::current(),
    ) {
        Ok(_) => true,
        Err(errors) => {
            assert!(!errors.to_string().is_empty(), "a refusal has its words");
            false
        }
    }
}
