//! What a handler asks of the server in one run, and who answers it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use evroute_tap::{HostCall, HostFunction, Tap, WitValue};

use crate::input::FunctionName;

/// No more calls of a run are kept: what comes after them is more of the same.
const CALLS_MAX: usize = 4096;

/// One call.
#[derive(Clone, Debug)]
pub(crate) struct HeardCall {
    pub(crate) function: &'static HostFunction,
    pub(crate) arguments: Vec<WitValue>,
    /// None where the call ended the run.
    pub(crate) answer: Option<WitValue>,
}

impl HeardCall {
    /// Whether it may change what a later run finds. What was answered in the server's place does
    /// not, and is counted all the same.
    pub(crate) fn writes(&self) -> bool {
        let interface = self.function.interface;
        let is_state = ["evroute:htable/", "evroute:pv/", "evroute:custom/"];
        let reads = [
            "[method]table.get",
            "[static]table.open",
            "[resource-drop]table",
            "get",
        ];
        is_state.iter().any(|begin| interface.starts_with(begin))
            && !reads.contains(&self.function.name)
    }
}

/// The calls of a run that were listened to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard(Arc<Mutex<Vec<HeardCall>>>);

impl Heard {
    pub(crate) fn take(&self) -> Vec<HeardCall> {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<HeardCall>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which calls are listened to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Listening {
    /// Those that carry something out of the handler, and those that ask for what can be planted.
    Effects,
    /// All of them.
    All,
}

/// Answers what a database is asked and what the input has answers for, and listens.
pub(crate) struct FuzzTap {
    listening: Listening,
    heard: Heard,
    answers: BTreeMap<FunctionName, Vec<Option<WitValue>>>,
    asked: HashMap<&'static str, usize>,
    database: FakeDatabase,
}

impl FuzzTap {
    pub(crate) fn new(
        listening: Listening,
        answers: BTreeMap<FunctionName, Vec<Option<WitValue>>>,
    ) -> (Self, Heard) {
        let heard = Heard::default();
        let tap = Self {
            listening,
            heard: heard.clone(),
            answers,
            asked: HashMap::new(),
            database: FakeDatabase::default(),
        };
        (tap, heard)
    }

    /// The input's answer to this call, if it has one.
    fn own(&mut self, function: &HostFunction) -> Option<WitValue> {
        if self.answers.is_empty() {
            return None;
        }
        let name = (function.interface.to_owned(), function.name.to_owned());
        let answers = self.answers.get(&name)?;
        let times = self.asked.get(function.name).copied().unwrap_or_default();
        answers.get(times).cloned().flatten()
    }

    fn note(&mut self, call: &HostCall<'_>, answer: Option<WitValue>) {
        let mut heard = self.heard.lock();
        if heard.len() < CALLS_MAX {
            heard.push(HeardCall {
                function: call.function,
                arguments: call.arguments.to_vec(),
                answer,
            });
        }
    }
}

/// Whether a call carries something out of the handler, or asks for what can be planted.
fn is_effect(function: &HostFunction) -> bool {
    let (interface, name) = (function.interface, function.name);
    interface.starts_with("evroute:htable/htable@")
        || interface.starts_with("evroute:pv/shv@")
        || interface.starts_with("evroute:log/")
        || interface.starts_with("evroute:custom/raise@")
        || is_edit(function)
        || interface.starts_with("evroute:pv/pv@") && name == "set"
}

/// Whether a call edits the message, or adds to its answer.
pub(crate) fn is_edit(function: &HostFunction) -> bool {
    let of_message = || function.name.strip_prefix("[method]message.");
    let word = match function.interface {
        interface if interface.starts_with("evroute:sip/") => of_message(),
        interface if interface.starts_with("evroute:textops/") => Some(function.name),
        _ => None,
    };
    let edits = ["set-", "append-", "remove-"];
    word.is_some_and(|word| edits.iter().any(|begin| word.starts_with(begin)))
}

/// Whether a database is asked.
pub(crate) fn is_sql(function: &HostFunction) -> bool {
    function.interface.starts_with("evroute:sql/")
}

impl Tap for FuzzTap {
    fn wants(&mut self, function: &'static HostFunction) -> bool {
        self.listening == Listening::All || is_sql(function) || is_effect(function)
    }

    fn answer(&mut self, call: &HostCall<'_>) -> Option<wasmtime::Result<WitValue>> {
        let own = self.own(call.function);
        let times = self.asked.entry(call.function.name).or_default();
        *times = times.saturating_add(1);
        let answer = match own {
            Some(answer) => Some(answer),
            None if is_sql(call.function) => Some(self.database.answer(call)),
            None => None,
        };
        let answer = answer?;
        self.database.given(call, &answer);
        self.note(call, Some(answer.clone()));
        Some(Ok(answer))
    }

    fn seen(&mut self, call: &HostCall<'_>, answer: Result<&WitValue, &wasmtime::Error>) {
        self.note(call, answer.ok().cloned());
    }
}

/// A database that has a row for every question.
#[derive(Default)]
struct FakeDatabase {
    handles: u32,
    /// For each result, its columns and whether its row is still to be read.
    results: HashMap<u32, (Vec<String>, bool)>,
}

impl FakeDatabase {
    fn answer(&mut self, call: &HostCall<'_>) -> WitValue {
        let ok = |value: WitValue| WitValue::Result(Ok(Box::new(value)));
        let result = match call.arguments.first() {
            Some(WitValue::Handle(rep)) => self.results.get_mut(rep),
            _ => None,
        };
        match call.function.name {
            "[static]connection.open" => ok(self.handle()),
            "[method]connection.execute" => ok(WitValue::Unsigned(1)),
            "[method]connection.query" => ok(self.handle()),
            "[method]rows.columns" => {
                let names = result.map(|(names, _)| names.clone()).unwrap_or_default();
                WitValue::List(names.into_iter().map(WitValue::Text).collect())
            }
            "[method]rows.next" => {
                let mut rows = Vec::new();
                if let Some((names, is_left)) = result
                    && std::mem::take(is_left)
                {
                    let one = || Some(Box::new(WitValue::Text("1".to_owned())));
                    let columns = names.iter().map(|_| WitValue::Case("text".into(), one()));
                    rows.push(WitValue::List(columns.collect()));
                }
                ok(WitValue::List(rows))
            }
            _ => WitValue::UNIT,
        }
    }

    fn handle(&mut self) -> WitValue {
        self.handles = self.handles.saturating_add(1);
        WitValue::Handle(self.handles)
    }

    /// Remembers which question a result belongs to.
    fn given(&mut self, call: &HostCall<'_>, answer: &WitValue) {
        if call.function.name != "[method]connection.query" {
            return;
        }
        if let (Some(WitValue::Text(statement)), WitValue::Result(Ok(rows))) =
            (call.arguments.get(1), answer)
            && let WitValue::Handle(rep) = **rows
        {
            self.handles = self.handles.max(rep);
            self.results.insert(rep, (columns(statement), true));
        }
    }
}

/// What a statement selects, by the commas outside of parentheses; three columns for `*`.
fn columns(statement: &str) -> Vec<String> {
    let lower = statement.to_ascii_lowercase();
    let begin = lower.find("select ").map_or(0, |at| at + "select ".len());
    let end = lower.find(" from ").unwrap_or(lower.len()).max(begin);
    let list = statement.get(begin..end).unwrap_or_default();
    let mut depth = 0_i32;
    let mut names = vec![String::new()];
    for character in list.chars() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                names.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(name) = names.last_mut() {
            name.push(character);
        }
    }
    if list.trim() == "*" {
        names = ["id", "name", "value"].map(str::to_owned).to_vec();
    }
    names.iter().map(|name| name.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_has_the_columns_that_were_asked_for() {
        assert_eq!(
            columns("SELECT a, count(b, c) FROM t"),
            ["a", "count(b, c)"]
        );
        assert_eq!(columns("select * from t").len(), 3);
        assert_eq!(columns("show x"), ["show x"]);
    }
}
