//! One runner's process, from the server.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use evroute_sandbox::CellHandler;

use crate::{
    CellFrameError, FrameReader, FromRunner, RunnerConfig, StartRefusal, ToRunner, write_frame,
};

/// How long a thread waits for a runner at once, before it looks whether it is late.
const TICK: Duration = Duration::from_millis(5);
/// How long a runner may leave unread what it is sent.
const SEND: Duration = Duration::from_secs(5);
/// How long a runner may take to shut itself in, and to load a handler.
const START: Duration = Duration::from_secs(30);
/// How many handlers a runner has loaded at most, and how large they are together.
const HANDLERS_MAX: usize = 32;
/// The longest word of a runner that is not at work.
const SHORT_BYTES_MAX: usize = 64 << 10;

/// One runner's process. It is ended with this value.
pub(crate) struct Runner {
    child: Child,
    socket: UnixStream,
    reader: FrameReader,
    /// The handlers that it has loaded and their bytes, the one used last at the end.
    loaded: VecDeque<(u64, u64)>,
    loaded_bytes_max: u64,
    /// How long it was lent, all in all.
    pub(crate) busy: Duration,
    pub(crate) idle_since: Instant,
}

/// Why nothing more comes from a runner.
#[derive(Debug)]
pub(crate) enum RunnerEnd {
    /// Its process has ended: how.
    Died(String),
    /// It said what makes no sense.
    Senseless(String),
    /// It said nothing for too long.
    Late,
}

impl std::fmt::Display for RunnerEnd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Died(how) => write!(f, "the runner's process has ended: {how}"),
            Self::Senseless(what) => write!(f, "the runner makes no sense: {what}"),
            Self::Late => f.write_str("the runner says nothing"),
        }
    }
}

impl Runner {
    /// Starts a process. To be called by a thread that lives as long as the server: the process
    /// ends with the thread that started it. The error is a sentence.
    pub(crate) fn spawn(config: &RunnerConfig) -> Result<Self, String> {
        let failed = |what: &'static str| move |error: io::Error| format!("{what}: {error}");
        let (socket, theirs) = UnixStream::pair().map_err(failed("no socket for a runner"))?;
        let timed = socket.set_read_timeout(Some(TICK));
        timed
            .and_then(|()| socket.set_write_timeout(Some(SEND)))
            .map_err(failed("no timeout for a runner"))?;
        let mut command = Command::new(&config.program);
        command
            .args(&config.arguments)
            .args(config.words())
            .env_clear()
            .env("MIMALLOC_ARENA_RESERVE", "0")
            .current_dir("/")
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let child = command.spawn();
        let child = child
            .map_err(|error| format!("{} cannot be started: {error}", config.program.display()))?;
        Ok(Self {
            child,
            socket,
            reader: FrameReader::new(SHORT_BYTES_MAX),
            loaded: VecDeque::new(),
            loaded_bytes_max: config.memory_bytes_max / 4,
            busy: Duration::ZERO,
            idle_since: Instant::now(),
        })
    }

    /// Waits until it has shut itself in. The error is a sentence.
    pub(crate) fn ready(&mut self) -> Result<(), String> {
        match self.hear_within(START) {
            Ok(FromRunner::Ready {
                landlock: true,
                seccomp: true,
            }) => Ok(()),
            Ok(FromRunner::NotReady(why)) => Err(why),
            Ok(other) => Err(format!("a runner begins with {other:?}")),
            Err(end) => Err(end.to_string()),
        }
    }

    /// Whether its process is gone.
    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    pub(crate) fn has_loaded(&self, handler: &CellHandler) -> bool {
        self.loaded
            .iter()
            .any(|(number, _)| *number == handler.number)
    }

    /// Has it load a handler, and start it once, unless it has done so.
    pub(crate) fn load(
        &mut self,
        handler: &CellHandler,
    ) -> Result<Result<(), (StartRefusal, String)>, RunnerEnd> {
        let known = self.loaded.iter();
        let mut known = known
            .enumerate()
            .filter(|(_, (number, _))| *number == handler.number);
        if let Some((place, _)) = known.next() {
            if let Some(known) = self.loaded.remove(place) {
                self.loaded.push_back(known);
            }
            return Ok(Ok(()));
        }
        let bytes = handler.component.len() + handler.code.as_bytes().len();
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.make_room(bytes)?;
        let (component, code) = (&handler.component, handler.code.as_bytes());
        self.say(&ToRunner::load(
            handler.number,
            component,
            code,
            &handler.limits,
        ))?;
        match self.hear_within(START)? {
            FromRunner::Loaded => {
                self.loaded.push_back((handler.number, bytes));
                Ok(Ok(()))
            }
            FromRunner::Refused(refusal, why) => Ok(Err((refusal, why))),
            other => Err(senseless(&other)),
        }
    }

    /// Has it forget what was not used for longest.
    fn make_room(&mut self, bytes: u64) -> Result<(), RunnerEnd> {
        loop {
            let held: u64 = self.loaded.iter().map(|(_, bytes)| bytes).sum();
            let is_full = self.loaded.len() >= HANDLERS_MAX
                || held.saturating_add(bytes) > self.loaded_bytes_max;
            if !is_full {
                return Ok(());
            }
            let Some((number, _)) = self.loaded.pop_front() else {
                return Ok(());
            };
            self.say(&ToRunner::Forget { number }.encode())?;
        }
    }

    /// The longest word from now on, in bytes.
    pub(crate) fn limit(&mut self, body_bytes_max: usize) {
        self.reader.limit(body_bytes_max.max(SHORT_BYTES_MAX));
    }

    pub(crate) fn say(&mut self, (kind, body): &(u8, Vec<u8>)) -> Result<(), RunnerEnd> {
        let said = write_frame(&mut self.socket, *kind, body);
        said.map_err(|_| self.died())
    }

    /// Waits a tick for what it says.
    pub(crate) fn hear(&mut self) -> Result<Option<FromRunner>, RunnerEnd> {
        let next = self.reader.next(&mut self.socket);
        self.heard(next)
    }

    /// What it has said by now, by its socket in a runtime.
    pub(crate) fn hear_by(
        &mut self,
        socket: &mut impl Read,
    ) -> Result<Option<FromRunner>, RunnerEnd> {
        let next = self.reader.next(socket);
        self.heard(next)
    }

    /// Its socket for a runtime, whose waits are not this one's any more.
    pub(crate) fn share(&self) -> io::Result<UnixStream> {
        self.socket.set_nonblocking(true)?;
        self.socket.try_clone()
    }

    /// Waits are this one's again.
    pub(crate) fn shared(&self) -> io::Result<()> {
        self.socket.set_nonblocking(false)
    }

    fn heard(
        &mut self,
        next: Result<Option<(u8, Vec<u8>)>, CellFrameError>,
    ) -> Result<Option<FromRunner>, RunnerEnd> {
        match next {
            Ok(Some((kind, body))) => {
                let word = FromRunner::decode(kind, &body);
                word.map(Some)
                    .map_err(|error| RunnerEnd::Senseless(error.to_string()))
            }
            Ok(None) => Ok(None),
            Err(CellFrameError::Ended | CellFrameError::Io(_)) => Err(self.died()),
            Err(error @ CellFrameError::TooLong { .. }) => {
                Err(RunnerEnd::Senseless(error.to_string()))
            }
        }
    }

    fn hear_within(&mut self, most: Duration) -> Result<FromRunner, RunnerEnd> {
        let begun = Instant::now();
        loop {
            if let Some(word) = self.hear()? {
                return Ok(word);
            }
            if begun.elapsed() > most {
                return Err(RunnerEnd::Late);
            }
        }
    }

    /// Ends the process, and says how it ended if it had ended by itself.
    pub(crate) fn died(&mut self) -> RunnerEnd {
        let _ = self.child.kill();
        RunnerEnd::Died(match self.child.wait() {
            Ok(status) => match (status.signal(), status.code()) {
                (Some(signal), _) => format!("signal {signal}"),
                (None, Some(code)) => format!("exit code {code}"),
                (None, None) => "nobody knows how".to_owned(),
            },
            Err(error) => error.to_string(),
        })
    }
}

pub(crate) fn senseless(word: &FromRunner) -> RunnerEnd {
    let mut what = format!("{word:?}");
    what.truncate(what.floor_char_boundary(200));
    RunnerEnd::Senseless(what)
}

impl Drop for Runner {
    fn drop(&mut self) {
        // One that has ended already is only waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
