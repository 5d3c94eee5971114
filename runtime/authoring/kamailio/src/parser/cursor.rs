use std::ops::Range;

use crate::fault::Diagnostic;
use crate::span::Span;
use crate::token::{Token, TokenKind};

/// A walk over words.
pub(super) struct Cursor<'a> {
    tokens: &'a [Token],
    at: usize,
    end: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(tokens: &'a [Token], range: Range<usize>) -> Self {
        Self {
            tokens,
            at: range.start,
            end: range.end.min(tokens.len()),
        }
    }

    pub(super) fn position(&self) -> usize {
        self.at
    }

    pub(super) fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at).filter(|_| self.at < self.end)
    }

    /// The words that follow.
    pub(super) fn ahead(&self) -> impl Iterator<Item = &'a Token> {
        self.tokens
            .get(self.at..self.end)
            .unwrap_or_default()
            .iter()
    }

    /// The word after the next one.
    pub(super) fn peek_second(&self) -> Option<&'a Token> {
        self.tokens
            .get(self.at + 1)
            .filter(|_| self.at + 1 < self.end)
    }

    pub(super) fn next(&mut self) -> Option<&'a Token> {
        let token = self.peek()?;
        self.at += 1;
        Some(token)
    }

    /// Takes this sign if it is next.
    pub(super) fn take(&mut self, sign: &str) -> bool {
        let is_next = self.peek().is_some_and(|token| token.is(sign));
        self.at += usize::from(is_next);
        is_next
    }

    /// Takes this word if it is next.
    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let is_next = self
            .peek()
            .is_some_and(|token| matches!(&token.kind, TokenKind::Word(own) if own == word));
        self.at += usize::from(is_next);
        is_next
    }

    /// Where the next word stands; at the end, where the last one does.
    pub(super) fn span(&self) -> Span {
        let token = self
            .peek()
            .or_else(|| self.tokens.get(self.at.checked_sub(1)?));
        token.map(|token| token.span).unwrap_or_default()
    }

    /// Where the word before stands.
    pub(super) fn last_span(&self) -> Span {
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        before.map(|token| token.span).unwrap_or_default()
    }

    /// Takes this sign.
    pub(super) fn need(&mut self, sign: &str) -> Result<(), Diagnostic> {
        if self.take(sign) {
            return Ok(());
        }
        Err(self.expected(sign))
    }

    /// Something else stands here.
    pub(super) fn expected(&self, wanted: &str) -> Diagnostic {
        match self.peek().map(|token| &token.kind) {
            Some(TokenKind::Unread(why)) => return Diagnostic::new(self.span(), why.clone()),
            Some(TokenKind::Sign("%")) => {
                let fault = Diagnostic::new(self.span(), "% is no operator in Kamailio");
                return fault.instead("write mod for the remainder");
            }
            Some(_) | None => {}
        }
        let what = match self.peek() {
            Some(token) => format!("{} is not expected here", token.shown()),
            None => "the block ends too soon".to_owned(),
        };
        Diagnostic::new(self.span(), what).instead(format!("{wanted} is"))
    }

    /// Walks to where a statement may begin: behind the next semicolon or before a closing brace at
    /// this depth.
    pub(super) fn recover(&mut self) {
        let mut depth = 0_u32;
        while let Some(token) = self.peek() {
            if token.is("{") {
                depth += 1;
            } else if token.is("}") {
                if depth == 0 {
                    return;
                }
                depth -= 1;
                if depth == 0 {
                    self.at += 1;
                    return;
                }
            } else if token.is(";") && depth == 0 {
                self.at += 1;
                return;
            }
            self.at += 1;
        }
    }
}
