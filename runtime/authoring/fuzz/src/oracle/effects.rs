//! What a handler writes: into headers, into the log, and what it asks for in vain.

use evroute_cases::DraftValue;
use evroute_sip::unescape;
use evroute_tap::WitValue;

use super::{Judged, Oracle};
use crate::executor::Execution;
use crate::heard::{HeardCall, is_edit};
use crate::input::Input;

/// Errors that no input is to blame for.
const MISUSES: [&str; 4] = [
    "unknown-name",
    "read-only",
    "not-allowed-here",
    "invalid-name",
];

pub(super) fn judge(input: &Input, execution: &Execution) -> Vec<Judged> {
    let mut judged = Vec::new();
    for call in &execution.calls {
        let interface = call.function.interface;
        let name = call.function.name;
        let is_message = is_edit(call.function);
        let is_variable = interface.starts_with("evroute:pv/pv@") && name == "set";
        // A body has lines.
        if (is_message && !name.ends_with("set-body")) || is_variable {
            judged.extend(smuggled(input, call, Oracle::Header, b"\r\n\0"));
        }
        if interface.starts_with("evroute:log/") {
            judged.extend(smuggled(input, call, Oracle::Log, b"\r\n\x1b"));
        }
        judged.extend(misused(call));
    }
    judged.dedup();
    judged
}

/// An argument with an odd byte that came with the input, and not alone.
fn smuggled(input: &Input, call: &HeardCall, oracle: Oracle, odd: &[u8]) -> Option<Judged> {
    let texts = call.arguments.iter().filter_map(text);
    let found = texts.into_iter().find(|text| {
        let mut places = text.iter().enumerate();
        places.any(|(at, byte)| odd.contains(byte) && has_come_with(input, text, at))
    })?;
    // A method has its message before that.
    let at = usize::from(call.function.name.starts_with("[method]"));
    let field = match call.arguments.get(at) {
        Some(WitValue::Text(name)) if oracle == Oracle::Header && name.len() < 40 => name.as_str(),
        _ => "",
    };
    let name = call.function.name;
    let place = format!("{name} {field}");
    let shown = found.escape_ascii().to_string();
    let what = format!("{name}({field}) is given \"{}\"", cut(&shown));
    Some(Judged::new(oracle, place, what))
}

fn text(value: &WitValue) -> Option<&[u8]> {
    match value {
        WitValue::Text(text) => Some(text.as_bytes()),
        WitValue::Bytes(bytes) => Some(bytes),
        WitValue::Case(_, Some(of)) | WitValue::Option(Some(of)) => text(of),
        WitValue::Bool(_)
        | WitValue::Unsigned(_)
        | WitValue::Signed(_)
        | WitValue::Real(_)
        | WitValue::List(_)
        | WitValue::Tuple(_)
        | WitValue::Record(_)
        | WitValue::Case(_, None)
        | WitValue::Option(None)
        | WitValue::Result(_)
        | WitValue::Handle(_) => None,
    }
}

/// Whether the bytes around this place stand in the input: as they are, or escaped as in a URI.
fn has_come_with(input: &Input, text: &[u8], at: usize) -> bool {
    let around = text.get(at.saturating_sub(2)..(at + 3).min(text.len()));
    let around = around.unwrap_or_default();
    let within = |whole: &[u8]| {
        let plain = whole
            .windows(around.len().max(1))
            .any(|part| part == around);
        plain
            || unescape(whole)
                .windows(around.len().max(1))
                .any(|part| part == around)
    };
    if around.len() < 3 {
        return false;
    }
    if input.draft.message().is_some_and(within) {
        return true;
    }
    input.draft.fields().iter().any(|(_, value)| match value {
        DraftValue::Text(text) => within(text.as_bytes()),
        DraftValue::Bytes(bytes) => within(bytes),
        DraftValue::Number(_) => false,
    })
}

fn misused(call: &HeardCall) -> Option<Judged> {
    let Some(WitValue::Result(Err(error))) = &call.answer else {
        return None;
    };
    let WitValue::Case(word, _) = &**error else {
        return None;
    };
    let word = MISUSES.iter().find(|known| **known == word.as_ref())?;
    let argument = call.arguments.iter().find_map(|argument| match argument {
        WitValue::Text(text) => Some(text.as_str()),
        _ => None,
    });
    let name = call.function.name;
    let argument = cut(argument.unwrap_or_default());
    // A key that the message gives may be one that no table has: what it asks for is right.
    if argument.contains("=>") {
        return None;
    }
    let what = format!(
        "{} {name}({argument:?}) is answered {word}",
        call.function.interface
    );
    Some(Judged::new(
        Oracle::Misuse,
        format!("{name} {word} {argument}"),
        what,
    ))
}

/// Lines that the server itself wrote into the handler's log: what it had to put right.
pub(super) fn noted(execution: &Execution) -> Option<Judged> {
    let letters = |text: &str| {
        text.chars()
            .filter(|c| c.is_alphanumeric())
            .collect::<String>()
    };
    let said = execution.calls.iter();
    let said = said.filter(|call| call.function.interface.starts_with("evroute:log/"));
    let said = said.filter_map(|call| call.arguments.iter().find_map(text));
    let said: Vec<String> = said
        .map(|text| letters(&String::from_utf8_lossy(text)))
        .collect();
    let log = &execution.run.log;
    if log.len() <= said.len() {
        return None;
    }
    let mut lines = log
        .iter()
        .map(|line| line.split_once(' ').unwrap_or_default().1);
    let line = lines.find(|line| !said.contains(&letters(line)))?;
    let is_word = |c: &char| c.is_alphabetic() || *c == ' ';
    let place: String = line.chars().filter(is_word).take(40).collect();
    let what = format!("the server notes: {}", cut(line));
    Some(Judged::new(Oracle::Misuse, place, what))
}

fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(120))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_uris_are_bytes() {
        assert_eq!(*unescape(b"a%0d%0Ab%g%4"), *b"a\r\nb%g%4");
    }
}
