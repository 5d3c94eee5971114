use crate::fault::Fault;
use crate::network;
use crate::span::Span;
use crate::token::{Token, TokenKind};

use super::quoted;

/// What stands next in a file.
pub(super) enum Found {
    Token(Token),
    /// A line of the preprocessor without its `#!`.
    Directive(String, Span),
}

/// The signs, longer ones first.
const SIGNS: [&str; 37] = [
    "<<", ">>", "==", "!=", "=~", "<=", ">=", "&&", "||", "=>", "{", "}", "(", ")", "[", "]", ";",
    ",", ":", "=", "<", ">", "+", "-", "*", "/", "!", "~", "&", "|", "^", "%", ".", "@", "?", "\\",
    "#",
];

/// Octets of the longest spelling of an IPv6 address.
const ADDRESS_BYTES_MAX: usize = 45;

/// Walks over the text of one file.
pub(super) struct Scanner<'a> {
    rest: &'a str,
    file: u16,
    line: u32,
    column: u32,
    /// Whether only white space came before on this line.
    fresh: bool,
    /// Whether the word before opens the name of a route.
    route: bool,
    /// Whether what comes next is that name.
    name: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str, file: u16) -> Self {
        Self {
            rest: text,
            file,
            line: 1,
            column: 1,
            fresh: true,
            route: false,
            name: false,
        }
    }

    pub(super) fn span(&self) -> Span {
        Span {
            file: self.file,
            line: self.line,
            column: self.column,
        }
    }

    /// Takes octets off the front; they end at a character's end.
    fn take(&mut self, octets: usize) -> &'a str {
        let (taken, rest) = self
            .rest
            .split_at_checked(octets)
            .unwrap_or((self.rest, ""));
        self.rest = rest;
        for octet in taken.bytes() {
            if octet == b'\n' {
                self.line = self.line.saturating_add(1);
                self.column = 1;
                self.fresh = true;
            } else {
                self.column = self.column.saturating_add(1);
            }
        }
        taken
    }

    fn take_while(&mut self, is: impl Fn(char) -> bool) -> &'a str {
        let length = self.rest.find(|c| !is(c)).unwrap_or(self.rest.len());
        self.take(length)
    }

    pub(super) fn next(&mut self, faults: &mut Vec<Fault>) -> Option<Found> {
        loop {
            self.take_while(char::is_whitespace);
            if self.rest.is_empty() {
                return None;
            }
            let span = self.span();
            if self.fresh
                && let Some(line) = self.directive()
            {
                return Some(Found::Directive(line, span));
            }
            if self.comment(faults) {
                continue;
            }
            self.fresh = false;
            if let Some(kind) = self.token(faults) {
                return Some(Found::Token(Token { kind, span }));
            }
        }
    }

    /// A line that begins with `#!` or `!!`, with the lines that a backslash joins to it.
    fn directive(&mut self) -> Option<String> {
        let is_directive = self.rest.starts_with("#!") || self.rest.starts_with("!!");
        if !is_directive {
            return None;
        }
        self.take(2);
        let mut whole = String::new();
        loop {
            let length = self.rest.find('\n').map_or(self.rest.len(), |end| end + 1);
            let line = self.take(length).trim_end();
            match line.strip_suffix('\\') {
                Some(start) if !self.rest.is_empty() => {
                    whole.push_str(start);
                    whole.push('\n');
                }
                _ => {
                    whole.push_str(line);
                    return Some(whole);
                }
            }
        }
    }

    /// Walks over lines up to the next directive: what a condition leaves out need not even be words.
    pub(super) fn skip(&mut self) {
        while !self.rest.is_empty() {
            let line = self.rest.trim_start_matches([' ', '\t', '\r']);
            if line.starts_with("#!") || line.starts_with("!!") {
                return;
            }
            let length = self.rest.find('\n').map_or(self.rest.len(), |end| end + 1);
            self.take(length);
        }
    }

    /// Walks over a comment.
    fn comment(&mut self, faults: &mut Vec<Fault>) -> bool {
        if self.rest.starts_with('#') || self.rest.starts_with("//") {
            let length = self.rest.find('\n').unwrap_or(self.rest.len());
            self.take(length);
            return true;
        }
        if !self.rest.starts_with("/*") {
            return false;
        }
        let span = self.span();
        match self.rest.find("*/") {
            Some(end) => {
                self.take(end + 2);
            }
            None => {
                self.take(self.rest.len());
                faults
                    .push(Fault::new(span, "this comment does not end").instead("end it with */"));
            }
        }
        true
    }

    fn token(&mut self, faults: &mut Vec<Fault>) -> Option<TokenKind> {
        let opens_name = std::mem::take(&mut self.route);
        if std::mem::take(&mut self.name) {
            let name = self.take_while(|c| c != ']' && c != '\n').trim();
            if !name.is_empty() {
                let name = name.trim_matches(['"', '\'']);
                return Some(TokenKind::Name(name.to_owned()));
            }
        }
        let first = self.rest.chars().next()?;
        if let Some(address) = self.address() {
            return Some(TokenKind::Address(address));
        }
        if first.is_ascii_alphabetic() || first == '_' {
            let word = self.take_while(|c| c.is_ascii_alphanumeric() || c == '_');
            self.route = word == "route" || word.ends_with("_route");
            return Some(TokenKind::Word(word.to_owned()));
        }
        if first.is_ascii_digit() {
            return Some(self.number(faults));
        }
        if first == '"' || first == '\'' {
            return Some(self.text(first, faults));
        }
        if first == '$'
            && let Some(length) = quoted::variable(self.rest)
        {
            return Some(TokenKind::Variable(self.take(length).to_owned()));
        }
        if let Some(sign) = SIGNS.iter().find(|sign| self.rest.starts_with(**sign)) {
            self.take(sign.len());
            self.name = opens_name && *sign == "[";
            return Some(TokenKind::Sign(sign));
        }
        self.take(first.len_utf8());
        Some(TokenKind::Odd(first))
    }

    /// An IP address that stands without quotes.
    fn address(&mut self) -> Option<String> {
        let in_brackets = self.rest.starts_with('[');
        let is_part = |octet: &u8| octet.is_ascii_hexdigit() || b":.".contains(octet);
        let inner = self.rest.bytes().skip(usize::from(in_brackets));
        // No address is longer; what goes on behind it makes it none.
        let inner = inner.take(ADDRESS_BYTES_MAX).take_while(is_part).count();
        let length = inner + 2 * usize::from(in_brackets);
        let (text, after) = self.rest.split_at_checked(length)?;
        let goes_on = after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        if goes_on || length < 3 || network::address_of(text).is_none() {
            return None;
        }
        self.take(length);
        Some(text.to_owned())
    }

    /// Kamailio's numbers: decimal, 0x, and octal after a 0. An address in a parameter is a chain of them.
    fn number(&mut self, faults: &mut Vec<Fault>) -> TokenKind {
        let span = self.span();
        let digits = self.take_while(|c| c.is_ascii_alphanumeric());
        let read =
            if let Some(hexadecimal) = digits.strip_prefix("0x").or(digits.strip_prefix("0X")) {
                i64::from_str_radix(hexadecimal, 16)
            } else if let Some(octal) = digits.strip_prefix('0').filter(|rest| !rest.is_empty()) {
                i64::from_str_radix(octal, 8)
            } else {
                digits.parse()
            };
        match read {
            Ok(number) => TokenKind::Number(number),
            Err(_) if digits.bytes().all(|c| c.is_ascii_digit()) && digits.len() > 18 => {
                faults.push(Fault::new(
                    span,
                    format!("{digits} is too large for a number"),
                ));
                TokenKind::Number(0)
            }
            // `3com`, `5060s`: means something to a parameter, nothing to a route.
            Err(_) => TokenKind::Name(digits.to_owned()),
        }
    }

    fn text(&mut self, quote: char, faults: &mut Vec<Fault>) -> TokenKind {
        let span = self.span();
        let Some(quoted) = quoted::text(self.rest, quote) else {
            self.take(self.rest.len());
            let fault = Fault::new(span, "this text does not end");
            faults.push(fault.instead(format!("end it with {quote}")));
            return TokenKind::Text(String::new());
        };
        self.take(quoted.length);
        if let Some(what) = quoted.refused {
            faults.push(Fault::new(span, what).instead("take the escape out of the text"));
        }
        TokenKind::Text(quoted.text)
    }
}
