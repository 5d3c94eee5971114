//! Sends one message and sees what becomes of it.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use evroute_tests::{PATIENCE, Server};

use super::case::{Case, Outcome, unfolded};
use super::parts::changed;
use super::phone::{Phone, Reached};

/// How long a look at a socket lasts that may have nothing.
const GLANCE: Duration = Duration::from_millis(20);

/// What became of a message.
pub(crate) struct Told {
    /// That.
    pub(crate) outcome: Outcome,
    /// What a proxy must not change and was changed.
    pub(crate) change: Option<String>,
}

impl std::fmt::Debug for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.outcome)
    }
}

/// The sender's end.
trait Line {
    /// What comes within this time, one message or several.
    fn hear(&mut self, patience: Duration) -> Option<String>;
    fn say(&mut self, bytes: &[u8]);
    fn is_open(&mut self) -> bool;
}

/// Over UDP, from the port that its Via names, on an address of our own: there its answers go.
pub(crate) fn over_udp(server: &Server, phone: &Phone, case: &Case) -> Told {
    let socket = on_an_address_of_our_own(case.port());
    socket.connect(server.sip).unwrap();
    observe(socket, server, phone, case)
}

/// A socket at this port. Another run of these tests, of whose processes this one knows nothing,
/// may have an address already.
fn on_an_address_of_our_own(port: u16) -> UdpSocket {
    let [_, high, middle, low] = std::process::id().to_be_bytes();
    let address = |turn: u8| Ipv4Addr::new(127, 64 | (high ^ turn) & 63, middle, low.max(1));
    let sockets = (0..16).map(|turn| UdpSocket::bind((address(turn), port)));
    let taken = |bound: &io::Result<UdpSocket>| {
        bound
            .as_ref()
            .is_err_and(|error| error.kind() == ErrorKind::AddrInUse)
    };
    let mut sockets = sockets.skip_while(taken);
    sockets
        .next()
        .expect("one of 16 addresses is free")
        .unwrap()
}

/// Over a connection of its own.
pub(crate) fn over_tcp(server: &Server, phone: &Phone, case: &Case) -> Told {
    observe(Stream::to(server), server, phone, case)
}

fn observe(mut line: impl Line, server: &Server, phone: &Phone, case: &Case) -> Told {
    line.say(&case.wire);
    let answer = |code| Told {
        outcome: Outcome::Answered(code),
        change: None,
    };
    let start = Instant::now();
    // The first OPTIONS is answered after the message was dealt with, so that silence is known for
    // what it is.
    let mut is_later = false;
    while start.elapsed() < PATIENCE {
        if let Some(request) = phone.reached(GLANCE) {
            return forwarded(&mut line, phone, case, &request);
        }
        if let Some(code) = final_answer(&mut line, case, GLANCE) {
            return answer(code);
        }
        if is_later {
            let is_half = line.is_open() && !case.is_response() && case.file != KEEP_ALIVE;
            let outcome = if is_half {
                Outcome::Waiting
            } else {
                Outcome::Silence
            };
            return Told {
                outcome,
                change: None,
            };
        }
        is_later = is_served(server);
    }
    panic!("{}: neither an answer nor silence", case.file);
}

const KEEP_ALIVE: &str = "extra/keepalive_crlf.dat";

/// The phone answers 200; the sender must hear it.
fn forwarded(line: &mut impl Line, phone: &Phone, case: &Case, request: &Reached) -> Told {
    let change = changed(&case.wire, &request.bytes);
    phone.accept(request);
    let heard = final_answer(line, case, PATIENCE);
    let outcome = match heard {
        Some(200) => Outcome::Forwarded,
        Some(code) => Outcome::Answered(code),
        None => Outcome::Silence,
    };
    Told { outcome, change }
}

/// The status code of the final answer to this message, once it comes.
fn final_answer(line: &mut impl Line, case: &Case, patience: Duration) -> Option<u16> {
    let start = Instant::now();
    loop {
        let text = line.hear(patience)?;
        let code = text.strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok()?;
        // A repetition of the answer to another message that used the port before.
        let is_ours = text.contains(&case.branch());
        if is_ours && code >= 200 {
            if case.is_invite() && code >= 300 {
                line.say(ack(case, &text).as_bytes());
            }
            return Some(code);
        }
        if start.elapsed() > patience {
            return None;
        }
    }
}

/// The ACK to a refusal, so that it is not repeated.
fn ack(case: &Case, answer: &str) -> String {
    let text = case.text();
    let uri = text.trim_start().split(' ').nth(1).unwrap_or_default();
    let mut ack = format!("ACK {uri} SIP/2.0\r\n");
    for line in unfolded(answer).lines().take_while(|line| !line.is_empty()) {
        let name = line.split(':').next().unwrap_or_default().trim();
        match name.to_ascii_lowercase().as_str() {
            "via" | "v" if ack.contains("\r\nVia:") => {}
            "via" | "v" => ack += &format!("Via:{}\r\n", &line[line.find(':').unwrap() + 1..]),
            "from" | "f" | "to" | "t" | "call-id" | "i" => ack += &format!("{line}\r\n"),
            "cseq" => ack += &format!("{}\r\n", line.replace("INVITE", "ACK")),
            _ => {}
        }
    }
    ack + "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
}

/// Whether an OPTIONS is answered 200, over UDP and TCP.
pub(crate) fn is_served(server: &Server) -> bool {
    let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    udp.connect(server.sip).unwrap();
    let at = udp.local_addr().unwrap();
    is_answered(udp, "UDP", at, server) && is_answered(Stream::to(server), "TCP", at, server)
}

fn is_answered(mut line: impl Line, transport: &str, at: SocketAddr, server: &Server) -> bool {
    static NUMBER: AtomicU32 = AtomicU32::new(1);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let request = format!(
        "OPTIONS sip:{to} SIP/2.0\r\nVia: SIP/2.0/{transport} {at};branch=z9hG4bKprobe{number}\r\nMax-Forwards: 70\r\n\
         From: <sip:probe@127.0.0.1>;tag=1\r\nTo: <sip:{to}>\r\nCall-ID: probe{number}\r\nCSeq: 1 OPTIONS\r\n\
         Content-Length: 0\r\n\r\n",
        to = server.sip,
    );
    line.say(request.as_bytes());
    let answer = line.hear(PATIENCE).unwrap_or_default();
    answer.starts_with("SIP/2.0 200 ") && answer.contains(&format!("probe{number}"))
}

impl Line for UdpSocket {
    fn hear(&mut self, patience: Duration) -> Option<String> {
        self.set_read_timeout(Some(patience)).unwrap();
        let mut datagram = vec![0; 65_536];
        let length = self.recv(&mut datagram).ok()?;
        Some(String::from_utf8_lossy(&datagram[..length]).into_owned())
    }

    fn say(&mut self, bytes: &[u8]) {
        self.send(bytes).unwrap();
    }

    fn is_open(&mut self) -> bool {
        false
    }
}

/// A connection, and what came on it that was not read yet.
struct Stream {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Stream {
    fn to(server: &Server) -> Self {
        Self {
            stream: TcpStream::connect(server.sip).unwrap(),
            unread: Vec::new(),
        }
    }

    /// Reads more; none at the end, and when nothing comes.
    fn read(&mut self, patience: Duration) -> Option<()> {
        self.stream.set_read_timeout(Some(patience)).unwrap();
        let mut bytes = vec![0; 65_536];
        let length = self
            .stream
            .read(&mut bytes)
            .ok()
            .filter(|length| *length > 0)?;
        self.unread.extend_from_slice(&bytes[..length]);
        Some(())
    }
}

impl Line for Stream {
    /// No answer here has a body.
    fn hear(&mut self, patience: Duration) -> Option<String> {
        const END: &[u8] = b"\r\n\r\n";
        loop {
            let end = self.unread.windows(END.len()).position(|four| four == END);
            if let Some(end) = end {
                let message: Vec<u8> = self.unread.drain(..end + END.len()).collect();
                let text = String::from_utf8_lossy(&message);
                // A keep-alive is answered by an empty line (RFC 5626 4.4.1).
                return Some(text.trim_start().to_owned());
            }
            self.read(patience)?;
        }
    }

    fn say(&mut self, bytes: &[u8]) {
        // It may have been closed over what was said before.
        let _ = self.stream.write_all(bytes);
    }

    fn is_open(&mut self) -> bool {
        self.stream.set_read_timeout(Some(GLANCE)).unwrap();
        let heard = self.stream.read(&mut [0; 1]);
        heard
            .is_err_and(|error| matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut))
    }
}
