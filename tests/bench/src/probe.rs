//! The few SIP messages that the bench itself speaks: an OPTIONS that asks a server
//! something, and a sink that answers 200 to whatever a server sends.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::Error;

const LOOPBACK_ANY_PORT: &str = "127.0.0.1:0";
/// The greatest UDP payload.
const DATAGRAM_BYTES_MAX: usize = 65_535;

/// Asks one server by OPTIONS over UDP, without ever sending a request twice.
#[derive(Debug)]
pub(crate) struct Probe {
    socket: UdpSocket,
    server: SocketAddr,
    asked: u64,
}

impl Probe {
    /// A probe towards a server.
    pub(crate) fn towards(server: SocketAddr) -> Result<Self, Error> {
        let open = || {
            let socket = UdpSocket::bind(LOOPBACK_ANY_PORT)?;
            socket.connect(server)?;
            Ok(socket)
        };
        let socket = open().map_err(Error::net("open a UDP socket towards", server))?;
        Ok(Self {
            socket,
            server,
            asked: 0,
        })
    }

    /// Sends OPTIONS for `target` (a user with `@`, or nothing) with extra header lines
    /// and returns the answer; `None` when none came in time.
    pub(crate) fn ask(
        &mut self,
        target: &str,
        headers: &str,
        limit: Duration,
    ) -> Result<Option<String>, Error> {
        self.asked += 1;
        let call_id = format!("bench-{}-{}", std::process::id(), self.asked);
        let failed = Error::net("ask by OPTIONS", self.server);
        match self.exchange(&call_id, target, headers, limit) {
            Ok(answer) => Ok(answer),
            // The port is still closed: ICMP says so on the next call of a connected socket.
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    fn exchange(
        &self,
        call_id: &str,
        target: &str,
        headers: &str,
        limit: Duration,
    ) -> io::Result<Option<String>> {
        let (here, server) = (self.socket.local_addr()?, self.server);
        let request = format!(
            "OPTIONS sip:{target}{server} SIP/2.0\r\n\
             Via: SIP/2.0/UDP {here};branch=z9hG4bK{call_id}\r\n\
             Max-Forwards: 70\r\n\
             From: <sip:alice@example.com>;tag={call_id}\r\n\
             To: <sip:{target}{server}>\r\n\
             Call-ID: {call_id}\r\n\
             CSeq: 1 OPTIONS\r\n\
             Contact: <sip:alice@{here}>\r\n\
             {headers}Content-Length: 0\r\n\r\n"
        );
        self.socket.send(request.as_bytes())?;
        let deadline = Instant::now() + limit;
        let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            self.socket.set_read_timeout(Some(left))?;
            let length = match self.socket.recv(&mut buffer) {
                Ok(length) => length,
                Err(error) if is_timeout(&error) => return Ok(None),
                Err(error) => return Err(error),
            };
            let bytes = buffer.get(..length).unwrap_or_default();
            let answer = String::from_utf8_lossy(bytes).into_owned();
            let is_final = !answer.starts_with("SIP/2.0 1");
            if is_final && header(&answer, "Call-ID") == Some(call_id) {
                return Ok(Some(answer));
            }
        }
    }
}

/// Answers 200 to every request on a fresh UDP port, for as long as we live; returns
/// its address.
pub(crate) fn open_sink() -> Result<SocketAddr, Error> {
    let failed = "a UDP socket for answers";
    let socket = UdpSocket::bind(LOOPBACK_ANY_PORT).map_err(Error::net("open", failed))?;
    let address = socket.local_addr().map_err(Error::net("open", failed))?;
    thread::spawn(move || {
        let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
        while let Ok((length, sender)) = socket.recv_from(&mut buffer) {
            let request = String::from_utf8_lossy(buffer.get(..length).unwrap_or_default());
            // A lost answer is asked for again by the sender's retransmission.
            let _ = socket.send_to(answer_ok(&request).as_bytes(), sender);
        }
    });
    Ok(address)
}

fn answer_ok(request: &str) -> String {
    let mut answer = "SIP/2.0 200 OK\r\n".to_owned();
    for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
        let tag = if name == "To" { ";tag=sink" } else { "" };
        if let Some(value) = header(request, name) {
            answer += &format!("{name}: {value}{tag}\r\n");
        }
    }
    answer + "Content-Length: 0\r\n\r\n"
}

/// The value of the first header with this name, in its long form.
pub(crate) fn header<'text>(message: &'text str, name: &str) -> Option<&'text str> {
    message
        .split("\r\n")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_once(':'))
        .find(|(found, _)| found.trim().eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sink_answers_what_the_probe_asks() {
        let mut probe = Probe::towards(open_sink().unwrap()).unwrap();
        let answer = probe
            .ask("who@", "X-Turns: 1\r\n", Duration::from_secs(5))
            .unwrap();
        let answer = answer.expect("the sink answers");
        assert!(answer.starts_with("SIP/2.0 200 OK\r\n"));
        assert_eq!(header(&answer, "cseq"), Some("1 OPTIONS"));
    }

    #[test]
    fn a_closed_port_gives_no_answer() {
        let closed = UdpSocket::bind(LOOPBACK_ANY_PORT)
            .unwrap()
            .local_addr()
            .unwrap();
        let mut probe = Probe::towards(closed).unwrap();
        assert_eq!(probe.ask("", "", Duration::from_millis(50)).unwrap(), None);
    }
}
