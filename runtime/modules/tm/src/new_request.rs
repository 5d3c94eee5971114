//! A request that the server is asked to make.

use std::net::SocketAddr;

use bytes::Bytes;
use evroute_module_api::{PeerAnswer, PeerContact};
use evroute_transport::Proto;
use tokio::sync::oneshot;

/// A request to make. What is absent gets what RFC 3261 8.1.1 asks for.
#[derive(Clone, Debug)]
pub struct NewRequest {
    /// The method.
    pub method: String,
    /// The Request-URI.
    pub request_uri: String,
    /// Where to send it, if not where Route and Request-URI say.
    pub next_hop: Option<String>,
    /// The listener to send it from, if not the one that fits first.
    pub socket: Option<(Proto, SocketAddr)>,
    /// The value of From, without tag; the server itself when absent.
    pub from: Option<String>,
    /// The value of To; the Request-URI when absent.
    pub to: Option<String>,
    /// Further header fields.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Content-Type and body.
    pub body: Option<(String, Bytes)>,
    /// Its Call-ID and its number, where it belongs to others.
    pub sequence: Option<(String, u32)>,
    /// User and parameters of its Contact; the server itself, where it needs one.
    pub contact: Option<PeerContact>,
}

/// A request that was sent.
#[derive(Debug)]
pub struct Sent {
    /// Its Call-ID.
    pub call_id: String,
    /// Its final answer, when it comes: never to an ACK.
    pub answer: oneshot::Receiver<PeerAnswer>,
}
