//! Words that a handler knows.

use std::collections::HashSet;
use std::hash::Hash;

use evroute_tap::{HostCall, WitValue};
use wasmparser::{Parser, Payload};

use crate::random::Random;

/// No more words than this are kept of each kind.
const WORDS_MAX: usize = 4096;
/// Words have so many bytes.
const WORD_BYTES: std::ops::RangeInclusive<usize> = 1..=64;

/// Words of one kind, in the order in which they were learnt.
#[derive(Clone, Debug)]
struct Words<T> {
    list: Vec<T>,
    known: HashSet<T>,
}

impl<T> Default for Words<T> {
    fn default() -> Self {
        Self {
            list: Vec::new(),
            known: HashSet::new(),
        }
    }
}

impl<T: Clone + Eq + Hash> Words<T> {
    /// True when it was not known.
    fn add(&mut self, word: T) -> bool {
        let is_new = self.list.len() < WORDS_MAX && self.known.insert(word.clone());
        if is_new {
            self.list.push(word);
        }
        is_new
    }

    fn one(&self, random: &mut Random) -> Option<T> {
        random.pick(&self.list).cloned()
    }

    fn merge(&mut self, other: &Self) {
        for word in &other.list {
            self.add(word.clone());
        }
    }
}

/// What inputs are made of beside each other: texts and numbers of the handler's data, what it
/// asked the server for, what it compared with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dictionary {
    tokens: Words<Vec<u8>>,
    numbers: Words<Vec<u8>>,
    fields: Words<Vec<u8>>,
    places: Words<String>,
}

impl Dictionary {
    /// The words in a component's data.
    pub(crate) fn of_component(component: &[u8]) -> Self {
        let mut dictionary = Self::default();
        for payload in Parser::new(0).parse_all(component) {
            let Ok(Payload::DataSection(segments)) = payload else {
                continue;
            };
            for segment in segments.into_iter().flatten() {
                dictionary.add_data(segment.data);
            }
        }
        dictionary
    }

    fn add_data(&mut self, data: &[u8]) {
        let is_text = |byte: &u8| byte.is_ascii_graphic() || *byte == b' ';
        for run in data.split(|byte| !is_text(byte)) {
            if run.len() >= 2 && run.len() <= 256 {
                self.add(run);
            }
            // Compilers put strings one behind the other.
            for word in run.split(|byte| b" ,;:=/<>@\"'()".contains(byte)) {
                if word.len() >= 3 {
                    self.add(word);
                }
            }
        }
    }

    /// Adds a word; true when it was not known.
    pub(crate) fn add(&mut self, word: &[u8]) -> bool {
        WORD_BYTES.contains(&word.len()) && self.tokens.add(word.to_vec())
    }

    /// Adds a number that something was compared with.
    pub(crate) fn add_number(&mut self, number: u64) {
        self.numbers.add(number.to_string().into_bytes());
        // Eight letters are compared as one number.
        let bytes = number.to_le_bytes();
        let used = 8 - (number.leading_zeros() / 8) as usize;
        let text = bytes.get(..used).unwrap_or_default();
        if used >= 3 && text.iter().all(u8::is_ascii_graphic) {
            self.add(text);
        }
    }

    /// Learns from what the handler asks of the server.
    pub(crate) fn learn(&mut self, call: &HostCall<'_>) {
        let texts = call.arguments.iter().filter_map(|argument| match argument {
            WitValue::Text(text) => Some(text.as_str()),
            _ => None,
        });
        let function = call.function.name;
        for text in texts {
            self.add(text.as_bytes());
            let is_field =
                function.ends_with("message.header") || function.ends_with("message.headers");
            if is_field {
                self.fields.add(text.as_bytes().to_vec());
            }
            if call.function.interface.starts_with("evroute:pv/pv@") {
                self.learn_variable(text);
            }
        }
    }

    /// `$hdr(X)` asks for a field as well.
    fn learn_variable(&mut self, name: &str) {
        let Some((_, rest)) = name.split_once('(') else {
            return;
        };
        let inner = rest.trim_end_matches([')', ']', '[', '*']);
        if name.contains("hdr(") && !inner.is_empty() {
            self.fields.add(inner.as_bytes().to_vec());
        }
        if let (true, Some((table, key))) = (name.contains("sht("), inner.split_once("=>")) {
            self.add_place(format!("tables.{table}.{key}"));
        }
        if name.contains("shv(") {
            self.add_place(format!("shared.{inner}"));
        }
    }

    /// A place where the handler looked for an entry.
    pub(crate) fn add_place(&mut self, place: String) {
        self.places.add(place);
    }

    /// Takes over what another one knows.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.tokens.merge(&other.tokens);
        self.numbers.merge(&other.numbers);
        self.fields.merge(&other.fields);
        self.places.merge(&other.places);
    }

    pub(crate) fn token(&self, random: &mut Random) -> Option<Vec<u8>> {
        match random.below(8) {
            0 => self.numbers.one(random),
            _ => self.tokens.one(random),
        }
    }

    pub(crate) fn number(&self, random: &mut Random) -> Option<Vec<u8>> {
        self.numbers.one(random)
    }

    pub(crate) fn field_name(&self, random: &mut Random) -> Option<Vec<u8>> {
        self.fields.one(random)
    }

    pub(crate) fn place(&self, random: &mut Random) -> Option<String> {
        self.places.one(random)
    }
}
