//! A text as its database's lexer cuts it, as far as it matters for [`super::Statement`].

use super::{Dialect, Fault};

/// What a piece of text is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Token {
    /// White space or a comment.
    Blank,
    /// A keyword, a name, a number.
    Word,
    /// `?`
    Placeholder,
    /// `;`
    Semicolon,
    /// Anything else: a quoted text or name, an operator.
    Other,
}

#[derive(Debug)]
pub(super) struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    dialect: Dialect,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str, dialect: Dialect) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at: 0,
            dialect,
        }
    }

    /// The next piece and how it is spelled. All pieces together are the text.
    pub(super) fn next(&mut self) -> Result<Option<(Token, &'a str)>, Fault> {
        let begin = self.at;
        let Some(first) = self.peek(0) else {
            return Ok(None);
        };
        self.at += 1;
        let token = self.read(first)?;
        // All tokens end before or after an ASCII byte, so this is never in the middle of a
        // character.
        Ok(Some((
            token,
            self.text.get(begin..self.at).unwrap_or_default(),
        )))
    }

    /// Reads the rest of the piece that begins with `first`.
    fn read(&mut self, first: u8) -> Result<Token, Fault> {
        let is_sqlite = self.dialect == Dialect::Sqlite;
        match first {
            0 => Err(Fault::Nul),
            b' ' | b'\t' | b'\n' | b'\r' | 0x0c => Ok(Token::Blank),
            b'-' if self.peek(0) == Some(b'-') => Ok(self.line_comment()),
            b'/' if self.peek(0) == Some(b'*') => Ok(self.block_comment()),
            b'\'' | b'"' => Ok(self.quoted(first, Escapes::Doubled)),
            b'`' if is_sqlite => Ok(self.quoted(first, Escapes::Doubled)),
            b'[' if is_sqlite => Ok(self.bracketed()),
            b';' => Ok(Token::Semicolon),
            b'?' if self.peek(0).is_some_and(|next| next.is_ascii_digit()) => Err(Fault::Named),
            b'?' => Ok(Token::Placeholder),
            // SQLite's other spellings of a parameter.
            b':' | b'@' | b'#' | b'$' if is_sqlite => Err(Fault::Named),
            b'$' => self.dollar(),
            _ if is_word(first) => Ok(self.word(first)),
            _ => Ok(Token::Other),
        }
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at.checked_add(ahead)?).copied()
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn line_comment(&mut self) -> Token {
        // SQLite's comment goes on after a CR, PostgreSQL's does not.
        let is_end =
            |byte: &u8| *byte == b'\n' || (self.dialect == Dialect::Postgres && *byte == b'\r');
        let length = self
            .rest()
            .iter()
            .position(is_end)
            .unwrap_or(self.rest().len());
        self.at += length;
        Token::Blank
    }

    /// To `*/`, or to the end of the text. PostgreSQL's nest.
    fn block_comment(&mut self) -> Token {
        self.at += 1;
        let mut depth = 1_usize;
        while depth > 0 {
            match (self.peek(0), self.peek(1)) {
                (None, _) => return Token::Blank,
                (Some(b'*'), Some(b'/')) => {
                    depth -= 1;
                    self.at += 2;
                }
                (Some(b'/'), Some(b'*')) if self.dialect == Dialect::Postgres => {
                    depth += 1;
                    self.at += 2;
                }
                (Some(_), _) => self.at += 1,
            }
        }
        Token::Blank
    }

    /// To the closing quote, or to the end of the text, which the database then refuses.
    fn quoted(&mut self, quote: u8, escapes: Escapes) -> Token {
        while let Some(byte) = self.peek(0) {
            self.at += 1;
            if byte == b'\\' && escapes == Escapes::Backslashed {
                self.at = self.at.saturating_add(1).min(self.bytes.len());
            } else if byte == quote {
                if self.peek(0) != Some(quote) {
                    break;
                }
                self.at += 1;
            }
        }
        self.finish_character();
        Token::Other
    }

    fn bracketed(&mut self) -> Token {
        let length = self.rest().iter().position(|byte| *byte == b']');
        self.at += length.map_or(self.rest().len(), |length| length + 1);
        Token::Other
    }

    /// PostgreSQL: `$1`, or `$tag$ ... $tag$`.
    fn dollar(&mut self) -> Result<Token, Fault> {
        if self.peek(0).is_some_and(|next| next.is_ascii_digit()) {
            return Err(Fault::Named);
        }
        let rest = self.rest();
        let tag = rest
            .iter()
            .position(|byte| !is_word(*byte))
            .unwrap_or(rest.len());
        if rest.get(tag) != Some(&b'$') {
            return Ok(Token::Other);
        }
        let delimiter = self
            .bytes
            .get(self.at - 1..=self.at + tag)
            .unwrap_or_default();
        self.at += tag + 1;
        let body = self.rest();
        let end = body
            .windows(delimiter.len())
            .position(|window| window == delimiter);
        self.at += end.map_or(body.len(), |end| end + delimiter.len());
        Ok(Token::Other)
    }

    fn word(&mut self, first: u8) -> Token {
        let goes_on = |byte: &u8| is_word(*byte) || *byte == b'$';
        let length = self.rest().iter().position(|byte| !goes_on(byte));
        let length = length.unwrap_or(self.rest().len());
        self.at += length;
        // E'it\'s'
        let is_escape_string =
            length == 0 && matches!(first, b'e' | b'E') && self.peek(0) == Some(b'\'');
        if self.dialect == Dialect::Postgres && is_escape_string {
            self.at += 1;
            return self.quoted(b'\'', Escapes::Backslashed);
        }
        Token::Word
    }

    /// Moves to the end of the character that a backslash may have cut.
    fn finish_character(&mut self) {
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
    }
}

/// How a quote is written inside quotes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Escapes {
    Doubled,
    Backslashed,
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}
