//! A draft as a file of cases.

use super::{
    Draft, auth_failed, blocked, certificate, connection, deploy, dial, http, shown, tls_way,
    trunk, websocket,
};
use crate::case::Entries;
use crate::cell::quoted;

impl Draft {
    /// The draft as a file of cases, whose message lies beside it, or, without a name of that file,
    /// is left out. `end` is what became of it.
    #[must_use]
    pub fn to_toml(&self, name: &str, message_file: Option<&str>, end: &str) -> String {
        let list = |texts: &[String]| {
            let texts: Vec<_> = texts.iter().map(|text| quoted(text)).collect();
            texts.join(", ")
        };
        let (suite, case) = (&self.suite, &self.case);
        let mut text = format!("event = {}\n", quoted(self.event()));
        text.push_str(&format!("grants = [{}]\n", list(&suite.grants)));
        text.push_str(&format!("domains = [{}]\n", list(&suite.domains)));
        if let Some(fuel) = suite.limits.run_fuel_max {
            text.push_str(&format!("limits.run_fuel_max = {fuel}\n"));
        }
        text.push_str(&format!("\n[[case]]\nname = {}\n{end}\n", quoted(name)));
        match (self.message(), message_file) {
            (Some(_), Some(file)) => text.push_str(&format!("message_file = {}\n", quoted(file))),
            // Any message of its kind stands in its place.
            (Some(_), None) => text.push_str(&format!("{}\n", self.kind.example)),
            (None, _) => {}
        }
        text.push_str(&format!("at = {}\nseed = {}\n", case.at, case.seed));
        for (key, hop) in [("source", case.source), ("received", case.received)] {
            if let Some(hop) = hop {
                text.push_str(&format!("{key} = {}\n", quoted(&shown(hop))));
            }
        }
        self.write_payload(&mut text);
        for (table, entries) in &case.tables {
            text.push_str(&format!("tables.{} = {}\n", quoted(table), inline(entries)));
        }
        if !case.shared.is_empty() {
            text.push_str(&format!("shared = {}\n", inline(&case.shared)));
        }
        text
    }

    fn write_payload(&self, text: &mut String) {
        let case = &self.case;
        let mut line = |key: &str, fields: &[(&str, String)]| {
            let fields = fields.iter();
            let fields: Vec<_> = fields
                .map(|(key, value)| format!("{key} = {value}"))
                .collect();
            text.push_str(&format!("{key} = {{ {} }}\n", fields.join(", ")));
        };
        for (key, fields) in deploy::lines(case)
            .into_iter()
            .chain(certificate::line(case))
            .chain(auth_failed::line(case))
            .chain(blocked::line(case))
            .chain(http::line(case))
            .chain(websocket::line(case))
            .chain(connection::line(case))
            .chain(dial::line(case))
            .chain(trunk::line(case))
            .chain(tls_way::line(case))
        {
            line(key, &fields);
        }
        if let Some(one) = &case.authenticated {
            let fields = [("user", quoted(&one.user)), ("realm", quoted(&one.realm))];
            line("authenticated", &fields);
        }
        if let Some(one) = &case.unreadable {
            let fields = [("reason", quoted(&one.reason)), ("raw", quoted(&one.raw))];
            line("unreadable", &fields);
        }
        if let Some(one) = &case.contact {
            let mut fields = vec![("aor", quoted(&one.aor)), ("uri", quoted(&one.uri))];
            let agent = one.user_agent.as_deref();
            fields.extend(agent.map(|agent| ("user_agent", quoted(agent))));
            let cause = one.cause.as_deref();
            fields.extend(cause.map(|cause| ("cause", quoted(cause))));
            line("contact", &fields);
        }
        if let Some(one) = &case.expired {
            let (table, key) = (quoted(&one.table), quoted(&one.key));
            let fields = [
                ("table", table),
                ("key", key),
                ("value", one.value.to_string()),
            ];
            line("expired", &fields);
        }
        if let Some(one) = &case.timer {
            let fields = [
                ("name", quoted(&one.name)),
                ("missed", one.missed.to_string()),
            ];
            line("timer", &fields);
        }
        if let Some(one) = &case.custom {
            let parameters = inline(&one.parameters);
            line(
                "custom",
                &[("name", quoted(&one.name)), ("parameters", parameters)],
            );
        }
    }
}

fn inline(entries: &Entries) -> String {
    let entries = entries.iter();
    let entries: Vec<_> = entries
        .map(|(key, cell)| format!("{} = {cell}", quoted(key)))
        .collect();
    format!("{{ {} }}", entries.join(", "))
}
