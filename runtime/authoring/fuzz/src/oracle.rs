//! What counts as a bug.

mod complexity;
mod effects;
mod ends;
mod message;
mod sql;

use crate::executor::{Execution, Executor};
use crate::input::Input;
use crate::property::{Property, Sense};

/// For one in so many inputs that are looked at closely another tenant runs: a leak would be the
/// server's fault, and comes up anywhere or nowhere.
const FOREIGN_ONCE_IN: u64 = 8;

/// What was found to be wrong, and how that is known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Oracle {
    /// The handler broke.
    Trap,
    /// It used up its fuel.
    Fuel,
    /// It wanted more memory than it may have.
    Memory,
    /// It hit another of a run's limits.
    Quota,
    /// It calls the server very often for one event.
    Calls,
    /// Its fuel grows faster than its input.
    Complexity,
    /// The same input ends in two ways.
    Unstable,
    /// Bytes of a message change what a statement of SQL does.
    Sql,
    /// Bytes of a message begin a line of their own in a header.
    Header,
    /// Bytes of a message begin a line of their own in the log.
    Log,
    /// The message that it leaves is not the one that a reader reads.
    Message,
    /// It asks for what can never be, or its verdict had to be put right.
    Misuse,
    /// A declared property does not hold.
    Property,
    /// It decides otherwise than the revision before.
    Against,
    /// What another tenant keeps comes out of it.
    Foreign,
}

impl Oracle {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Trap,
        Self::Fuel,
        Self::Memory,
        Self::Quota,
        Self::Calls,
        Self::Complexity,
        Self::Unstable,
        Self::Sql,
        Self::Header,
        Self::Log,
        Self::Message,
        Self::Misuse,
        Self::Property,
        Self::Against,
        Self::Foreign,
    ];

    /// Its name: what findings and options call it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Trap => "trap",
            Self::Fuel => "fuel",
            Self::Memory => "memory",
            Self::Quota => "quota",
            Self::Calls => "calls",
            Self::Complexity => "complexity",
            Self::Unstable => "unstable",
            Self::Sql => "sql",
            Self::Header => "header",
            Self::Log => "log",
            Self::Message => "message",
            Self::Misuse => "misuse",
            Self::Property => "property",
            Self::Against => "against",
            Self::Foreign => "foreign",
        }
    }

    /// What it looks for, as a sentence without a full stop.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Trap => "the handler breaks: a panic, memory out of bounds, a stack too deep",
            Self::Fuel => "a run uses up run_fuel_max",
            Self::Memory => "a run wants more memory or table elements than its limits allow",
            Self::Quota => {
                "a run hits another limit: host calls, bytes, log lines, handles, actions"
            }
            Self::Calls => {
                "one event leads to more than 1000 calls of the server, or 50 of a database"
            }
            Self::Complexity => "fuel grows with the square of the input, or faster",
            Self::Unstable => "the same input, run twice, ends in two ways",
            Self::Sql => "a quote in the message changes the structure of a statement",
            Self::Header => "CR, LF or NUL of the input is written into a header or a URI",
            Self::Log => "CR, LF or ESC of the input is written into a log line",
            Self::Message => "the edited message, parsed again, is another one",
            Self::Misuse => {
                "a call or a verdict that can never be right: an unknown variable, a code that is none"
            }
            Self::Property => "a property of --never, --assert or --steady does not hold",
            Self::Against => "the verdict or the message is another one than that of --against",
            Self::Foreign => {
                "a secret of another tenant comes out: in the message, the log, a call or an answer"
            }
        }
    }

    /// The oracle of this name.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|oracle| oracle.word() == word)
    }
}

/// Something that is wrong with a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Judged {
    pub(crate) oracle: Oracle,
    /// Tells it from other bugs that the same oracle finds.
    pub(crate) place: String,
    /// What is wrong, as a sentence.
    pub(crate) what: String,
}

impl Judged {
    pub(crate) fn new(oracle: Oracle, place: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            oracle,
            place: place.into(),
            what: what.into(),
        }
    }

    pub(crate) fn is_same_bug(&self, other: &Self) -> bool {
        self.oracle == other.oracle && self.place == other.place
    }
}

/// Judges runs of the original component.
pub(crate) struct Judge {
    pub(crate) properties: Vec<Property>,
    pub(crate) off: Vec<Oracle>,
    /// The revision that it is compared with.
    pub(crate) against: Option<Executor>,
    /// Verdicts must not depend on the clock or on random numbers.
    pub(crate) steady: bool,
    /// The handler writes lines that no call of `evroute:log` is behind.
    pub(crate) prints: bool,
}

impl Judge {
    fn is_on(&self, oracle: Oracle) -> bool {
        !self.off.contains(&oracle)
    }

    /// What an execution seems to show. One of the instrumented handler that shows something is
    /// worth a run of the original.
    pub(crate) fn suspicions(&self, input: &Input, execution: &Execution) -> Vec<Judged> {
        let mut judged = self.plain(input, execution);
        judged.retain(|judged| self.is_on(judged.oracle));
        judged
    }

    /// What one run shows.
    fn plain(&self, input: &Input, execution: &Execution) -> Vec<Judged> {
        let mut judged = Vec::new();
        judged.extend(ends::judge(execution));
        judged.extend(effects::judge(input, execution));
        if !self.prints {
            judged.extend(effects::noted(execution));
        }
        judged.extend(message::judge(execution));
        let properties = self.properties.iter();
        let broken = properties.filter(|property| {
            property.sense == Sense::Always && !property.holds(input, execution)
        });
        judged.extend(broken.map(|property| {
            let text = &property.text;
            Judged::new(Oracle::Property, text, format!("{text} does not hold"))
        }));
        judged
    }

    /// What is wrong with an input, in the original component: what one run shows.
    pub(crate) fn judge(&self, executor: &mut Executor, input: &Input) -> Vec<Judged> {
        let Ok(execution) = executor.original(input) else {
            return Vec::new();
        };
        self.suspicions(input, &execution)
    }

    /// The same, and what only further runs show.
    pub(crate) fn judge_deeply(&mut self, executor: &mut Executor, input: &Input) -> Vec<Judged> {
        let mut judged = self.judge(executor, input);
        if judged.iter().any(|judged| judged.oracle == Oracle::Trap) {
            return judged;
        }
        for oracle in [
            Oracle::Unstable,
            Oracle::Sql,
            Oracle::Complexity,
            Oracle::Against,
            Oracle::Foreign,
        ] {
            let is_due =
                oracle != Oracle::Foreign || input.digest().is_multiple_of(FOREIGN_ONCE_IN);
            if is_due && self.is_on(oracle) {
                judged.extend(self.further(oracle, executor, input));
            }
        }
        if self.steady && self.is_on(Oracle::Property) {
            judged.extend(ends::judge_steady(executor, input));
        }
        judged
    }

    fn further(
        &mut self,
        oracle: Oracle,
        executor: &mut Executor,
        input: &Input,
    ) -> Option<Judged> {
        match oracle {
            Oracle::Unstable => ends::judge_twice(executor, input),
            Oracle::Sql => sql::judge(executor, input),
            Oracle::Complexity => complexity::judge(executor, input),
            Oracle::Against => {
                let old = self.against.as_mut()?;
                ends::judge_against(old, executor, input)
            }
            Oracle::Foreign => executor.leak(input).map(|place| {
                let what = format!("a secret of another tenant comes out in {place}");
                Judged::new(Oracle::Foreign, place, what)
            }),
            Oracle::Trap
            | Oracle::Fuel
            | Oracle::Memory
            | Oracle::Quota
            | Oracle::Calls
            | Oracle::Header
            | Oracle::Log
            | Oracle::Message
            | Oracle::Misuse
            | Oracle::Property => None,
        }
    }

    /// Whether an input still shows this bug.
    pub(crate) fn shows(&mut self, executor: &mut Executor, input: &Input, bug: &Judged) -> bool {
        let plain = self.judge(executor, input);
        if plain.iter().any(|judged| judged.is_same_bug(bug)) {
            return true;
        }
        let further = match bug.oracle {
            Oracle::Property if self.steady => ends::judge_steady(executor, input),
            oracle => self.further(oracle, executor, input),
        };
        further.is_some_and(|judged| judged.is_same_bug(bug))
    }
}
