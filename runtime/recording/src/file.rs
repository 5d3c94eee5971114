//! The frame around a recording.
//!
//! `EVREC`, a zero, the version (two bytes), the length of what follows the head (four bytes, both
//! big-endian), the first eight bytes of its SHA-256, and then the recording as protobuf. So a file
//! that was cut anywhere, or changed, is told from a whole one before it is read.

use prost::Message;
use sha2::{Digest, Sha256};

use crate::Recording;

/// How large a recording may be, in bytes. What is larger is not written, and not read.
pub const RECORDING_BYTES_MAX: usize = 1024 * 1024;

/// The version that is written. Another one has another frame or another meaning of a field.
pub const VERSION: u16 = 1;

const MAGIC: &[u8; 6] = b"EVREC\0";
const HEAD_BYTES: usize = MAGIC.len() + 2 + 4 + 8;

/// Why a file is no recording, or a recording no file.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RecordingError {
    /// It does not begin as recordings do.
    #[error("this is no recording: it does not begin with EVREC")]
    NoRecording,
    /// It is of another version.
    #[error("this recording is of version {0}, and this evroute reads version {VERSION}")]
    OtherVersion(u16),
    /// It is shorter or longer than it says.
    #[error("this recording was cut: it has {found} bytes of {expected}")]
    Cut {
        /// How many bytes it says that it has.
        expected: usize,
        /// How many it has.
        found: usize,
    },
    /// It was changed after it was written.
    #[error("this recording is corrupt: its bytes are not those that were written")]
    Corrupt,
    /// It is larger than [`RECORDING_BYTES_MAX`].
    #[error("a recording of {0} bytes is larger than the {RECORDING_BYTES_MAX} that one may have")]
    TooLarge(usize),
}

/// A recording as a file.
///
/// # Errors
/// [`RecordingError::TooLarge`].
pub fn write(recording: &Recording) -> Result<Vec<u8>, RecordingError> {
    let body = recording.encoded_len();
    let too_large = || RecordingError::TooLarge(body);
    if body > RECORDING_BYTES_MAX {
        return Err(too_large());
    }
    let body = recording.encode_to_vec();
    let length = u32::try_from(body.len()).map_err(|_| too_large())?;
    let mut file = Vec::with_capacity(HEAD_BYTES + body.len());
    file.extend_from_slice(MAGIC);
    file.extend_from_slice(&VERSION.to_be_bytes());
    file.extend_from_slice(&length.to_be_bytes());
    file.extend_from_slice(&digest(&body));
    file.extend_from_slice(&body);
    Ok(file)
}

/// A file as a recording.
///
/// # Errors
/// What is wrong with it: [`RecordingError`].
pub fn read(file: &[u8]) -> Result<Recording, RecordingError> {
    let cut = |expected| RecordingError::Cut {
        expected,
        found: file.len(),
    };
    let Some(rest) = file.strip_prefix(MAGIC) else {
        return Err(match MAGIC.starts_with(file) {
            true => cut(HEAD_BYTES),
            false => RecordingError::NoRecording,
        });
    };
    let (version, rest) = rest.split_first_chunk().ok_or_else(|| cut(HEAD_BYTES))?;
    let version = u16::from_be_bytes(*version);
    if version != VERSION {
        return Err(RecordingError::OtherVersion(version));
    }
    let (length, rest) = rest.split_first_chunk().ok_or_else(|| cut(HEAD_BYTES))?;
    let length = u32::from_be_bytes(*length) as usize;
    if length > RECORDING_BYTES_MAX {
        return Err(RecordingError::TooLarge(length));
    }
    let (written, body) = rest.split_first_chunk().ok_or_else(|| cut(HEAD_BYTES))?;
    if body.len() != length {
        return Err(cut(HEAD_BYTES.saturating_add(length)));
    }
    if digest(body) != *written {
        return Err(RecordingError::Corrupt);
    }
    Recording::decode(body).map_err(|_| RecordingError::Corrupt)
}

fn digest(body: &[u8]) -> [u8; 8] {
    let mut first = [0; 8];
    for (to, from) in first.iter_mut().zip(Sha256::digest(body)) {
        *to = from;
    }
    first
}
