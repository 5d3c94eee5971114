//! A case that is not judged: an event and what it finds, to be changed field by field.

mod auth_failed;
mod blocked;
mod certificate;
mod connection;
mod deploy;
mod dial;
mod fields;
mod file;
mod http;
mod tls_way;
mod trunk;
mod websocket;

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use evroute_event::Payload;
use evroute_module_api::Seed;
use evroute_sandbox::Tapping;
use evroute_sip::{Framing, Message};

use crate::case::{Case, Entries};
use crate::case_tenant::CaseTenant;
use crate::cell::{Cell, quoted};
use crate::events::Kind;
use crate::hop::Hop;
use crate::limits::Limits;
use crate::run_suite::kind;
use crate::suite::Suite;
use crate::written::MessageSpec;
use crate::{Error, message};

/// An event, and what a handler finds when it comes.
#[derive(Clone)]
pub struct Draft {
    suite: Arc<Suite>,
    kind: Kind,
    case: Case,
}

/// A field of an event, or what a table holds.
#[derive(Clone, PartialEq, Debug)]
pub enum DraftValue {
    /// A whole number.
    Number(i64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// What a stage is set up with, of all that a draft says.
pub(crate) struct Findable {
    suite: Arc<Suite>,
    tables: BTreeMap<String, Entries>,
    shared: Entries,
    at: u64,
    fuel_max: Option<u64>,
}

impl std::fmt::Debug for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Draft({})", self.event())
    }
}

impl DraftValue {
    fn of(cell: &Cell) -> Option<Self> {
        match cell {
            Cell::Int(number) => Some(Self::Number(*number)),
            Cell::Text(text) => Some(Self::Text(text.clone())),
            Cell::Octets(bytes) => Some(Self::Bytes(bytes.clone())),
            Cell::Real(_) | Cell::Null { .. } => None,
        }
    }

    fn cell(self) -> Cell {
        match self {
            Self::Number(number) => Cell::Int(number),
            Self::Text(text) => Cell::Text(text),
            Self::Bytes(bytes) => Cell::Octets(bytes),
        }
    }
}

impl Draft {
    /// The least of an event, for a handler with these grants and domains; none for an event that
    /// the server does not know.
    ///
    /// # Errors
    /// The event cannot be written as a case.
    pub fn of_event(event: &str, grants: &[String], domains: &[String]) -> Result<Self, Error> {
        let kind = kind(event)?;
        let list = |texts: &[String]| {
            let texts: Vec<_> = texts.iter().map(|text| quoted(text)).collect();
            texts.join(", ")
        };
        let text = format!(
            "event = {event:?}\ngrants = [{}]\ndomains = [{}]\n[[case]]\nname = \"draft\"\n\
             verdict = \"\"\n{}\n",
            list(grants),
            list(domains),
            kind.example
        );
        let drafts = Self::of_suite(&Suite::parse(&text)?)?;
        drafts.into_iter().next().ok_or_else(|| "no case".into())
    }

    /// The cases of a suite.
    ///
    /// # Errors
    /// Its event is not known.
    pub fn of_suite(suite: &Suite) -> Result<Vec<Self>, Error> {
        let kind = kind(suite.event())?;
        let cases = suite.cases.iter().map(|(_, case)| case.clone());
        let cases: Vec<Case> = cases.collect();
        let mut suite = suite.clone();
        suite.cases.clear();
        let suite = Arc::new(suite);
        let mut drafts = Vec::with_capacity(cases.len());
        for mut case in cases {
            if case.message.is_some() {
                let whole = message::message(&case)?.print().to_vec();
                case.message = Some(MessageSpec::Recorded(whole));
            }
            drafts.push(Self {
                suite: Arc::clone(&suite),
                kind,
                case,
            });
        }
        Ok(drafts)
    }

    /// The same for the handler of another tenant of the same server.
    #[must_use]
    pub fn of_neighbour(mut self) -> Self {
        let mut suite = (*self.suite).clone();
        suite.tenant = CaseTenant::Neighbour;
        self.suite = Arc::new(suite);
        self
    }

    /// The event that is raised.
    #[must_use]
    pub fn event(&self) -> &'static str {
        self.kind.name.as_str()
    }

    /// The fuel that a run may burn.
    #[must_use]
    pub fn fuel_max(&self) -> u64 {
        let limits = self.case.limits.unwrap_or(self.suite.limits);
        limits.of_run().run_fuel_max
    }

    /// The same with another budget of fuel.
    #[must_use]
    pub fn with_fuel_max(mut self, fuel: u64) -> Self {
        let mut suite = (*self.suite).clone();
        suite.limits.run_fuel_max = Some(fuel);
        self.suite = Arc::new(suite);
        if let Some(limits) = &mut self.case.limits {
            limits.run_fuel_max = Some(fuel);
        }
        self
    }

    /// The same whose host calls may move so many bytes more.
    pub(crate) fn with_more_bytes(mut self, bytes: u64) -> Self {
        let more = |limits: &mut Limits| {
            let own = limits.of_run().run_hostcall_bytes_max;
            limits.run_hostcall_bytes_max = Some(own.saturating_add(bytes));
        };
        let mut suite = (*self.suite).clone();
        more(&mut suite.limits);
        self.suite = Arc::new(suite);
        if let Some(limits) = &mut self.case.limits {
            more(limits);
        }
        self
    }

    /// The message that the event is about, where it is about one.
    #[must_use]
    pub fn message(&self) -> Option<&[u8]> {
        match &self.case.message {
            Some(MessageSpec::Recorded(bytes)) => Some(bytes),
            Some(MessageSpec::Whole(_) | MessageSpec::Parts(_)) | None => None,
        }
    }

    /// Another message in its place.
    pub fn set_message(&mut self, message: Vec<u8>) {
        self.case.message = Some(MessageSpec::Recorded(message));
    }

    /// Lets a table be there, if only empty.
    pub fn add_table(&mut self, name: &str) {
        self.case.tables.entry(name.to_owned()).or_default();
    }

    /// What random numbers are made from.
    #[must_use]
    pub fn seed(&self) -> Seed {
        self.case.randomness()
    }

    /// Other random numbers.
    pub fn set_seed(&mut self, seed: u64) {
        self.case.seed = seed;
    }

    /// The event, as its module makes it.
    ///
    /// # Errors
    /// A sentence where it is none: its message is no message.
    pub fn build(&self) -> Result<Box<dyn Payload>, String> {
        (self.kind.build)(&self.case)
    }

    pub(crate) fn parts(&self) -> (&Suite, &Case) {
        (&self.suite, &self.case)
    }

    pub(crate) fn word(&self, verdict: &(dyn Any + Send)) -> Option<String> {
        (self.kind.word)(verdict)
    }

    pub(crate) fn seeded(&self, tapping: Tapping) -> Tapping {
        Tapping {
            seed: Some(self.seed()),
            ..tapping
        }
    }

    pub(crate) fn findable(&self, fuel_max: Option<u64>) -> Findable {
        Findable {
            suite: Arc::clone(&self.suite),
            tables: self.case.tables.clone(),
            shared: self.case.shared.clone(),
            at: self.case.at,
            fuel_max,
        }
    }

    /// Whether a stage that was set up with this is set up for it.
    pub(crate) fn finds(&self, findable: &Findable, fuel_max: Option<u64>) -> bool {
        let has_entries = !self.case.tables.is_empty();
        Arc::ptr_eq(&self.suite, &findable.suite)
            && fuel_max == findable.fuel_max
            && self.case.tables == findable.tables
            && self.case.shared == findable.shared
            && (!has_entries || self.case.at == findable.at)
    }
}

/// Whether these bytes are a SIP message, as the server reads a datagram.
#[must_use]
pub fn is_message(bytes: &[u8]) -> bool {
    Message::parse(Bytes::copy_from_slice(bytes), Framing::Datagram).is_ok()
}

fn shown(hop: Hop) -> String {
    format!("{}:{}", hop.end.proto, hop.end.address)
}

#[cfg(test)]
mod tests;
