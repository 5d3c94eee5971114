//! The words of a configuration.

use crate::span::Span;

/// What a word is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum TokenKind {
    /// A name, a keyword.
    Word(String),
    /// What stands between the brackets of `event_route[...]`, as written; a number with letters in
    /// it.
    Name(String),
    /// An IP address without quotes.
    Address(String),
    /// A whole number.
    Number(i64),
    /// A text without its quotes, escapes resolved.
    Text(String),
    /// A pseudo-variable as written, `$` included.
    Variable(String),
    /// What nobody knows before Kamailio starts; why.
    Unread(String),
    /// An operator or a bracket.
    Sign(&'static str),
    /// A character that means nothing in a route; parameters outside of routes are full of them.
    Odd(char),
}

/// One word and its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) span: Span,
}

impl Token {
    pub(crate) fn is(&self, sign: &str) -> bool {
        matches!(&self.kind, TokenKind::Sign(own) if *own == sign)
    }

    /// As it is shown in a message.
    pub(crate) fn shown(&self) -> String {
        match &self.kind {
            TokenKind::Word(word)
            | TokenKind::Name(word)
            | TokenKind::Address(word)
            | TokenKind::Variable(word) => word.clone(),
            TokenKind::Number(number) => number.to_string(),
            TokenKind::Text(text) => format!("\"{}\"", text.escape_debug()),
            TokenKind::Unread(_) => "this".to_owned(),
            TokenKind::Sign(sign) => (*sign).to_owned(),
            TokenKind::Odd(character) => character.to_string(),
        }
    }
}
