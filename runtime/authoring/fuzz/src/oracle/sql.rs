//! Whether bytes of a message change what a statement does.

use evroute_tap::WitValue;

use super::{Judged, Oracle};
use crate::executor::{Execution, Executor};
use crate::heard::is_sql;
use crate::input::Input;

/// Words of a message that are tried, at most.
const WORDS_MAX: usize = 24;

/// The same word of the message once with a quote and once with a letter: when only the quote
/// changes the structure of a statement, whoever sends the message writes SQL.
pub(super) fn judge(executor: &mut Executor, input: &Input) -> Option<Judged> {
    let message = input.draft.message()?.to_vec();
    let statements = statements(&executor.original(input).ok()?);
    if statements.is_empty() {
        return None;
    }
    let text = statements.join("\n");
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
    let mut words: Vec<&[u8]> = message.split(|byte| !is_word(byte)).collect();
    words.retain(|word| {
        word.len() >= 3
            && text
                .as_bytes()
                .windows(word.len())
                .any(|part| part == *word)
    });
    words.sort_unstable();
    words.dedup();
    for word in words.into_iter().take(WORDS_MAX) {
        let (first, last) = word.split_at(word.len() / 2);
        let with = |odd: &[u8]| {
            let mut other = input.clone();
            let changed = replaced_all(&message, word, &[first, odd, last].concat());
            other.draft.set_message(changed);
            other
        };
        let mut run = |input: &Input| Some(self::statements(&executor.original(input).ok()?));
        let structures = |of: &[String]| of.iter().map(|one| structure(one)).collect::<Vec<_>>();
        let Some(quoted) = run(&with(b"'")) else {
            continue;
        };
        let (Some(old), Some(new)) = (statements.first(), quoted.first()) else {
            continue;
        };
        if structure(old) == structure(new) {
            continue;
        }
        let plain = run(&with(b"x"))?;
        if structures(&plain).first() == structures(&statements).first() {
            let word = String::from_utf8_lossy(word).into_owned();
            let what = format!("{word:?} of the message is part of the statement: {new}");
            return Some(Judged::new(Oracle::Sql, structure(old), what));
        }
    }
    None
}

fn replaced_all(text: &[u8], word: &[u8], with: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(text.len() + 64);
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(word) {
            replaced.extend_from_slice(with);
            at += word.len();
        } else {
            replaced.extend(rest.first());
            at += 1;
        }
    }
    replaced
}

fn statements(execution: &Execution) -> Vec<String> {
    let asked = execution.calls.iter().filter(|call| is_sql(call.function));
    let asked = asked.filter(|call| call.function.name.starts_with("[method]connection."));
    let texts = asked.filter_map(|call| match call.arguments.get(1) {
        Some(WitValue::Text(text)) => Some(text.clone()),
        _ => None,
    });
    texts.collect()
}

/// A statement without what its literals hold: words as they are, `''` for a text, `0` for a
/// number.
fn structure(statement: &str) -> String {
    let mut out = String::new();
    let mut rest = statement.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\'' => {
                let mut is_closed = false;
                while let Some(next) = rest.next() {
                    if next == '\'' {
                        if rest.peek() != Some(&'\'') {
                            is_closed = true;
                            break;
                        }
                        rest.next();
                    }
                }
                out.push_str(if is_closed { "'' " } else { "' " });
            }
            digit if digit.is_ascii_digit() => {
                while rest
                    .peek()
                    .is_some_and(|next| next.is_ascii_digit() || *next == '.')
                {
                    rest.next();
                }
                out.push_str("0 ");
            }
            letter if letter.is_alphabetic() || letter == '_' => {
                let mut word = letter.to_lowercase().to_string();
                while let Some(next) = rest
                    .peek()
                    .filter(|next| next.is_alphanumeric() || **next == '_')
                {
                    word.extend(next.to_lowercase());
                    rest.next();
                }
                // A name that the message gives may be any name.
                out.push_str(if KEYWORDS.contains(&word.as_str()) {
                    &word
                } else {
                    "n"
                });
                out.push(' ');
            }
            space if space.is_whitespace() => {}
            other => {
                out.push(other);
                out.push(' ');
            }
        }
    }
    out.trim_end().to_owned()
}

const KEYWORDS: [&str; 16] = [
    "select", "from", "where", "and", "or", "union", "insert", "into", "update", "set", "delete",
    "drop", "values", "like", "order", "limit",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_keeps_its_structure_whatever_its_literals_hold() {
        let of = structure;
        assert_eq!(
            of("SELECT a FROM t WHERE b = 'x'"),
            "select n from n where n = ''"
        );
        assert_eq!(
            of("SELECT a FROM t WHERE b = 'it''s'"),
            of("SELECT a FROM t WHERE b = ''")
        );
        assert_ne!(of("select '' from t"), of("select ''' from t"));
        assert_ne!(of("select 'a' or 'b'"), of("select 'a or b'"));
        assert_eq!(of("limit 10"), of("limit 9.5"));
    }
}
