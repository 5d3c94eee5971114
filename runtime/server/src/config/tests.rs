use std::fs;
use std::path::Path;

use evroute_dispatch::BreakerFallback;
use evroute_module_core::{RouteMatch, RouteSender, StaticRoute};
use tempfile::TempDir;

use evroute_module_sql::DatabaseUrl;
use evroute_module_usrloc::ContactsOver;

use super::*;

/// A folder with a component beside the configuration.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("guard.wasm"), b"\0asm").unwrap();
    fs::write(folder.path().join("token"), "0123456789abcdef\n").unwrap();
    fs::write(folder.path().join("short"), "secret\n").unwrap();
    folder
}

fn parse(folder: &Path, text: &str) -> Result<Config, ConfigErrors> {
    Config::parse(&folder.join("c.toml"), text, &Vocabulary::current())
}

/// The mistakes of a text, without the folder's name.
fn mistakes(text: &str) -> Vec<String> {
    let folder = folder();
    let errors = parse(folder.path(), text).expect_err("this configuration is wrong");
    let prefix = format!("{}/", folder.path().display());
    errors
        .0
        .iter()
        .map(|error| error.to_string().replace(&prefix, ""))
        .collect()
}

const TENANT: &str = "[[tenant]]\nname = \"demo\"\ndomains = [\"example.com\"]\n";

/// Key by key: what is written after a good tenant, and every line that comes of it.
const IN_A_TENANT: &[(&str, &[&str])] = &[
    (
        "[tenant.tls]\nclient_certificates = \"yes\"\ncrl_file = \"a.pem\"",
        &[
            "c.toml:5: tenant.tls.client_certificates: nobody is named who signs certificates of clients; add \
              client_ca_file = \"path\"",
            "c.toml:6: tenant.tls.crl_file: nobody is named who signs certificates of clients; add \
              client_ca_file = \"path\"",
        ],
    ),
    (
        "[tenant.tls]\nclient_ca_file = \"a.pem\"",
        &[
            "c.toml:5: tenant.tls.client_ca_file: there is no certificate to be shown; add certificate_file and \
              key_file: it is who is shown them that is asked",
        ],
    ),
    (
        "[[tenant.route]]\nprefix = \"0\"\nto = \"sip:a.example\"\nfrom = [\"tls:carrier.example\", \"tls:*\"]",
        &[
            "c.toml:7: tenant.route.from: \"tls:carrier.example\": no peer is asked for a certificate; add \
              client_ca_file to [tenant.tls], or to [tls]",
            "c.toml:7: tenant.route.from: \"tls:*\": it is neither a domain nor the SHA-256 of a certificate; \
              write \"authenticated\", \"registered\", \"10.0.0.0/8\" or \"tls:carrier.example\"",
        ],
    ),
    (
        "[tenant.auth]\nmethods = [\"ACK\", \"x\"]\nalgorithms = [\"SHA-1\"]\ntrusted = [\"x\"]\nfailures_max = -1\nrealm = \"\"\ndatabase = \"none\"",
        &[
            "c.toml:9: tenant.auth.realm: \"\" is no realm; write 1 to 128 characters, or leave it out: then it is \
              the user's domain",
            "c.toml:5: tenant.auth.methods: nobody can be asked for a password by ACK; remove it: it follows its \
              INVITE, which is asked about",
            "c.toml:5: tenant.auth.methods: \"x\" is no method; write it as requests do: \"REGISTER\"",
            "c.toml:7: tenant.auth.trusted: \"x\": it is not a network, an IP address or IP:PORT; write \
              \"10.0.0.0/8\", \"192.0.2.7\" or \"tls:carrier.example\"",
            "c.toml:6: tenant.auth.algorithms: \"SHA-1\" is no algorithm that is known here; write some of \
              SHA-512-256, SHA-256, MD5",
            "c.toml:10: tenant.auth.database: the tenant has no database \"none\"; add a [[tenant.database]] with \
              this name, or leave it out: then users are kept in data_dir",
            "c.toml:8: tenant.auth.failures_max: -1 is out of range; write a number from 0 to 1000000",
        ],
    ),
    (
        "[[tenant.table]]\nname = \"calls\"\nexpires = 5",
        &[
            "c.toml:6: expires: unknown key; known keys here: name, expire_seconds, entries_max, persist",
        ],
    ),
    (
        "[[tenant.table]]\nexpire_seconds = 5",
        &["c.toml:4: name: is missing; add name = ... to this section"],
    ),
    (
        "[[tenant.table]]\nname = \"a b\"\nexpire_seconds = -1\nentries_max = 0",
        &[
            "c.toml:5: tenant.table.name: \"a b\" is not a name; use 1 to 64 letters, digits, '-', '_' and '.'",
            "c.toml:6: tenant.table.expire_seconds: -1 is out of range; write a number from 0 to 4294967295",
            "c.toml:7: tenant.table.entries_max: 0 is out of range; write a number from 1 to 1000000000",
        ],
    ),
    (
        "[[tenant.table]]\nname = \"a\"\n[[tenant.table]]\nname = \"a\"",
        &[
            "c.toml:7: tenant.table.name: \"a\" is there twice in this tenant; rename or remove one of the two",
        ],
    ),
    (
        "[[tenant.database]]\nname = \"main\"\nurl = \"mysql://root:secret@db\"",
        &[
            "c.toml:6: tenant.database.url: a URL that begins with \"mysql\" is not one of a known database; \
              write \"sqlite:file.db\" (in data_dir), \"sqlite::memory:\" or \"postgres://...\"",
        ],
    ),
    (
        "[[tenant.route]]\nuser = \"service\"\nto = \"127.0.0.1\"",
        &[
            "c.toml:6: tenant.route.to: \"127.0.0.1\" is not a SIP URI; write where to send it, for example \
              \"sip:127.0.0.1:5080\"",
        ],
    ),
    (
        "[[tenant.route]]\nprefix = \"+\"\nto = \"sip:192.0.2.1\"\nfrom = [\"anyone\"]",
        &[
            "c.toml:7: tenant.route.from: whoever reaches this server could call out; write \"authenticated\", \
              \"registered\" or a network",
        ],
    ),
    (
        "[[tenant.route]]\ndomain = \"*\"\nfrom = [\"::/0\"]",
        &[
            "c.toml:6: tenant.route.from: whoever reaches this server could call out; write \"authenticated\", \
              \"registered\" or a network",
        ],
    ),
    (
        "[[tenant.route]]\nprefix = \"+\"",
        &[
            "c.toml:5: tenant.route.prefix: its route has no to; write where it leads, for example \
              to = \"sip:198.51.100.9\"",
        ],
    ),
    (
        "[[tenant.route]]\nuser = \"a\"\ndomain = \"b.example\"\nto = \"sip:192.0.2.1\"",
        &[
            "c.toml:5: tenant.route: it is for two kinds of requests; write one of user, prefix and domain, \
              and another route for the other",
        ],
    ),
    (
        "[[tenant.route]]\nuser = \"service\"\nto = \"sip:127.0.0.1;transport=sctp\"",
        &[
            "c.toml:6: tenant.route.to: this version does not speak \"sctp\"; write udp, tcp or tls, or no \
              transport for udp",
        ],
    ),
    (
        "[[tenant.database]]\nname = \"main\"\nurl = \"sqlite:file:other.db\"",
        &[
            "c.toml:6: tenant.database.url: a path must not be a URI itself; \
              write the path without \"file:\"",
        ],
    ),
    (
        "[[tenant.database]]\nname = \"main\"\nurl = \"sqlite:../other.db\"",
        &[
            "c.toml:6: tenant.database.url: a path must not lead upwards; write a path below data_dir, or an \
              absolute one: \"sqlite:///var/lib/x.db\"",
        ],
    ),
    (
        "[[tenant.handler]]\nname = \"a\"\ncomponent = \"guard.wasm\"\ngrants = [\"shv:starts\"]",
        &[
            "c.toml:7: tenant.handler.grants: \"shv\" has no labels, it is granted as a whole or not at all; \
              write \"shv\"",
        ],
    ),
    (
        "[[tenant.handler]]\nname = \"a\"\ncomponent = \"guard.wasm\"\n\
         [tenant.handler.limits]\nrun_memory_bytes_max = 67108865\nrun_table_elements_max = 20001",
        &[
            "c.toml:8: tenant.handler.limits.run_memory_bytes_max: 67108865 is out of range; write a number from \
              65536 to 67108864",
            "c.toml:9: tenant.handler.limits.run_table_elements_max: 20001 is out of range; write a number from 0 \
              to 20000",
        ],
    ),
    (
        "[[tenant.timer]]\nname = \"sweep\"\ninterval_ms = 1",
        &[
            "c.toml:6: tenant.timer.interval_ms: 1 is out of range; write a number from 10 to 31536000000",
        ],
    ),
    (
        "[tenant.quota]\naor_contacts_max = 61",
        &[
            "c.toml:5: tenant.quota.aor_contacts_max: nobody could call an address with more than 60 contacts, \
              the max_breadth in [sip]; lower it, or raise max_breadth",
        ],
    ),
    (
        "[tenant.quota]\nruns_concurrent_max = 0",
        &[
            "c.toml:5: tenant.quota.runs_concurrent_max: 0 is out of range; write a number from 1 to 100000",
        ],
    ),
    (
        "[[tenant.handler]]\nname = \"Guard\"\ncomponent = \"guard.wasm\"",
        &[
            "c.toml:5: tenant.handler.name: \"Guard\" is not a name: lower-case letters, digits and single \
              hyphens between them, beginning with a letter (for example \"call-guard\"); choose another name",
        ],
    ),
    (
        "[[tenant.handler]]\nname = \"a\"\ncomponent = \"guard.wasm\"\n\
         [[tenant.handler]]\nname = \"a\"\ncomponent = \"guard.wasm\"",
        &[
            "c.toml:8: tenant.handler.name: \"a\" is there twice in this tenant; rename or remove one of the two",
        ],
    ),
    (
        "[[tenant.handler]]\nname = \"a\"\ncomponent = \"guard.wasm\"\ngrants = [\"log\",\n\"htabel\", \"Log\",\n\"http\"]",
        &[
            "c.toml:8: tenant.handler.grants: no capability is named \"htabel\"; did you mean \"htable\"?",
            "c.toml:8: tenant.handler.grants: \"Log\" is not a grant: a capability such as \"log\", or a \
              capability and a label such as \"htable:blocked\"; correct or remove it",
            "c.toml:9: tenant.handler.grants: no capability is named \"http\"; this server offers: sip, htable, shv, \
              custom, pv, log, sql",
        ],
    ),
    (
        "[[tenant.handler]]\nname = \"a\"\ncomponent = \"guard.wasm\"\ngrants = [\"htable:x\", \"sql:y\"]",
        &[
            "c.toml:7: tenant.handler.grants: this tenant has no table \"x\"; add a [[tenant.table]] named \"x\" \
              or correct the label",
            "c.toml:7: tenant.handler.grants: this tenant has no database \"y\"; add a [[tenant.database]] named \
              \"y\" or correct the label",
        ],
    ),
    (
        "[[tenant.handler]]\nname = \"a\"\ncomponent = \"guard.wasm\"\ngrants = [\"log:read\", \"custom:x:read\",\n\
         \"log:*:read\", \"sql:y:read\", \"shv:read\", \"shv:*:read\", \"htable:*:read\"]",
        &[
            "c.toml:7: tenant.handler.grants: \"log\" has no labels, it is granted as a whole or not at all; \
              write \"log\"",
            "c.toml:7: tenant.handler.grants: \"custom\" cannot be granted for reading only; leave out \":read\"",
            "c.toml:8: tenant.handler.grants: \"log\" cannot be granted for reading only; leave out \":read\"",
            "c.toml:8: tenant.handler.grants: this tenant has no database \"y\"; add a [[tenant.database]] named \
              \"y\" or correct the label",
        ],
    ),
    (
        "[[tenant.handler]]\nname = \"a\"\ncomponent = \"guard.wasm\"\nfail_policy = \"fail\"",
        &[
            "c.toml:7: tenant.handler.fail_policy: \"fail\" is not a policy; write \"open\" (carry on without the \
              handler) or \"closed\" (take the cautious verdict)",
        ],
    ),
    (
        "[[tenant.handler]]\nname = \"a\"\ncomponent = \"guard.wasm\"\non = [\"tm:local-request\", \"timer:x\"]",
        &[
            "c.toml:7: tenant.handler.on: \"tm:local-request\" does not filter any event; write one of \
              htable:expired:NAME, timer:NAME, custom:event:NAME, deploy:activated:NAME, \
             deploy:rolled-back:NAME, deploy:breaker-open:NAME; events without an event filter need no entry, \
              the component's exports decide",
            "c.toml:7: tenant.handler.on: this tenant has no timer \"x\"; add a [[tenant.timer]] named \"x\" or \
              correct the name",
        ],
    ),
    (
        "[[tenant.handler]]\nname = \"a\"\ncomponent = \"guard.wasm\"\n[tenant.handler.limits]\nrun_fuel_max = 0",
        &[
            "c.toml:8: tenant.handler.limits.run_fuel_max: 0 is out of range; write a number from 1 to \
              1000000000000",
        ],
    ),
    (
        "[[tenant.handler]]\nname = \"a\"\ncomponent = \"guard.wasm\"\n[tenant.handler.limits]\nrun_fuel = 1",
        &["c.toml:8: run_fuel: unknown key; did you mean \"run_fuel_max\"?"],
    ),
    // Keys that had other names before a release.
    (
        "[[tenant.handler]]\nname = \"a\"\ncomponent = \"guard.wasm\"\n[tenant.handler.limits]\nrun_hostcall_units_max = 1",
        &["c.toml:8: run_hostcall_units_max: unknown key; did you mean \"run_hostcall_cost_max\"?"],
    ),
    (
        "[[tenant]]\nname = \"demo\"\ndomains = [\"Example.COM.\"]",
        &[
            "c.toml:5: tenant.name: there are two tenants named \"demo\"; rename one of them",
            "c.toml:6: tenant.domains: domain \"Example.COM.\" is listed twice; a domain belongs to one tenant: \
              remove it here or there",
        ],
    ),
    (
        "[[tenant]]\nname = \"b\"\ndomains = [\"sip:b\"]\nlisteners = [\"127.0.0.1:1\"]\nsources = [\"10.1.2.3/8\"]\nnetworks = [\"x\", \"10.1.2.3/8\"]",
        &[
            "c.toml:6: tenant.domains: \"sip:b\": it is not a host name or an IP address; write a host name or an \
              IP address without port",
            "c.toml:7: tenant.listeners: the server does not listen on 127.0.0.1:1; add a [[listen]] section with \
              this address",
            "c.toml:8: tenant.sources: \"10.1.2.3/8\": the network of this length begins with another address: \
              10.0.0.0/8; write \"10.0.0.0/8\", \"192.0.2.7\" or \"tls:carrier.example\"",
            "c.toml:9: tenant.networks: \"x\": it is not a network, an IP address or IP:PORT; write \
              \"10.0.0.0/8\", \"192.0.2.7\", or \"127.0.0.1:5070\" for one port",
            "c.toml:9: tenant.networks: \"10.1.2.3/8\": the network of this length begins with another address: \
              10.0.0.0/8; write \"10.0.0.0/8\", \"192.0.2.7\", or \"127.0.0.1:5070\" for one port",
        ],
    ),
    (
        "[[tenant]]\nname = \"b\"",
        &[
            "c.toml:5: tenant.domains: this tenant has no domain; add domains = [\"example.com\"]: its users' \
              addresses end in one of them",
        ],
    ),
];

/// What is written before a good tenant.
const BEFORE_A_TENANT: &[(&str, &[&str])] = &[
    (
        "[sevrer]\nlog = \"info\"",
        &["c.toml:1: sevrer: unknown key; did you mean \"server\"?"],
    ),
    (
        "[server]\ninstances_kept_max = 3",
        &["c.toml:2: instances_kept_max: unknown key; did you mean \"instance_pool_max\"?"],
    ),
    (
        "[server]\ncompile_isolation = \"none\"",
        &[
            "c.toml:2: server.compile_isolation: \"none\" is no isolation; write \"best-effort\" or \"required\"",
        ],
    ),
    (
        "[server]\nlog_files_kept = 3",
        &["c.toml:2: log_files_kept: unknown key; did you mean \"log_files_max\"?"],
    ),
    (
        "[server]\nnice = 3",
        &[
            "c.toml:2: nice: unknown key; known keys here: data_dir, workers, core_module_backend, instance_pool_max, component_bytes_max, \
              component_functions_max, component_function_bytes_max, component_function_flow_max, component_flow_max, \
              compile_seconds_max, compile_memory_bytes_max, compile_isolation, cell_runners_max, \
              cell_runs_concurrent_max, cell_memory_bytes_max, code_cache_bytes_max, \
              deploy_dir, tenant_start_seconds_max, log, log_file_bytes_max, \
              log_files_max, drain_seconds",
        ],
    ),
    (
        "[server]\nworkers = \"two\"",
        &[
            "c.toml:2: workers: invalid type: string \"two\", expected i64; correct the value of workers",
        ],
    ),
    (
        "[server]\nworkers = 0\ndrain_seconds = 99999",
        &[
            "c.toml:2: server.workers: 0 is out of range; write a number from 1 to 1024",
            "c.toml:3: server.drain_seconds: 99999 is out of range; write a number from 0 to 3600",
        ],
    ),
    (
        "[server]\nlog = \"=loud=\"",
        &[
            "c.toml:2: server.log: \"=loud=\" is not a log filter (invalid filter directive); write off, error, \
              warn, info, debug or trace, or target=level pairs with commas",
        ],
    ),
    (
        "[[listen]]\ntransport = \"tls\"\naddress = \"127.0.0.1:5061\"",
        &[
            "c.toml:2: listen.transport: there is no certificate to speak TLS with; add a [tls] section \
              with certificate_file and key_file",
        ],
    ),
    (
        "[tls]\ncertificate_file = \"a.pem\"\nhandshakes_max = 0",
        &[
            "c.toml:2: tls.certificate_file: its key is missing; add key_file = \"path\"",
            "c.toml:3: tls.handshakes_max: 0 is out of range; write a number from 1 to 65536",
        ],
    ),
    (
        "[http]\nheader_bytes_max = 1\nidle_seconds_max = 0\n\n\
          [[listen]]\ntransport = \"https\"\naddress = \"127.0.0.1:8443\"\nadvertise = \"x\"",
        &[
            "c.toml:2: http.header_bytes_max: 1 is out of range; write a number from 1024 to 65536",
            "c.toml:3: http.idle_seconds_max: 0 is out of range; write a number from 1 to 3600",
            "c.toml:8: listen.advertise: it is of no use here; remove it: nobody is told an address of HTTP",
            "c.toml: listen: SIP is spoken nowhere; add a [[listen]] section with transport \"udp\", \"tcp\" \
              or \"tls\"",
            "c.toml:6: listen.transport: there is no certificate to speak TLS with; add a [tls] section with \
              certificate_file and key_file",
        ],
    ),
    (
        "[[listen]]\ntransport = \"sctp\"\naddress = \"localhost:5060\"",
        &[
            "c.toml:2: listen.transport: \"sctp\" is not a transport of this version; write \"udp\", \"tcp\", \
              \"tls\", \"http\" or \"https\"",
            "c.toml:3: listen.address: \"localhost:5060\" is not an address; write IP:PORT, for example \
              \"127.0.0.1:5060\" or \"[::1]:5060\"",
        ],
    ),
    (
        "[[listen]]\ntransport = \"udp\"\naddress = \"0.0.0.0:5060\"\nadvertise = \"alice@h;lr\"",
        &[
            "c.toml:4: listen.advertise: \"alice@h;lr\" is not an address that others can send to; write HOST or \
              HOST:PORT, for example \"203.0.113.5:5060\" or \"sip.example.com\"",
        ],
    ),
    (
        "[[listen]]\ntransport = \"udp\"\naddress = \"127.0.0.1:5060\"\n\
         [[listen]]\ntransport = \"udp\"\naddress = \"127.0.0.1:5060\"",
        &[
            "c.toml:6: listen.address: udp:127.0.0.1:5060 is listed twice; remove one of the two [[listen]] \
              sections",
        ],
    ),
    (
        "listen = []",
        &["c.toml: listen: the list is empty; add a [[listen]] section or leave the key out"],
    ),
    (
        "[admin]\naddress = \"0.0.0.0:8060\"",
        &[
            "c.toml:2: admin.address: 0.0.0.0:8060 can be reached from other machines, and tokens would travel in \
              the clear; listen on 127.0.0.1, or add certificate_file and key_file to [admin], or insecure = true \
              where something in front of it speaks TLS",
        ],
    ),
    (
        "[admin]\ntoken_file = \"nowhere\"",
        &[
            "c.toml:2: admin.token_file: nowhere cannot be read: No such file or directory (os error 2); write a \
              token into it, for example with: openssl rand -hex 32",
        ],
    ),
    (
        "[admin]\ntoken_file = \"short\"",
        &[
            "c.toml:2: admin.token_file: short does not hold a token; write one word of at least 16 characters \
              into it, for example with: openssl rand -hex 32",
        ],
    ),
    (
        "[server",
        &["c.toml:1: toml: unclosed table, expected `]`; correct this line"],
    ),
];

#[test]
fn every_mistake_in_a_tenant_names_its_line_its_key_and_the_fix() {
    for (text, expected) in IN_A_TENANT {
        assert_eq!(mistakes(&format!("{TENANT}{text}\n")), *expected, "{text}");
    }
}

#[test]
fn two_spellings_of_one_database_file_are_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(at("a.db"), "").unwrap();
    std::fs::hard_link(at("a.db"), at("hard.db")).unwrap();
    std::os::unix::fs::symlink(at("a.db"), at("link.db")).unwrap();
    std::os::unix::fs::symlink(folder.path(), at("folder")).unwrap();
    let two = TENANT
        .replace("demo", "two")
        .replace("example.com", "two.example");
    let found = |other: &str| {
        let database = |path: &str| {
            format!("[[tenant.database]]\nname = \"main\"\nurl = \"sqlite://{path}\"\n")
        };
        let (first, second) = (database(&at("a.db")), database(&at(other)));
        let text = format!("{TENANT}{first}{two}{second}");
        let folder = folder.path();
        parse(folder, &text).err().map(|errors| errors.to_string())
    };
    for other in [
        "./a.db",
        "hard.db",
        "link.db",
        "folder/a.db",
        "a.db-wal",
        "a.db-shm",
    ] {
        let found = found(other).unwrap_or_default();
        assert!(
            found.contains("is another tenant's file already"),
            "{other}: {found}"
        );
    }
    assert_eq!(found("b.db"), None);
}

#[test]
fn two_tenants_do_not_share_a_database_file() {
    let database = "[[tenant.database]]\nname = \"main\"\nurl = \"sqlite:main.db\"\n";
    let two = TENANT
        .replace("demo", "two")
        .replace("example.com", "two.example");
    let found = mistakes(&format!("{TENANT}{database}{two}{database}"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].contains("main.db is another tenant's file already; give each tenant"),
        "{found:?}"
    );
}

#[test]
fn every_mistake_elsewhere_names_its_line_its_key_and_the_fix() {
    for (text, expected) in BEFORE_A_TENANT {
        assert_eq!(mistakes(&format!("{text}\n{TENANT}")), *expected, "{text}");
    }
}

#[test]
fn a_password_in_a_url_is_never_printed() {
    let text = "[[tenant.database]]\nname = \"main\"\nurl = \"postgres://u:hunter2@db/x\"\n";
    let folder = folder();
    let config = parse(folder.path(), &format!("{TENANT}{text}")).unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
    let wrong = mistakes(&format!("{TENANT}{}", text.replace("postgres:", "pg:")));
    assert!(!wrong.concat().contains("hunter2"), "{wrong:?}");
}

#[test]
fn an_unreadable_file_and_an_empty_one_say_what_to_do() {
    let folder = folder();
    let missing = folder.path().join("missing.toml");
    let error = Config::load(&missing, &Vocabulary::current())
        .unwrap_err()
        .to_string();
    let expected = format!(
        "{}: file: cannot be read: No such file or directory (os error 2); name a readable TOML file with -c, for \
         example guest-examples/demo.toml",
        missing.display()
    );
    assert_eq!(error, expected);
    let none = mistakes("");
    assert_eq!(none.len(), 1, "{none:?}");
    assert!(
        none.concat()
            .starts_with("c.toml: tenant: there is none, so nothing would be answered; add a")
    );
}

#[test]
fn a_short_configuration_gets_every_default() {
    let folder = folder();
    let config = parse(folder.path(), TENANT).unwrap();
    let listeners: Vec<_> = config.listeners.iter().map(ToString::to_string).collect();
    assert_eq!(listeners, ["udp:127.0.0.1:5060", "tcp:127.0.0.1:5060"]);
    assert_eq!(config.admin.address.to_string(), "127.0.0.1:8060");
    assert!(config.admin.token.is_none());
    assert_eq!(config.server.drain, Duration::from_secs(10));
    assert_eq!(config.server.log, "info");
    assert_eq!(config.tenants.len(), 1);
    assert_eq!(config.tenants[0].quota, TenantQuota::default());
    assert_eq!(
        config.resolver.domain("EXAMPLE.com"),
        Some(TenantIndex::new(0))
    );
}

const FULL: &str = r#"
[server]
data_dir = "/var/lib/evroute"
workers = 2
core_module_backend = false
instance_pool_max = 0
component_bytes_max = 1000
component_functions_max = 2000
component_function_bytes_max = 3000
component_function_flow_max = 4000
component_flow_max = 5000
compile_seconds_max = 8
compile_memory_bytes_max = 100000000
compile_isolation = "required"
cell_runners_max = 9
cell_runs_concurrent_max = 3
cell_memory_bytes_max = 200000000
code_cache_bytes_max = 6000
tenant_start_seconds_max = 7
log = "warn,evroute_sip=debug"
drain_seconds = 3
[sip]
message_bytes_max = 100000
header_bytes_max = 4096
max_breadth = 7
[[listen]]
transport = "tcp"
address = "[::1]:5062"
advertise = "sip.example.net:5070"
[admin]
address = "0.0.0.0:9000"
insecure = true
token_file = "token"
[[tenant]]
name = "other"
domains = ["other.example"]
[[tenant]]
name = "demo"
domains = ["127.0.0.1", "localhost"]
listeners = ["[::1]:5062"]
sources = ["192.0.2.7"]
networks = ["203.0.113.0/24", "127.0.0.1"]
[tenant.quota]
runs_concurrent_max = 5
[tenant.registrar]
min_expires_seconds = 1
aor_contacts_over = "refuse"
[[tenant.table]]
name = "calls"
expire_seconds = 60
[[tenant.database]]
name = "main"
url = "sqlite:demo.db"
[[tenant.database]]
name = "scratch"
url = "sqlite::memory:"
[[tenant.route]]
user = "service"
to = "sip:127.0.0.1:5080"
[[tenant.timer]]
name = "sweep"
interval_ms = 60000
[[tenant.handler]]
name = "guard"
component = "guard.wasm"
grants = ["log", "htable:calls", "sql:main"]
fail_policy = "closed"
on = ["htable:expired:calls", "timer:sweep", "custom:event:x:y"]
[tenant.handler.limits]
run_fuel_max = 5
event_depth_max = 1
"#;

#[test]
fn the_examples_of_the_documentation_are_right() {
    let page = include_str!("../../../../docs/configuration.md");
    let folder = folder();
    fs::create_dir(folder.path().join("handlers")).unwrap();
    fs::write(folder.path().join("handlers/guard.wasm"), b"\0asm").unwrap();
    let blocks = page.split("```toml\n").skip(1);
    let examples: Vec<_> = blocks.filter_map(|rest| rest.split("```").next()).collect();
    assert!(!examples.is_empty());
    for example in examples {
        if let Err(errors) = parse(folder.path(), example) {
            panic!("{example}\n{errors}");
        }
    }
}

#[test]
fn a_listener_is_named_without_its_transport() {
    let mistakes = mistakes(
        "[[listen]]\ntransport = \"udp\"\naddress = \"127.0.0.1:5060\"\n[[tenant]]\nname = \"a\"\ndomains = [\"a\"]\nlisteners = [\"udp:127.0.0.1:5060\"]",
    );
    let [mistake] = &mistakes[..] else {
        panic!("{mistakes:?}")
    };
    assert!(mistake.contains("write IP:PORT as in [[listen]], without its transport"));
}

#[test]
fn data_that_is_placed_elsewhere_takes_its_databases_along() {
    let text = format!(
        "{TENANT}[[tenant.database]]\nname = \"a\"\nurl = \"sqlite:a.db\"\n\
         [[tenant.database]]\nname = \"b\"\nurl = \"sqlite:///srv/b.db\"\n\
         [[listen]]\ntransport = \"udp\"\naddress = \"127.0.0.1:5060\""
    );
    let mut config = parse(folder().path(), &text).unwrap();
    config.place_data_below(Path::new("/project"));
    assert_eq!(config.server.data_dir, Path::new("/project/data"));
    assert_eq!(
        config.server.code_cache_dir,
        Path::new("/project/data/code-cache")
    );
    let databases = &config.tenants[0]
        .modules
        .get::<evroute_module_sql::Config>()
        .unwrap()
        .databases;
    let urls = databases.iter().map(|database| &database.url);
    let files: Vec<_> = urls
        .map(|url| match url {
            DatabaseUrl::SqliteFile(path) => path.as_path(),
            DatabaseUrl::SqliteMemory | DatabaseUrl::Postgres(_) => panic!("{url:?}"),
        })
        .collect();
    assert_eq!(
        files,
        [Path::new("/project/data/a.db"), Path::new("/srv/b.db")]
    );
}

#[test]
fn below_each_mistake_stands_its_line_with_a_caret_unless_it_may_hold_a_password() {
    let folder = folder();
    let reported = |text: &str| {
        let errors = parse(folder.path(), text).unwrap_err();
        let prefix = format!("{}/", folder.path().display());
        errors.with_lines().replace(&prefix, "")
    };
    let text = format!("{TENANT}[[tenant.table]]\nname = \"a\"\n  expire_seconds = -1\n");
    let text = format!("[server]\nworkers = 0\n{text}");
    let said = reported(&text);
    assert!(
        said.starts_with(
        "c.toml:2: server.workers: 0 is out of range; write a number from 1 to 1024\n  \
         2 | workers = 0\n    |           ^\n\
         c.toml:8: tenant.table.expire_seconds: -1 is out of range; write a number from 0 to 4294967295\n  \
         8 |   expire_seconds = -1\n    |                    ^"),
        "{said}"
    );
    let database = "[[tenant.database]]\nname = \"main\"\nurl = \"mysql://root:secret@db\"";
    let database = reported(&format!("{TENANT}{database}\n"));
    assert!(!database.contains("secret"), "{database}");
    let unknown = reported("[sevrer]\n");
    assert!(
        unknown.ends_with("?\n  1 | [sevrer]\n    |  ^"),
        "{unknown}"
    );
}

#[test]
fn a_level_that_is_misspelt_is_a_mistake() {
    let mistakes = mistakes(&format!("[server]\nlog = \"inof\"\n{TENANT}"));
    let said = "\"inof\" is not a log filter (\"inof\" is no level and no part of the server)";
    assert!(
        mistakes.iter().any(|mistake| mistake.contains(said)),
        "{mistakes:?}"
    );
}

#[test]
fn a_tenant_is_in_the_cell_that_it_names_where_there_is_room_for_cells() {
    let folder = folder();
    let cell = |server: &str, cell: &str| {
        let tenant = "[[tenant]]\nname = \"a\"\ndomains = [\"a.example\"]\n";
        let config = parse(folder.path(), &format!("{server}{tenant}{cell}"));
        config.map(|config| config.tenants[0].cell.as_ref().map(ToString::to_string))
    };
    let some = "[server]\ncell_runners_max = 1\n";
    let own = Some("tenant:a".to_owned());
    assert_eq!(cell(some, "cell = true").unwrap(), own);
    assert_eq!(cell(some, "cell = \"b\"").unwrap(), Some("b".to_owned()));
    for (server, none) in [(some, "cell = false"), (some, ""), ("", "cell = false")] {
        assert_eq!(cell(server, none).unwrap(), None);
    }
    // A name cannot be that of a tenant's own.
    for (server, wrong) in [(some, "cell = \"tenant:a\""), ("", "cell = true")] {
        let wrong = cell(server, wrong).unwrap_err().to_string();
        assert!(wrong.contains("tenant.cell: "), "{wrong}");
    }
}

#[test]
fn a_full_configuration_means_what_it_says() {
    let folder = folder();
    let config = parse(folder.path(), FULL).unwrap();
    assert_eq!(config.server.workers.get(), 2);
    assert!(!config.server.core_module_backend);
    assert_eq!(config.server.instance_pool_max, 0);
    assert_eq!(config.server.code_cache_bytes_max, 6000);
    let compile = evroute_compile::CompileLimits {
        seconds_max: 8,
        memory_bytes_max: 100_000_000,
        isolation: evroute_confine::Isolation::Required,
    };
    assert_eq!(config.server.compile, compile);
    let cells = crate::CellLimits {
        runners_max: 9,
        runs_concurrent_max: 3,
        memory_bytes_max: 200_000_000,
    };
    assert_eq!(config.server.cells, cells);
    let passes = |tenant: usize, to: &str| {
        let networks = &config.tenants[tenant].networks;
        networks.check(to.parse().unwrap()).is_ok()
    };
    assert!(passes(1, "127.0.0.1:9") && !passes(1, "198.51.100.1:9"));
    assert!(passes(0, "198.51.100.1:9"), "the usual ones");
    let component = &config.server.component;
    let sizes = (component.bytes_max, component.functions_max);
    assert_eq!(sizes, (1000, 2000));
    assert_eq!(component.function_bytes_max, 3000);
    let flows = (component.function_flow_max, component.flow_max);
    assert_eq!(flows, (4000, 5000));
    assert_eq!(config.server.tenant_start, Duration::from_secs(7));
    assert_eq!(config.server.drain, Duration::from_secs(3));
    assert_eq!(
        config.listeners[0].to_string(),
        "tcp:[::1]:5062 as sip.example.net:5070"
    );
    assert!(config.admin.token.as_ref().unwrap().is(b"0123456789abcdef"));
    let sip = SipConfig {
        message_bytes_max: 100_000,
        header_bytes_max: 4096,
        max_breadth: 7,
    };
    assert_eq!(config.sip, sip);
}

#[test]
fn a_full_tenant_means_what_it_says() {
    let folder = folder();
    let config = parse(folder.path(), FULL).unwrap();
    let demo = &config.tenants[1];
    assert_eq!(config.resolver.domain("localhost"), Some(demo.index));
    assert_eq!(
        demo.quota,
        TenantQuota {
            runs_concurrent_max: 5,
            // The most that max_breadth leaves.
            aor_contacts_max: 7,
            ..TenantQuota::default()
        }
    );
    let tables = &demo
        .modules
        .get::<evroute_module_htable::Config>()
        .unwrap()
        .tables;
    assert_eq!(
        (tables[0].expire_seconds, tables[0].entries_max),
        (60, 10_000)
    );
    let registrar = |tenant: &TenantConfig| {
        tenant
            .modules
            .get::<evroute_module_usrloc::Config>()
            .unwrap()
            .clone()
    };
    let min_expires = |tenant: &TenantConfig| registrar(tenant).min_expires;
    assert_eq!(
        (min_expires(&config.tenants[0]), min_expires(demo)),
        (60, 1)
    );
    let over = |tenant: &TenantConfig| registrar(tenant).aor_contacts_over;
    assert_eq!(
        (over(&config.tenants[0]), over(demo)),
        (ContactsOver::Replace, ContactsOver::Refuse)
    );
    let databases = &demo
        .modules
        .get::<evroute_module_sql::Config>()
        .unwrap()
        .databases;
    let urls: Vec<_> = databases
        .iter()
        .map(|database| database.url.clone())
        .collect();
    let file = DatabaseUrl::SqliteFile("/var/lib/evroute/demo.db".into());
    assert_eq!(urls, [file, DatabaseUrl::SqliteMemory]);
    let routes = &demo
        .modules
        .get::<evroute_module_core::Config>()
        .unwrap()
        .routes;
    assert_eq!(
        *routes,
        [(
            RouteMatch::User("service".into()),
            StaticRoute {
                to: Some("sip:127.0.0.1:5080".into()),
                from: vec![RouteSender::Anyone],
            }
        )]
    );
    let timers = &demo
        .modules
        .get::<evroute_module_timer::Config>()
        .unwrap()
        .timers;
    assert_eq!(timers[0].interval, Duration::from_secs(60));
}

#[test]
fn a_full_handler_means_what_it_says() {
    let folder = folder();
    let config = parse(folder.path(), FULL).unwrap();
    let guard = &config.tenants[1].handlers[0];
    assert_eq!(guard.component, folder.path().join("guard.wasm"));
    assert_eq!(guard.grants.to_string(), "htable:calls, log, sql:main");
    assert_eq!(guard.fail_policy, FailPolicy::Closed);
    let limits = RunLimits {
        run_fuel_max: 5,
        event_depth_max: 1,
        ..RunLimits::default()
    };
    assert_eq!(guard.limits, limits);
    let filters: Vec<_> = guard
        .filters
        .iter()
        .map(|f| (f.event, f.filter.as_str()))
        .collect();
    assert_eq!(
        filters,
        [
            ("htable:expired", "calls"),
            ("timer", "sweep"),
            ("custom:event", "x:y")
        ]
    );
}

#[test]
fn a_breaker_means_what_it_says_and_every_mistake_in_it_is_named() {
    let handler = format!(
        "{TENANT}[[tenant.handler]]\nname = \"guard\"\ncomponent = \"guard.wasm\"\n\
         fail_policy = \"closed\"\n"
    );
    let breaker = |text: &str| {
        let text = format!("{handler}[tenant.handler.breaker]\n{text}");
        let config = parse(folder().path(), &text).unwrap();
        config.tenants[0].handlers[0].breaker.unwrap()
    };
    let plain = parse(folder().path(), &handler).unwrap();
    assert_eq!(plain.tenants[0].handlers[0].breaker, None);
    let default = BreakerConfig {
        fallback: BreakerFallback::Policy(FailPolicy::Closed),
        ..BreakerConfig::default()
    };
    assert_eq!(breaker(""), default);
    for (written, fallback) in [
        ("open", BreakerFallback::Policy(FailPolicy::Open)),
        ("reject 503", BreakerFallback::Reject(503)),
        ("previous-revision", BreakerFallback::PreviousRevision),
    ] {
        let read = breaker(&format!("fallback = \"{written}\""));
        assert_eq!(read.fallback, fallback);
    }
    let read = breaker("window_seconds = 5\nruns_min = 7\ntraps_percent_max = 1\nprobes = 9");
    assert_eq!(
        (read.window.as_secs(), read.runs_min, read.probes),
        (5, 7, 9)
    );
    assert_eq!(
        (read.percent_max.traps, read.percent_max.deadlines),
        (1, 50)
    );
    let wrong = format!("{handler}[tenant.handler.breaker]\nfallback = \"reject 200\"\nprobes = 0");
    let wrong = mistakes(&wrong);
    assert!(
        wrong[1].contains("\"reject 200\" is not a fallback"),
        "{wrong:?}"
    );
    assert!(
        wrong[0].contains("tenant.handler.breaker.probes: 0 is out"),
        "{wrong:?}"
    );
}

#[test]
fn a_token_is_only_itself() {
    let token = Token::new("0123456789abcdef");
    assert!(token.is(b"0123456789abcdef"));
    for other in [
        "",
        "0123456789abcde",
        "0123456789abcdef0",
        "0123456789abcdeg",
    ] {
        assert!(!token.is(other.as_bytes()), "{other}");
    }
    assert_eq!(format!("{token:?}"), "Token(...)");
}

#[test]
fn what_one_source_may_send_is_read_and_nobody_is_banned_without_it() {
    let folder = folder();
    let limits = |pike: &str| {
        parse(folder.path(), &format!("{pike}{TENANT}"))
            .unwrap()
            .pike
    };
    assert_eq!(limits(""), SourceLimits::default());
    let written = limits(
        "[pike]\nmessages_per_second_max = 50\nwork_ms_per_second_max = 200\n\
         trusted = [\"10.0.0.0/8\"]\n",
    );
    let expected = SourceLimits {
        messages_per_second_max: 50,
        burst_max: 50,
        work_ms_per_second_max: 200,
        trusted: vec!["10.0.0.0/8".parse().unwrap()],
        ..SourceLimits::default()
    };
    assert_eq!(written, expected);
    assert!(written.trusts("10.1.2.3".parse().unwrap()));
    let wrong = "[pike]\nmessages_per_second_max = -1\nban_seconds = 0\ntrusted = [\"x\"]\n";
    assert_eq!(
        mistakes(&format!("{wrong}{TENANT}")),
        [
            "c.toml:2: pike.messages_per_second_max: -1 is out of range; write a number from 0 to 1000000",
            "c.toml:3: pike.ban_seconds: 0 is out of range; write a number from 1 to 86400",
            "c.toml:4: pike.trusted: \"x\": it is not a network, an IP address or IP:PORT; write \
             \"10.0.0.0/8\" or \"192.0.2.7\"",
        ]
    );
}
