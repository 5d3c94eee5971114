//! The phone in the browser, in a real one: it registers over WebSocket, calls, and shows what
//! handlers decide.

use std::fs;
use std::path::Path;

use evroute_tests::{Browser, Server, example};

/// A server with the page and a handler of each request, as in the demo.
fn server() -> Server {
    let component = example("call-guard").unwrap().display().to_string();
    let tenant = format!(
        "[websocket]\norigins = [\"*\"]\n\n[[tenant]]\nname = \"demo\"\n\
         domains = [\"127.0.0.1\", \"localhost\"]\n\n[[tenant.table]]\nname = \"blocked\"\n\n\
         [[tenant.handler]]\nname = \"call-guard\"\ncomponent = \"{component}\"\n\
         grants = [\"log\", \"sip\", \"htable:blocked\"]\n"
    );
    Server::start(&tenant).unwrap()
}

fn text(id: &str) -> String {
    format!("document.getElementById({id:?}).textContent")
}

#[test]
fn a_browser_registers_calls_echo_and_shows_what_handlers_decide() {
    let server = server();
    let mut page = Browser::open(&server.page("/phone/")).unwrap();
    page.until(&format!(
        "{}.startsWith('registered as')",
        text("registered")
    ))
    .unwrap();
    page.until(&format!("{} === 'live'", text("feed"))).unwrap();
    page.click("call").unwrap();
    page.until(&format!("{} === 'connected'", text("state")))
        .unwrap();
    // The tone that it sends comes back.
    page.until("document.getElementById('heard').value > 0.02")
        .unwrap();
    page.until("[...document.querySelectorAll('tr.is-own')].some((row) => row.textContent.includes('core:request'))")
        .unwrap();
    let row =
        "[...document.querySelectorAll('tr.is-own')].map((row) => row.textContent).join('; ')";
    let shown = page.evaluate(row).unwrap().to_string();
    assert!(
        shown.contains("demo/call-guard") && shown.contains("pass"),
        "{shown}"
    );
    // A picture of it, for who asks: the one of the README.
    if let Some(file) = std::env::var_os("EVROUTE_SCREENSHOT") {
        let drawn = page.screenshot().unwrap();
        fs::write(Path::new(&file), drawn).unwrap();
    }
    page.click("hang-up").unwrap();
    page.until(&format!("{} === 'you hung up'", text("state")))
        .unwrap();
    assert_eq!(page.wrong().unwrap(), Vec::<String>::new());
    let log = server.log();
    assert!(!log.contains("ERROR"), "{log}");
}

#[test]
fn a_server_without_it_serves_no_page() {
    let server = Server::start("[[tenant]]\nname = \"demo\"\ndomains = [\"127.0.0.1\"]\n").unwrap();
    assert_eq!(server.status_of("/phone/").unwrap(), 404);
    let with_it = self::server();
    assert_eq!(with_it.status_of("/phone/").unwrap(), 200);
    assert_eq!(with_it.status_of("/phone/nothing").unwrap(), 404);
}
