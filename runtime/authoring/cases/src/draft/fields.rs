//! What of a draft can be changed.

use super::{
    Draft, DraftValue, auth_failed, blocked, certificate, connection, deploy, dial, http, shown,
    tls_way, trunk, websocket,
};
use crate::case::Case;
use crate::cell::Cell;
use crate::hop::Hop;

/// The last second of the year 9999, in seconds since 1970: what calendars can still write.
const AT_MAX: u64 = 253_402_300_799;

impl Draft {
    /// What else can be changed, by its name: `timer.missed`, `tables.blocked.alice`.
    #[must_use]
    pub fn fields(&self) -> Vec<(String, DraftValue)> {
        let case = &self.case;
        let mut fields = Vec::new();
        let mut text = |name: &str, text: &str| {
            fields.push((name.to_owned(), DraftValue::Text(text.to_owned())));
        };
        let ways = match (&case.message, &case.unreadable, &case.http, &case.websocket) {
            (Some(_), ..) | (_, Some(_), ..) => Some((Hop::SOURCE, Hop::RECEIVED)),
            (_, _, Some(_), _) => Some((Hop::HTTP_SOURCE, Hop::HTTP_RECEIVED)),
            (.., Some(_)) => Some((Hop::WEBSOCKET_SOURCE, Hop::WEBSOCKET_RECEIVED)),
            (None, None, None, None) if case.connection.is_some() => {
                Some((Hop::TCP_SOURCE, Hop::TCP_RECEIVED))
            }
            (None, None, None, None) => None,
        };
        if let Some((source, received)) = ways {
            text("source", &shown(case.source.unwrap_or(source)));
            text("received", &shown(case.received.unwrap_or(received)));
        }
        if let Some(known) = &case.authenticated {
            text("authenticated.user", &known.user);
            text("authenticated.realm", &known.realm);
        }
        if let Some(unreadable) = &case.unreadable {
            text("unreadable.reason", &unreadable.reason);
            text("unreadable.raw", &unreadable.raw);
        }
        if let Some(contact) = &case.contact {
            text("contact.aor", &contact.aor);
            text("contact.uri", &contact.uri);
            let agent = contact.user_agent.as_deref();
            text("contact.user_agent", agent.unwrap_or_default());
        }
        if let Some(expired) = &case.expired {
            text("expired.table", &expired.table);
            text("expired.key", &expired.key);
            fields.extend(named("expired.value".to_owned(), &expired.value));
        }
        if let Some(timer) = &case.timer {
            let missed = DraftValue::Number(timer.missed.into());
            fields.push(("timer.missed".to_owned(), missed));
        }
        if let Some(custom) = &case.custom {
            let parameters = custom.parameters.iter();
            fields
                .extend(parameters.filter_map(|(key, cell)| named(format!("custom.{key}"), cell)));
        }
        fields.extend(deploy::fields(case));
        fields.extend(certificate::fields(case));
        fields.extend(auth_failed::fields(case));
        fields.extend(blocked::fields(case));
        fields.extend(http::fields(case));
        fields.extend(websocket::fields(case));
        fields.extend(connection::fields(case));
        fields.extend(dial::fields(case));
        fields.extend(trunk::fields(case));
        fields.extend(tls_way::fields(case));
        for (table, entries) in &case.tables {
            let entry = |(key, cell)| named(format!("tables.{table}.{key}"), cell);
            fields.extend(entries.iter().filter_map(entry));
        }
        let shared = |(key, cell)| named(format!("shared.{key}"), cell);
        fields.extend(case.shared.iter().filter_map(shared));
        let at = i64::try_from(case.at).unwrap_or(i64::MAX);
        fields.push(("at".to_owned(), DraftValue::Number(at)));
        fields
    }

    /// Changes a field, or adds one of a table, the shared variables or an event's parameters.
    /// False for what the event has not, or cannot have with this value.
    pub fn set(&mut self, name: &str, value: DraftValue) -> bool {
        put(&mut self.case, name, value).is_some()
    }

    /// Takes an entry of a table or a shared variable out.
    pub fn remove(&mut self, name: &str) {
        match name.split_once('.') {
            Some(("tables", rest)) => {
                if let Some((table, key)) = rest.split_once('.')
                    && let Some(entries) = self.case.tables.get_mut(table)
                {
                    entries.remove(key);
                }
            }
            Some(("shared", key)) => drop(self.case.shared.remove(key)),
            Some(_) | None => {}
        }
    }
}

fn named(name: String, cell: &Cell) -> Option<(String, DraftValue)> {
    Some((name, DraftValue::of(cell)?))
}

/// Changes nothing where it comes to None.
fn put(case: &mut Case, name: &str, value: DraftValue) -> Option<()> {
    let text = |value: DraftValue| match value {
        DraftValue::Text(text) => Some(text),
        DraftValue::Number(_) | DraftValue::Bytes(_) => None,
    };
    let number = |value: &DraftValue| match value {
        DraftValue::Number(number) => u64::try_from(*number).ok(),
        DraftValue::Text(_) | DraftValue::Bytes(_) => None,
    };
    match (name, name.split_once('.')) {
        ("at", _) => case.at = number(&value)?.min(AT_MAX),
        ("source", _) => case.source = Some(Hop::try_from(text(value)?).ok()?),
        ("received", _) => case.received = Some(Hop::try_from(text(value)?).ok()?),
        ("authenticated.user", _) => case.authenticated.as_mut()?.user = text(value)?,
        ("authenticated.realm", _) => case.authenticated.as_mut()?.realm = text(value)?,
        ("unreadable.reason", _) => case.unreadable.as_mut()?.reason = text(value)?,
        ("unreadable.raw", _) => case.unreadable.as_mut()?.raw = text(value)?,
        ("contact.aor", _) => case.contact.as_mut()?.aor = text(value)?,
        ("contact.uri", _) => case.contact.as_mut()?.uri = text(value)?,
        ("contact.user_agent", _) => case.contact.as_mut()?.user_agent = Some(text(value)?),
        ("expired.table", _) => case.expired.as_mut()?.table = text(value)?,
        ("expired.key", _) => case.expired.as_mut()?.key = text(value)?,
        ("expired.value", _) => case.expired.as_mut()?.value = value.cell(),
        ("timer.missed", _) => {
            case.timer.as_mut()?.missed = u32::try_from(number(&value)?).ok()?;
        }
        (_, Some(("custom", key))) => {
            let parameters = &mut case.custom.as_mut()?.parameters;
            parameters.insert(key.to_owned(), value.cell());
        }
        (_, Some(("tables", rest))) => {
            let (table, key) = rest.split_once('.')?;
            let entries = case.tables.entry(table.to_owned()).or_default();
            entries.insert(key.to_owned(), value.cell());
        }
        (_, Some(("shared", key))) => drop(case.shared.insert(key.to_owned(), value.cell())),
        (_, Some(("certificate", _))) => return certificate::put(case, name, &value),
        (_, Some(("dial", _))) => return dial::put(case, name, &value),
        (_, Some(("connection", _))) => return connection::put(case, name, &value),
        (_, Some(("websocket", _))) => return websocket::put(case, name, &value),
        (_, Some(("trunk", _))) => return trunk::put(case, name, &value),
        (_, Some(("tls", _))) => return tls_way::put(case, name, &value),
        (_, Some(("http", _))) => return http::put(case, name, &value),
        (_, Some(("blocked", _))) => return blocked::put(case, name, &value),
        (_, Some(("auth_failed", _))) => return auth_failed::put(case, name, &value),
        _ => return deploy::put(case, name, value),
    }
    Some(())
}
