//! What the server answers, as its type allows it.

use evroute_tap::WitValue;

use super::Mutator;
use super::number::number;
use crate::input::Input;

impl Mutator<'_> {
    /// Changes an answer that an input has.
    pub(super) fn answers(&mut self, input: &mut Input) {
        let places = input.answers.len();
        let at = self.random.below(places);
        let Some((function, answers)) = input.answers.iter_mut().nth(at) else {
            return;
        };
        let call = self.random.below(answers.len());
        let Some(answer) = answers.get_mut(call) else {
            return;
        };
        if self.random.once_in(8) {
            *answer = None;
            return;
        }
        if let Some(value) = answer {
            let name = function.1.clone();
            mutate_answer(self, &name, value);
        }
    }
}

/// The errors that a database answers with.
const ERRORS: [&str; 3] = ["deadline", "unavailable", "too-large"];

/// Changes an answer: another value of its type, or an error where there may be one.
pub(crate) fn mutate_answer(mutator: &mut Mutator<'_>, function: &str, answer: &mut WitValue) {
    if let WitValue::Result(result) = answer
        && mutator.random.once_in(6)
    {
        *result = Err(Box::new(error(mutator, function)));
        return;
    }
    value(mutator, answer);
}

fn error(mutator: &mut Mutator<'_>, function: &str) -> WitValue {
    let is_sql = function.contains("connection") || function.contains("rows");
    let word = match is_sql {
        true => mutator.random.pick(&ERRORS).copied().unwrap_or_default(),
        false => "quota-exceeded",
    };
    WitValue::Case(word.into(), None)
}

fn value(mutator: &mut Mutator<'_>, of: &mut WitValue) {
    match of {
        WitValue::Bool(value) => *value = !*value,
        WitValue::Unsigned(old) => *old = number(mutator.random, old.cast_signed()).cast_unsigned(),
        WitValue::Signed(old) => *old = number(mutator.random, *old),
        WitValue::Real(old) => {
            let others = [0.0, -1.5, f64::MAX, f64::NAN, *old + 1.0];
            *old = mutator.random.pick(&others).copied().unwrap_or_default();
        }
        WitValue::Text(old) => {
            let text = mutator.text(old.as_bytes());
            *old = String::from_utf8_lossy(&text).into_owned();
        }
        WitValue::Bytes(old) => *old = mutator.text(old),
        WitValue::List(items) => list(mutator, items),
        WitValue::Tuple(items) => {
            let at = mutator.random.below(items.len());
            if let Some(item) = items.get_mut(at) {
                value(mutator, item);
            }
        }
        WitValue::Record(fields) => {
            let at = mutator.random.below(fields.len());
            if let Some((_, field)) = fields.get_mut(at) {
                value(mutator, field);
            }
        }
        WitValue::Case(name, of) if is_column(name) => column(mutator, name, of),
        WitValue::Case(_, Some(of)) | WitValue::Option(Some(of)) => value(mutator, of),
        WitValue::Result(Ok(of)) => value(mutator, of),
        // What is refused may be granted the next time; the server says what it is then.
        WitValue::Result(Err(_)) | WitValue::Case(_, None) | WitValue::Option(None) => {}
        WitValue::Handle(_) => {}
    }
}

fn list(mutator: &mut Mutator<'_>, items: &mut Vec<WitValue>) {
    let at = mutator.random.below(items.len());
    match mutator.random.below(5) {
        0 => items.clear(),
        1 => {
            if let Some(item) = items.get(at).cloned() {
                let times = 1 << mutator.random.below(6);
                items.extend(std::iter::repeat_n(item, times));
            }
        }
        _ => {
            if let Some(item) = items.get_mut(at) {
                value(mutator, item);
            }
        }
    }
}

/// The cases of `evroute:sql`'s value.
fn is_column(name: &str) -> bool {
    ["null", "int", "real", "text", "octets"].contains(&name)
}

fn column(
    mutator: &mut Mutator<'_>,
    name: &mut std::borrow::Cow<'static, str>,
    of: &mut Option<Box<WitValue>>,
) {
    if let Some(of) = of
        && !mutator.random.once_in(3)
    {
        value(mutator, of);
        return;
    }
    let (word, with) = match mutator.random.below(5) {
        0 => ("null", None),
        1 => ("int", Some(WitValue::Signed(number(mutator.random, 1)))),
        2 => ("real", Some(WitValue::Real(0.5))),
        3 => {
            let text = mutator.token();
            let text = String::from_utf8_lossy(&text).into_owned();
            ("text", Some(WitValue::Text(text)))
        }
        _ => ("octets", Some(WitValue::Bytes(mutator.token()))),
    };
    *name = word.into();
    *of = with.map(Box::new);
}
