//! A running server that is asked several times about one tenant.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::admin_client::{Refusal, Server, Target};
use crate::deployed_handler::Tenant;
use crate::exit::Exit;
use crate::output;
use crate::recorded_events::FetchedRecordings;

/// A server that is asked several times, about one tenant.
pub(crate) struct TenantAsked {
    target: Target,
    params: Map<String, Value>,
}

impl TenantAsked {
    /// Finds the server and the tenant.
    ///
    /// # Errors
    /// What keeps it from being called is printed; how the command ends.
    pub(crate) fn begin(server: &Server, tenant: &Tenant) -> Result<Self, Exit> {
        let target = server.target();
        let target = target.map_err(|why| Refusal::from(why).exit())?;
        let params = tenant.params(server, []);
        Ok(Self { target, params })
    }

    /// Calls a method about the tenant.
    ///
    /// # Errors
    /// What it refuses is printed; how the command ends.
    pub(crate) fn ask<const N: usize>(
        &self,
        method: &str,
        more: [(&str, Value); N],
    ) -> Result<Value, Exit> {
        let mut params = self.params.clone();
        params.extend(more.map(|(name, value)| (name.to_owned(), value)));
        let answer = self.target.call(method, &Value::Object(params));
        answer.map_err(Refusal::exit)
    }

    /// The newest recordings that are wanted, so many at most, as the list shows them.
    pub(crate) fn recordings(
        &self,
        count: usize,
        is_wanted: impl Fn(&Value) -> bool,
    ) -> Result<Vec<Value>, Exit> {
        let (mut rows, mut before) = (Vec::new(), Value::Null);
        loop {
            let mut page = self.ask("recordings.list", [("before", before)])?;
            let listed = page.get_mut("recordings").and_then(Value::as_array_mut);
            let wanted = listed.into_iter().flat_map(std::mem::take);
            rows.extend(wanted.filter(|row| is_wanted(row)));
            before = page.get("next").cloned().unwrap_or_default();
            if rows.len() >= count || before.is_null() {
                rows.truncate(count);
                return Ok(rows);
            }
        }
    }

    /// One recording's file.
    pub(crate) fn recording_file(&self, id: &str) -> Result<Vec<u8>, Exit> {
        let answer = self.ask("recordings.get", [("id", Value::from(id))])?;
        decoded(text(&answer, "file"))
    }

    /// The recordings of these rows, the oldest first. One that gave way to newer ones meanwhile is
    /// left out, and one that cannot be read is said.
    pub(crate) fn fetched(&self, rows: &[Value]) -> Result<FetchedRecordings, Exit> {
        let mut fetched = FetchedRecordings::default();
        for row in rows.iter().rev() {
            let id = text(row, "id");
            let file = self.recording_file(id)?;
            match evroute_recording::read(&file) {
                Ok(recording) => fetched.0.push((id.to_owned(), recording)),
                Err(error) => output::tell(format_args!("recording {id} is left out: {error}")),
            }
        }
        Ok(fetched)
    }

    /// The component of a kept revision; of the one in force where none is named.
    pub(crate) fn component(&self, handler: &str, revision: Option<u64>) -> Result<Vec<u8>, Exit> {
        let params = [
            ("handler", Value::from(handler)),
            ("revision", revision.map_or(Value::Null, Value::from)),
        ];
        let answer = self.ask("deploy.component", params)?;
        decoded(text(&answer, "component"))
    }
}

fn decoded(base64: &str) -> Result<Vec<u8>, Exit> {
    STANDARD
        .decode(base64)
        .map_err(|error| output::wrong(format_args!("the server's answer is no Base64: {error}")))
}

/// A text of an answer.
pub(crate) fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row.get(name).and_then(Value::as_str).unwrap_or_default()
}
