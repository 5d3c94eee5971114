//! Where log lines go: one buffer, one writing thread, handlers' lines and the server's own in
//! their order.
//!
//! A line costs its formatting and a short lock; the system call is made by the writing thread,
//! many lines at a time. When the disk cannot keep up, lines are dropped and counted, and the log
//! says so: calls do not wait for a log.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use evroute_clock::wall_us;

use crate::LogFormat;
use crate::stamp::Stamp;

/// How many bytes may wait to be written.
const BUFFERED_BYTES_MAX: usize = 4 << 20;
/// How many of them may be handlers': the rest is for the server's own lines, which say what is
/// wrong.
const HANDLERS_BYTES_MAX: usize = 3 << 20;
/// Up to here anybody's lines are taken; beyond, each tenant's up to its share, so that one that
/// writes without end does not cost the others theirs.
const SHARED_BYTES: usize = 1 << 20;
/// What one tenant's handlers may add to a log that is behind.
const SHARE_BYTES: usize = 256 << 10;
/// How many bytes are worth a system call at once.
const EAGER_BYTES: usize = 64 << 10;
/// How long a line may wait.
const FLUSH_EVERY: Duration = Duration::from_millis(20);
/// How long the end of a process waits for a log that nobody reads.
const FLUSH_MAX: Duration = Duration::from_secs(2);

type Out = Box<dyn Write + Send>;

/// The server's log. Its thread writes what is left and ends when the last clone is dropped.
#[derive(Clone)]
pub struct LogWriter {
    shared: Arc<Shared>,
    _end: Arc<End>,
}

struct Shared {
    format: LogFormat,
    buffer: Mutex<Buffer>,
    wake: Condvar,
    dropped: AtomicU64,
}

#[derive(Default)]
struct Buffer {
    bytes: Vec<u8>,
    is_writing: bool,
    /// The writing thread sleeps until a line comes; otherwise it looks by itself.
    is_asleep: bool,
    is_closed: bool,
    /// Where to write from the next line on.
    next_out: Option<Out>,
    /// What each tenant's handlers have added since the log is behind.
    shares: HashMap<Box<str>, usize>,
}

/// Whose a line is.
#[derive(Clone, Copy)]
pub(crate) enum Author<'a> {
    /// The server's own.
    Server,
    /// A handler's of this tenant.
    Tenant(&'a str),
}

impl Buffer {
    /// Whether there is room for a line of this author.
    fn admits(&mut self, bytes: usize, author: Author<'_>) -> bool {
        let after = self.bytes.len() + bytes;
        let tenant = match author {
            Author::Server => return after <= BUFFERED_BYTES_MAX,
            Author::Tenant(_) if after <= SHARED_BYTES => return true,
            Author::Tenant(_) if after > HANDLERS_BYTES_MAX => return false,
            Author::Tenant(tenant) => tenant,
        };
        match self.shares.get_mut(tenant) {
            Some(share) if *share + bytes > SHARE_BYTES => return false,
            Some(share) => *share += bytes,
            None => drop(self.shares.insert(tenant.into(), bytes)),
        }
        true
    }
}

/// Dropped with the last writer.
struct End(Arc<Shared>);

impl Drop for End {
    fn drop(&mut self) {
        let mut buffer = self.0.lock();
        buffer.is_closed = true;
        buffer.is_asleep = false;
        drop(buffer);
        self.0.wake.notify_all();
    }
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
    pub fn new(format: LogFormat, out: impl Write + Send + 'static) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            format,
            buffer: Mutex::default(),
            wake: Condvar::new(),
            dropped: AtomicU64::new(0),
        });
        let writing = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("evroute-log".to_owned())
            .spawn(move || writing.write_until_closed(Box::new(out)))?;
        let end = Arc::new(End(Arc::clone(&shared)));
        Ok(Self { shared, _end: end })
    }

    /// How its lines look.
    #[must_use]
    pub fn format(&self) -> LogFormat {
        self.shared.format
    }

    /// How many lines were dropped because the log could not keep up.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.shared.dropped.load(Ordering::Relaxed)
    }

    /// Writes to another place from now on, lines that wait included.
    pub fn redirect(&self, out: impl Write + Send + 'static) {
        self.shared.lock().next_out = Some(Box::new(out));
    }

    /// Waits until everything that was logged is written, at most two seconds: a reader that is
    /// stuck does not keep a process from its end. For the end of the process.
    pub fn flush(&self) {
        let begun = Instant::now();
        let mut buffer = self.shared.lock();
        self.shared.wake.notify_all();
        while (buffer.is_writing || !buffer.bytes.is_empty()) && begun.elapsed() < FLUSH_MAX {
            let waited = self.shared.wake.wait_timeout(buffer, FLUSH_EVERY);
            buffer = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Takes a finished line, newline included.
    pub(crate) fn push(&self, line: &[u8], author: Author<'_>) {
        let mut buffer = self.shared.lock();
        if !buffer.admits(line.len(), author) {
            self.shared.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let before = buffer.bytes.len();
        buffer.bytes.extend_from_slice(line);
        let is_full = before < EAGER_BYTES && buffer.bytes.len() >= EAGER_BYTES;
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

    fn write_until_closed(&self, mut out: Out) {
        let mut batch = Vec::new();
        let mut dropped_reported = 0;
        let mut is_cut = false;
        loop {
            let Some(redirected) = self.next_batch(&mut batch) else {
                return;
            };
            if let Some(next) = redirected {
                out = next;
                is_cut = false;
            }
            let dropped = self.dropped.load(Ordering::Relaxed);
            if dropped != dropped_reported {
                dropped_reported = dropped;
                self.tell_dropped(dropped, &mut batch);
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
                let lines = batch.iter().filter(|byte| **byte == b'\n').count();
                self.dropped.fetch_add(lines as u64, Ordering::Relaxed);
            }
            batch.clear();
        }
    }

    /// Waits for lines and takes them, with where to write them if that is new. None at the end.
    fn next_batch(&self, batch: &mut Vec<u8>) -> Option<Option<Out>> {
        let mut buffer = self.lock();
        if std::mem::take(&mut buffer.is_writing) {
            self.wake.notify_all();
        }
        // A quiet server is not woken by its log.
        buffer.is_asleep = buffer.bytes.is_empty() && !buffer.is_closed;
        while buffer.is_asleep {
            buffer = self
                .wake
                .wait(buffer)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if buffer.bytes.len() < EAGER_BYTES && !buffer.is_closed {
            let waited = self.wake.wait_timeout(buffer, FLUSH_EVERY);
            buffer = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        if buffer.is_closed && buffer.bytes.is_empty() {
            return None;
        }
        std::mem::swap(&mut buffer.bytes, batch);
        buffer.shares.clear();
        buffer.is_writing = !batch.is_empty();
        Some(buffer.next_out.take())
    }

    fn tell_dropped(&self, dropped: u64, batch: &mut Vec<u8>) {
        let (format, mut stamp) = (self.format, Stamp::new());
        let head = format.begin(batch, stamp.set(wall_us()), "WARN", module_path!());
        format.bare_field(batch, "dropped", dropped);
        format.end(
            batch,
            head,
            "log lines were dropped; so many since the start",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::captured::Captured;

    /// A disk that is full for the first write and half of a line.
    #[derive(Clone, Default)]
    struct Full {
        captured: Captured,
        writes: Arc<Mutex<usize>>,
    }

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut writes = self.writes.lock().unwrap();
            *writes += 1;
            match *writes {
                1 => self.captured.write(&bytes[..3]),
                2 => Err(io::ErrorKind::StorageFull.into()),
                _ => self.captured.write(bytes),
            }
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_full_disk_costs_lines_and_not_the_log() {
        let full = Full::default();
        let writer = LogWriter::new(LogFormat::Text, full.clone()).unwrap();
        writer.push(b"first line\n", Author::Server);
        writer.flush();
        writer.push(b"second line\n", Author::Server);
        writer.flush();
        let text = full.captured.text();
        let reported = text.strip_prefix("fir\nsecond line\n").unwrap();
        let expected = " WARN evroute_module_log::writer: dropped=1 log lines were dropped; so many since the start\n";
        assert!(reported.ends_with(expected), "{text}");
        assert_eq!(writer.dropped(), 1);
    }

    #[test]
    fn a_tenant_that_writes_without_end_costs_neither_others_nor_the_server_their_lines() {
        let mut buffer = Buffer::default();
        let mut push = |bytes: usize, author: Author<'_>| {
            let is_admitted = buffer.admits(bytes, author);
            if is_admitted {
                buffer.bytes.resize(buffer.bytes.len() + bytes, b'x');
            }
            is_admitted
        };
        let (loud, quiet) = (Author::Tenant("loud"), Author::Tenant("quiet"));
        let taken = (0..100_000).filter(|_| push(1000, loud)).count();
        assert_eq!(taken * 1000 / (SHARED_BYTES + SHARE_BYTES - 2000), 1);
        assert!(push(1000, quiet) && !push(1000, loud));
        // As many tenants as there are shares cannot silence the server.
        for tenant in 0..100 {
            let name = format!("t{tenant}");
            while push(1000, Author::Tenant(&name)) {}
        }
        assert!(!push(1000, quiet) && push(1000, Author::Server));
        let own = (0..100_000).filter(|_| push(1000, Author::Server)).count();
        assert!(own >= 1000, "{own}");
    }

    #[test]
    fn what_is_written_after_a_redirection_is_at_the_new_place() {
        let (old, new) = (Captured::default(), Captured::default());
        let writer = LogWriter::new(LogFormat::Text, old.clone()).unwrap();
        writer.push(b"one\n", Author::Server);
        writer.flush();
        writer.redirect(new.clone());
        writer.push(b"two\n", Author::Server);
        writer.flush();
        assert_eq!((old.text(), new.text()), ("one\n".into(), "two\n".into()));
    }

    /// Says so when it is dropped, which the writing thread does at its end.
    struct Ends(Captured, std::sync::mpsc::SyncSender<()>);

    impl Write for Ends {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Drop for Ends {
        fn drop(&mut self) {
            let _ = self.1.send(());
        }
    }

    #[test]
    fn the_thread_ends_with_the_last_writer_and_loses_nothing() {
        let captured = Captured::default();
        let (tell, reported) = std::sync::mpsc::sync_channel(1);
        let writer = LogWriter::new(LogFormat::Text, Ends(captured.clone(), tell)).unwrap();
        let other = writer.clone();
        drop(writer);
        other.push(b"last words\n", Author::Server);
        drop(other);
        reported.recv_timeout(Duration::from_secs(10)).unwrap();
        assert_eq!(captured.text(), "last words\n");
    }
}
