//! A phone that counts answers.

use std::cell::Cell;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};

use evroute_tests::PATIENCE;

/// Sends MESSAGEs to a server.
pub(super) struct Caller {
    socket: UdpSocket,
    server: SocketAddr,
    sent: Cell<u32>,
}

impl Caller {
    pub(super) fn new(server: SocketAddr) -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Self {
            socket,
            server,
            sent: Cell::new(0),
        }
    }

    /// Sends one to the user `probe` of this domain, and does not wait. Each is from somebody else:
    /// those of one user to another keep their order.
    pub(super) fn send(&self, domain: &str) {
        let number = self.sent.get();
        self.sent.set(number + 1);
        let port = self.socket.local_addr().unwrap().port();
        let message = format!(
            "MESSAGE sip:probe@{domain} SIP/2.0\r\n\
             Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bKlanes{number}\r\nMax-Forwards: 70\r\n\
             From: <sip:caller{number}@{domain}>;tag=1\r\nTo: <sip:probe@{domain}>\r\n\
             Call-ID: lanes{number}-{port}@127.0.0.1\r\nCSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n"
        );
        self.socket
            .send_to(message.as_bytes(), self.server)
            .unwrap();
    }

    /// The status of the next final answer.
    pub(super) fn answer(&self) -> u16 {
        loop {
            match self.receive() {
                Ok(status) if status < 200 => {}
                Ok(status) => return status,
                Err(error) => panic!("no answer within {PATIENCE:?}: {error}"),
            }
        }
    }

    /// Whether no answer has come that was not looked at.
    pub(super) fn hears_nothing(&self) -> bool {
        self.socket.set_nonblocking(true).unwrap();
        let heard = self.receive();
        self.socket.set_nonblocking(false).unwrap();
        heard.is_err()
    }

    /// Sends one and waits for its 200.
    pub(super) fn ask(&self, domain: &str) {
        self.send(domain);
        assert_eq!(self.answer(), 200, "{domain}");
    }

    fn receive(&self) -> io::Result<u16> {
        let mut datagram = [0; 4096];
        let length = self.socket.recv(&mut datagram)?;
        let text = String::from_utf8_lossy(&datagram[..length]);
        let status = text.split(' ').nth(1).and_then(|code| code.parse().ok());
        Ok(status.unwrap_or_else(|| panic!("no answer: {text}")))
    }
}
