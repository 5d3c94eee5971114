//! A runner's socket, as a task waits for it.

use std::io::{self, Read};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::net::UnixStream;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::runner::{Runner, RunnerEnd};
use crate::{FromRunner, write_frame};

/// A runner's socket while a run in it is a task's: nobody's worker is kept by it.
pub(crate) struct TaskSocket {
    stream: UnixStream,
    /// What the runner has not taken yet: at most one word of ours.
    unsent: Vec<u8>,
    late: Pin<Box<Sleep>>,
}

impl TaskSocket {
    /// Of a runner that is late after this time. Within a runtime with I/O and time.
    pub(crate) fn of(runner: &Runner, most: Duration) -> io::Result<Self> {
        Ok(Self {
            stream: UnixStream::from_std(runner.share()?)?,
            unsent: Vec::new(),
            late: Box::pin(sleep_until(Instant::now() + most)),
        })
    }

    /// Sends a word with the next poll. From now on the runner is late after `most`.
    pub(crate) fn say(&mut self, (kind, body): &(u8, Vec<u8>), most: Duration) -> io::Result<()> {
        self.late.as_mut().reset(Instant::now() + most);
        write_frame(&mut self.unsent, *kind, body)
    }

    /// Sends what is to be sent, and waits for what the runner says.
    pub(crate) fn poll_hear(
        &mut self,
        runner: &mut Runner,
        context: &mut Context<'_>,
    ) -> Poll<Result<FromRunner, RunnerEnd>> {
        match self.poll_said(runner, context) {
            Poll::Ready(said) => Poll::Ready(said),
            Poll::Pending => {
                ready!(self.late.as_mut().poll(context));
                Poll::Ready(Err(RunnerEnd::Late))
            }
        }
    }

    fn poll_said(
        &mut self,
        runner: &mut Runner,
        context: &mut Context<'_>,
    ) -> Poll<Result<FromRunner, RunnerEnd>> {
        if ready!(self.poll_send(context)).is_err() {
            return Poll::Ready(Err(runner.died()));
        }
        loop {
            let said = runner.hear_by(&mut Arrived(&self.stream));
            if let Some(said) = said.transpose() {
                return Poll::Ready(said);
            }
            if ready!(self.stream.poll_read_ready(context)).is_err() {
                return Poll::Ready(Err(runner.died()));
            }
        }
    }

    fn poll_send(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.unsent.is_empty() {
            match self.stream.try_write(&self.unsent) {
                Ok(written) => drop(self.unsent.drain(..written)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    ready!(self.stream.poll_write_ready(context))?;
                }
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// What has arrived at a socket.
struct Arrived<'a>(&'a UnixStream);

impl Read for Arrived<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.try_read(into)
    }
}
