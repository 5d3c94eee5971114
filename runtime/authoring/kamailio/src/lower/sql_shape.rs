//! Where the values of an SQL statement stand: a value is bound, so it can be nothing but one
//! value. What a configuration meant as a name, a list, a condition or a whole statement would
//! otherwise become something else.

/// A word of a statement.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Word {
    /// A keyword or a name, in lower case.
    Name(String),
    Number,
    /// A quoted text or name.
    Quoted,
    /// A value, and whether it stands without quotes.
    Value {
        number: usize,
        bare: bool,
    },
    Sign(char),
}

/// Why a value cannot stand where it does, and what to write instead.
pub(super) struct Misplaced {
    /// Which value, from 0.
    pub(super) number: usize,
    pub(super) what: &'static str,
    pub(super) instead: &'static str,
}

const NAME: (&str, &str) = (
    "stands where the statement has a name",
    "values are bound, names are not: write the name out",
);
const WHOLE: (&str, &str) = (
    "is the statement, or its beginning",
    "write the statement out, with variables where its values stand: they are bound, so a caller's text cannot become part of it",
);
const LIST: (&str, &str) = (
    "is bound as one value, not as a list",
    "write a = $var(x) for one value, in ($var(x), $var(y)) for several, or instr(',$var(list),', ',' || a || ',') > 0",
);
const CONDITION: (&str, &str) = (
    "stands where the statement has a condition or a clause",
    "write it out, and put variables where its values stand",
);
const TOUCHES: (&str, &str) = (
    "touches what stands beside it",
    "a value is bound as a whole: put the text together in a $var and give that, or quote it: '$var(x)0'",
);

/// Words behind which a value may stand.
const VALUE_FOLLOWS: [&str; 19] = [
    "like", "ilike", "glob", "regexp", "rlike", "match", "between", "is", "limit", "offset",
    "then", "else", "when", "case", "select", "distinct", "escape", "div", "mod",
];

/// Words behind which a value may stand when a comparison follows it.
const CONDITION_FOLLOWS: [&str; 6] = ["where", "and", "or", "not", "having", "on"];

/// Words behind which, up to the next of them, no value but a name stands.
const CLAUSES: [(&str, bool); 12] = [
    ("from", true),
    ("join", true),
    ("by", true),
    ("into", true),
    ("update", true),
    ("table", true),
    ("select", false),
    ("where", false),
    ("set", false),
    ("values", false),
    ("on", false),
    ("limit", false),
];

/// Looks at a statement in which `?` stands for each value; `bare` says which of them stood without
/// quotes.
pub(super) fn check(statement: &str, bare: &[bool]) -> Result<(), Misplaced> {
    let words = words(statement, bare);
    let mut shape = Shape::default();
    for at in 0..words.len() {
        let before = at.checked_sub(1).and_then(|at| words.get(at));
        let Some(word) = words.get(at) else {
            break;
        };
        if let (Word::Value { number, bare: true }, gap) = (&word.0, word.1) {
            let touched = before.is_some_and(|before| !gap && is_text(&before.0))
                || words
                    .get(at + 1)
                    .is_some_and(|next| !next.1 && is_text(&next.0));
            let before = before.map(|word| &word.0);
            let next = words.get(at + 1).map(|word| &word.0);
            let wrong = if touched {
                Some(TOUCHES)
            } else {
                shape.wrong(before, next)
            };
            if let Some((what, instead)) = wrong {
                let number = *number;
                return Err(Misplaced {
                    number,
                    what,
                    instead,
                });
            }
        }
        shape.step(&word.0);
    }
    Ok(())
}

/// Whether a word would grow together with a value beside it.
fn is_text(word: &Word) -> bool {
    matches!(
        word,
        Word::Name(_)
            | Word::Number
            | Word::Quoted
            | Word::Value { .. }
            | Word::Sign('.' | '@' | '$')
    )
}

/// How far a statement has been read.
#[derive(Default)]
struct Shape {
    /// Whether names stand here, for each open parenthesis and outside of them.
    clauses: Vec<bool>,
    /// The word before each open parenthesis.
    openers: Vec<Option<String>>,
    /// The two words before this place.
    last: Option<Word>,
    before_last: Option<Word>,
    /// A `between` whose `and` has not come.
    is_between: bool,
    /// Whether the last name was that `and`.
    ends_between: bool,
}

impl Shape {
    fn step(&mut self, word: &Word) {
        match word {
            Word::Name(name) => {
                if let Some((_, names)) = CLAUSES.iter().find(|(own, _)| own == name) {
                    match self.clauses.last_mut() {
                        Some(clause) => *clause = *names,
                        None => self.clauses.push(*names),
                    }
                }
                self.ends_between = name == "and" && self.is_between;
                self.is_between = name == "between" || (self.is_between && name != "and");
            }
            Word::Sign('(') => {
                if self.clauses.is_empty() {
                    self.clauses.push(false);
                }
                // `insert into t (columns)`: names stand in there.
                let is_columns = self.clauses.last() == Some(&true)
                    && matches!(&self.before_last, Some(Word::Name(name)) if name == "into");
                self.clauses.push(is_columns);
                self.openers.push(match &self.last {
                    Some(Word::Name(name)) => Some(name.clone()),
                    _ => None,
                });
            }
            Word::Sign(')') => {
                if self.clauses.len() > 1 {
                    self.clauses.pop();
                }
                self.openers.pop();
            }
            Word::Number | Word::Quoted | Word::Value { .. } | Word::Sign(_) => {}
        }
        self.before_last = self.last.replace(word.clone());
    }

    /// What is wrong with a value here.
    fn wrong(
        &self,
        before: Option<&Word>,
        next: Option<&Word>,
    ) -> Option<(&'static str, &'static str)> {
        let Some(before) = before else {
            return Some(WHOLE);
        };
        if matches!(next, Some(Word::Sign('('))) {
            return Some(NAME);
        }
        if self.clauses.last() == Some(&true) {
            return Some(match before {
                Word::Sign(',' | '(') => NAME,
                Word::Name(name) if CLAUSES.iter().any(|(own, _)| own == name) => NAME,
                _ => CONDITION,
            });
        }
        match before {
            Word::Name(name) => self.behind(name, next),
            Word::Number | Word::Quoted | Word::Value { .. } => Some(CONDITION),
            Word::Sign(')' | ';') => Some(CONDITION),
            Word::Sign('(') => {
                let opener = self.openers.last().cloned().flatten();
                let is_alone = matches!(next, Some(Word::Sign(')')));
                (opener.as_deref() == Some("in") && is_alone).then_some(LIST)
            }
            Word::Sign('*') if self.is_star() => Some(CONDITION),
            // `set a = 1, $var(column) = 2`
            Word::Sign(',') if self.sets() && matches!(next, Some(Word::Sign('='))) => Some(NAME),
            Word::Sign(_) => None,
        }
    }

    fn behind(&self, name: &str, next: Option<&Word>) -> Option<(&'static str, &'static str)> {
        if VALUE_FOLLOWS.contains(&name) || (name == "and" && self.ends_between) {
            return None;
        }
        if name == "in" {
            return Some(LIST);
        }
        if CONDITION_FOLLOWS.contains(&name) {
            return (!compares(next)).then_some(CONDITION);
        }
        Some(if name == "set" || name == "as" {
            NAME
        } else {
            CONDITION
        })
    }

    /// Whether the last word is the * of `select *` rather than a multiplication.
    fn is_star(&self) -> bool {
        match &self.before_last {
            Some(Word::Name(name)) => name == "select" || name == "distinct",
            Some(Word::Sign('(' | '.' | ',')) => true,
            _ => false,
        }
    }

    /// Whether this is the list of an UPDATE.
    fn sets(&self) -> bool {
        self.openers.is_empty()
    }
}

/// Whether a comparison follows a value.
fn compares(next: Option<&Word>) -> bool {
    match next {
        Some(Word::Sign(sign)) => "=<>!|+-*/%&".contains(*sign),
        Some(Word::Name(name)) => [
            "in", "like", "ilike", "glob", "regexp", "between", "is", "not",
        ]
        .contains(&name.as_str()),
        Some(Word::Number | Word::Quoted | Word::Value { .. }) | None => false,
    }
}

/// The words of a statement, each with whether a blank stands before it.
fn words(statement: &str, bare: &[bool]) -> Vec<(Word, bool)> {
    let mut words = Vec::new();
    let mut rest = statement;
    let mut count = 0;
    loop {
        let trimmed = rest.trim_start();
        let gap = trimmed.len() < rest.len();
        rest = trimmed;
        let Some(first) = rest.chars().next() else {
            return words;
        };
        let (word, length) = match first {
            '\'' | '"' | '`' => {
                let inner = rest.get(1..).unwrap_or_default();
                let end = inner.find(first).map_or(rest.len(), |end| end + 2);
                (Word::Quoted, end)
            }
            '?' => {
                let number = count;
                count += 1;
                let bare = bare.get(number).copied().unwrap_or(true);
                (Word::Value { number, bare }, 1)
            }
            _ if first.is_ascii_digit() => (Word::Number, run(rest)),
            _ if first.is_alphanumeric() || first == '_' => {
                let length = run(rest);
                let name = rest.get(..length).unwrap_or_default();
                (Word::Name(name.to_ascii_lowercase()), length)
            }
            sign => (Word::Sign(sign), sign.len_utf8()),
        };
        words.push((word, gap));
        rest = rest.get(length..).unwrap_or_default();
    }
}

fn run(text: &str) -> usize {
    let ends = |c: char| !(c.is_alphanumeric() || c == '_');
    text.find(ends).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(statement: &str) -> Option<&'static str> {
        check(statement, &[]).err().map(|wrong| wrong.what)
    }

    #[test]
    fn values_stand_where_values_stand() {
        for statement in [
            "insert into t values (?, ?)",
            "insert into t (a, b) values (?, 'x')",
            "select a from t where b = ? and c<>? or d like ? limit ? offset ?",
            "select a + ? from t where b between ? and ? and ? = c",
            "update t set a = ?, b = a + ? where c in (?, ?)",
            "select count(*) from t where f(?) > 1 and x in (select y from z where w = ?)",
            "select case when a = ? then ? else ? end from t",
            "select ? * 2, a * ?",
            "select ?::int",
            "delete from t where (a = ? or b = ?)",
            "select instr(?, ',' || a || ',') > 0",
            "replace into t (a) values(?)",
            "insert into t values (?) on conflict (a) do update set b = ?",
        ] {
            assert_eq!(wrong(statement), None, "{statement}");
        }
    }

    #[test]
    fn what_is_no_value_is_reported() {
        let cases = [
            ("?", WHOLE),
            ("? where a = 1", WHOLE),
            ("select a from ?", NAME),
            ("select a from t, ?", NAME),
            ("insert into ? values (1)", NAME),
            ("insert into t (?) values (1)", NAME),
            ("select a from t order by ?", NAME),
            ("select a from t group by a, ?", NAME),
            ("update t set ? = 1", NAME),
            ("update t set a = 1, ? = 1", NAME),
            ("select ?(1)", NAME),
            ("select a from t where a in (?)", LIST),
            ("select a from t where a in ?", LIST),
            ("select a from t ?", CONDITION),
            ("select a from t where ?", CONDITION),
            ("select a from t where a = 1 and ?", CONDITION),
            ("select a from t where a = 1 ?", CONDITION),
            ("select * ?", CONDITION),
            ("select a from t where a = ?0", TOUCHES),
            ("select a from t where a = x?", TOUCHES),
            ("select a from t where a = ??", TOUCHES),
            ("select t.?", TOUCHES),
        ];
        for (statement, (what, _)) in cases {
            assert_eq!(wrong(statement), Some(what), "{statement}");
        }
    }
}
