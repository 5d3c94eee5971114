//! Bytes between the network and the core: sockets, connections and stream framing.
//!
//! This crate moves whole messages and knows where an answer must go; it does not read
//! them beyond what framing needs. [`Transport::bind`] opens the listening sockets;
//! from then on every message received is handed to a [`Receiver`] as [`Inbound`], and
//! [`Transport::send`] takes bytes and a [`Target`].
//!
//! Datagrams may be worked on by several tasks ([`UdpConfig::workers`]). One task reads a socket
//! and asks the receiver what a datagram keeps its order with ([`Receiver::order_of`]); datagrams
//! with the same order go through the same bounded queue to the same worker. As long as it keeps
//! up, the reading task works itself on what has nothing of its order before it.
//!
//! Requests of HTTP, on connections of SIP or on sockets of their own, are handed to an
//! [`HttpReceiver`].
//!
//! One file per kind of socket: `udp.rs`, `tcp.rs`, `tls.rs`. A further kind is a further file and
//! an arm in [`Transport::send`] and [`Transport::bind`]; a further kind of connection is an arm
//! in `stream.rs`.

mod catch;
mod config;
mod connection;
mod connection_table;
mod counters;
mod ended_connection;
mod error;
mod flow;
mod framer;
mod handshake_places;
mod http;
mod http_asking;
mod http_receiver;
mod negotiated;
mod opening;
mod outbox;
mod places;
mod proto;
mod reasons;
mod receiver;
mod session;
mod session_deadlines;
mod session_end;
mod shared;
mod stream;
mod stun;
mod tcp;
mod tls;
mod tls_dialing;
mod tls_peer;
mod tls_session;
mod told_tenants;
mod transport;
mod udp;
mod udp_reader;
mod websocket;
mod websocket_handshake;
mod work_queue;

pub use config::{
    Config, FramingLimits, HttpConfig, Listen, TcpConfig, TlsConfig, UdpConfig, WebSocketConfig,
};
pub use counters::{Counters, HandshakeTotals, ProtoTotals};
pub use ended_connection::{EndCause, EndedConnection};
pub use error::{BindError, TransportError};
pub use flow::{ConnectionId, Flow, Inbound, Target};
pub use framer::{Frame, FrameError, Framer};
pub use http_receiver::{
    ConnectionEnd, HttpAdmission, HttpAnswer, HttpAnswering, HttpExchange, HttpReceiver,
};
pub use places::source;
pub use proto::Proto;
pub use receiver::Receiver;
pub use tls_dialing::{DialAnswer, TlsDialing};
pub use tls_peer::TlsPeer;
pub use transport::Transport;
