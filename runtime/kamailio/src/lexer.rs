//! Text to words, with the directives of the preprocessor carried out on the way.

mod quoted;
pub(crate) use self::quoted::variable as variable_length;
mod scanner;

use crate::fault::Fault;
use crate::limits::{DEFINE_DEPTH_MAX, FILES_MAX, INCLUDE_DEPTH_MAX, SOURCE_BYTES_MAX, TOKENS_MAX};
use crate::preprocessor::{Preprocessor, Request};
use crate::span::Span;
use crate::token::{Token, TokenKind};

use self::scanner::Scanner;

/// Reads a file that another one includes, by the name written there and the name of the file that it is written in.
/// Answers the name by which it is to be known, and its text.
pub type Includes<'a> = dyn Fn(&str, &str) -> Result<(String, String), String> + 'a;

/// The words of a file and of those it includes.
pub(crate) struct Lexer<'a> {
    includes: &'a Includes<'a>,
    pub(crate) files: Vec<String>,
    pub(crate) tokens: Vec<Token>,
    pub(crate) faults: Vec<Fault>,
    preprocessor: Preprocessor,
    octets: usize,
    depth: usize,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(includes: &'a Includes<'a>) -> Self {
        Self {
            includes,
            files: Vec::new(),
            tokens: Vec::new(),
            faults: Vec::new(),
            preprocessor: Preprocessor::default(),
            octets: 0,
            depth: 0,
        }
    }

    /// Reads one file to its end.
    pub(crate) fn file(&mut self, name: &str, text: &str, from: Span) {
        let file = self.files.len();
        self.octets = self.octets.saturating_add(text.len());
        let number = u16::try_from(file).ok().filter(|_| file < FILES_MAX);
        let Some(number) = number.filter(|_| self.octets <= SOURCE_BYTES_MAX) else {
            let what = format!(
                "too much to read: {FILES_MAX} files and {SOURCE_BYTES_MAX} octets are the most"
            );
            self.faults.push(Fault::new(from, what));
            return;
        };
        self.files.push(name.to_owned());
        let mut scanner = Scanner::new(text, number);
        let level = self.preprocessor.level();
        while let Some(found) = scanner.next(&mut self.faults) {
            match found {
                scanner::Found::Directive(line, span) => {
                    self.directive(name, &line, span);
                    if !self.preprocessor.is_live() {
                        scanner.skip();
                    }
                }
                scanner::Found::Token(token) if self.preprocessor.is_live() => self.word(token, 0),
                scanner::Found::Token(_) => {}
            }
            if self.tokens.len() >= TOKENS_MAX {
                let what = format!("more than {TOKENS_MAX} words");
                self.faults.push(Fault::new(scanner.span(), what));
                return;
            }
        }
        if self.preprocessor.close(level) {
            let fault = Fault::new(scanner.span(), "#!ifdef without #!endif");
            self.faults.push(fault.instead("end it with #!endif"));
        }
    }

    /// What a `#!define` stands for.
    pub(crate) fn defined(&self, name: &str) -> Option<String> {
        self.preprocessor.defined(name)
    }

    fn directive(&mut self, file: &str, line: &str, span: Span) {
        match self.preprocessor.directive(line, span) {
            Ok(None) => {}
            Ok(Some(Request::Include(name))) => self.include(file, &name, span),
            Err(fault) => self.faults.push(fault),
        }
    }

    fn include(&mut self, file: &str, name: &str, span: Span) {
        if self.depth >= INCLUDE_DEPTH_MAX {
            let what = format!("more than {INCLUDE_DEPTH_MAX} files include each other");
            self.faults.push(Fault::new(span, what));
            return;
        }
        match (self.includes)(name, file) {
            Ok((name, text)) => {
                self.depth += 1;
                self.file(&name, &text, span);
                self.depth -= 1;
            }
            Err(why) => self
                .faults
                .push(Fault::new(span, format!("cannot include {name}: {why}"))),
        }
    }

    /// Adds a word, or what it is defined as.
    fn word(&mut self, mut token: Token, depth: usize) {
        match &mut token.kind {
            TokenKind::Word(word) => {
                let Some(value) = self.preprocessor.defined(word) else {
                    self.push(token);
                    return;
                };
                if depth >= DEFINE_DEPTH_MAX {
                    let what = format!("{word} is defined by itself");
                    self.faults.push(Fault::new(token.span, what));
                    return;
                }
                if !self.spend(value.len(), token.span) {
                    return;
                }
                let mut scanner = Scanner::new(&value, token.span.file);
                while let Some(found) = scanner.next(&mut self.faults) {
                    if let scanner::Found::Token(inner) = found
                        && self.tokens.len() < TOKENS_MAX
                    {
                        let span = token.span;
                        self.word(Token { span, ..inner }, depth + 1);
                    }
                }
                return;
            }
            TokenKind::Text(text) => {
                let mut left = SOURCE_BYTES_MAX.saturating_sub(self.octets);
                *text = self.preprocessor.substituted(text, &mut left);
                self.octets = SOURCE_BYTES_MAX.saturating_sub(left);
            }
            TokenKind::Name(_)
            | TokenKind::Address(_)
            | TokenKind::Number(_)
            | TokenKind::Variable(_)
            | TokenKind::Sign(_)
            | TokenKind::Odd(_) => {}
        }
        self.push(token);
    }

    /// Counts what replacements add; a few of them could otherwise make more than fits anywhere.
    fn spend(&mut self, octets: usize, span: Span) -> bool {
        let before = self.octets;
        self.octets = before.saturating_add(octets);
        if self.octets > SOURCE_BYTES_MAX && before <= SOURCE_BYTES_MAX {
            let what = format!("replacements make more than {SOURCE_BYTES_MAX} octets of it");
            self.faults.push(Fault::new(span, what));
        }
        self.octets <= SOURCE_BYTES_MAX
    }

    /// Texts beside each other are one.
    fn push(&mut self, token: Token) {
        if let (
            TokenKind::Text(more),
            Some(Token {
                kind: TokenKind::Text(text),
                ..
            }),
        ) = (&token.kind, self.tokens.last_mut())
        {
            text.push_str(more);
            return;
        }
        self.tokens.push(token);
    }
}

#[cfg(test)]
mod tests;
