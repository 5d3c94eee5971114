//! What was meant by a word that does not exist.

use strsim::levenshtein;

/// The known word that is nearest to what was written, if it is near enough to be what was meant.
#[must_use]
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let begun = |word: &&str| written.len() >= 4 && word.starts_with(written);
    let near = |word: &&str| begun(word) || levenshtein(written, word) <= 1 + written.len() / 4;
    known
        .into_iter()
        .filter(near)
        .min_by_key(|word| levenshtein(written, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_recognised() {
        let known = ["component", "grants", "limits"];
        assert_eq!(nearest("componant", known), Some("component"));
        assert_eq!(nearest("grant", known), Some("grants"));
        assert_eq!(nearest("comp", known), Some("component"));
        assert_eq!(nearest("zzz", known), None);
    }
}
