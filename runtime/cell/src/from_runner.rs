//! What a runner says.

use evroute_module_api::Level;
use evroute_sandbox::{CellQuestion, CellRunEnd};
use evroute_tap::WitValue;
use evroute_tenant::Meter;

use crate::outcome_code::{read_meter, read_outcome, write_meter, write_outcome};
use crate::{BodyError, BodyReader, BodyWriter};

/// The longest text of an outcome or a stack, in bytes. It goes into a log line.
const TEXT_BYTES_MAX: usize = 4096;

/// The levels that handlers have.
const LEVELS: [Level; 5] = [
    Level::Error,
    Level::Warning,
    Level::Notice,
    Level::Info,
    Level::Debug,
];

/// Why a handler does not start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StartRefusal {
    /// It met a limit.
    Limit,
    /// It broke.
    Broke,
    /// The runner has not come to starting it.
    NotTried,
}

const REFUSALS: [StartRefusal; 3] = [
    StartRefusal::Limit,
    StartRefusal::Broke,
    StartRefusal::NotTried,
];

/// What a runner says.
#[derive(PartialEq, Debug)]
pub enum FromRunner {
    /// It has shut itself in, with Landlock and with seccomp or without.
    Ready {
        /// Whether no file can be opened and no TCP connection made.
        landlock: bool,
        /// Whether no system call can be made but those that computing takes.
        seccomp: bool,
    },
    /// It cannot be shut in as it must be: why.
    NotReady(String),
    /// The handler starts.
    Loaded,
    /// The handler does not start.
    Refused(StartRefusal, String),
    /// A guest asks.
    Question(CellQuestion),
    /// A guest printed a line.
    Line(Level, String),
    /// A run is over.
    End(CellRunEnd),
}

const READY: u8 = 1;
const NOT_READY: u8 = 2;
const LOADED: u8 = 3;
const REFUSED: u8 = 4;
const QUESTION: u8 = 5;
const LINE: u8 = 6;
const END: u8 = 7;

impl FromRunner {
    /// Its frame: the kind and the body.
    #[must_use]
    pub fn encode(&self) -> (u8, Vec<u8>) {
        let mut body = BodyWriter::default();
        let kind = match self {
            Self::Ready { landlock, seccomp } => {
                body.bool(*landlock);
                body.bool(*seccomp);
                READY
            }
            Self::NotReady(why) => {
                body.text(cut(why));
                NOT_READY
            }
            Self::Loaded => LOADED,
            Self::Refused(refusal, why) => {
                body.one_of(&REFUSALS, refusal);
                body.text(cut(why));
                REFUSED
            }
            Self::Question(CellQuestion {
                interface,
                function,
                arguments,
                used,
                fuel_left,
            }) => return Self::question([interface, function], arguments, used, *fuel_left),
            Self::Line(level, text) => {
                body.one_of(&LEVELS, level);
                body.text(text);
                LINE
            }
            Self::End(end) => {
                write_end(&mut body, end);
                END
            }
        };
        (kind, body.finish())
    }

    /// The frame of [`FromRunner::Question`], of what need not be copied first. `called` is the
    /// interface and the function in it.
    #[must_use]
    pub fn question(
        called: [&str; 2],
        arguments: &[WitValue],
        used: &Meter,
        fuel_left: u64,
    ) -> (u8, Vec<u8>) {
        let mut body = BodyWriter::default();
        called.iter().for_each(|name| body.text(name));
        body.values(arguments);
        write_meter(&mut body, used);
        body.number(fuel_left);
        (QUESTION, body.finish())
    }

    /// From a frame that a hostile runner may have written.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn decode(kind: u8, body: &[u8]) -> Result<Self, BodyError> {
        let mut body = BodyReader::new(body);
        let said = match kind {
            READY => Self::Ready {
                landlock: body.bool()?,
                seccomp: body.bool()?,
            },
            NOT_READY => Self::NotReady(short(&mut body)?),
            LOADED => Self::Loaded,
            REFUSED => {
                let refusal = body.one_of(&REFUSALS, BodyError("a refusal is of no kind"))?;
                Self::Refused(refusal, short(&mut body)?)
            }
            QUESTION => Self::Question(read_question(&mut body)?),
            LINE => {
                let level = body.one_of(&LEVELS, BodyError("a line has no level"))?;
                Self::Line(level, body.text()?.to_owned())
            }
            END => Self::End(read_end(&mut body)?),
            _ => return Err(BodyError("a frame is of no kind")),
        };
        body.end()?;
        Ok(said)
    }
}

/// A text that goes into a log line or a refusal.
fn short(body: &mut BodyReader<'_>) -> Result<String, BodyError> {
    let text = body.text()?;
    let is_short = text.len() <= TEXT_BYTES_MAX;
    let text = is_short.then(|| text.to_owned());
    text.ok_or(BodyError("a text is too long"))
}

fn cut(text: &str) -> &str {
    let end = text.floor_char_boundary(TEXT_BYTES_MAX);
    text.get(..end).unwrap_or_default()
}

fn read_question(body: &mut BodyReader<'_>) -> Result<CellQuestion, BodyError> {
    Ok(CellQuestion {
        interface: short(body)?,
        function: short(body)?,
        arguments: body.values()?,
        used: read_meter(body)?,
        fuel_left: body.number()?,
    })
}

fn write_end(body: &mut BodyWriter, end: &CellRunEnd) {
    let CellRunEnd {
        answer,
        outcome,
        stack,
        used,
        fuel,
        memory_bytes,
        seed,
    } = end;
    body.option(answer.as_ref(), BodyWriter::value);
    write_outcome(body, outcome);
    body.text(cut(stack));
    write_meter(body, used);
    body.number(*fuel);
    body.number(*memory_bytes);
    body.option(seed.as_ref(), BodyWriter::array);
}

fn read_end(body: &mut BodyReader<'_>) -> Result<CellRunEnd, BodyError> {
    Ok(CellRunEnd {
        answer: body.option(BodyReader::value)?,
        outcome: read_outcome(body)?,
        stack: short(body)?,
        used: read_meter(body)?,
        fuel: body.number()?,
        memory_bytes: body.number()?,
        seed: body.option(BodyReader::array)?,
    })
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use evroute_event::{LimitKind, Outcome, Space};
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn used() -> Meter {
        Meter {
            hostcall_cost: 1,
            hostcall_bytes: 2,
            log_lines: 3,
            log_bytes: 4,
            actions: 5,
            writes_refused: u64::MAX,
        }
    }

    fn end(outcome: Outcome) -> FromRunner {
        FromRunner::End(CellRunEnd {
            answer: Some(WitValue::Result(Ok(Box::new(WitValue::Case(
                Cow::Borrowed("relay"),
                None,
            ))))),
            outcome,
            stack: "decide (src/lib.rs:12) < handle".to_owned(),
            used: used(),
            fuel: 77,
            memory_bytes: 65_536,
            seed: Some([9; 32]),
        })
    }

    fn all() -> Vec<FromRunner> {
        let question = CellQuestion {
            interface: "evroute:htable/htable@0.1.0".to_owned(),
            function: "[method]table.get".to_owned(),
            arguments: vec![WitValue::Handle(1), WitValue::Text("key".to_owned())],
            used: used(),
            fuel_left: 5,
        };
        vec![
            FromRunner::Ready {
                landlock: true,
                seccomp: false,
            },
            FromRunner::NotReady("no".to_owned()),
            FromRunner::Loaded,
            FromRunner::Refused(StartRefusal::Broke, "it breaks".to_owned()),
            FromRunner::Question(question),
            FromRunner::Line(Level::Notice, "says".to_owned()),
            end(Outcome::Returned),
            end(Outcome::Trap("unreachable".to_owned())),
            end(Outcome::OutOfFuel),
            end(Outcome::DeadlineExceeded),
            end(Outcome::MemoryExceeded(Space::TableElements)),
            end(Outcome::QuotaExceeded(LimitKind::LogBytes)),
            end(Outcome::HostFault("ours".to_owned())),
        ]
    }

    #[test]
    fn it_is_read_as_it_was_written_and_not_when_it_is_cut_off_or_goes_on() {
        for said in all() {
            let (kind, mut body) = said.encode();
            assert_eq!(FromRunner::decode(kind, &body), Ok(said));
            for length in 0..body.len() {
                assert!(FromRunner::decode(kind, &body[..length]).is_err());
            }
            body.push(0);
            let rest = Err(BodyError("it has a rest"));
            assert_eq!(FromRunner::decode(kind, &body), rest);
        }
    }

    #[test]
    fn what_the_server_decided_comes_back_as_a_fault() {
        let (kind, body) = end(Outcome::QuotaExceeded(LimitKind::Actions)).encode();
        let said = FromRunner::decode(kind, &body);
        let fault = Outcome::HostFault("QuotaExceeded: run_actions_max".to_owned());
        assert_eq!(said, Ok(end(fault)));
    }

    #[test]
    fn texts_for_the_log_are_cut_by_who_writes_and_refused_by_who_reads() {
        let long = "ä".repeat(TEXT_BYTES_MAX);
        let (kind, body) = FromRunner::NotReady(long.clone()).encode();
        let Ok(FromRunner::NotReady(why)) = FromRunner::decode(kind, &body) else {
            panic!("it is read");
        };
        assert_eq!(why.len(), TEXT_BYTES_MAX);
        let mut body = BodyWriter::default();
        body.text(&long);
        let long = Err(BodyError("a text is too long"));
        assert_eq!(FromRunner::decode(kind, &body.finish()), long);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_word_or_an_error(kind in any::<u8>(), body in vec(any::<u8>(), 0..300)) {
            let _ = FromRunner::decode(kind, &body);
        }
    }
}
