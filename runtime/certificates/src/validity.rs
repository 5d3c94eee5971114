//! When a certificate ends. rustls looks at it and tells nobody.

use crate::der::{GENERALIZED_TIME, SEQUENCE, UTC_TIME, VERSION, expect, value};

/// The last second of a certificate (`notAfter`, RFC 5280 4.1.2.5), in seconds since 1970; none
/// where it cannot be read. What ended before 1970 ends then.
pub(crate) fn not_after(certificate: &[u8]) -> Option<u64> {
    let (certificate, _) = expect(certificate, SEQUENCE)?;
    let (mut fields, _) = expect(certificate, SEQUENCE)?;
    if let Some((_, rest)) = expect(fields, VERSION) {
        fields = rest;
    }
    // Serial number, signature algorithm, issuer.
    for _ in 0..3 {
        (_, _, fields) = value(fields)?;
    }
    let (validity, _) = expect(fields, SEQUENCE)?;
    let (_, _, rest) = value(validity)?;
    let (tag, text, _) = value(rest)?;
    seconds(tag, text)
}

fn seconds(tag: u8, text: &[u8]) -> Option<u64> {
    let text = text.strip_suffix(b"Z")?;
    let (year, text) = match tag {
        // RFC 5280 4.1.2.5.1: from 50 on it is the last century.
        UTC_TIME => {
            let (year, text) = number(text, 2)?;
            (if year < 50 { 2000 + year } else { 1900 + year }, text)
        }
        GENERALIZED_TIME => number(text, 4)?,
        _ => return None,
    };
    let (month, text) = number(text, 2)?;
    let (day, text) = number(text, 2)?;
    let (hour, text) = number(text, 2)?;
    let (minute, text) = number(text, 2)?;
    let (second, text) = number(text, 2)?;
    let is_date = (1..=12).contains(&month) && (1..=31).contains(&day) && text.is_empty();
    if !is_date || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let days = days_since_1970(year, month, day);
    u64::try_from(days * 86_400 + hour * 3600 + minute * 60 + second)
        .ok()
        .or(Some(0))
}

/// So many digits off the front.
fn number(text: &[u8], digits: usize) -> Option<(i64, &[u8])> {
    let (digits, rest) = text.split_at_checked(digits)?;
    let number = std::str::from_utf8(digits).ok()?;
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some((number.parse().ok()?, rest))
}

/// By the calendar's 400 years of 146,097 days, with years that begin in March, so that the day
/// that comes and goes is the last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    era * 146_097 + days - 719_468
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn both_kinds_of_time_are_read() {
        for (tag, text, expected) in [
            (UTC_TIME, "700101000000Z", Some(0)),
            (UTC_TIME, "261130154410Z", Some(1796053450)),
            (UTC_TIME, "491231235959Z", Some(2_524_607_999)),
            (GENERALIZED_TIME, "20500101000000Z", Some(2_524_608_000)),
            (GENERALIZED_TIME, "20240229120000Z", Some(1_709_208_000)),
            (UTC_TIME, "500101000000Z", Some(0)),
            (UTC_TIME, "261330154410Z", None),
            (UTC_TIME, "2611301544Z", None),
            (UTC_TIME, "26113015441+Z", None),
            (GENERALIZED_TIME, "261130154410Z", None),
            (SEQUENCE, "261130154410Z", None),
        ] {
            assert_eq!(seconds(tag, text.as_bytes()), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_that_comes_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = not_after(&bytes);
            let _ = seconds(UTC_TIME, &bytes);
            let _ = seconds(GENERALIZED_TIME, &bytes);
        }
    }
}
