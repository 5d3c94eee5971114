//! From a URL to a session: the socket, TLS, the limit on messages, the login.

use std::io;
use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::task::JoinSet;
use tokio_postgres::config::{Host, SslMode as DriversSslMode};
use tokio_postgres::{Config, NoTls};

use super::limiter::MessageSizeLimiter;
use super::session::{Counted, Session};
use super::tls::Tls;
use super::url::{SslMode, Url};
use crate::Error;

const PORT: u16 = 5432;
/// `SSLRequest` (PostgreSQL's manual, 55.7): its length, and a number that is no version.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// Makes connections to one server.
#[derive(Debug)]
pub(super) struct Connector {
    config: Config,
    ssl_mode: SslMode,
    /// None where the URL says `sslmode=disable`.
    tls: Option<Tls>,
    message_bytes_max: u32,
}

/// A connection, whatever it runs over.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

impl Connector {
    /// Connects to nobody yet. `deadline` is what the server ends a statement after.
    pub(super) fn new(
        url: &str,
        deadline: Duration,
        message_bytes_max: u32,
    ) -> Result<Self, String> {
        let Url {
            mut config,
            ssl_mode,
            root_certificates,
        } = Url::read(url)?;
        let timeout = format!("-c statement_timeout={}", deadline.as_millis().max(1));
        let options = match config.get_options() {
            Some(options) => format!("{options} {timeout}"),
            None => timeout,
        };
        // TLS is made here, before the driver sees the connection: the limit on messages is behind
        // it.
        config
            .options(options)
            .application_name("evroute")
            .ssl_mode(DriversSslMode::Disable);
        if config.get_hosts().is_empty() {
            config.host("localhost");
        }
        let tls = match ssl_mode {
            SslMode::Disable => None,
            SslMode::Prefer | SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => {
                Some(Tls::new(ssl_mode, root_certificates.as_deref())?)
            }
        };
        Ok(Self {
            config,
            ssl_mode,
            tls,
            message_bytes_max,
        })
    }

    /// Whatever goes wrong, no statement is to blame: [`Error::Unavailable`].
    pub(super) async fn connect(&self, counted: Counted) -> Result<Session, Error> {
        let stream = self
            .reach()
            .await
            .map_err(|error| Error::unavailable(error.to_string()))?;
        let (stream, exceeded) = MessageSizeLimiter::new(stream, self.message_bytes_max);
        let connected = self.config.connect_raw(stream, NoTls).await;
        let (client, connection) = connected.map_err(|error| match Error::from(error) {
            Error::Refused(why) | Error::Other(why) => Error::Unavailable(why),
            error @ (Error::Deadline
            | Error::Unavailable(_)
            | Error::TooLarge
            | Error::Full
            | Error::ReadOnly) => error,
        })?;
        let mut running = JoinSet::new();
        running.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to a database has ended");
            }
        });
        Ok(Session::new(client, running, exceeded, counted))
    }

    /// The first of the hosts that answers.
    async fn reach(&self) -> io::Result<Box<dyn Stream>> {
        let mut last = io::Error::other("the URL names no host");
        for (place, host) in self.config.get_hosts().iter().enumerate() {
            let ports = self.config.get_ports();
            let port = *ports.get(place).or(ports.first()).unwrap_or(&PORT);
            let reached = match host {
                Host::Tcp(name) => self.over_tcp(name, port).await,
                Host::Unix(folder) => over_socket(folder, port).await,
            };
            match reached {
                Ok(stream) => return Ok(stream),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    async fn over_tcp(&self, name: &str, port: u16) -> io::Result<Box<dyn Stream>> {
        let mut stream = TcpStream::connect((name, port)).await?;
        stream.set_nodelay(true)?;
        let Some(tls) = &self.tls else {
            return Ok(Box::new(stream));
        };
        stream.write_all(&SSL_REQUEST).await?;
        // One byte and no more: what came behind it would have come in the clear.
        match stream.read_u8().await? {
            b'S' => Ok(Box::new(tls.connect(name, stream).await?)),
            b'N' if self.ssl_mode == SslMode::Prefer => Ok(Box::new(stream)),
            b'N' => Err(io::Error::other(
                "the server has no TLS, and sslmode asks for it",
            )),
            _ => Err(io::Error::other(
                "the server does not answer as PostgreSQL does",
            )),
        }
    }
}

/// A socket of this machine, over which PostgreSQL speaks no TLS.
async fn over_socket(folder: &Path, port: u16) -> io::Result<Box<dyn Stream>> {
    let stream = UnixStream::connect(folder.join(format!(".s.PGSQL.{port}"))).await?;
    Ok(Box::new(stream))
}
