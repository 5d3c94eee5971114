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
            body.one_of(&SPACES, space);
        }
        Outcome::QuotaExceeded(limit) if LIMITS.contains(limit) => {
            body.byte(LIMIT);
            body.one_of(&LIMITS, limit);
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
        SPACE => Outcome::MemoryExceeded(body.one_of(&SPACES, UNKNOWN)?),
        LIMIT => Outcome::QuotaExceeded(body.one_of(&LIMITS, UNKNOWN)?),
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
