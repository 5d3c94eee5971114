//! Where log lines go: one buffer, one writing thread, handlers' lines and the server's own in their order.
//!
//! A line costs its formatting and a short lock; the system call is made by the writing thread, many lines at a time.
//! When the disk cannot keep up, lines are dropped and counted, and the log says so: calls do not wait for a log.

use std::cell::RefCell;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::{Journal, Level, Line};
use jiff::Timestamp;

/// How many octets may wait to be written.
const BUFFERED_BYTES_MAX: usize = 4 << 20;
/// How many octets are worth a system call at once.
const EAGER_BYTES: usize = 64 << 10;
/// How long a line may wait.
const FLUSH_EVERY: Duration = Duration::from_millis(20);

/// The server's log.
#[derive(Clone)]
pub struct LogWriter {
    shared: Arc<Shared>,
}

struct Shared {
    buffer: Mutex<Buffer>,
    wake: Condvar,
    dropped: AtomicU64,
}

#[derive(Default)]
struct Buffer {
    octets: Vec<u8>,
    is_writing: bool,
    /// The writing thread sleeps until a line comes; otherwise it looks by itself.
    is_asleep: bool,
    is_closed: bool,
}

impl std::fmt::Debug for LogWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LogWriter")
    }
}

impl LogWriter {
    /// A log into `out`, with its writing thread.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn new(out: impl Write + Send + 'static) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            buffer: Mutex::default(),
            wake: Condvar::new(),
            dropped: AtomicU64::new(0),
        });
        let writing = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("evroute-log".to_owned())
            .spawn(move || writing.write_until_closed(out))?;
        Ok(Self { shared })
    }

    /// How many lines were dropped because the log could not keep up.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.shared.dropped.load(Ordering::Relaxed)
    }

    /// Waits until everything that was logged is written. For the end of the process.
    pub fn flush(&self) {
        let mut buffer = self.shared.lock();
        self.shared.wake.notify_all();
        while !buffer.is_closed && (buffer.is_writing || !buffer.octets.is_empty()) {
            let waited = self.shared.wake.wait_timeout(buffer, FLUSH_EVERY);
            buffer = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Takes a finished line, newline included.
    fn push(&self, line: &[u8]) {
        let mut buffer = self.shared.lock();
        if buffer.octets.len() + line.len() > BUFFERED_BYTES_MAX {
            self.shared.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let before = buffer.octets.len();
        buffer.octets.extend_from_slice(line);
        let is_full = before < EAGER_BYTES && buffer.octets.len() >= EAGER_BYTES;
        let is_first = std::mem::take(&mut buffer.is_asleep);
        drop(buffer);
        if is_full || is_first {
            self.shared.wake.notify_all();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Buffer> {
        self.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_until_closed(&self, mut out: impl Write) {
        let mut batch = Vec::new();
        let mut dropped_told = 0;
        let mut is_cut = false;
        loop {
            let mut buffer = self.lock();
            if std::mem::take(&mut buffer.is_writing) {
                self.wake.notify_all();
            }
            // A quiet server is not woken by its log.
            buffer.is_asleep = buffer.octets.is_empty();
            while buffer.is_asleep {
                buffer = self
                    .wake
                    .wait(buffer)
                    .unwrap_or_else(PoisonError::into_inner);
            }
            if buffer.octets.len() < EAGER_BYTES {
                let waited = self.wake.wait_timeout(buffer, FLUSH_EVERY);
                buffer = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
            std::mem::swap(&mut buffer.octets, &mut batch);
            buffer.is_writing = !batch.is_empty();
            drop(buffer);
            let dropped = self.dropped.load(Ordering::Relaxed);
            if dropped != dropped_told {
                dropped_told = dropped;
                let _ = writeln!(batch, "log lines dropped so far: {dropped}");
            }
            if !batch.is_empty() && is_cut {
                // What was written last may have ended within a line.
                batch.insert(0, b'\n');
            }
            if !batch.is_empty() {
                is_cut = out.write_all(&batch).and_then(|()| out.flush()).is_err();
            }
            if is_cut {
                // A full disk is not the end of the log: the next lines may find room.
                let lines = batch.iter().filter(|octet| **octet == b'\n').count();
                self.dropped.fetch_add(lines as u64, Ordering::Relaxed);
            }
            batch.clear();
        }
    }
}

/// The server's own lines: `tracing` formats a line and hands it over whole.
impl<'a> tracing_subscriber::fmt::MakeWriter<'a> for LogWriter {
    type Writer = WholeLine<'a>;

    fn make_writer(&'a self) -> WholeLine<'a> {
        WholeLine(self)
    }
}

/// One line of `tracing`.
#[derive(Debug)]
pub struct WholeLine<'a>(&'a LogWriter);

impl Write for WholeLine<'_> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.push(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Handlers' lines, in the same log.
#[derive(Clone, Debug)]
pub struct HandlerJournal {
    writer: LogWriter,
    keeps: Level,
}

impl HandlerJournal {
    /// Keeps lines as important as `keeps`, or more so.
    #[must_use]
    pub fn new(writer: LogWriter, keeps: Level) -> Self {
        Self { writer, keeps }
    }
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = const { RefCell::new(Scratch { line: Vec::new(), second: u64::MAX, stamp: String::new() }) };
}

/// Reused between the lines of a thread.
struct Scratch {
    line: Vec<u8>,
    second: u64,
    stamp: String,
}

impl Journal for HandlerJournal {
    fn keeps(&self, level: Level) -> bool {
        level <= self.keeps
    }

    fn write(&self, line: &Line<'_>) {
        SCRATCH.with_borrow_mut(|scratch| {
            scratch.format(line);
            self.writer.push(&scratch.line);
        });
    }
}

impl Scratch {
    /// `2026-11-23T10:00:00.000000Z  INFO tenant=demo event=tm:local-request handler=local-request call_id=... text`
    fn format(&mut self, line: &Line<'_>) {
        self.stamp(line.time_us / 1_000_000);
        let Self {
            line: out, stamp, ..
        } = self;
        out.clear();
        out.extend_from_slice(stamp.as_bytes());
        out.push(b'.');
        push_micros(out, line.time_us % 1_000_000);
        out.extend_from_slice(b"Z ");
        let level = line.level.as_str();
        out.extend(std::iter::repeat_n(
            b' ',
            6_usize.saturating_sub(level.len()),
        ));
        out.extend_from_slice(level.as_bytes());
        for (key, value) in [
            (&b" tenant="[..], line.tenant),
            (b" event=", line.event.as_str()),
            (b" handler=", line.handler),
        ] {
            out.extend_from_slice(key);
            out.extend_from_slice(value.as_bytes());
        }
        if let Some(call_id) = line.call_id {
            out.extend_from_slice(b" call_id=");
            push_word(out, call_id);
        }
        out.push(b' ');
        push_escaped(out, line.text.trim_end_matches(['\r', '\n']), |_| false);
        out.push(b'\n');
    }

    /// Formats the second, once for all lines in it.
    fn stamp(&mut self, second: u64) {
        if self.second == second {
            return;
        }
        self.second = second;
        let time = i64::try_from(second)
            .ok()
            .and_then(|second| Timestamp::from_second(second).ok());
        let text = time.map(|time| time.strftime("%Y-%m-%dT%H:%M:%S").to_string());
        self.stamp = text.unwrap_or_default();
    }
}

fn push_micros(out: &mut Vec<u8>, micros: u64) {
    let mut divisor = 100_000;
    while divisor > 0 {
        out.push(b'0' + u8::try_from(micros / divisor % 10).unwrap_or(0));
        divisor /= 10;
    }
}

/// A value that a peer chose: what could end it or begin another is escaped, so that it stays one word.
fn push_word(out: &mut Vec<u8>, text: &str) {
    push_escaped(out, text, |c| matches!(c, ' ' | '"' | '=' | '\\'));
}

/// What steers a terminal, ends a line or turns its direction becomes `\u{NN}`: a line is one line and reads as it was
/// written, whatever a handler or a peer puts into it.
fn push_escaped(out: &mut Vec<u8>, text: &str, is_special: fn(char) -> bool) {
    if text.bytes().all(|octet| matches!(octet, b' '..=b'~')) && !text.contains(is_special) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    for character in text.chars() {
        if steers(character) || is_special(character) {
            // Writing to a Vec cannot fail.
            let _ = write!(out, "{}", character.escape_unicode());
        } else {
            out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
}

fn steers(character: char) -> bool {
    let is_direction = matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}') || is_direction
}

#[cfg(test)]
mod tests {
    use super::*;
    use evroute_event::EventName;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(octets);
            Ok(octets.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_handlers_line_says_who_and_what_and_stays_one_line() {
        let kept = Kept::default();
        let writer = LogWriter::new(kept.clone()).unwrap();
        let journal = HandlerJournal::new(writer.clone(), Level::Info);
        let line = Line {
            level: Level::Info,
            tenant: "demo",
            handler: "local-request",
            event: EventName::new("tm:local-request"),
            call_id: Some("a\r\nb"),
            time_us: 1_700_000_000_000_042,
            text: "one\ntwo\n",
        };
        journal.write(&line);
        writer.flush();
        let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        assert_eq!(
            text,
            "2023-11-14T22:13:20.000042Z   INFO tenant=demo event=tm:local-request \
             handler=local-request call_id=a\\u{d}\\u{a}b one\\u{a}two\n"
        );
        assert!(journal.keeps(Level::Error) && !journal.keeps(Level::Debug));
    }

    #[test]
    fn a_peer_cannot_write_fields_of_its_own_or_steer_a_terminal() {
        let mut out = Vec::new();
        push_word(
            &mut out,
            "x tenant=two \"a\" \u{9b}2J\u{85}\u{2028}\u{202e}\u{e4}",
        );
        let text = String::from_utf8(out).unwrap();
        let expected = "x\\u{20}tenant\\u{3d}two\\u{20}\\u{22}a\\u{22}\\u{20}\\u{9b}2J\\u{85}\\u{2028}\\u{202e}\u{e4}";
        assert_eq!(text, expected);
        let mut out = Vec::new();
        push_escaped(&mut out, "caller alice = \"blocked\"\u{1b}", |_| false);
        assert_eq!(out, b"caller alice = \"blocked\"\\u{1b}");
    }

    /// A disk that is full for the first write and half of a line.
    #[derive(Clone, Default)]
    struct Full {
        kept: Kept,
        writes: Arc<Mutex<usize>>,
    }

    impl Write for Full {
        fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
            let mut writes = self.writes.lock().unwrap();
            *writes += 1;
            match *writes {
                1 => self.kept.write(&octets[..3]),
                2 => Err(io::ErrorKind::StorageFull.into()),
                _ => self.kept.write(octets),
            }
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_full_disk_costs_lines_and_not_the_log() {
        let full = Full::default();
        let writer = LogWriter::new(full.clone()).unwrap();
        writer.push(b"first line\n");
        writer.flush();
        writer.push(b"second line\n");
        writer.flush();
        let text = String::from_utf8(full.kept.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text, "fir\nsecond line\nlog lines dropped so far: 1\n");
        assert_eq!(writer.dropped(), 1);
    }
}
