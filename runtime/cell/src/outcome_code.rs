//! Outcomes and meters in bodies.

use evroute_event::{LimitKind, Outcome, Space};
use evroute_tenant::Meter;

use crate::{BodyError, BodyReader, BodyWriter};

/// The limits that a runner may say it has met: those that it enforces itself.
const LIMITS: [LimitKind; 5] = [
    LimitKind::HostcallCost,
    LimitKind::HostcallBytes,
    LimitKind::LogLines,
    LimitKind::LogBytes,
    LimitKind::Handles,
];
const SPACES: [Space; 2] = [Space::MemoryBytes, Space::TableElements];

const RETURNED: u8 = 0;
const TRAP: u8 = 1;
const OUT_OF_FUEL: u8 = 2;
const DEADLINE: u8 = 3;
const SPACE: u8 = 4;
const LIMIT: u8 = 5;
const FAULT: u8 = 6;

/// Writes an outcome. One that the server decided, and that the runner only passes on, is a fault:
/// the server knows it better.
pub(crate) fn write_outcome(body: &mut BodyWriter, outcome: &Outcome) {
    let place = |position: Option<usize>| position.and_then(|at| u8::try_from(at).ok());
    match outcome {
        Outcome::Returned => body.byte(RETURNED),
        Outcome::Trap(text) => {
            body.byte(TRAP);
            body.text(text);
        }
        Outcome::OutOfFuel => body.byte(OUT_OF_FUEL),
        Outcome::DeadlineExceeded => body.byte(DEADLINE),
        Outcome::MemoryExceeded(space) => {
            body.byte(SPACE);
            body.byte(place(SPACES.iter().position(|one| one == space)).unwrap_or_default());
        }
        Outcome::QuotaExceeded(limit)
            if let Some(at) = place(LIMITS.iter().position(|one| one == limit)) =>
        {
            body.byte(LIMIT);
            body.byte(at);
        }
        Outcome::HostFault(text) => {
            body.byte(FAULT);
            body.text(text);
        }
        Outcome::GuestError(_) | Outcome::QuotaExceeded(_) | Outcome::Cancelled => {
            body.byte(FAULT);
            body.text(&outcome.to_string());
        }
    }
}

pub(crate) fn read_outcome(body: &mut BodyReader<'_>) -> Result<Outcome, BodyError> {
    const UNKNOWN: BodyError = BodyError("an outcome is of no kind");
    Ok(match body.byte()? {
        RETURNED => Outcome::Returned,
        TRAP => Outcome::Trap(body.text()?.to_owned()),
        OUT_OF_FUEL => Outcome::OutOfFuel,
        DEADLINE => Outcome::DeadlineExceeded,
        SPACE => {
            let space = SPACES.get(usize::from(body.byte()?));
            Outcome::MemoryExceeded(*space.ok_or(UNKNOWN)?)
        }
        LIMIT => {
            let limit = LIMITS.get(usize::from(body.byte()?));
            Outcome::QuotaExceeded(*limit.ok_or(UNKNOWN)?)
        }
        FAULT => Outcome::HostFault(body.text()?.to_owned()),
        _ => return Err(UNKNOWN),
    })
}

pub(crate) fn write_meter(body: &mut BodyWriter, meter: &Meter) {
    // Every field by its name, so that none can be forgotten.
    let Meter {
        hostcall_cost,
        hostcall_bytes,
        log_lines,
        log_bytes,
        actions,
        writes_refused,
    } = *meter;
    for number in [
        hostcall_cost,
        hostcall_bytes,
        log_lines,
        log_bytes,
        actions,
        writes_refused,
    ] {
        body.number(number);
    }
}

pub(crate) fn read_meter(body: &mut BodyReader<'_>) -> Result<Meter, BodyError> {
    Ok(Meter {
        hostcall_cost: body.number()?,
        hostcall_bytes: body.number()?,
        log_lines: body.number()?,
        log_bytes: body.number()?,
        actions: body.number()?,
        writes_refused: body.number()?,
    })
}
