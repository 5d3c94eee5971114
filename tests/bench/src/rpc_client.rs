//! JSON-RPC over HTTP, as far as a bench asks.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::error::Error;

const ANSWER_LIMIT: Duration = Duration::from_secs(10);
/// Answers of the RPC are some dozen bytes; more than this is not one.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// One HTTP/1.1 connection to POST /rpc, kept open where the server keeps it; evroute ends it with
/// each answer.
pub(crate) struct RpcClient {
    stream: BufReader<TcpStream>,
    server: SocketAddr,
    has_ended: bool,
}

impl RpcClient {
    /// Connects to where the server listens for it.
    pub(crate) fn connect(server: SocketAddr) -> Result<Self, Error> {
        let stream = open(server).map_err(Error::net("connect to", server))?;
        Ok(Self {
            stream,
            server,
            has_ended: false,
        })
    }

    /// Asks, and waits for the answer.
    pub(crate) fn post(&mut self, body: &str) -> Result<String, Error> {
        let failed = Error::net("POST /rpc to", self.server);
        self.exchange(body).map_err(failed)
    }

    fn exchange(&mut self, body: &str) -> std::io::Result<String> {
        if std::mem::take(&mut self.has_ended) {
            self.stream = open(self.server)?;
        }
        let head = format!(
            "POST /rpc HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.server,
            body.len()
        );
        self.stream.get_mut().write_all(head.as_bytes())?;
        let mut length = 0;
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line)? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            if line.trim().is_empty() {
                break;
            }
            let Some((name, value)) = line.split_once(':') else {
                continue;
            };
            let value = value.trim();
            if name.eq_ignore_ascii_case("content-length") {
                length = value.parse().unwrap_or(0).min(ANSWER_BYTES_MAX);
            }
            self.has_ended |=
                name.eq_ignore_ascii_case("connection") && value.eq_ignore_ascii_case("close");
        }
        let mut answer = vec![0; length];
        self.stream.read_exact(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }
}

fn open(server: SocketAddr) -> std::io::Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect(server)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(ANSWER_LIMIT))?;
    Ok(BufReader::new(stream))
}
