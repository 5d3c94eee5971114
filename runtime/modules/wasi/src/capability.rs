//! What guests may call: the interfaces of `wit/subset.wit`. None needs a grant, since none gives a
//! handler anything that it has not got without it: a line in the log counts like those of
//! `evroute:log`.

use evroute_module_api::{Capability, Lane};

use crate::bindings::wasi::{cli, clocks, filesystem, io, random, sockets};
use crate::view::WasiView;

macro_rules! capabilities {
    ($($interface:literal: $($module:ident)::+ $(($options:expr))?;)*) => {
        &[$(Capability {
            interface: concat!("wasi:", $interface, "@0.2.12"),
            grant: None,
            lane: Lane::Sync,
            link: |linker| {
                $($module)::+::add_to_linker::<_, WasiView<'static>>(
                    linker,
                    $(&$options,)?
                    |run| WasiView(run),
                )
            },
            link_core: None,
            call: None,
        }),*]
    };
}

/// This module's interfaces.
pub(crate) const ROWS: &[Capability] = capabilities! {
    "cli/environment": cli::environment;
    "cli/exit": cli::exit;
    "cli/stdin": cli::stdin;
    "cli/stdout": cli::stdout;
    "cli/stderr": cli::stderr;
    "cli/terminal-input": cli::terminal_input;
    "cli/terminal-output": cli::terminal_output;
    "cli/terminal-stdin": cli::terminal_stdin;
    "cli/terminal-stdout": cli::terminal_stdout;
    "cli/terminal-stderr": cli::terminal_stderr;
    "clocks/monotonic-clock": clocks::monotonic_clock;
    "clocks/wall-clock": clocks::wall_clock;
    "filesystem/types": filesystem::types;
    "filesystem/preopens": filesystem::preopens;
    "io/error": io::error;
    "io/poll": io::poll;
    "io/streams": io::streams;
    "random/random": random::random;
    "random/insecure": random::insecure;
    "random/insecure-seed": random::insecure_seed;
    "sockets/network": sockets::network (sockets::network::LinkOptions::default());
    "sockets/instance-network": sockets::instance_network;
    "sockets/ip-name-lookup": sockets::ip_name_lookup;
    "sockets/tcp": sockets::tcp;
    "sockets/tcp-create-socket": sockets::tcp_create_socket;
    "sockets/udp": sockets::udp;
    "sockets/udp-create-socket": sockets::udp_create_socket;
};
