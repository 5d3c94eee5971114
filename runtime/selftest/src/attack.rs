//! The table of attacks.

use evroute_tenant::RunLimits;
use serde::Deserialize;

use crate::SelftestError;

const TABLE: &str = include_str!("../../../tests/guests/attacks.toml");

/// No machine is so busy that it misses this. Milliseconds.
const DEADLINE_MS: u64 = 60_000;

/// One row: what is tried, and what must come of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attack {
    /// What the row is called.
    pub name: String,
    /// What it does, in a few words.
    pub tries: String,
    /// The kind of exhaustion or confusion.
    pub vector: String,
    /// The guest, where it is not called like the row.
    pub guest: Option<String>,
    /// What the guest is made a component for.
    pub world: Option<String>,
    /// Which component is made that is dear to compile.
    pub bomb: Option<String>,
    /// What the guest is to ask its database.
    pub statement: Option<String>,
    /// Its grants, where it has not all of them.
    pub grants: Option<Vec<String>>,
    /// Limits of its runs that are not the defaults.
    #[serde(default)]
    pub limits: AttackLimits,
    /// How many events lie behind its run.
    #[serde(default)]
    pub depth: u8,
    /// How often it is run.
    pub times: Option<u32>,
    /// How each run must end: the name of an outcome.
    pub ends: Option<String>,
    /// Words of the refusal, of what must not become a handler.
    pub refused: Option<String>,
    /// The code that it must reject the request with.
    pub answers: Option<u16>,
    /// Which limit it meets.
    pub limit: Option<String>,
    /// The test that shows it, where it takes a running server.
    pub shown_by: Option<String>,
    /// What counts it on a running server; empty where nothing does.
    pub metric: String,
    /// Words of the line of the log that tells of it; empty where there is none.
    pub log: String,
}

/// Limits of a run that a row sets.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttackLimits {
    run_fuel_max: Option<u64>,
    run_deadline_ms: Option<u64>,
    run_reply_headers_max: Option<u64>,
}

impl AttackLimits {
    /// With a deadline that no machine misses, unless the row sets one.
    pub(crate) fn of_run(&self) -> RunLimits {
        let default = RunLimits::default();
        RunLimits {
            run_fuel_max: self.run_fuel_max.unwrap_or(default.run_fuel_max),
            run_deadline_ms: self.run_deadline_ms.unwrap_or(DEADLINE_MS),
            run_reply_headers_max: self
                .run_reply_headers_max
                .unwrap_or(default.run_reply_headers_max),
            ..default
        }
    }
}

impl Attack {
    /// Its guest's name.
    #[must_use]
    pub fn guest(&self) -> &str {
        self.guest.as_deref().unwrap_or(&self.name)
    }

    /// Whether it can be tried without a running server.
    #[must_use]
    pub fn is_tried_here(&self) -> bool {
        self.shown_by.is_none()
    }

    /// What must come of it, in words.
    #[must_use]
    pub fn must(&self) -> String {
        let mut must = match (&self.refused, &self.ends, self.answers) {
            (Some(words), _, _) => format!("refused: {words}"),
            (None, Some(ends), Some(code)) => format!("{ends}, rejects with {code}"),
            (None, Some(ends), None) => ends.clone(),
            (None, None, _) => "nothing".to_owned(),
        };
        if let (Some(limit), None) = (&self.limit, &self.refused) {
            must.push_str(&format!(" by {limit}"));
        }
        must
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    attack: Vec<Attack>,
}

/// All rows, in the order of the table.
///
/// # Errors
/// Where the table that this program was built with is not one.
pub fn attacks() -> Result<Vec<Attack>, SelftestError> {
    let table: Table = toml::from_str(TABLE).map_err(SelftestError::of)?;
    Ok(table.attack)
}
