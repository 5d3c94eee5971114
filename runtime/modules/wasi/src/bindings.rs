//! The host's side of `wit/`, generated. Only the handle types are written by hand: empty markers
//! that name resources.

#![allow(
    missing_docs,
    unreachable_pub,
    reason = "generated from wit/, where every item is documented"
)]

/// The kinds of resource that guests hold; never constructed. A handle carries one number.
pub mod handle {
    macro_rules! handles {
        ($($name:ident)*) => { $(#[derive(Debug)] pub enum $name {})* };
    }
    handles! {
        Descriptor DirectoryEntryStream
        IoError Pollable
        InputStream OutputStream
        TerminalInput TerminalOutput
        Network ResolveAddressStream
        TcpSocket UdpSocket
        IncomingDatagramStream OutgoingDatagramStream
    }
}

wasmtime::component::bindgen!({
    path: "wit",
    world: "evroute:wasi/subset",
    imports: { default: trappable },
    with: {
        "wasi:cli/terminal-input.terminal-input": handle::TerminalInput,
        "wasi:cli/terminal-output.terminal-output": handle::TerminalOutput,
        "wasi:filesystem/types.descriptor": handle::Descriptor,
        "wasi:filesystem/types.directory-entry-stream": handle::DirectoryEntryStream,
        "wasi:io/error.error": handle::IoError,
        "wasi:io/poll.pollable": handle::Pollable,
        "wasi:io/streams.input-stream": handle::InputStream,
        "wasi:io/streams.output-stream": handle::OutputStream,
        "wasi:sockets/ip-name-lookup.resolve-address-stream": handle::ResolveAddressStream,
        "wasi:sockets/network.network": handle::Network,
        "wasi:sockets/tcp.tcp-socket": handle::TcpSocket,
        "wasi:sockets/udp.incoming-datagram-stream": handle::IncomingDatagramStream,
        "wasi:sockets/udp.outgoing-datagram-stream": handle::OutgoingDatagramStream,
        "wasi:sockets/udp.udp-socket": handle::UdpSocket,
    },
});
