//! The text of one file, with what names stand for put in front of what follows them.

use crate::span::Span;

/// What is still to be read. A name's value is read again as if it had been written there, so that
/// it may end in a comment or in the middle of a text, as in Kamailio.
pub(super) struct Input<'a> {
    /// Values of names, the innermost last. None of them is at its end.
    front: Vec<Piece>,
    rest: &'a str,
    file: u16,
    line: u32,
    column: u32,
}

struct Piece {
    text: String,
    at: usize,
    /// Where the name stands.
    span: Span,
    /// How many names led to it.
    depth: usize,
}

impl Piece {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }
}

impl<'a> Input<'a> {
    pub(super) fn new(rest: &'a str, file: u16) -> Self {
        Self {
            front: Vec::new(),
            rest,
            file,
            line: 1,
            column: 1,
        }
    }

    /// Where the next character stands; for one of a value, where its name does.
    pub(super) fn span(&self) -> Span {
        match self.front.last() {
            Some(piece) => piece.span,
            None => Span {
                file: self.file,
                line: self.line,
                column: self.column,
            },
        }
    }

    /// How many names led to the next character.
    pub(super) fn depth(&self) -> usize {
        self.front.last().map_or(0, |piece| piece.depth)
    }

    /// Puts the value of the name at `span` in front.
    pub(super) fn put(&mut self, text: &str, span: Span, depth: usize) {
        if !text.is_empty() {
            self.front.push(Piece {
                text: text.to_owned(),
                at: 0,
                span,
                depth,
            });
        }
    }

    /// All characters that follow, without taking them.
    pub(super) fn ahead(&self) -> impl Iterator<Item = char> + Clone + '_ {
        let front = self.front.iter().rev();
        front
            .flat_map(|piece| piece.rest().chars())
            .chain(self.rest.chars())
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.ahead().next()
    }

    pub(super) fn starts_with(&self, word: &str) -> bool {
        let mut ahead = self.ahead();
        word.chars().all(|own| ahead.next() == Some(own))
    }

    pub(super) fn next(&mut self) -> Option<char> {
        if let Some(piece) = self.front.last_mut() {
            let character = piece.rest().chars().next();
            piece.at += character.map_or(1, char::len_utf8);
            if piece.rest().is_empty() {
                self.front.pop();
            }
            return character;
        }
        let character = self.rest.chars().next()?;
        self.rest = self.rest.get(character.len_utf8()..).unwrap_or_default();
        if character == '\n' {
            self.line = self.line.saturating_add(1);
            self.column = 1;
        } else {
            let bytes = u32::try_from(character.len_utf8()).unwrap_or(1);
            self.column = self.column.saturating_add(bytes);
        }
        Some(character)
    }

    /// Takes so many characters.
    pub(super) fn skip(&mut self, characters: usize) {
        for _ in 0..characters {
            self.next();
        }
    }

    /// Takes this word if it is next.
    pub(super) fn take(&mut self, word: &str) -> bool {
        let is_next = self.starts_with(word);
        if is_next {
            self.skip(word.chars().count());
        }
        is_next
    }

    pub(super) fn take_while(&mut self, is: impl Fn(char) -> bool) -> String {
        let mut taken = String::new();
        while let Some(character) = self.peek().filter(|character| is(*character)) {
            taken.push(character);
            self.next();
        }
        taken
    }

    /// Takes the rest of the line, and says whether it ends with a line break, which is not taken.
    pub(super) fn line(&mut self) -> (String, bool) {
        let line = self.take_while(|character| character != '\n');
        (line, self.peek().is_some())
    }
}
