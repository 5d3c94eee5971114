//! Input that is at its end, and output that is the log: `wasi:io/streams`.

use wasmtime::component::Resource;

use crate::bindings::handle::{InputStream, IoError, OutputStream, Pollable};
use crate::bindings::wasi::io::error;
use crate::bindings::wasi::io::streams::{Host, HostInputStream, HostOutputStream, StreamError};
use crate::output::{Channel, print};
use crate::poll::{Readiness, pollable};
use crate::view::{WasiView, never_given};

/// How many bytes a guest may write at once: what WASI allows for a write with a flush.
const WRITE_BYTES_MAX: u64 = 4096;

type Streamed<T> = wasmtime::Result<Result<T, StreamError>>;

impl Host for WasiView<'_> {}

impl WasiView<'_> {
    /// The answer of a stream that is at its end.
    fn at_end<T>(&mut self) -> Streamed<T> {
        self.0.charge(0)?;
        Ok(Err(StreamError::Closed))
    }

    fn write_bytes(&mut self, stream: &Resource<OutputStream>, bytes: &[u8]) -> Streamed<()> {
        self.0.charge(bytes.len())?;
        self.printed(stream, bytes)
    }

    fn write_zeros(&mut self, stream: &Resource<OutputStream>, length: u64) -> Streamed<()> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        // What is more than the run may move ends it here, before memory is taken.
        self.0.charge(length)?;
        self.printed(stream, &vec![0; length])
    }

    fn printed(&mut self, stream: &Resource<OutputStream>, bytes: &[u8]) -> Streamed<()> {
        let channel = Channel::of(stream.rep()).ok_or_else(never_given)?;
        print(self.0, channel, bytes)?;
        Ok(Ok(()))
    }
}

impl HostInputStream for WasiView<'_> {
    fn read(&mut self, _: Resource<InputStream>, _: u64) -> Streamed<Vec<u8>> {
        self.at_end()
    }

    fn blocking_read(&mut self, _: Resource<InputStream>, _: u64) -> Streamed<Vec<u8>> {
        self.at_end()
    }

    fn skip(&mut self, _: Resource<InputStream>, _: u64) -> Streamed<u64> {
        self.at_end()
    }

    fn blocking_skip(&mut self, _: Resource<InputStream>, _: u64) -> Streamed<u64> {
        self.at_end()
    }

    fn subscribe(&mut self, _: Resource<InputStream>) -> wasmtime::Result<Resource<Pollable>> {
        self.0.charge(0)?;
        Ok(pollable(Readiness::Ready))
    }

    fn drop(&mut self, _: Resource<InputStream>) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl HostOutputStream for WasiView<'_> {
    fn check_write(&mut self, _: Resource<OutputStream>) -> Streamed<u64> {
        self.0.charge(0)?;
        Ok(Ok(WRITE_BYTES_MAX))
    }

    fn write(&mut self, stream: Resource<OutputStream>, bytes: Vec<u8>) -> Streamed<()> {
        self.write_bytes(&stream, &bytes)
    }

    fn blocking_write_and_flush(
        &mut self,
        stream: Resource<OutputStream>,
        bytes: Vec<u8>,
    ) -> Streamed<()> {
        self.write_bytes(&stream, &bytes)
    }

    // A line is written when it ends, or with the run: a flush has nothing to hurry.
    fn flush(&mut self, _: Resource<OutputStream>) -> Streamed<()> {
        self.0.charge(0)?;
        Ok(Ok(()))
    }

    fn blocking_flush(&mut self, _: Resource<OutputStream>) -> Streamed<()> {
        self.0.charge(0)?;
        Ok(Ok(()))
    }

    fn subscribe(&mut self, _: Resource<OutputStream>) -> wasmtime::Result<Resource<Pollable>> {
        self.0.charge(0)?;
        Ok(pollable(Readiness::Ready))
    }

    fn write_zeroes(&mut self, stream: Resource<OutputStream>, length: u64) -> Streamed<()> {
        self.write_zeros(&stream, length)
    }

    fn blocking_write_zeroes_and_flush(
        &mut self,
        stream: Resource<OutputStream>,
        length: u64,
    ) -> Streamed<()> {
        self.write_zeros(&stream, length)
    }

    fn splice(
        &mut self,
        _: Resource<OutputStream>,
        _: Resource<InputStream>,
        _: u64,
    ) -> Streamed<u64> {
        self.at_end()
    }

    fn blocking_splice(
        &mut self,
        _: Resource<OutputStream>,
        _: Resource<InputStream>,
        _: u64,
    ) -> Streamed<u64> {
        self.at_end()
    }

    fn drop(&mut self, _: Resource<OutputStream>) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl error::Host for WasiView<'_> {}

/// No stream here fails otherwise than by its end, so there is no such error to ask about.
impl error::HostError for WasiView<'_> {
    fn to_debug_string(&mut self, _: Resource<IoError>) -> wasmtime::Result<String> {
        Err(never_given())
    }

    fn drop(&mut self, _: Resource<IoError>) -> wasmtime::Result<()> {
        Err(never_given())
    }
}
