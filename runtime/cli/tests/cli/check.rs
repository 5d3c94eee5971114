//! `evroute check`

use crate::command::{evroute, write, wrong};
use crate::server::{CONFIG, TENANT};

/// Below what is wrong with the handler of a tenant behind [`CONFIG`] and [`TENANT`].
const COMPONENT_LINE: &str = "\n  13 | component = \"a.wasm\"\n     |             ^";

#[test]
fn a_configuration_is_described() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "c.toml", format!("{CONFIG}{TENANT}"));
    let ended = evroute(&["check", &path]);
    let expected = format!(
        "{path}: nothing is wrong with it\n  SIP on udp:127.0.0.1:0\n  admin on http://127.0.0.1:0\n  tenant demo \
         (127.0.0.1)\n"
    );
    assert_eq!(
        (ended.code, ended.stdout, ended.stderr),
        (Some(0), expected, String::new())
    );
}

#[test]
fn tenants_that_were_added_are_checked_with_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let tenants = folder.path().join("data/tenants");
    std::fs::create_dir_all(&tenants).unwrap();
    let data_dir = format!("[server]\ndata_dir = {:?}\n", folder.path().join("data"));
    let config = CONFIG.replacen("[server]\n", &data_dir, 1);
    let path = write(folder.path(), "c.toml", format!("{config}{TENANT}"));
    let section = "[[tenant]]\nname = \"acme\"\ndomains = [\"acme.example\"]\n";
    let acme = write(&tenants, "acme.toml", section);
    let ended = evroute(&["check", &path]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let line = format!("  tenant acme (acme.example), added: {acme}\n");
    assert!(ended.stdout.contains(&line), "{ended:?}");
    // A wrong key, a wrong handler, and a domain that another has: none hides the others.
    let handler = "[[tenant.handler]]\nname = \"a\"\ncomponent = \"none.wasm\"\n";
    write(&tenants, "acme.toml", format!("{section}{handler}"));
    let beta = section.replace("acme", "beta");
    let beta = write(&tenants, "beta.toml", format!("{beta}tables = []\n"));
    let taken = section.replace("name = \"acme\"", "name = \"taken\"");
    let taken = write(&tenants, "taken.toml", taken);
    let ended = evroute(&["check", &path]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    for words in [
        format!("{acme}:6: tenant acme, handler a: "),
        format!("{beta}:4: tables: unknown key"),
        format!("{taken}: "),
    ] {
        assert!(ended.stderr.contains(&words), "{words}: {ended:?}");
    }
}

#[test]
fn a_wrong_configuration_is_exit_code_1() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(
        folder.path(),
        "c.toml",
        "[[tenant]]\nname = \"demo\"\ndomains = [\"a\"]\ntables = []\n",
    );
    let expected = format!(
        "{path}:4: tables: unknown key; did you mean \"table\"?\n  4 | tables = []\n    | ^"
    );
    assert_eq!(evroute(&["check", &path]), wrong(&expected));
}

#[test]
fn a_handler_that_is_no_component_is_named_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let module = write(folder.path(), "a.wasm", b"\0asm\x01\0\0\0");
    let handler = "[[tenant.handler]]\nname = \"a\"\ncomponent = \"a.wasm\"\n";
    let path = write(
        folder.path(),
        "c.toml",
        format!("{CONFIG}{TENANT}{handler}"),
    );
    let sentence = "it is a core module, not a component; build it with the handler's language tools, or run \
                    wasm-tools component new";
    let expected =
        format!("{path}:13: tenant demo, handler a: {module}: {sentence}{COMPONENT_LINE}");
    assert_eq!(evroute(&["check", &path]), wrong(&expected));
    assert_eq!(
        evroute(&["check", &module]),
        wrong(&format!("{module}: {sentence}"))
    );
}

#[test]
fn a_missing_component_is_named() {
    let ended = evroute(&["check", "nowhere.wasm"]);
    assert_eq!(
        ended,
        wrong(
            "nowhere.wasm: it cannot be read: No such file or directory (os error 2); build it (the examples: make guests) or \
             correct the path, which is relative to the configuration"
        )
    );
}

/// A component that asks for the log and handles timers.
pub(crate) const ASKS_FOR_LOG: &str = r#"(component
    (import "evroute:log/log@0.1.0" (instance))
    (import "evroute:timer/types@0.1.0" (instance $types (export "timer-event" (type (sub resource)))))
    (alias export $types "timer-event" (type $event))
    (core module $code
      (memory (export "memory") 1)
      (func (export "handle") (param i32) (result i32) (i32.const 16)))
    (core instance $code (instantiate $code))
    (alias core export $code "memory" (core memory $memory))
    (func $handle (param "event" (own $event)) (result (result (error string)))
      (canon lift (core func $code "handle") (memory $memory)))
    (instance $timer (export "handle" (func $handle)))
    (export "evroute:timer/timer@0.1.0" (instance $timer)))"#;

/// A component that the server would compile, link, and find to break when it starts.
#[test]
fn what_the_server_refuses_when_it_starts_it_is_refused_here() {
    let folder = tempfile::tempdir().unwrap();
    let started = "(core instance $code (instantiate $code))";
    let broken = ASKS_FOR_LOG.replace(
        started,
        "(core instance (instantiate $broken)) (core instance $code (instantiate $code))",
    );
    let broken = broken.replacen(
        "(core module $code",
        "(core module $broken (func $f unreachable) (start $f)) (core module $code",
        1,
    );
    let component = write(folder.path(), "a.wasm", wat::parse_str(broken).unwrap());
    let handler = "[[tenant.handler]]\nname = \"a\"\ncomponent = \"a.wasm\"\ngrants = [\"log\"]\n";
    let config = write(
        folder.path(),
        "c.toml",
        format!("{CONFIG}{TENANT}{handler}"),
    );
    let why = "it breaks before any event is raised";
    for (arguments, place) in [
        (vec!["check", &component], String::new()),
        (
            vec!["check", &config],
            format!("tenant demo, handler a: {component}: "),
        ),
        (
            vec!["run", "-c", &config],
            format!("tenant demo, handler a: {component}: "),
        ),
    ] {
        let ended = evroute(&arguments);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(
            ended.stderr.contains(&format!("{place}{why}"))
                || place.is_empty() && ended.stderr.contains(why),
            "{ended:?}"
        );
    }
}

#[test]
fn a_component_says_what_it_handles_and_asks_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(
        folder.path(),
        "a.wasm",
        wat::parse_str(ASKS_FOR_LOG).unwrap(),
    );
    let ended = evroute(&["check", &path]);
    let expected = format!(
        "{path}: a component\n  handles  timer\n  asks for log (evroute:log/log@0.1.0)\n  lane     sync\n  \
         instance fresh for every run (it is not made of a memory and code that uses it)\n"
    );
    assert_eq!(
        (ended.code, ended.stdout, ended.stderr),
        (Some(0), expected, String::new())
    );
}

#[test]
fn an_import_that_was_not_granted_is_named_with_the_word_that_grants_it() {
    let folder = tempfile::tempdir().unwrap();
    let component = write(
        folder.path(),
        "a.wasm",
        wat::parse_str(ASKS_FOR_LOG).unwrap(),
    );
    let handler = "[[tenant.handler]]\nname = \"a\"\ncomponent = \"a.wasm\"\n";
    let text = format!("{CONFIG}{TENANT}{handler}grants = [\"pv\"]\n");
    let path = write(folder.path(), "c.toml", text);
    let expected = format!(
        "{path}:13: tenant demo, handler a: {component}: it imports evroute:log/log@0.1.0, which was not granted; add \
         \"log\" to the handler's grants{COMPONENT_LINE}"
    );
    assert_eq!(evroute(&["check", &path]), wrong(&expected));
    write(
        folder.path(),
        "c.toml",
        format!("{CONFIG}{TENANT}{handler}grants = [\"log\"]\n"),
    );
    assert_eq!(evroute(&["check", &path]).code, Some(0));
}

#[test]
fn a_filter_of_an_event_that_is_not_handled_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let component = write(
        folder.path(),
        "a.wasm",
        wat::parse_str(ASKS_FOR_LOG).unwrap(),
    );
    let handler = "[[tenant.handler]]\nname = \"a\"\ncomponent = \"a.wasm\"\ngrants = [\"log\"]\n";
    let text = format!("{CONFIG}{TENANT}{handler}on = [\"custom:event:typo\"]\n");
    let path = write(folder.path(), "c.toml", text);
    let expected = format!(
        "{path}:13: tenant demo, handler a: {component}: on = [\"custom:event:typo\"] filters an event that this component \
         does not handle; it handles timer{COMPONENT_LINE}"
    );
    for arguments in [
        ["check", &path].as_slice(),
        &["run", "-c", &path, "--check"],
    ] {
        assert_eq!(evroute(arguments), wrong(&expected));
    }
}

#[test]
fn the_grants_that_a_component_needs_are_printed_as_they_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let component = write(
        folder.path(),
        "a.wasm",
        wat::parse_str(ASKS_FOR_LOG).unwrap(),
    );
    let printed = evroute(&["check", "--grants", &component]);
    let expected = "grants = [\n  \"log\", # evroute:log/log@0.1.0\n]\n";
    assert_eq!((printed.code, printed.stdout.as_str()), (Some(0), expected));
    let handler = "[[tenant.handler]]\nname = \"a\"\ncomponent = \"a.wasm\"\n";
    let text = format!("{CONFIG}{TENANT}{handler}{}", printed.stdout);
    let path = write(folder.path(), "c.toml", text);
    assert_eq!(evroute(&["check", &path]).code, Some(0));
    let config = evroute(&["check", "--grants", &path]);
    assert_eq!(config.code, Some(2));
    assert!(config.stderr.contains("FILE.wasm"), "{}", config.stderr);
}
