//! Inputs that are a little different from others.

mod answers;
mod fields;
mod lines;
mod number;
mod sip;
mod text;

use crate::dictionary::Dictionary;
use crate::input::Input;
use crate::random::Random;

pub(crate) use answers::mutate_answer;
pub(crate) use number::decimals;
pub(crate) use text::replaced;

/// A message is never made longer than this, octets: what a datagram carries.
pub(crate) const MESSAGE_BYTES_MAX: usize = 60_000;

/// What inputs are changed with.
pub(crate) struct Mutator<'a> {
    pub(crate) random: &'a mut Random,
    pub(crate) dictionary: &'a Dictionary,
}

impl Mutator<'_> {
    /// Changes an input in one place or a few; parts may come from another one.
    pub(crate) fn mutate(&mut self, input: &mut Input, other: Option<&Input>) {
        let mut times = 1;
        while times < 6 && self.random.once_in(2) {
            times += 1;
        }
        for _ in 0..times {
            self.once(input, other);
        }
    }

    fn once(&mut self, input: &mut Input, other: Option<&Input>) {
        if !input.answers.is_empty() && self.random.once_in(8) {
            self.answers(input);
            return;
        }
        let Some(message) = input.draft.message() else {
            self.fields(input);
            return;
        };
        if self.random.once_in(10) {
            self.fields(input);
            return;
        }
        let other = other.and_then(|other| other.draft.message());
        let mutated = self.message(message, other);
        if mutated.len() <= MESSAGE_BYTES_MAX {
            input.draft.set_message(mutated);
        }
    }
}
