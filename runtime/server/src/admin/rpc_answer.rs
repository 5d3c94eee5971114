//! The answer to POST /rpc, written as its parts come, and what all answers together may hold.

use std::io::{self, Write};
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::RpcError;

/// How many bytes one answer may have, as they are sent. What one call of it answers beyond that is
/// replaced by an error.
pub(super) const RPC_ANSWER_BYTES_MAX: usize = 16 << 20;

/// How many bytes all answers together may hold that are made or not yet taken.
const ANSWERS_BYTES_MAX: usize = 4 * RPC_ANSWER_BYTES_MAX;

/// What memory is reserved by, in bytes.
const UNIT: usize = 64 << 10;

/// Methods whose results may be large that are at work at the same time.
const LARGE_RESULTS_MAX: usize = 2;

/// What answers are made of.
#[derive(Debug)]
pub(super) struct AnswerMemory {
    units: Arc<Semaphore>,
    large_results: Semaphore,
}

impl AnswerMemory {
    pub(super) fn new() -> Self {
        Self {
            units: Arc::new(Semaphore::new(ANSWERS_BYTES_MAX / UNIT)),
            large_results: Semaphore::new(LARGE_RESULTS_MAX),
        }
    }

    /// Waits until a large result may be made. To be dropped when it was written.
    pub(super) async fn large_result(&self) -> Option<tokio::sync::SemaphorePermit<'_>> {
        // Never closed.
        self.large_results.acquire().await.ok()
    }
}

/// One answer under way.
pub(super) struct RpcAnswer {
    memory: Arc<AnswerMemory>,
    bytes: Vec<u8>,
    bytes_max: usize,
    held: Option<OwnedSemaphorePermit>,
    /// How many parts there are, and whether they stand in a list.
    parts: usize,
    is_batch: bool,
}

/// Why a part was not written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum NotWritten {
    TooLarge,
    NoMemory,
}

impl RpcAnswer {
    pub(super) fn new(memory: &Arc<AnswerMemory>, is_batch: bool) -> Self {
        Self {
            memory: Arc::clone(memory),
            bytes: Vec::new(),
            bytes_max: RPC_ANSWER_BYTES_MAX,
            held: None,
            parts: 0,
            is_batch,
        }
    }

    /// Whether nothing more of any size finds room.
    pub(super) fn is_full(&self) -> bool {
        self.bytes.len() >= self.bytes_max
    }

    /// Adds what one call answered, or why that is not in the answer. Errors of a batch have room
    /// beyond the limit: they are short and their number is bounded.
    pub(super) fn add(&mut self, id: &Value, response: &Value) {
        let start = self.bytes.len();
        self.begin_part();
        let Err(why) = self.write(response) else {
            return;
        };
        self.bytes.truncate(start);
        self.begin_part();
        let error = match why {
            NotWritten::TooLarge => Self::too_large(),
            NotWritten::NoMemory => {
                RpcError::refused("other answers take all the memory there is; try again later")
            }
        };
        self.bytes
            .extend_from_slice(error.response(id).to_string().as_bytes());
        if why == NotWritten::TooLarge {
            // The rest is for errors: what was too large is asked for again in parts.
            self.bytes_max = self.bytes_max.min(self.bytes.len());
        }
    }

    /// What stands for a result that finds no room.
    pub(super) fn too_large() -> RpcError {
        RpcError::new(
            RpcError::TOO_LARGE,
            format!("the answer to this request would have more than {RPC_ANSWER_BYTES_MAX} bytes"),
        )
    }

    fn begin_part(&mut self) {
        let is_first = self.bytes.is_empty();
        match (self.is_batch, is_first) {
            (true, true) => self.bytes.push(b'['),
            (true, false) => self.bytes.push(b','),
            (false, _) => {}
        }
    }

    fn write(&mut self, response: &Value) -> Result<(), NotWritten> {
        let mut writer = Bounded {
            answer: self,
            why: None,
        };
        let written = serde_json::to_writer(&mut writer, response);
        let why = writer.why.unwrap_or(NotWritten::TooLarge);
        written.map_err(|_| why)?;
        self.parts += 1;
        Ok(())
    }

    /// Makes sure that there is room for so many bytes more.
    fn grow(&mut self, more: usize) -> Result<(), NotWritten> {
        let bytes = self.bytes.len().saturating_add(more);
        if bytes > self.bytes_max {
            return Err(NotWritten::TooLarge);
        }
        let held = self
            .held
            .as_ref()
            .map_or(0, OwnedSemaphorePermit::num_permits);
        let missing = bytes.div_ceil(UNIT).saturating_sub(held);
        if missing == 0 {
            return Ok(());
        }
        let missing = u32::try_from(missing).map_err(|_| NotWritten::TooLarge)?;
        let units = Arc::clone(&self.memory.units).try_acquire_many_owned(missing);
        let units = units.map_err(|_| NotWritten::NoMemory)?;
        match &mut self.held {
            Some(held) => held.merge(units),
            None => self.held = Some(units),
        }
        Ok(())
    }

    /// The response; none when nobody wants one. Its memory is held until it was sent.
    pub(super) fn finish(mut self) -> Option<Response> {
        if self.bytes.is_empty() {
            return None;
        }
        if self.is_batch {
            self.bytes.push(b']');
        }
        let held = Held {
            bytes: self.bytes,
            _held: self.held,
        };
        let body = Body::from(Bytes::from_owner(held));
        Some(([(CONTENT_TYPE, "application/json")], body).into_response())
    }
}

/// Bytes with the memory that was reserved for them.
struct Held {
    bytes: Vec<u8>,
    _held: Option<OwnedSemaphorePermit>,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Writes into an answer as long as there is room.
struct Bounded<'a> {
    answer: &'a mut RpcAnswer,
    why: Option<NotWritten>,
}

impl Write for Bounded<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Err(why) = self.answer.grow(bytes.len()) {
            self.why = Some(why);
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.answer.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What is escaped to six times its size.
    fn large(bytes: usize) -> Value {
        json!({ "id": 1, "result": "\u{1}".repeat(bytes / 6) })
    }

    fn codes(answer: RpcAnswer) -> Vec<i64> {
        let mut bytes = answer.bytes.clone();
        bytes.push(b']');
        let parts: Vec<Value> = serde_json::from_slice(&bytes).unwrap();
        let code = |part: &Value| part["error"]["code"].as_i64().unwrap_or_default();
        parts.iter().map(code).collect()
    }

    #[test]
    fn bytes_are_counted_as_they_are_sent_and_what_is_beyond_is_an_error_of_its_call() {
        let memory = Arc::new(AnswerMemory::new());
        let mut answer = RpcAnswer::new(&memory, true);
        for _ in 0..100 {
            answer.add(&json!(1), &large(6 << 20));
        }
        let size = answer.bytes.len();
        assert!(size <= RPC_ANSWER_BYTES_MAX + 100 * 200, "{size}");
        let too_large = i64::from(RpcError::TOO_LARGE);
        let codes = codes(answer);
        assert_eq!((codes.len(), codes[0], codes[1]), (100, 0, 0));
        assert!(codes[2..].iter().all(|code| *code == too_large));
        assert_eq!(memory.units.available_permits(), ANSWERS_BYTES_MAX / UNIT);
    }

    #[test]
    fn all_answers_together_hold_no_more_than_there_is() {
        let memory = Arc::new(AnswerMemory::new());
        let answers: Vec<_> = (0..48)
            .map(|_| {
                let mut answer = RpcAnswer::new(&memory, true);
                answer.add(&json!(1), &large(12 << 20));
                answer
            })
            .collect();
        let held: usize = answers.iter().map(|answer| answer.bytes.len()).sum();
        assert!(held <= ANSWERS_BYTES_MAX + 48 * 200, "{held}");
        let refused = i64::from(RpcError::REFUSED);
        let codes: Vec<_> = answers.into_iter().flat_map(codes).collect();
        assert_eq!(codes.iter().filter(|code| **code == 0).count(), 5);
        assert!(codes[5..].iter().all(|code| *code == refused));
    }

    #[tokio::test]
    async fn memory_is_held_until_the_answer_was_sent() {
        let memory = Arc::new(AnswerMemory::new());
        let mut answer = RpcAnswer::new(&memory, false);
        answer.add(&json!(1), &large(12 << 20));
        let response = answer.finish().unwrap();
        let free = || memory.units.available_permits() * UNIT;
        assert!(free() < ANSWERS_BYTES_MAX);
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await;
        assert!(free() < ANSWERS_BYTES_MAX);
        drop(bytes);
        assert_eq!(free(), ANSWERS_BYTES_MAX);
        assert!(RpcAnswer::new(&memory, true).finish().is_none());
    }
}
