//! The time of the event by its parts and as text, as the pv module of Kamailio gives it: a run has
//! one time.

use std::sync::LazyLock;

use evroute_module_api::{RunState, Value, VariableError, VariableName};
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::variable_reads::{subject, text as value_of};

type Read = Result<Value, VariableError>;

/// Looked up once: what it knows of summer times holds for as long as the server runs.
static LOCAL: LazyLock<TimeZone> = LazyLock::new(TimeZone::system);

/// The longest text that a format can make, in bytes: what Kamailio has room for.
const TEXT_BYTES_MAX: usize = 64;

/// The server's time zone: `TZ`, or what the system is set to.
pub(crate) fn local() -> TimeZone {
    LOCAL.clone()
}

fn microseconds(run: &mut RunState) -> Result<u64, VariableError> {
    let mut time_us = 0;
    subject(run, |subject| {
        time_us = subject.time_us;
        Value::Null
    })?;
    Ok(time_us)
}

fn moment(run: &mut RunState, zone: &TimeZone) -> Result<Zoned, VariableError> {
    let time_us = i64::try_from(microseconds(run)?).unwrap_or(i64::MAX);
    let moment = Timestamp::from_microsecond(time_us);
    let moment = moment.map_err(|error| VariableError::Other(error.to_string()))?;
    Ok(moment.to_zoned(zone.clone()))
}

/// `$Tf`: what ctime(3) gives, without the end of the line.
pub(crate) fn text(run: &mut RunState) -> Read {
    let moment = moment(run, &LOCAL)?;
    let text = strtime::format("%a %b %e %H:%M:%S %Y", &moment);
    text.map(Value::Text)
        .map_err(|error| VariableError::Other(error.to_string()))
}

/// `$TV(s)`.
pub(crate) fn parts(run: &mut RunState, name: &VariableName<'_>) -> Read {
    let time_us = microseconds(run)?;
    let (seconds, rest) = (time_us / 1_000_000, time_us % 1_000_000);
    let number = |number: u64| Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
    match name.argument {
        Some("s" | "sn") => Ok(number(seconds)),
        Some("u" | "un") => Ok(number(rest)),
        Some("Sn") => Ok(Value::Text(format!("{seconds}.{rest:06}"))),
        Some(_) | None => Err(VariableError::UnknownName),
    }
}

/// `$time(hour)`. Months and the days of weeks and years count from 1, Sunday is the first.
pub(crate) fn field(run: &mut RunState, name: &VariableName<'_>, zone: &TimeZone) -> Read {
    let moment = moment(run, zone)?;
    let number = match name.argument {
        Some("sec") => i64::from(moment.second()),
        Some("min") => i64::from(moment.minute()),
        Some("hour") => i64::from(moment.hour()),
        Some("mday") => i64::from(moment.day()),
        Some("mon") => i64::from(moment.month()),
        Some("year") => i64::from(moment.year()),
        Some("wday") => i64::from(moment.weekday().to_sunday_one_offset()),
        Some("yday") => i64::from(moment.day_of_year()),
        Some("isdst") => {
            let is_dst = zone.to_offset_info(moment.timestamp()).dst().is_dst();
            i64::from(is_dst)
        }
        Some(_) | None => return Err(VariableError::UnknownName),
    };
    Ok(Value::Int(number))
}

/// `$timef(%H:%M)`: null where nothing comes of the format, or more than 64 bytes.
pub(crate) fn formatted(run: &mut RunState, name: &VariableName<'_>, zone: &TimeZone) -> Read {
    let format = name.argument.ok_or(VariableError::UnknownName)?;
    let moment = moment(run, zone)?;
    let text = strtime::format(format, &moment);
    let text = text.map_err(|error| VariableError::InvalidValue(error.to_string()))?;
    let fits = !text.is_empty() && text.len() < TEXT_BYTES_MAX;
    Ok(if fits {
        value_of(text.as_str())
    } else {
        Value::Null
    })
}
