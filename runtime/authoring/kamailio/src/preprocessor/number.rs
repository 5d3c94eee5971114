//! Numbers of expressions: Kamailio's `float`.

/// Reads a number.
pub(super) fn number(text: &str) -> Result<f32, String> {
    let wrong = || format!("{text} is no number");
    if text.is_empty() || text.matches('.').count() > 1 {
        return Err(wrong());
    }
    // Digit by digit, as Kamailio does: the last bit of the result depends on it.
    let (mut number, mut behind) = (0.0_f32, None);
    for character in text.chars() {
        match character.to_digit(10) {
            None if character == '.' => behind = Some(0),
            None => return Err(wrong()),
            Some(digit) => {
                let digit = u8::try_from(digit).map_err(|_| wrong())?;
                number = number * 10.0 + f32::from(digit);
                behind = behind.map(|count: u32| count + 1);
            }
        }
    }
    for _ in 0..behind.unwrap_or(0) {
        number /= 10.0;
    }
    Ok(number)
}

/// The whole number of a value, where there is one that Kamailio's `int` can hold.
pub(super) fn whole(number: f32) -> Result<i32, String> {
    // Numbers up to here are the same in both types.
    const EXACT: f32 = 16_777_216.0;
    if number.abs() > EXACT {
        return Err(format!("{number} is too large here"));
    }
    format!("{:.0}", number.trunc())
        .parse()
        .map_err(|_| format!("{number} is no whole number"))
}

/// A whole number, exactly where it has at most 24 bits.
pub(super) fn float(number: i32) -> f32 {
    number.to_string().parse().unwrap_or(f32::NAN)
}
