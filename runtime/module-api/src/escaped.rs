//! What a text costs in the log, where some characters are written as several.

/// Whether a character is escaped in the log: it steers a terminal, ends a line or turns its
/// direction.
#[must_use]
pub fn is_escaped(character: char) -> bool {
    let is_direction = matches!(
        character,
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}') || is_direction
}

/// How many bytes a text has in a line of the log: of text or of JSON, whichever has more of each
/// character, so that what a handler may write does not depend on the operator's format. Line ends
/// at the end are not written.
#[must_use]
pub fn logged_bytes(text: &str) -> usize {
    let text = text.trim_end_matches(['\r', '\n']);
    let is_plain = |byte| matches!(byte, b' '..=b'~') & !matches!(byte, b'"' | b'\\');
    if text.bytes().fold(true, |all, byte| all & is_plain(byte)) {
        return text.len();
    }
    text.chars().map(character_bytes).sum()
}

fn character_bytes(character: char) -> usize {
    match character {
        '"' | '\\' => 2,
        // `\u{1}` or `\u0001`.
        _ if is_escaped(character) => character.escape_unicode().len().max(6),
        _ => character.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_character_costs_what_it_is_written_as() {
        for (text, bytes) in [
            ("", 0),
            ("plain text", 10),
            ("\u{e4}\u{20ac}", 5),
            ("say \"no\" \\", 13),
            ("\u{1}\u{1f}", 12),
            ("one\ntwo\r\n", 12),
            ("\u{202e}", 8),
        ] {
            assert_eq!(logged_bytes(text), bytes, "{text:?}");
        }
    }
}
