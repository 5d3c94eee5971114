//! A real server, started by the command itself.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use tempfile::TempDir;

use crate::command::{command, write};

/// One tenant, no handlers, ports chosen by the system.
pub(crate) const CONFIG: &str = "[server]\ndrain_seconds = 1\n\
    [[listen]]\ntransport = \"udp\"\naddress = \"127.0.0.1:0\"\n\
    [admin]\naddress = \"127.0.0.1:0\"\n";

/// The tenant of [`CONFIG`].
pub(crate) const TENANT: &str = "[[tenant]]\nname = \"demo\"\ndomains = [\"127.0.0.1\"]\n";

/// A process that does not outlive its test, whatever becomes of that.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        // One that has ended cannot be killed, and need not be.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A server that takes calls.
pub(crate) struct Server {
    pub(crate) admin: String,
    pub(crate) folder: TempDir,
    child: Started,
    log: Arc<Mutex<String>>,
    reader: JoinHandle<()>,
}

impl Server {
    pub(crate) fn start(admin_settings: &str) -> Self {
        Self::start_with(admin_settings, &[])
    }

    /// With more arguments. Where the log goes to a file, it is `log` in the server's folder.
    pub(crate) fn start_with(admin_settings: &str, more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "token", "0123456789abcdef");
        let text = format!("{CONFIG}{admin_settings}\n{TENANT}");
        Self::start_in(folder, &text, more)
    }

    /// With this configuration, in a folder that another server may have used.
    pub(crate) fn start_in(folder: TempDir, text: &str, more: &[&str]) -> Self {
        let config = write(folder.path(), "server.toml", text);
        let child = command(&[&["run", "-c", &config], more].concat())
            .current_dir(folder.path())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = Started(child.unwrap());
        let mut stderr = BufReader::new(child.0.stderr.take().unwrap());
        let mut head = String::new();
        let file = folder.path().join("log");
        let admin = loop {
            if more.contains(&"--log-file") {
                head = std::fs::read_to_string(&file).unwrap_or_default();
                std::thread::sleep(std::time::Duration::from_millis(10));
            } else {
                assert_ne!(stderr.read_line(&mut head).unwrap(), 0, "it ended: {head}");
            }
            if let Some((_, rest)) = head
                .split_once("admin on http")
                .and_then(|(_, rest)| rest.split_once("://"))
                && let Some((address, _)) = rest.split_once('\n')
            {
                break address.trim().to_owned();
            }
        };
        // The log is read on, or the server would wait for a reader.
        let log = Arc::new(Mutex::new(head));
        let read = Arc::clone(&log);
        let reader = std::thread::spawn(move || {
            let mut line = String::new();
            while stderr.read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
                read.lock().unwrap().push_str(&line);
                line.clear();
            }
        });
        Self {
            admin,
            folder,
            child,
            log,
            reader,
        }
    }

    /// Waits until its log has this: the log is written beside what it tells of.
    pub(crate) fn until_logged(&self, text: &str) {
        self.until(|| self.log.lock().unwrap().contains(text));
    }

    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.0.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-s", name, &id])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Waits until something is so.
    pub(crate) fn until(&self, is_so: impl Fn() -> bool) {
        let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while !is_so() {
            assert!(std::time::Instant::now() < until, "it took too long");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    /// Ends it: its folder and its log.
    pub(crate) fn stop(self) -> (TempDir, String) {
        self.signal("TERM");
        self.left()
    }

    /// Waits for the end of one that was told to: its folder and its log.
    pub(crate) fn left(self) -> (TempDir, String) {
        let Self {
            mut child,
            log,
            reader,
            folder,
            ..
        } = self;
        child.0.wait().unwrap();
        (folder, read_to_the_end(reader, &log))
    }

    /// Waits for the end: exit status and log.
    pub(crate) fn end(mut self) -> (ExitStatus, String) {
        let status = self.child.0.wait().unwrap();
        (status, read_to_the_end(self.reader, &self.log))
    }
}

fn read_to_the_end(reader: JoinHandle<()>, log: &Mutex<String>) -> String {
    reader.join().unwrap();
    std::mem::take(&mut log.lock().unwrap())
}
