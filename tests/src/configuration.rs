//! The configuration of a server in a test.

use std::net::SocketAddr;
use std::path::Path;

/// Puts every tenant into a cell of its own where `$EVROUTE_TEST_CELLS` is set: the suites run in
/// cells, too.
fn in_cells(server: &str, tenants: &str) -> (String, String) {
    if std::env::var_os("EVROUTE_TEST_CELLS").is_none() || server.contains("cell_runners_max") {
        return (server.to_owned(), tenants.to_owned());
    }
    (
        format!("cell_runners_max = 64\ncell_runs_concurrent_max = 64\n{server}"),
        tenants.replace("[[tenant]]\n", "[[tenant]]\ncell = true\n"),
    )
}

/// What `$EVROUTE_TEST_CORE_MODULE_BACKEND` says for the key `core_module_backend`: the suites run
/// once on each backend of the sandbox.
fn core_module_backend() -> Option<String> {
    std::env::var("EVROUTE_TEST_CORE_MODULE_BACKEND").ok()
}

/// Tenants as a test writes them, with a socket of each kind and an admin port around them. What
/// stands before the first section belongs to `[server]`.
pub(crate) fn configuration(
    tenants: &str,
    sip: SocketAddr,
    admin: SocketAddr,
    folder: &Path,
) -> String {
    let tenants = tenants
        .replace("{sip}", &sip.port().to_string())
        .replace("{folder}", &folder.display().to_string());
    let (server, tenants) = tenants.split_at(tenants.find('[').unwrap_or(0));
    let (server, tenants) = in_cells(server, tenants);
    let core_module_backend =
        core_module_backend().map(|value| format!("core_module_backend = {value}\n"));
    let core_module_backend = core_module_backend.unwrap_or_default();
    // The page in the browser, wherever what it speaks is spoken.
    let phone = match tenants.contains("[websocket]") {
        true => "phone = true\n",
        false => "",
    };
    let data_dir = match server.contains("data_dir") {
        true => String::new(),
        false => format!("data_dir = \"{}\"\n", folder.join("data").display()),
    };
    format!(
        "[server]\n{data_dir}workers = 2\ndrain_seconds = 5\n{core_module_backend}{server}\n\
         [[listen]]\ntransport = \"udp\"\naddress = \"{sip}\"\n\n\
         [[listen]]\ntransport = \"tcp\"\naddress = \"{sip}\"\n\n\
         [admin]\naddress = \"{admin}\"\n{phone}\n{tenants}",
    )
}
