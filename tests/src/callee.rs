//! A phone of our own, where a test must decide when it answers.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use crate::{PATIENCE, free_port};

/// A UDP phone that answers when it is told to.
#[derive(Debug)]
pub struct Callee {
    socket: UdpSocket,
    /// Its port.
    pub port: u16,
}

/// A request that waits for its answer.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// The request as it came in.
    pub text: String,
    from: SocketAddr,
}

impl Callee {
    /// A phone on a port of its own.
    ///
    /// # Errors
    /// When the system gives none.
    pub fn new() -> io::Result<Self> {
        let port = free_port();
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, port))?;
        Ok(Self { socket, port })
    }

    /// The next request.
    ///
    /// # Errors
    /// When none comes in time.
    pub fn next(&self) -> io::Result<Waiting> {
        self.within(PATIENCE)
    }

    /// The next request, if it comes at once.
    #[must_use]
    pub fn poll(&self) -> Option<Waiting> {
        self.within(Duration::from_millis(20)).ok()
    }

    /// Whether nothing comes for a while.
    #[must_use]
    pub fn hears_nothing(&self) -> bool {
        self.within(Duration::from_millis(300)).is_err()
    }

    fn within(&self, patience: Duration) -> io::Result<Waiting> {
        self.socket.set_read_timeout(Some(patience))?;
        let mut datagram = vec![0; 65_536];
        let (length, from) = self.socket.recv_from(&mut datagram)?;
        datagram.truncate(length);
        Ok(Waiting {
            text: String::from_utf8_lossy(&datagram).into_owned(),
            from,
        })
    }

    /// Answers 200.
    ///
    /// # Errors
    /// When it cannot be sent.
    pub fn accept(&self, request: &Waiting) -> io::Result<()> {
        self.answer(request, "200 OK", "")
    }

    /// Answers with this status, and these header fields, each with its line's end.
    ///
    /// # Errors
    /// When it cannot be sent.
    pub fn answer(&self, request: &Waiting, status: &str, fields: &str) -> io::Result<()> {
        let accepted = accepted(&request.text);
        let rest = accepted.strip_prefix("SIP/2.0 200 OK\r\n");
        let text = format!("SIP/2.0 {status}\r\n{fields}{}", rest.unwrap_or_default());
        self.socket
            .send_to(text.as_bytes(), request.from)
            .map(|_| ())
    }
}

impl Waiting {
    /// The values of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Vec<&str> {
        let lines = self.text.lines().take_while(|line| !line.is_empty());
        let fields = lines.filter_map(|line| line.split_once(':'));
        fields
            .filter(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
            .collect()
    }

    /// The start line and the names of the headers in their order, and the body: what an edit would
    /// change.
    #[must_use]
    pub fn shape(&self) -> (String, Vec<&str>, &str) {
        let (head, body) = self.text.split_once("\r\n\r\n").unwrap_or((&self.text, ""));
        let mut lines = head.lines();
        let start = lines.next().unwrap_or_default();
        // Each phone has another port.
        let start = start
            .chars()
            .map(|c| if c.is_ascii_digit() { '0' } else { c })
            .collect();
        (
            start,
            lines
                .filter_map(|line| Some(line.split_once(':')?.0))
                .collect(),
            body,
        )
    }
}

/// A 200 with all that RFC 3261 section 8.2.6 wants to see again.
#[must_use]
pub fn accepted(request: &str) -> String {
    const AGAIN: [&str; 6] = ["Via:", "Record-Route:", "From:", "To:", "Call-ID:", "CSeq:"];
    let mut response = "SIP/2.0 200 OK\r\n".to_owned();
    for line in request.lines().take_while(|line| !line.is_empty()) {
        if AGAIN.iter().any(|name| line.starts_with(name)) {
            response.push_str(line);
            response.push_str(if line.starts_with("To:") {
                ";tag=callee\r\n"
            } else {
                "\r\n"
            });
        }
    }
    response + "Content-Length: 0\r\n\r\n"
}
