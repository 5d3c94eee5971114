//! From words on the command line to parameters of a call.

use serde_json::{Map, Value};

/// The parameters of a call: by name if every word is `key=value`, by position otherwise.
pub(crate) fn from_words(words: &[String]) -> Value {
    match words
        .iter()
        .map(|word| key_and_value(word))
        .collect::<Option<Map<_, _>>>()
    {
        Some(named) if !named.is_empty() => Value::Object(named),
        Some(_) | None => Value::Array(words.iter().map(|word| literal(word)).collect()),
    }
}

/// Takes `key=value` apart. A key is a word, so that a SIP URI with parameters is not taken for
/// one.
pub(crate) fn key_and_value(word: &str) -> Option<(String, Value)> {
    let (key, value) = word.split_once('=')?;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let is_key = key.starts_with(|c: char| c.is_ascii_alphabetic()) && key.chars().all(fits);
    is_key.then(|| (key.to_owned(), literal(value)))
}

/// A JSON literal if it is one, a text otherwise. A number that JSON would not give back digit by
/// digit (a telephone number with twenty digits) stays a text.
fn literal(word: &str) -> Value {
    match serde_json::from_str(word) {
        Ok(Value::Number(number)) if number.to_string() != word => Value::from(word),
        Ok(value) => value,
        Err(_) => Value::from(word),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn params(words: &[&str]) -> Value {
        from_words(
            &words
                .iter()
                .map(|word| (*word).to_owned())
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn words_are_positions_unless_all_of_them_have_keys() {
        assert_eq!(params(&[]), json!([]));
        assert_eq!(params(&["calls"]), json!(["calls"]));
        assert_eq!(
            params(&["table=calls", "key=a=b"]),
            json!({ "table": "calls", "key": "a=b" })
        );
        assert_eq!(params(&["table=calls", "x"]), json!(["table=calls", "x"]));
        let uri = "sip:bob@example.com;transport=tcp";
        assert_eq!(params(&["MESSAGE", uri]), json!(["MESSAGE", uri]));
        assert_eq!(params(&[uri]), json!([uri]));
    }

    #[test]
    fn json_literals_are_what_they_say_and_the_rest_is_text() {
        let words = [
            "5",
            "-1",
            "true",
            "null",
            "\"5\"",
            "[1]",
            "{\"a\":1}",
            "1.5",
            "",
            ".",
            "0123",
            "+49",
            "5 ",
        ];
        let expected =
            json!([5, -1, true, null, "5", [1], { "a": 1 }, 1.5, "", ".", "0123", "+49", "5 "]);
        assert_eq!(params(&words), expected);
        let long = "12345678901234567890123";
        assert_eq!(params(&[long, "1e400"]), json!([long, "1e400"]));
    }
}
