use crate::fault::Diagnostic;
use crate::preprocessor::Directive;
use crate::span::Span;
use crate::token::{Token, TokenKind};

use super::input::Input;
use super::{address, directive, quoted};

/// What stands next in a file.
pub(super) enum Found {
    /// A word, and how many names led to it.
    Token(Token, usize),
    /// A line of the preprocessor, or what is wrong with it.
    Directive(Result<Directive, Diagnostic>),
    /// A line that only looks like one: a comment to Kamailio.
    Ignored(String, Span),
    /// A block in what a condition leaves out: what it is called, and where.
    SkippedBlock(String, Span),
}

/// The signs, longer ones first.
const SIGNS: [&str; 35] = [
    "<<", ">>", "==", "!=", "=~", "<=", ">=", "&&", "||", "=>", "{", "}", "(", ")", "[", "]", ";",
    ",", ":", "=", "<", ">", "+", "-", "*", "/", "!", "~", "&", "|", "^", "%", ".", "@", "?",
];

/// Walks over the text of one file.
pub(super) struct Scanner<'a> {
    pub(super) input: Input<'a>,
    /// Whether the word before opens the name of an event.
    event: bool,
    /// Whether what comes next is that name.
    name: bool,
    /// Whether the file ends within a comment of one line.
    pub(super) in_comment: bool,
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str, file: u16) -> Self {
        Self {
            input: Input::new(text, file),
            event: false,
            name: false,
            in_comment: false,
        }
    }

    /// The next word or directive; none at the end of the file.
    pub(super) fn next(&mut self, faults: &mut Vec<Diagnostic>) -> Option<Found> {
        loop {
            self.input.take_while(quoted::is_blank);
            // A line that goes on in the next one.
            if self.input.take("\\\n") || self.long_comment(faults) {
                continue;
            }
            if let Some(found) = directive::read(&mut self.input) {
                return Some(Found::Directive(found));
            }
            if self.input.starts_with("#") || self.input.starts_with("//") {
                if let Some(found) = self.comment() {
                    return Some(found);
                }
                continue;
            }
            self.input.peek()?;
            let (span, depth) = (self.input.span(), self.input.depth());
            if self.is_next("include_file") || self.is_next("import_file") {
                return directive::include(&mut self.input).map(Found::Directive);
            }
            let kind = self.token(faults)?;
            return Some(Found::Token(Token { kind, span }, depth));
        }
    }

    /// Whether this whole word is next.
    fn is_next(&self, word: &str) -> bool {
        self.input.starts_with(word) && !self.input.ahead().nth(word.len()).is_some_and(is_word)
    }

    /// Walks over what a condition skips, up to the next directive that counts there. It need not
    /// even be words.
    pub(super) fn skip(&mut self) -> Option<Found> {
        let mut before = '\n';
        // Whether nothing but blanks stands before on this line, and whether it is a comment:
        // blocks in one are none, while directives in it count all the same.
        let (mut is_blank, mut is_comment) = (true, false);
        while let Some(character) = self.input.peek() {
            if matches!(character, '#' | '!') {
                let span = self.input.span();
                if let Some(found) = directive::condition_here(&mut self.input, span) {
                    return Some(Found::Directive(found));
                }
                if let Some(fault) = directive::commented(&self.input).filter(|_| is_blank) {
                    self.input.line();
                    return Some(Found::Directive(Err(fault)));
                }
            }
            is_comment |= is_blank && (character == '#' || self.input.starts_with("//"));
            if !is_comment
                && !is_word(before)
                && let Some((block, length)) = self.block_ahead()
            {
                let span = self.input.span();
                self.input.skip(length);
                return Some(Found::SkippedBlock(block, span));
            }
            self.input.next();
            before = character;
            is_blank = character == '\n' || (is_blank && quoted::is_blank(character));
            is_comment = is_comment && character != '\n';
        }
        None
    }

    /// `event_route[x]` or `request_route`, and how many characters it takes.
    fn block_ahead(&self) -> Option<(String, usize)> {
        if self.is_next("request_route") {
            return Some(("request_route".to_owned(), "request_route".len()));
        }
        if !self.is_next("event_route") {
            return None;
        }
        let block: String = self
            .input
            .ahead()
            .take(200)
            .take_while(|c| !matches!(c, ']' | '\n' | '{'))
            .collect();
        let length = block.chars().count();
        let name = block.split_once('[')?.1.trim();
        Some((format!("event_route[{name}]"), length))
    }

    /// Walks over a comment of several lines; they stand inside of each other.
    fn long_comment(&mut self, faults: &mut Vec<Diagnostic>) -> bool {
        if !self.input.starts_with("/*") {
            return false;
        }
        let span = self.input.span();
        let mut depth = 0_u32;
        loop {
            if self.input.take("/*") {
                depth += 1;
            } else if self.input.take("*/") {
                depth -= 1;
                if depth == 0 {
                    return true;
                }
            } else if self.input.next().is_none() {
                let fault = Diagnostic::new(span, "this comment does not end");
                faults.push(fault.instead("end it with */, and each /* inside of it as well"));
                return true;
            }
        }
    }

    /// Walks over a comment that ends with its line. Some of them were meant for something else.
    fn comment(&mut self) -> Option<Found> {
        let span = self.input.span();
        let fault = directive::commented(&self.input);
        let (line, is_ended) = self.input.line();
        self.in_comment = !is_ended;
        if let Some(fault) = fault {
            return Some(Found::Directive(Err(fault)));
        }
        let word = line.strip_prefix("#!")?.split_whitespace().next()?;
        word.bytes()
            .all(|c| c.is_ascii_lowercase() || c == b'_')
            .then(|| Found::Ignored(format!("#!{word}"), span))
    }

    fn token(&mut self, faults: &mut Vec<Diagnostic>) -> Option<TokenKind> {
        let opens_name = std::mem::take(&mut self.event);
        if std::mem::take(&mut self.name) {
            let name = self.input.take_while(|c| c != ']' && c != '\n');
            let name = name.trim();
            if !name.is_empty() {
                return Some(TokenKind::Name(name.to_owned()));
            }
        }
        if let Some(address) = self.address(faults) {
            return Some(TokenKind::Address(address));
        }
        let first = self.input.peek()?;
        if first.is_ascii_alphabetic() || first == '_' {
            let word = self.input.take_while(is_word);
            self.event = word == "event_route";
            return Some(match word.as_str() {
                "yes" | "true" | "on" | "enable" => TokenKind::Number(1),
                "no" | "false" | "off" | "disable" => TokenKind::Number(0),
                _ => TokenKind::Word(word),
            });
        }
        if first.is_ascii_digit() {
            return Some(self.number(faults));
        }
        if first == '"' || first == '\'' {
            return Some(self.text(first, faults));
        }
        if self.input.take("$?") {
            return Some(TokenKind::Variable("$rc".to_owned()));
        }
        if let Some(length) = quoted::variable_ahead(self.input.ahead()) {
            let spelled = self.input.ahead().take(length).collect();
            self.input.skip(length);
            return Some(TokenKind::Variable(spelled));
        }
        if let Some(sign) = SIGNS.iter().find(|sign| self.input.take(sign)) {
            self.name = opens_name && *sign == "[";
            return Some(TokenKind::Sign(sign));
        }
        self.input.next();
        Some(TokenKind::Odd(first))
    }

    /// An address, where one is longer than the word or number that begins there.
    fn address(&mut self, faults: &mut Vec<Diagnostic>) -> Option<String> {
        let first = self.input.peek()?;
        if !(first.is_ascii_hexdigit() || first == ':') {
            return None;
        }
        let (read, length) = address::address(self.input.ahead())?;
        let word = self.input.ahead().take_while(|c| is_word(*c)).count();
        let goes_on = self.input.ahead().nth(length).is_some_and(is_word);
        if word >= length || goes_on {
            return None;
        }
        let span = self.input.span();
        self.input.skip(length);
        let read = read.map_err(|what| faults.push(Diagnostic::new(span, what)));
        read.ok().map(|address| address.to_string())
    }

    /// Kamailio's numbers: decimal, 0x, octal after a 0, binary before a b.
    fn number(&mut self, faults: &mut Vec<Diagnostic>) -> TokenKind {
        let span = self.input.span();
        let digits = self.input.take_while(is_word);
        let is_decimal = digits.bytes().all(|c| c.is_ascii_digit());
        let read = if let Some(hexadecimal) = digits.strip_prefix("0x") {
            i64::from_str_radix(hexadecimal, 16)
        } else if let Some(octal) = digits
            .strip_prefix('0')
            .filter(|_| digits.len() > 1 && digits != "0b")
        {
            i64::from_str_radix(octal, 8)
        } else if let Some(binary) = digits.strip_suffix('b') {
            i64::from_str_radix(binary, 2)
        } else {
            digits.parse()
        };
        match read {
            Ok(number) => TokenKind::Number(number),
            Err(_) if is_decimal && digits.len() > 18 => {
                faults.push(Diagnostic::new(
                    span,
                    format!("{digits} is too large for a number"),
                ));
                TokenKind::Number(0)
            }
            // `3com`, `5060s`: means something to a parameter, nothing to a route.
            Err(_) => TokenKind::Name(digits),
        }
    }

    fn text(&mut self, quote: char, faults: &mut Vec<Diagnostic>) -> TokenKind {
        let span = self.input.span();
        match quoted::text(&mut self.input, quote) {
            Some(Ok(text)) => TokenKind::Text(text),
            Some(Err(why)) => TokenKind::Unread(why.to_owned()),
            None => {
                let fault = Diagnostic::new(span, "this text does not end");
                faults.push(fault.instead(format!("end it with {quote}")));
                TokenKind::Text(String::new())
            }
        }
    }
}
