//! What a run reads and writes by name: pseudo-variables, entries of tables, parts of a message.

use std::collections::BTreeMap;

use evroute_recording::RecordedCall;

/// The values of a run, as far as its calls have shown them.
#[derive(Default)]
pub(super) struct Variables {
    /// The name of each table that is open, by its handle.
    tables: BTreeMap<String, String>,
    known: BTreeMap<String, Known>,
}

struct Known {
    first: Option<String>,
    now: String,
    is_written: bool,
}

/// What a call does with a value of this name.
#[derive(PartialEq, Eq, Debug)]
enum Access {
    Read(String, String),
    Write(String, String),
}

impl Variables {
    /// Takes a call into account. For one that writes, the answer is what was there before, where
    /// the run has read or written it.
    pub(super) fn see(&mut self, call: &RecordedCall) -> Option<String> {
        match self.access(call)? {
            Access::Read(name, value) => {
                self.known.entry(name).or_insert_with(|| Known {
                    first: Some(value.clone()),
                    now: value,
                    is_written: false,
                });
                None
            }
            Access::Write(name, value) => {
                let known = self.known.entry(name).or_insert_with(|| Known {
                    first: None,
                    now: String::new(),
                    is_written: false,
                });
                let is_known = known.is_written || known.first.is_some();
                let before = std::mem::replace(&mut known.now, value);
                known.is_written = true;
                Some(if is_known { before } else { UNKNOWN.to_owned() })
            }
        }
    }

    /// What was written, one line each: its name, what was there before the run, what is there now.
    pub(super) fn written(&self) -> Vec<String> {
        let written = self.known.iter().filter(|(_, known)| known.is_written);
        let line = |(name, known): (&String, &Known)| {
            let before = known.first.as_deref().unwrap_or(UNKNOWN);
            format!("{name}: {before} -> {}", known.now)
        };
        written.map(line).collect()
    }

    fn access(&mut self, call: &RecordedCall) -> Option<Access> {
        let shown: Vec<_> = call.arguments.iter().map(|one| one.shown()).collect();
        let answer = call.answer.as_ref()?.shown();
        let module = call.interface.split([':', '@']).nth(1)?;
        let named = |name: &String| format!("{module} {name}");
        match (call.function.as_str(), shown.as_slice()) {
            ("[static]table.open", [name]) => {
                self.tables.insert(inner(&answer), name.clone());
                None
            }
            ("get", [name]) => Some(Access::Read(named(name), inner(&answer))),
            ("set", [name, value]) => Some(Access::Write(named(name), value.clone())),
            ("add", [name, _]) => Some(Access::Write(named(name), inner(&answer))),
            (function, [handle, rest @ ..]) => {
                let (resource, method) = function.strip_prefix("[method]")?.split_once('.')?;
                let place = match self.tables.get(handle).filter(|_| resource == "table") {
                    Some(table) => format!("table {table}"),
                    None => resource.to_owned(),
                };
                access_of(&place, method, rest, &answer)
            }
            _ => None,
        }
    }
}

const UNKNOWN: &str = "(not read)";

/// What a method of a resource reads or writes: `set-header("X", "1")` writes what `header("X")`
/// reads.
fn access_of(place: &str, method: &str, arguments: &[String], answer: &str) -> Option<Access> {
    let names = |of: &[String]| match of {
        [] => String::new(),
        of => format!("[{}]", of.join(", ")),
    };
    if place.starts_with("table ") {
        let [key, rest @ ..] = arguments else {
            return None;
        };
        let name = format!("{place}[{key}]");
        return Some(match (method, rest) {
            ("get", _) => Access::Read(name, inner(answer)),
            ("set", [value, ..]) => Access::Write(name, value.clone()),
            ("add", _) => Access::Write(name, inner(answer)),
            ("remove", _) => Access::Write(name, "none".to_owned()),
            _ => return None,
        });
    }
    if let Some(what) = method.strip_prefix("set-") {
        let (value, of) = arguments.split_last()?;
        return Some(Access::Write(
            format!("{place}.{what}{}", names(of)),
            value.clone(),
        ));
    }
    let is_edit = ["append-", "remove-"]
        .iter()
        .any(|begin| method.starts_with(begin));
    (!is_edit).then(|| {
        Access::Read(
            format!("{place}.{method}{}", names(arguments)),
            inner(answer),
        )
    })
}

/// A value without the `ok(...)` and `some(...)` around it.
fn inner(shown: &str) -> String {
    let mut shown = shown;
    for begin in ["ok(", "some("] {
        let within = shown.strip_prefix(begin);
        shown = within
            .and_then(|rest| rest.strip_suffix(')'))
            .unwrap_or(shown);
    }
    shown.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use evroute_recording::RecordedValue;
    use evroute_tap::WitValue;

    fn call(
        interface: &str,
        function: &str,
        arguments: &[WitValue],
        answer: WitValue,
    ) -> RecordedCall {
        RecordedCall {
            interface: interface.to_owned(),
            function: function.to_owned(),
            arguments: arguments.iter().map(RecordedValue::from).collect(),
            answer: Some((&answer).into()),
            ..RecordedCall::default()
        }
    }

    fn text(text: &str) -> WitValue {
        WitValue::Text(text.to_owned())
    }

    fn ok(value: WitValue) -> WitValue {
        WitValue::Result(Ok(Box::new(value)))
    }

    #[test]
    fn what_is_written_is_told_with_what_was_there() {
        let mut variables = Variables::default();
        let shv = "evroute:pv/shv@0.1.0";
        let htable = "evroute:htable/htable@0.1.0";
        let sip = "evroute:sip/types@0.1.0";
        let some = |value| ok(WitValue::Option(Some(Box::new(value))));
        let (seven, eight) = (WitValue::Unsigned(7), WitValue::Unsigned(8));
        let handle = WitValue::Handle(3);
        let mut see = |call| variables.see(&call);
        assert_eq!(see(call(shv, "get", &[text("a")], ok(seven.clone()))), None);
        let set = call(shv, "set", &[text("a"), eight.clone()], ok(WitValue::UNIT));
        assert_eq!(see(set.clone()).as_deref(), Some("7"));
        assert_eq!(see(set).as_deref(), Some("8"));
        assert_eq!(
            see(call(
                htable,
                "[static]table.open",
                &[text("t")],
                ok(handle.clone())
            )),
            None
        );
        let entry = [handle.clone(), text("k")];
        assert_eq!(
            see(call(htable, "[method]table.get", &entry, some(seven))),
            None
        );
        let set = [handle.clone(), text("k"), eight, WitValue::Option(None)];
        let set = call(htable, "[method]table.set", &set, ok(WitValue::UNIT));
        assert_eq!(see(set).as_deref(), Some("7"));
        let edit = [handle, text("sip:b")];
        let edit = call(
            sip,
            "[method]message.set-request-uri",
            &edit,
            ok(WitValue::UNIT),
        );
        assert_eq!(see(edit).as_deref(), Some(UNKNOWN));
        assert_eq!(
            variables.written(),
            [
                "message.request-uri: (not read) -> \"sip:b\"",
                "pv/shv \"a\": 7 -> 8",
                "table \"t\"[\"k\"]: 7 -> 8",
            ]
        );
    }
}
