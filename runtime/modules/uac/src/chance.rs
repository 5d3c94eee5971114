//! What must not be guessed, and what must not be the same everywhere.

/// 64 random bits in hexadecimal: a cnonce, a Call-ID. From the clock of the process where the
/// system gives none, which is no secret.
pub(crate) fn token() -> String {
    format!("{:016x}", random())
}

/// From 0 to 1.
pub(crate) fn chance() -> f64 {
    let upper = u32::try_from(random() >> 32).unwrap_or_default();
    f64::from(upper) / f64::from(u32::MAX)
}

fn random() -> u64 {
    getrandom::u64().unwrap_or_else(|_| evroute_clock::now_us())
}
