//! Who listens, without disturbing them: the kernel's own table.

use std::fs;

use crate::Transport;

/// Whether someone on this machine has this port.
pub(crate) fn is_bound(transport: Transport, port: u16) -> bool {
    let (table, state) = match transport {
        Transport::Udp => ("/proc/net/udp", "07"),
        Transport::Tcp => ("/proc/net/tcp", "0A"),
    };
    let text = fs::read_to_string(table).unwrap_or_default();
    let wanted = format!(":{port:04X}");
    text.lines().skip(1).any(|line| {
        let mut columns = line.split_whitespace().skip(1);
        let local = columns.next().unwrap_or_default();
        local.ends_with(&wanted) && columns.nth(1) == Some(state)
    })
}
