//! The table of attacks, which the selftest has, too.

use toml::Value;

/// One row of `tests/guests/attacks.toml`.
#[derive(Clone, Debug)]
pub(crate) struct Attack {
    row: Value,
}

impl Attack {
    fn word(&self, key: &str) -> Option<&str> {
        self.row.get(key).and_then(Value::as_str)
    }

    pub(crate) fn name(&self) -> &str {
        self.word("name").unwrap()
    }

    pub(crate) fn guest(&self) -> &str {
        self.word("guest").unwrap_or(self.name())
    }

    pub(crate) fn world(&self) -> &str {
        self.word("world").unwrap_or("local-request")
    }

    /// How each run must end.
    pub(crate) fn ends(&self) -> Option<&str> {
        self.word("ends")
    }

    /// The limit that it meets, or nothing.
    pub(crate) fn limit(&self) -> &str {
        self.word("limit").unwrap_or_default()
    }

    /// What counts it: the name of a metric, and labels that its series has.
    pub(crate) fn metric(&self) -> (&str, Vec<&str>) {
        let metric = self.word("metric").unwrap();
        let (name, labels) = metric.split_once('{').unwrap_or((metric, "}"));
        let labels = labels.trim_end_matches('}').split(',');
        (name, labels.filter(|label| !label.is_empty()).collect())
    }

    /// Words of the line of the log that tells of it.
    pub(crate) fn log(&self) -> &str {
        self.word("log").unwrap()
    }

    /// Words of the refusal.
    pub(crate) fn refused(&self) -> Option<&str> {
        self.word("refused")
    }

    /// Whether it needs more than a tenant with everything and the default limits.
    pub(crate) fn is_special(&self) -> bool {
        let keys = [
            "bomb",
            "shown_by",
            "statement",
            "grants",
            "limits",
            "depth",
            "answers",
        ];
        keys.iter().any(|key| self.row.get(key).is_some())
    }
}

/// All rows.
pub(crate) fn attacks() -> Vec<Attack> {
    let path = evroute_tests::repository().join("tests/guests/attacks.toml");
    let table: toml::Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
    let rows = table["attack"].as_array().unwrap().iter();
    rows.map(|row| Attack { row: row.clone() }).collect()
}

/// The row of this name.
pub(crate) fn attack(name: &str) -> Attack {
    let mut rows = attacks().into_iter();
    let found = rows.find(|attack| attack.name() == name);
    found.unwrap_or_else(|| panic!("there is no attack {name:?}"))
}
