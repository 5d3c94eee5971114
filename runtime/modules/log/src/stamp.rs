//! When a line was made, as text.

use std::io::Write;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// RFC 3339 with microseconds, in UTC. Formats each second once for all lines in it.
pub(crate) struct Stamp {
    second: u64,
    micros: u64,
    text: String,
}

impl Stamp {
    pub(crate) const fn new() -> Self {
        Self {
            second: u64::MAX,
            micros: 0,
            text: String::new(),
        }
    }

    /// Sets the time, microseconds since 1970.
    pub(crate) fn set(&mut self, time_us: u64) -> &mut Self {
        self.micros = time_us % 1_000_000;
        let second = time_us / 1_000_000;
        if self.second != second {
            self.second = second;
            let text = self
                .time()
                .map(|time| time.strftime("%Y-%m-%dT%H:%M:%S").to_string());
            self.text = text.unwrap_or_default();
        }
        self
    }

    /// Adds it to a line.
    pub(crate) fn push(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.text.as_bytes());
        out.push(b'.');
        let mut divisor = 100_000;
        while divisor > 0 {
            out.push(b'0' + u8::try_from(self.micros / divisor % 10).unwrap_or(0));
            divisor /= 10;
        }
        out.push(b'Z');
    }

    /// Adds it to a line as the time of day in a zone, with milliseconds.
    pub(crate) fn push_local(&self, out: &mut Vec<u8>, zone: &TimeZone) {
        if let Some(time) = self.time() {
            let local = time.to_zoned(zone.clone());
            // Writing to a Vec cannot fail.
            let _ = write!(out, "{}", local.strftime("%H:%M:%S"));
        }
        let _ = write!(out, ".{:03}", self.micros / 1000);
    }

    fn time(&self) -> Option<Timestamp> {
        let second = i64::try_from(self.second).ok()?;
        Timestamp::from_second(second).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_shows_the_time_of_day_of_its_zone() {
        let mut stamp = Stamp::new();
        let stamp = stamp.set(1_700_000_000_123_456);
        let mut out = Vec::new();
        stamp.push(&mut out);
        assert_eq!(out, b"2023-11-14T22:13:20.123456Z");
        for (hours, shown) in [(0, "22:13:20.123"), (2, "00:13:20.123")] {
            let mut out = Vec::new();
            let zone = TimeZone::fixed(jiff::tz::offset(hours));
            stamp.push_local(&mut out, &zone);
            assert_eq!(out, shown.as_bytes());
        }
    }
}
