//! Numbers in texts.

use crate::random::Random;

/// Numbers at which programs change their mind.
const EDGES: [i64; 24] = [
    0,
    1,
    -1,
    2,
    7,
    10,
    16,
    32,
    64,
    69,
    70,
    71,
    99,
    100,
    127,
    128,
    255,
    256,
    3600,
    65_535,
    65_536,
    2_147_483_647,
    4_294_967_295,
    4_294_967_296,
];

/// The runs of decimal digits in a text.
pub(crate) fn decimals(text: &[u8]) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut begin = None;
    for (at, byte) in text.iter().enumerate() {
        match (byte.is_ascii_digit(), begin) {
            (true, None) => begin = Some(at),
            (false, Some(from)) => {
                found.push(from..at);
                begin = None;
            }
            _ => {}
        }
    }
    if let Some(from) = begin {
        found.push(from..text.len());
    }
    found
}

/// Another number in its place: near it, at an edge, or none that a machine holds.
pub(crate) fn number(random: &mut Random, old: i64) -> i64 {
    match random.below(6) {
        0 => old.saturating_add(1),
        1 => old.saturating_sub(1),
        2 => old.wrapping_mul(2),
        3 => old.wrapping_neg(),
        4 => random.pick(&EDGES).copied().unwrap_or_default(),
        _ => {
            let bits = random.below(64);
            (random.next() >> bits).cast_signed()
        }
    }
}

/// The same in decimal digits, which may have zeros before them, or be more than any number.
pub(crate) fn digits(random: &mut Random, old: &[u8]) -> Vec<u8> {
    let old = std::str::from_utf8(old)
        .ok()
        .and_then(|old| old.parse().ok());
    match random.below(12) {
        0 => b"0".repeat(1 + random.below(9)),
        1 => b"9".repeat(1 + random.below(24)),
        2 => Vec::new(),
        _ => number(random, old.unwrap_or_default())
            .to_string()
            .into_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_digits_are_found_at_both_ends() {
        assert_eq!(decimals(b"12a3"), [0..2, 3..4]);
        assert!(decimals(b"").is_empty());
    }
}
