//! The date of an answer.

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

/// A time in seconds since 1970 as HTTP writes it (RFC 9110 5.6.7): `Sun, 06 Nov 1994 08:49:37
/// GMT`. 1970 for what no calendar has.
#[must_use]
pub fn http_date(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok();
    let time = time.and_then(|seconds| Timestamp::from_second(seconds).ok());
    let printed = DateTimePrinter::new().timestamp_to_rfc9110_string(&time.unwrap_or_default());
    // Every timestamp from 1970 on can be printed so.
    printed.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, date) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT"),
            (1_798_761_599, "Thu, 31 Dec 2026 23:59:59 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        ] {
            assert_eq!(http_date(seconds), date);
        }
    }
}
