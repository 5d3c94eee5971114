//! The way to a PostgreSQL server, on which no message is longer than what a result may be.
//!
//! The driver makes room for a whole message as soon as it has read how long it is, and a message may have 1 GiB: one row,
//! or the text of an error. A driver that is not ours cannot be told a limit, so the server's answers pass here first,
//! one header after the other. A message that is longer is not passed on: in its place the driver reads an error of
//! the code [`TOO_LARGE`], and the connection ends.

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use tokio::io::{
    AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, BufWriter,
};
use tokio::net::{TcpStream, UnixListener, UnixStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::error::TOO_LARGE;

/// `sqlclient_unable_to_establish_sqlconnection`, PostgreSQL's manual, appendix A.
const NOT_CONNECTED: &str = "08001";
/// How many bytes are read at once, in each direction.
const PIECE_BYTES: usize = 16 << 10;
/// What the length of a message counts of its header: its own four bytes (PostgreSQL's manual, 55.7).
const LENGTH_BYTES: u32 = 4;
/// How long the weir rests after it could not take a connection: no descriptors are left, for a moment.
const REST: Duration = Duration::from_millis(50);

/// Answers for one database; gone with its connections when dropped.
#[derive(Debug)]
pub(super) struct MessageSizeLimiter {
    _taking: JoinSet<()>,
}

/// Where the server is.
#[derive(Debug)]
enum Server {
    Tcp(String, u16),
    Unix(String),
}

/// What holds for each connection.
#[derive(Debug)]
struct Terms {
    server: Server,
    message_bytes_max: u32,
    /// For connecting, and for a piece that the server does not take.
    patience: Duration,
}

impl MessageSizeLimiter {
    /// Puts a weir between the driver and the server that `options` name: the options that come back lead to it.
    pub(super) fn build(
        options: PgConnectOptions,
        message_bytes_max: u32,
        patience: Duration,
    ) -> io::Result<(Self, PgConnectOptions)> {
        // A name that is no file, since this module has no folder of its own; nobody can have guessed it.
        let folder = format!(
            "\0evroute-{:016x}",
            RandomState::new().hash_one(std::process::id())
        );
        let listener = UnixListener::bind(format!("{folder}/.s.PGSQL.{}", options.get_port()))?;
        let terms = Arc::new(Terms {
            server: Server::of(&options),
            message_bytes_max,
            patience,
        });
        let mut taking = JoinSet::new();
        taking.spawn(take_all(listener, terms));
        Ok((Self { _taking: taking }, options.socket(folder)))
    }
}

impl Server {
    fn of(options: &PgConnectOptions) -> Self {
        let (host, port) = (options.get_host(), options.get_port());
        let folder = options
            .get_socket()
            .map(|folder| folder.display().to_string());
        match folder.or_else(|| host.starts_with('/').then(|| host.to_owned())) {
            Some(folder) => Self::Unix(format!("{folder}/.s.PGSQL.{port}")),
            None => Self::Tcp(host.to_owned(), port),
        }
    }
}

/// As many at the same time as the pool may open: nobody else is let in.
async fn take_all(listener: UnixListener, terms: Arc<Terms>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            taken = listener.accept() => match taken {
                Ok((driver, _)) if is_own(&driver) => {
                    connections.spawn(serve(driver, Arc::clone(&terms)));
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::debug!(%error, "a connection to a database was not taken");
                    tokio::time::sleep(REST).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// The name can be read by every process of the machine; only this one has business here.
fn is_own(driver: &UnixStream) -> bool {
    let process = driver.peer_cred().ok().and_then(|peer| peer.pid());
    process.is_some_and(|process| u32::try_from(process) == Ok(std::process::id()))
}

async fn serve(driver: UnixStream, terms: Arc<Terms>) {
    match &terms.server {
        Server::Tcp(host, port) => {
            let connecting = async {
                let server = TcpStream::connect((host.as_str(), *port)).await?;
                server.set_nodelay(true)?;
                Ok(server)
            };
            lead(driver, connecting, &terms).await;
        }
        Server::Unix(path) => lead(driver, UnixStream::connect(path), &terms).await,
    }
}

async fn lead<S: AsyncRead + AsyncWrite>(
    driver: UnixStream,
    connecting: impl Future<Output = io::Result<S>>,
    terms: &Terms,
) {
    match timeout(terms.patience, connecting).await {
        Ok(Ok(server)) => join(driver, server, terms).await,
        Ok(Err(error)) => refuse(driver, &error.to_string()).await,
        Err(_) => refuse(driver, "it does not answer").await,
    }
}

async fn refuse(mut driver: UnixStream, why: &str) {
    // Who is gone need not be told.
    driver
        .write_all(&error_response("FATAL", NOT_CONNECTED, why))
        .await
        .ok();
}

/// Until one side has closed: then the other is closed as well.
async fn join(driver: UnixStream, server: impl AsyncRead + AsyncWrite, terms: &Terms) {
    let (from_driver, to_driver) = driver.into_split();
    let (from_server, to_server) = tokio::io::split(server);
    let ended = tokio::select! {
        ended = pass_all(from_driver, to_server, terms.patience) => ended,
        ended = pass_messages(from_server, to_driver, terms.message_bytes_max) => ended,
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection to a database has ended");
    }
}

/// What the driver says is ours, and limited already.
async fn pass_all(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    patience: Duration,
) -> io::Result<()> {
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let read = from.read(&mut piece).await?;
        let Some(some @ [_, ..]) = piece.get(..read) else {
            return Ok(());
        };
        timeout(patience, to.write_all(some)).await??;
    }
}

/// What the server says, message by message.
async fn pass_messages(
    from: impl AsyncRead + Unpin,
    to: impl AsyncWrite + Unpin,
    message_bytes_max: u32,
) -> io::Result<()> {
    let mut from = BufReader::with_capacity(PIECE_BYTES, from);
    let mut to = BufWriter::with_capacity(PIECE_BYTES, to);
    loop {
        let mut header = [0; 5];
        from.read_exact(&mut header).await?;
        let [_, length @ ..] = header;
        let length = u32::from_be_bytes(length);
        if !(LENGTH_BYTES..=message_bytes_max).contains(&length) {
            let why = "a message is larger than the limit";
            to.write_all(&error_response("ERROR", TOO_LARGE, why))
                .await?;
            return to.flush().await;
        }
        to.write_all(&header).await?;
        let mut left = usize::try_from(length - LENGTH_BYTES).unwrap_or(usize::MAX);
        while left > 0 {
            let some = from.fill_buf().await?;
            let Some(some @ [_, ..]) = some.get(..left.min(some.len())) else {
                return Err(io::ErrorKind::UnexpectedEof.into());
            };
            to.write_all(some).await?;
            let passed = some.len();
            left -= passed;
            from.consume(passed);
        }
        if from.buffer().is_empty() {
            to.flush().await?;
        }
    }
}

/// `ErrorResponse` of PostgreSQL's manual, 55.7: fields of one letter and a text that ends with NUL, then one more NUL.
fn error_response(severity: &str, code: &str, text: &str) -> Vec<u8> {
    let fields = format!(
        "S{severity}\0V{severity}\0C{code}\0M{}\0\0",
        text.replace('\0', "")
    );
    let length = LENGTH_BYTES.saturating_add(u32::try_from(fields.len()).unwrap_or(u32::MAX));
    let mut message = vec![b'E'];
    message.extend(length.to_be_bytes());
    message.extend(fields.into_bytes());
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the driver reads when the server says this.
    async fn passed(said: &[u8], message_bytes_max: u32) -> Vec<u8> {
        let mut heard = Vec::new();
        pass_messages(said, &mut heard, message_bytes_max)
            .await
            .ok();
        heard
    }

    #[tokio::test]
    async fn messages_pass_as_they_are_and_the_first_that_is_too_long_ends_as_an_error() {
        let fits = b"D\0\0\0\x08four";
        let empty = b"I\0\0\0\x04";
        let error = error_response("ERROR", TOO_LARGE, "a message is larger than the limit");
        let both = [&fits[..], empty].concat();
        assert_eq!(passed(&both, 8).await, both);
        for wrong in [
            &b"D\0\0\0\x09fives"[..],
            b"D\xff\xff\xff\xff",
            b"D\0\0\0\x03",
        ] {
            let said = [&both[..], wrong, b"rest"].concat();
            assert_eq!(passed(&said, 8).await, [&both[..], &error].concat());
        }
    }

    #[tokio::test]
    async fn of_a_message_that_is_long_and_allowed_nothing_is_missing() {
        let length = 5 * PIECE_BYTES;
        let mut said = vec![b'D'];
        said.extend(u32::try_from(length + 4).unwrap().to_be_bytes());
        said.extend((0..length).map(|place| place.to_le_bytes()[0]));
        assert_eq!(passed(&said, u32::MAX).await, said);
    }
}
