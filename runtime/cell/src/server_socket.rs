//! The runner's end of the socket.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;

use crate::{FrameReader, FromRunner, ToRunner, write_frame};

/// The runner's end of the socket. What the server says is believed.
pub(crate) struct ServerSocket {
    /// As a file: what is read and written so takes no system call of sockets.
    file: File,
    reader: FrameReader,
    /// What waits for the next word that is answered.
    unsent: Vec<u8>,
}

impl ServerSocket {
    /// The one that the server has put in the place of standard input.
    pub(crate) fn of_standard_input() -> io::Result<Self> {
        let socket = io::stdin().as_fd().try_clone_to_owned()?;
        Ok(Self {
            file: File::from(socket),
            reader: FrameReader::new(usize::MAX),
            unsent: Vec::new(),
        })
    }

    /// Says something.
    pub(crate) fn say(&mut self, word: &FromRunner) -> io::Result<()> {
        self.say_frame(&word.encode())
    }

    /// The same, encoded.
    pub(crate) fn say_frame(&mut self, frame: &(u8, Vec<u8>)) -> io::Result<()> {
        self.say_later(frame)?;
        let unsent = std::mem::take(&mut self.unsent);
        self.file.write_all(&unsent)
    }

    /// Says something together with what is said next.
    pub(crate) fn say_later(&mut self, (kind, body): &(u8, Vec<u8>)) -> io::Result<()> {
        write_frame(&mut self.unsent, *kind, body)
    }

    /// Waits for what the server says; none when it is gone.
    pub(crate) fn hear(&mut self) -> io::Result<Option<ToRunner>> {
        loop {
            match self.reader.next(&mut self.file) {
                Ok(Some((kind, body))) => {
                    let word = ToRunner::decode(kind, &body);
                    return word.map(Some).map_err(io::Error::other);
                }
                Ok(None) => {}
                Err(crate::CellFrameError::Ended) => return Ok(None),
                Err(error) => return Err(io::Error::other(error)),
            }
        }
    }
}
