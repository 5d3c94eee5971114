//! The phone behind the server: it says yes to whatever reaches it.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use super::parts::fields;

/// A UDP phone.
pub(crate) struct Phone {
    socket: UdpSocket,
    /// Its port.
    pub(crate) port: u16,
}

/// A request that reached it.
pub(crate) struct Reached {
    /// The bytes.
    pub(crate) bytes: Vec<u8>,
    from: SocketAddr,
}

impl Phone {
    pub(crate) fn new() -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = socket.local_addr().unwrap().port();
        Self { socket, port }
    }

    /// The next request within this time, an ACK aside.
    pub(crate) fn reached(&self, patience: Duration) -> Option<Reached> {
        self.socket.set_read_timeout(Some(patience)).unwrap();
        let mut bytes = vec![0; 65_536];
        loop {
            let (length, from) = self.socket.recv_from(&mut bytes).ok()?;
            if !bytes.starts_with(b"ACK ") {
                bytes.truncate(length);
                return Some(Reached { bytes, from });
            }
        }
    }

    /// Answers 200, with all that RFC 3261 section 8.2.6 wants to see again, byte for byte. No tag:
    /// no proxy asks for it.
    pub(crate) fn accept(&self, request: &Reached) {
        const AGAIN: [&[u8]; 10] = [
            b"via",
            b"v",
            b"from",
            b"f",
            b"to",
            b"t",
            b"call-id",
            b"i",
            b"cseq",
            b"record-route",
        ];
        let mut response = b"SIP/2.0 200 OK\r\n".to_vec();
        for field in fields(&request.bytes) {
            if AGAIN.contains(&field.name.as_slice()) {
                response.extend_from_slice(field.bytes);
                response.extend_from_slice(b"\r\n");
            }
        }
        response.extend_from_slice(b"Content-Length: 0\r\n\r\n");
        self.socket.send_to(&response, request.from).unwrap();
    }
}
