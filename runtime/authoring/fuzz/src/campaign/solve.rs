//! Inputs in which what was compared is made equal.

use evroute_cases::DraftValue;

use crate::input::Input;
use crate::mutate::{decimals, replaced};
use crate::ring::Comparison;

/// Inputs that are tried for one entry.
const TRIES_MAX: usize = 512;
/// Loop counters are compared often and with everything.
const PAIRS_OF_A_SITE_MAX: usize = 24;

/// Variants of an input: where one operand of a comparison stands in it, as digits or as bytes, the
/// other takes its place, or a number beside it.
pub(super) fn variants(input: &Input, comparisons: &[(usize, Comparison)]) -> Vec<Input> {
    let differ = |(_, one): &&(usize, Comparison)| one.first != one.second;
    let mut pairs: Vec<(usize, Comparison)> = comparisons.iter().filter(differ).copied().collect();
    pairs.sort_unstable();
    pairs.dedup();
    let mut variants = Vec::new();
    let (mut site, mut of_site) = (None, 0);
    for (list, pair) in pairs {
        of_site = if site == Some((list, pair.site)) {
            of_site + 1
        } else {
            0
        };
        site = Some((list, pair.site));
        if of_site > PAIRS_OF_A_SITE_MAX {
            continue;
        }
        for (from, to) in [(pair.first, pair.second), (pair.second, pair.first)] {
            digits(input, from, to, &mut variants);
            octets(input, from, to, &mut variants);
            fields(input, from, to, &mut variants);
            if variants.len() >= TRIES_MAX {
                return variants;
            }
        }
    }
    variants
}

/// The numbers of 32 bits that a pair may stand for.
fn signed(number: u64) -> i64 {
    match u32::try_from(number).map(u32::cast_signed) {
        Ok(small) if small < 0 => small.into(),
        Ok(_) | Err(_) => number.cast_signed(),
    }
}

fn digits(input: &Input, from: u64, to: u64, variants: &mut Vec<Input>) {
    let Some(message) = input.draft.message() else {
        return;
    };
    let text = from.to_string();
    for run in decimals(message) {
        let found = message.get(run.clone()).unwrap_or_default();
        let plain = found
            .iter()
            .position(|byte| *byte != b'0')
            .unwrap_or(found.len().saturating_sub(1));
        if found.get(plain..) != Some(text.as_bytes()) {
            continue;
        }
        for other in [to, to.wrapping_add(1), to.wrapping_sub(1)] {
            let mut variant = input.clone();
            let digits = signed(other).max(0).to_string();
            variant
                .draft
                .set_message(replaced(message, run.clone(), digits.as_bytes()));
            variants.push(variant);
        }
    }
}

/// Letters are compared four or eight at once, as one number, and one by one.
fn octets(input: &Input, from: u64, to: u64, variants: &mut Vec<Input>) {
    let Some(message) = input.draft.message() else {
        return;
    };
    let (old, new) = (from.to_le_bytes(), to.to_le_bytes());
    let width = |number: u64| 8 - number.leading_zeros() as usize / 8;
    let width = width(from).max(width(to));
    let (Some(old), Some(new)) = (old.get(..width), new.get(..width)) else {
        return;
    };
    let is_text = |bytes: &[u8]| {
        bytes
            .iter()
            .all(|byte| byte.is_ascii_graphic() || *byte == b' ')
    };
    // One letter stands at too many places.
    if width < 2 || !is_text(new) || !is_text(old) {
        return;
    }
    let mut places = message.windows(width).enumerate();
    let mut tried = 0;
    while let Some((at, _)) = places.find(|(_, window)| window.eq_ignore_ascii_case(old)) {
        let mut variant = input.clone();
        variant
            .draft
            .set_message(replaced(message, at..at + width, new));
        variants.push(variant);
        tried += 1;
        if tried >= 4 {
            return;
        }
    }
}

fn fields(input: &Input, from: u64, to: u64, variants: &mut Vec<Input>) {
    for (name, value) in input.draft.fields() {
        if value != DraftValue::Number(signed(from)) {
            continue;
        }
        for other in [to, to.wrapping_add(1), to.wrapping_sub(1)] {
            let mut variant = input.clone();
            if variant.draft.set(&name, DraftValue::Number(signed(other))) {
                variants.push(variant);
            }
        }
    }
}
