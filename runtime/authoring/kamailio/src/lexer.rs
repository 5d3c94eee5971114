//! Text to words, with the directives of the preprocessor carried out on the way.

mod address;
mod directive;
mod include;
mod input;
mod quoted;
pub(crate) use self::quoted::variable as variable_length;
mod scanner;

use crate::fault::Diagnostic;
use crate::given::Given;
use crate::limits::{DEFINE_DEPTH_MAX, FILES_MAX, SOURCE_BYTES_MAX, TOKENS_MAX};
use crate::preprocessor::{Directive, Preprocessor, Substitute, Value, is_reserved};
use crate::span::Span;
use crate::token::{Token, TokenKind};

use self::scanner::{Found, Scanner};

/// Reads a file that another one includes, by the name written there and the name of the file that
/// it is written in. Answers the name by which it is to be known, and its text; none when there is
/// no such file.
pub type Includes<'a> = dyn Fn(&str, &str) -> Result<Option<(String, String)>, String> + 'a;

/// The words of a file and of those it includes.
pub(crate) struct Lexer<'a> {
    includes: &'a Includes<'a>,
    pub(crate) files: Vec<String>,
    /// What is in them.
    pub(crate) texts: Vec<String>,
    pub(crate) tokens: Vec<Token>,
    pub(crate) faults: Vec<Diagnostic>,
    /// Lines that only look like directives, and files that are not there: a sentence each, and
    /// where.
    pub(crate) notes: Vec<(String, Span)>,
    pub(crate) preprocessor: Preprocessor,
    bytes: usize,
    depth: usize,
    /// Open braces.
    braces: usize,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(includes: &'a Includes<'a>, given: &Given) -> Self {
        Self {
            includes,
            files: Vec::new(),
            texts: Vec::new(),
            tokens: Vec::new(),
            faults: Vec::new(),
            notes: Vec::new(),
            preprocessor: Preprocessor::new(given),
            bytes: 0,
            depth: 0,
            braces: 0,
        }
    }

    /// Reads one file to its end. Says whether that is within a comment, which then takes the rest
    /// of the line that includes it.
    pub(crate) fn file(&mut self, name: &str, text: &str, from: Span) -> bool {
        let file = self.files.len();
        self.bytes = self.bytes.saturating_add(text.len());
        let number = u16::try_from(file).ok().filter(|_| file < FILES_MAX);
        let Some(number) = number.filter(|_| self.bytes <= SOURCE_BYTES_MAX) else {
            let what = format!(
                "too much to read: {FILES_MAX} files and {SOURCE_BYTES_MAX} bytes are the most"
            );
            self.faults.push(Diagnostic::new(from, what));
            return false;
        };
        self.files.push(name.to_owned());
        self.texts.push(text.to_owned());
        let mut scanner = Scanner::new(text, number);
        let level = self.preprocessor.level();
        while let Some(found) = self.found(&mut scanner) {
            match found {
                Found::Directive(Ok(directive)) => {
                    self.directive(&mut scanner, name, directive);
                }
                Found::Directive(Err(fault)) => self.faults.push(fault),
                Found::Token(token, depth) => self.word(&mut scanner, token, depth),
                Found::Ignored(line, span) => {
                    self.notes
                        .push((format!("{line} is a comment to Kamailio"), span));
                }
                Found::SkippedBlock(block, span) => self.preprocessor.leave_out(block, span),
            }
            if self.tokens.len() >= TOKENS_MAX || self.bytes > SOURCE_BYTES_MAX {
                let what = format!("more than {TOKENS_MAX} words or {SOURCE_BYTES_MAX} octets");
                self.faults
                    .push(Diagnostic::new(scanner.input.span(), what));
                return false;
            }
        }
        self.preprocessor.close(level, &mut self.faults);
        scanner.in_comment
    }

    fn found(&mut self, scanner: &mut Scanner<'_>) -> Option<Found> {
        if self.preprocessor.is_live() {
            scanner.next(&mut self.faults)
        } else {
            scanner.skip()
        }
    }

    /// What a `#!define` stands for.
    pub(crate) fn defined(&self, name: &str) -> Option<Value> {
        self.preprocessor.value(name)
    }

    fn directive(&mut self, scanner: &mut Scanner<'_>, file: &str, directive: Directive) {
        let done = match directive {
            Directive::Define {
                how,
                name,
                value,
                span,
            } => self.preprocessor.define(how, &name, &value, span),
            Directive::If { how, text, span } => self.preprocessor.open(how, &text, span),
            Directive::Else(span) => self.preprocessor.otherwise(span),
            Directive::Endif(span) => self.preprocessor.endif(span),
            Directive::Substitute(how) => self.substitute(scanner, how),
            Directive::Include {
                required,
                name,
                span,
            } => self
                .include(file, &name, required, span)
                .map(|ends_in_comment| {
                    if ends_in_comment {
                        scanner.input.line();
                    }
                }),
            Directive::Environment {
                named,
                quoted,
                required,
                span,
            } => self
                .preprocessor
                .environment(&named, quoted, required, span),
        };
        self.faults.extend(done.err());
    }

    /// `#!substdef`, whose text is the next word.
    fn substitute(&mut self, scanner: &mut Scanner<'_>, how: Substitute) -> Result<(), Diagnostic> {
        let span = scanner.input.span();
        if self.braces > 0 {
            let fault = Diagnostic::new(span, "a substitution inside of a block");
            return Err(fault.instead("write it before the block"));
        }
        let remedy = "write it as \"!NAME!value!g\"";
        match scanner.next(&mut self.faults) {
            Some(Found::Token(
                Token {
                    kind: TokenKind::Text(text),
                    span,
                },
                _,
            )) => match self.substituted(&text) {
                Ok(text) => self.preprocessor.substitute(how, &text, span),
                Err(why) => Err(Diagnostic::new(span, why)),
            },
            _ => Err(Diagnostic::new(span, "a substitution without a text").instead(remedy)),
        }
    }

    fn substituted(&mut self, text: &str) -> Result<String, String> {
        let mut left = SOURCE_BYTES_MAX.saturating_sub(self.bytes);
        let text = self.preprocessor.substituted(text, &mut left);
        self.bytes = SOURCE_BYTES_MAX.saturating_sub(left);
        text
    }

    /// Adds a word, or reads what it is defined as in its place.
    fn word(&mut self, scanner: &mut Scanner<'_>, mut token: Token, depth: usize) {
        let substituted = match &token.kind {
            TokenKind::Word(word) => {
                if let Some(value) = self.preprocessor.value(word).filter(|_| !is_reserved(word)) {
                    self.replace(scanner, (word, value), token.span, depth);
                    return;
                }
                None
            }
            TokenKind::Text(text) => Some(self.substituted(text).map(TokenKind::Text)),
            TokenKind::Variable(text) => Some(self.substituted(text).map(TokenKind::Variable)),
            TokenKind::Sign("{") => {
                self.braces += 1;
                None
            }
            TokenKind::Sign("}") => {
                self.braces = self.braces.saturating_sub(1);
                None
            }
            TokenKind::Name(_)
            | TokenKind::Address(_)
            | TokenKind::Number(_)
            | TokenKind::Unread(_)
            | TokenKind::Sign(_)
            | TokenKind::Odd(_) => None,
        };
        if let Some(kind) = substituted {
            token.kind = kind.unwrap_or_else(TokenKind::Unread);
        }
        if let TokenKind::Text(path) = &token.kind
            && let Some(TokenKind::Word(word)) = self.tokens.last().map(|token| &token.kind)
            && (word == "loadmodule" || word == "loadmodulex")
        {
            self.preprocessor.loaded(path);
        }
        self.tokens.push(token);
    }

    /// Puts what a word is defined as in front of what follows it.
    fn replace(
        &mut self,
        scanner: &mut Scanner<'_>,
        (word, value): (&str, Value),
        span: Span,
        depth: usize,
    ) {
        match value {
            Value::Unknown(why) | Value::Doubtful(why) => self.tokens.push(Token {
                kind: TokenKind::Unread(why),
                span,
            }),
            Value::Text(_) if depth >= DEFINE_DEPTH_MAX => {
                let what = format!("{word} is defined by itself");
                self.faults.push(Diagnostic::new(span, what));
            }
            Value::Text(text) => {
                self.bytes = self.bytes.saturating_add(text.len());
                scanner.input.put(&text, span, depth + 1);
            }
        }
    }
}

#[cfg(test)]
mod tests;
