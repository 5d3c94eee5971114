//! The runner's end of the socket.

use std::io::{self, Read, Write};

use crate::{FrameReader, FromRunner, ToRunner, write_frame};

/// The runner's end of the socket. What the server says is believed.
pub(crate) struct ServerSocket {
    reader: FrameReader,
    /// What waits for the next word that is answered.
    unsent: Vec<u8>,
}

impl ServerSocket {
    /// The one that the server has put in the place of standard input.
    pub(crate) fn of_standard_input() -> Self {
        Self {
            reader: FrameReader::new(usize::MAX),
            unsent: Vec::new(),
        }
    }

    /// Says something.
    pub(crate) fn say(&mut self, word: &FromRunner) -> io::Result<()> {
        self.say_frame(&word.encode())
    }

    /// The same, encoded.
    pub(crate) fn say_frame(&mut self, frame: &(u8, Vec<u8>)) -> io::Result<()> {
        self.say_later(frame)?;
        let unsent = std::mem::take(&mut self.unsent);
        StandardInput.write_all(&unsent)
    }

    /// Says something together with what is said next.
    pub(crate) fn say_later(&mut self, (kind, body): &(u8, Vec<u8>)) -> io::Result<()> {
        write_frame(&mut self.unsent, *kind, body)
    }

    /// Waits for what the server says; none when it is gone.
    pub(crate) fn hear(&mut self) -> io::Result<Option<ToRunner>> {
        loop {
            match self.reader.next(&mut StandardInput) {
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

/// What is read and written as a file takes no system call of sockets, and a descriptor that is not
/// a standard one would be taken for one that this process was started with by mistake.
struct StandardInput;

impl Read for StandardInput {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        Ok(rustix::io::read(io::stdin(), into)?)
    }
}

impl Write for StandardInput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::io::write(io::stdin(), bytes)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
