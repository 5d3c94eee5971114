//! What the server says.

use evroute_sandbox::CellRunStart;
use evroute_tap::WitValue;
use evroute_tenant::{Meter, RunLimits};

use crate::outcome_code::{read_meter, write_meter};
use crate::{BodyError, BodyReader, BodyWriter};

/// What the server says to a runner, which believes it.
#[derive(PartialEq, Debug)]
pub enum ToRunner {
    /// A handler that runs of this number will be of.
    Load {
        /// Told from all others.
        number: u64,
        /// The component.
        component: Vec<u8>,
        /// What was compiled of it.
        code: Vec<u8>,
        /// What a run may cost.
        limits: RunLimits,
    },
    /// No run of this handler begins any more.
    Forget {
        /// Which.
        number: u64,
    },
    /// A run of a handler begins.
    Run {
        /// Of which.
        number: u64,
        /// With what.
        start: CellRunStart,
    },
    /// What a guest asked was answered; none ends the run.
    Answer {
        /// The result of the function.
        answer: Option<WitValue>,
        /// What the run has used by now.
        used: Meter,
    },
}

const LOAD: u8 = 1;
const FORGET: u8 = 2;
const RUN: u8 = 3;
const ANSWER: u8 = 4;

impl ToRunner {
    /// Its frame: the kind and the body.
    #[must_use]
    pub fn encode(&self) -> (u8, Vec<u8>) {
        match self {
            Self::Load {
                number,
                component,
                code,
                limits,
            } => Self::load(*number, component, code, limits),
            Self::Forget { number } => {
                let mut body = BodyWriter::default();
                body.number(*number);
                (FORGET, body.finish())
            }
            Self::Run { number, start } => Self::run(*number, start),
            Self::Answer { answer, used } => Self::answer(answer.as_ref(), used),
        }
    }

    /// The frame of [`ToRunner::Load`], of what need not be copied first.
    #[must_use]
    pub fn load(number: u64, component: &[u8], code: &[u8], limits: &RunLimits) -> (u8, Vec<u8>) {
        let mut body = BodyWriter::default();
        body.number(number);
        body.bytes(component);
        body.bytes(code);
        write_limits(&mut body, limits);
        (LOAD, body.finish())
    }

    /// The frame of [`ToRunner::Run`].
    #[must_use]
    pub fn run(number: u64, start: &CellRunStart) -> (u8, Vec<u8>) {
        let CellRunStart {
            interface,
            time_us,
            seed,
        } = start;
        let mut body = BodyWriter::default();
        body.number(number);
        body.text(interface);
        body.number(*time_us);
        body.option(seed.as_ref(), BodyWriter::array);
        (RUN, body.finish())
    }

    /// The frame of [`ToRunner::Answer`].
    #[must_use]
    pub fn answer(answer: Option<&WitValue>, used: &Meter) -> (u8, Vec<u8>) {
        let mut body = BodyWriter::default();
        body.option(answer, BodyWriter::value);
        write_meter(&mut body, used);
        (ANSWER, body.finish())
    }

    /// From a frame.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn decode(kind: u8, body: &[u8]) -> Result<Self, BodyError> {
        let mut body = BodyReader::new(body);
        let said = match kind {
            LOAD => Self::Load {
                number: body.number()?,
                component: body.bytes()?.to_vec(),
                code: body.bytes()?.to_vec(),
                limits: read_limits(&mut body)?,
            },
            FORGET => Self::Forget {
                number: body.number()?,
            },
            RUN => Self::Run {
                number: body.number()?,
                start: CellRunStart {
                    interface: body.text()?.to_owned(),
                    time_us: body.number()?,
                    seed: body.option(BodyReader::array)?,
                },
            },
            ANSWER => Self::Answer {
                answer: body.option(BodyReader::value)?,
                used: read_meter(&mut body)?,
            },
            _ => return Err(BodyError("a frame is of no kind")),
        };
        body.end()?;
        Ok(said)
    }
}

fn write_limits(body: &mut BodyWriter, limits: &RunLimits) {
    for (_, most) in limits.named() {
        body.number(most);
    }
}

fn read_limits(body: &mut BodyReader<'_>) -> Result<RunLimits, BodyError> {
    let mut limits = RunLimits::default();
    for (name, _) in limits.named() {
        if !limits.set(name, body.number()?) {
            return Err(BodyError("a limit is more than it can be"));
        }
    }
    Ok(limits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_as_it_was_written_and_not_when_it_is_cut_off() {
        let limits = RunLimits {
            run_fuel_max: 1,
            run_actions_max: 9,
            event_depth_max: 7,
            ..RunLimits::default()
        };
        let start = CellRunStart {
            interface: "evroute:tm/local-request@0.1.0".to_owned(),
            time_us: 1_700_000_000_000_000,
            seed: Some([3; 32]),
        };
        for said in [
            ToRunner::Load {
                number: 1,
                component: b"\0asm".to_vec(),
                code: vec![1; 100],
                limits,
            },
            ToRunner::Forget { number: 2 },
            ToRunner::Run { number: 3, start },
            ToRunner::Answer {
                answer: Some(WitValue::Bool(true)),
                used: Meter {
                    actions: 3,
                    ..Meter::default()
                },
            },
            ToRunner::Answer {
                answer: None,
                used: Meter::default(),
            },
        ] {
            let (kind, body) = said.encode();
            for length in 0..body.len() {
                assert!(ToRunner::decode(kind, &body[..length]).is_err());
            }
            assert_eq!(ToRunner::decode(kind, &body), Ok(said));
        }
    }
}
