//! `evroute check`

use crate::command::{evroute, write, wrong};
use crate::server::{CONFIG, TENANT};

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
fn a_wrong_configuration_is_exit_code_1() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(
        folder.path(),
        "c.toml",
        "[[tenant]]\nname = \"demo\"\ndomains = [\"a\"]\ntables = []\n",
    );
    let expected = format!("{path}:4: tables: unknown key; did you mean \"table\"?");
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
    let expected = format!("{path}: tenant demo, handler a: {module}: {sentence}");
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
        wrong("nowhere.wasm: it cannot be read: No such file or directory (os error 2)")
    );
}
