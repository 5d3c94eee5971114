//! Blocks of Kamailio's language whose code names what the tenant has to have.

use crate::command::{evroute, write, wrong};
use crate::server::{CONFIG, Server, TENANT};

const ROUTES: &str = "event_route[core:request] { if ($sht(block=>$fU) != $null) drop; }\n\
    event_route[custom:event:night] { sql_query(\"cdr\", \"delete from a\"); xlog(\"night\\n\"); }\n";

#[test]
fn tables_and_databases_that_blocks_name_are_asked_for_with_the_lines_to_add() {
    let folder = tempfile::tempdir().unwrap();
    let routes = write(folder.path(), "routes.cfg", ROUTES);
    assert_eq!(evroute(&["build", &routes]).code, Some(0));
    let component = routes.replace(".cfg", ".wasm");
    let checked = evroute(&["check", &component]);
    assert!(
        checked
            .stdout
            .contains("\n  uses     htable:block, sql:cdr\n"),
        "{checked:?}"
    );
    let handler = "[[tenant.handler]]\nname = \"a\"\ncomponent = \"routes.wasm\"\n";
    let checked = |more: &str, grants: &str| {
        let text = format!("{CONFIG}{TENANT}{more}{handler}grants = [{grants}]\n");
        let path = write(folder.path(), "c.toml", text);
        (evroute(&["check", &path]), path)
    };
    let (missing, path) = checked("", "\"pv\", \"log\", \"sip\", \"sql\"");
    let expected = format!(
        "{path}:13: tenant demo, handler a: {component}: it uses table \"block\", which this tenant does not have; add a \
         [[tenant.table]] with name = \"block\", and \"htable:block\" to the handler's grants; it uses database \"cdr\", \
         which this tenant does not have; add a [[tenant.database]] with name = \"cdr\"\n  \
         13 | component = \"routes.wasm\"\n     |             ^"
    );
    assert_eq!(missing, wrong(&expected));
    let table = "[[tenant.table]]\nname = \"block\"\n[[tenant.database]]\nname = \"cdr\"\nurl = \"sqlite::memory:\"\n";
    let (missing, path) = checked(table, "\"pv\", \"log\", \"sip\", \"sql:cdr\"");
    let expected = format!(
        "{path}:18: tenant demo, handler a: {component}: it uses table \"block\", which was not granted; add \
         \"htable:block\" to the handler's grants\n  18 | component = \"routes.wasm\"\n     |             ^"
    );
    assert_eq!(missing, wrong(&expected));
    assert_eq!(evroute(&["run", "-c", &path]).code, Some(1));
    let (right, _) = checked(
        table,
        "\"pv\", \"log\", \"sip\", \"sql:cdr\", \"htable:block\"",
    );
    assert_eq!(right.code, Some(0), "{right:?}");
}

#[test]
fn an_event_that_no_block_is_for_is_refused_with_those_that_are() {
    let folder = tempfile::tempdir().unwrap();
    let routes = "event_route[custom:event:night] { xlog(\"night\\n\"); }\n";
    let routes = write(folder.path(), "routes.cfg", routes);
    assert_eq!(evroute(&["build", &routes]).code, Some(0));
    let handler =
        "[[tenant.handler]]\nname = \"a\"\ncomponent = \"routes.wasm\"\ngrants = [\"log\"]\n";
    let server = Server::start_in(folder, &format!("{CONFIG}{TENANT}{handler}"), &[]);
    let admin = format!("http://{}", server.admin);
    let wrong = evroute(&["raise", "--admin", &admin, "nihgt"]);
    let right = evroute(&["raise", "--admin", &admin, "night"]);
    // Before anything is compared: a server that nobody stops stays.
    server.stop();
    assert_eq!(wrong.code, Some(1), "{wrong:?}");
    let said = "no handler of tenant demo handles custom:event:nihgt; its handlers handle night";
    assert!(wrong.stderr.contains(said), "{wrong:?}");
    assert_eq!(right.code, Some(0), "{right:?}");
}
