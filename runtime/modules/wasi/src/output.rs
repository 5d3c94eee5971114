//! What a guest prints, cut into lines of the log.

use evroute_module_api::{Level, LogHandle, RunSlot, RunState, logged_bytes};

/// One of the two streams that a guest prints to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Channel {
    Stdout,
    Stderr,
}

impl Channel {
    /// The number that its handle carries.
    pub(crate) fn rep(self) -> u32 {
        match self {
            Self::Stdout => 1,
            Self::Stderr => 2,
        }
    }

    /// The stream behind a handle's number.
    pub(crate) fn of(rep: u32) -> Option<Self> {
        [Self::Stdout, Self::Stderr]
            .into_iter()
            .find(|channel| channel.rep() == rep)
    }

    fn level(self) -> Level {
        match self {
            Self::Stdout => Level::Info,
            Self::Stderr => Level::Warning,
        }
    }
}

/// Lines that were begun and not ended. What is left of them when the run is over is written then,
/// whatever became of the run: it is part of the log, like the lines before it.
struct Unfinished {
    speaker: LogHandle,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

impl Unfinished {
    fn of(&mut self, channel: Channel) -> &mut Vec<u8> {
        match channel {
            Channel::Stdout => &mut self.stdout,
            Channel::Stderr => &mut self.stderr,
        }
    }
}

impl RunSlot for Unfinished {
    fn commit(self: Box<Self>) {}
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        for channel in [Channel::Stdout, Channel::Stderr] {
            let line = std::mem::take(self.of(channel));
            if !line.is_empty() {
                self.speaker
                    .log(channel.level(), &String::from_utf8_lossy(&line));
            }
        }
    }
}

/// Takes what a guest printed. Each line counts against the limits of `evroute:log` when it begins,
/// its bytes when they come: what waits for the end of a line has been paid for.
pub(crate) fn print(
    run: &mut RunState,
    channel: Channel,
    mut bytes: &[u8],
) -> wasmtime::Result<()> {
    while !bytes.is_empty() {
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let (line, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
        bytes = rest.strip_prefix(b"\n").unwrap_or(rest);
        let begins = unfinished(run)?.of(channel).is_empty();
        let bytes = logged_bytes(&String::from_utf8_lossy(line));
        if !run.charge_log(u64::from(begins), bytes) {
            // What waits for the end of its line is written as far as it was paid for.
            return Ok(());
        }
        let kept = unfinished(run)?;
        if end.is_none() {
            kept.of(channel).extend_from_slice(line);
        } else if begins {
            kept.speaker
                .log(channel.level(), &String::from_utf8_lossy(line));
        } else {
            let mut whole = std::mem::take(kept.of(channel));
            whole.extend_from_slice(line);
            kept.speaker
                .log(channel.level(), &String::from_utf8_lossy(&whole));
        }
    }
    Ok(())
}

fn unfinished(run: &mut RunState) -> wasmtime::Result<&mut Unfinished> {
    run.slot(|run| {
        Ok(Unfinished {
            speaker: run.speaker(),
            stdout: Vec::new(),
            stderr: Vec::new(),
        })
    })
}
