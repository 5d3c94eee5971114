//! When a line was made, as text.

use jiff::Timestamp;

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
            let time = i64::try_from(second)
                .ok()
                .and_then(|second| Timestamp::from_second(second).ok());
            let text = time.map(|time| time.strftime("%Y-%m-%dT%H:%M:%S").to_string());
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
}
