//! The network, of which there is none: `wasi:sockets`.
//!
//! `CPython`'s own `socket` module imports it, so it has to link. A socket comes from a function
//! that makes one, and that answers `access-denied`, as looking up a name does; a program sees what
//! it would see behind a closed firewall. The methods of sockets are never reached; they are here
//! so that programs link.

use wasmtime::component::Resource;

use crate::bindings::handle::{
    IncomingDatagramStream, InputStream, IoError, Network, OutgoingDatagramStream, OutputStream,
    Pollable, ResolveAddressStream, TcpSocket, UdpSocket,
};
use crate::bindings::wasi::sockets::ip_name_lookup::{Host as Lookup, HostResolveAddressStream};
use crate::bindings::wasi::sockets::network::{
    ErrorCode, Host as Networked, HostNetwork, IpAddress, IpAddressFamily, IpSocketAddress,
};
use crate::bindings::wasi::sockets::tcp::{Host as Tcp, HostTcpSocket, ShutdownType};
use crate::bindings::wasi::sockets::udp::{
    Host as Udp, HostIncomingDatagramStream, HostOutgoingDatagramStream, HostUdpSocket,
    IncomingDatagram, OutgoingDatagram,
};
use crate::bindings::wasi::sockets::{instance_network, tcp_create_socket, udp_create_socket};
use crate::view::{WasiView, never_given, unreachable_methods};

/// The number of the only network there is, from which nothing can be reached.
const CLOSED: u32 = 0;

type Answer<T> = Result<T, ErrorCode>;

impl WasiView<'_> {
    /// The answer to whoever asks for a socket or an address.
    fn denied<T>(&mut self) -> wasmtime::Result<Answer<T>> {
        self.0.charge(0)?;
        Ok(Err(ErrorCode::AccessDenied))
    }
}

impl instance_network::Host for WasiView<'_> {
    fn instance_network(&mut self) -> wasmtime::Result<Resource<Network>> {
        self.0.charge(0)?;
        Ok(Resource::new_own(CLOSED))
    }
}

impl Networked for WasiView<'_> {
    fn network_error_code(&mut self, _: Resource<IoError>) -> wasmtime::Result<Option<ErrorCode>> {
        Err(never_given())
    }
}

impl HostNetwork for WasiView<'_> {
    fn drop(&mut self, _: Resource<Network>) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl Lookup for WasiView<'_> {
    fn resolve_addresses(
        &mut self,
        _: Resource<Network>,
        name: String,
    ) -> wasmtime::Result<Answer<Resource<ResolveAddressStream>>> {
        self.0.charge(name.len())?;
        Ok(Err(ErrorCode::AccessDenied))
    }
}

impl tcp_create_socket::Host for WasiView<'_> {
    fn create_tcp_socket(
        &mut self,
        _: IpAddressFamily,
    ) -> wasmtime::Result<Answer<Resource<TcpSocket>>> {
        self.denied()
    }
}

impl udp_create_socket::Host for WasiView<'_> {
    fn create_udp_socket(
        &mut self,
        _: IpAddressFamily,
    ) -> wasmtime::Result<Answer<Resource<UdpSocket>>> {
        self.denied()
    }
}

impl Tcp for WasiView<'_> {}
impl Udp for WasiView<'_> {}

type Net = Resource<Network>;
type Address = IpSocketAddress;
type Streams = (Resource<InputStream>, Resource<OutputStream>);
type Datagrams = (
    Resource<IncomingDatagramStream>,
    Resource<OutgoingDatagramStream>,
);

impl HostResolveAddressStream for WasiView<'_> {
    unreachable_methods! {
        resolve_next_address(Resource<ResolveAddressStream>) -> Answer<Option<IpAddress>>;
        subscribe(Resource<ResolveAddressStream>) -> Resource<Pollable>;
        drop(Resource<ResolveAddressStream>) -> ();
    }
}

impl HostTcpSocket for WasiView<'_> {
    unreachable_methods! {
        start_bind(Resource<TcpSocket>, Net, Address) -> Answer<()>;
        finish_bind(Resource<TcpSocket>) -> Answer<()>;
        start_connect(Resource<TcpSocket>, Net, Address) -> Answer<()>;
        finish_connect(Resource<TcpSocket>) -> Answer<Streams>;
        start_listen(Resource<TcpSocket>) -> Answer<()>;
        finish_listen(Resource<TcpSocket>) -> Answer<()>;
        accept(Resource<TcpSocket>) ->
            Answer<(Resource<TcpSocket>, Resource<InputStream>, Resource<OutputStream>)>;
        local_address(Resource<TcpSocket>) -> Answer<Address>;
        remote_address(Resource<TcpSocket>) -> Answer<Address>;
        is_listening(Resource<TcpSocket>) -> bool;
        address_family(Resource<TcpSocket>) -> IpAddressFamily;
        set_listen_backlog_size(Resource<TcpSocket>, u64) -> Answer<()>;
        keep_alive_enabled(Resource<TcpSocket>) -> Answer<bool>;
        set_keep_alive_enabled(Resource<TcpSocket>, bool) -> Answer<()>;
        keep_alive_idle_time(Resource<TcpSocket>) -> Answer<u64>;
        set_keep_alive_idle_time(Resource<TcpSocket>, u64) -> Answer<()>;
        keep_alive_interval(Resource<TcpSocket>) -> Answer<u64>;
        set_keep_alive_interval(Resource<TcpSocket>, u64) -> Answer<()>;
        keep_alive_count(Resource<TcpSocket>) -> Answer<u32>;
        set_keep_alive_count(Resource<TcpSocket>, u32) -> Answer<()>;
        hop_limit(Resource<TcpSocket>) -> Answer<u8>;
        set_hop_limit(Resource<TcpSocket>, u8) -> Answer<()>;
        receive_buffer_size(Resource<TcpSocket>) -> Answer<u64>;
        set_receive_buffer_size(Resource<TcpSocket>, u64) -> Answer<()>;
        send_buffer_size(Resource<TcpSocket>) -> Answer<u64>;
        set_send_buffer_size(Resource<TcpSocket>, u64) -> Answer<()>;
        subscribe(Resource<TcpSocket>) -> Resource<Pollable>;
        shutdown(Resource<TcpSocket>, ShutdownType) -> Answer<()>;
        drop(Resource<TcpSocket>) -> ();
    }
}

impl HostUdpSocket for WasiView<'_> {
    unreachable_methods! {
        start_bind(Resource<UdpSocket>, Net, Address) -> Answer<()>;
        finish_bind(Resource<UdpSocket>) -> Answer<()>;
        stream(Resource<UdpSocket>, Option<Address>) -> Answer<Datagrams>;
        local_address(Resource<UdpSocket>) -> Answer<Address>;
        remote_address(Resource<UdpSocket>) -> Answer<Address>;
        address_family(Resource<UdpSocket>) -> IpAddressFamily;
        unicast_hop_limit(Resource<UdpSocket>) -> Answer<u8>;
        set_unicast_hop_limit(Resource<UdpSocket>, u8) -> Answer<()>;
        receive_buffer_size(Resource<UdpSocket>) -> Answer<u64>;
        set_receive_buffer_size(Resource<UdpSocket>, u64) -> Answer<()>;
        send_buffer_size(Resource<UdpSocket>) -> Answer<u64>;
        set_send_buffer_size(Resource<UdpSocket>, u64) -> Answer<()>;
        subscribe(Resource<UdpSocket>) -> Resource<Pollable>;
        drop(Resource<UdpSocket>) -> ();
    }
}

impl HostIncomingDatagramStream for WasiView<'_> {
    unreachable_methods! {
        receive(Resource<IncomingDatagramStream>, u64) -> Answer<Vec<IncomingDatagram>>;
        subscribe(Resource<IncomingDatagramStream>) -> Resource<Pollable>;
        drop(Resource<IncomingDatagramStream>) -> ();
    }
}

impl HostOutgoingDatagramStream for WasiView<'_> {
    unreachable_methods! {
        check_send(Resource<OutgoingDatagramStream>) -> Answer<u64>;
        send(Resource<OutgoingDatagramStream>, Vec<OutgoingDatagram>) -> Answer<u64>;
        subscribe(Resource<OutgoingDatagramStream>) -> Resource<Pollable>;
        drop(Resource<OutgoingDatagramStream>) -> ();
    }
}
