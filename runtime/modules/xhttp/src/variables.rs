//! The pseudo-variable of HTTP that SIP has none for. The others (`$rm`, `$hdr`, `$rb`, ...) are
//! those of the message.

use evroute_module_api::{Value, Variable, VariableError};

/// This module's rows.
pub(crate) const ROWS: &[Variable] = &[Variable {
    name: "hu",
    spelling: "$hu",
    meaning: "what a request of HTTP asks for, as it was written: path and query",
    grant: None,
    counts: false,
    get: |run, _| {
        let subject = run.subject();
        let subject = subject.map_err(|error| VariableError::Other(error.to_string()))?;
        let request = subject.http.as_ref();
        let request = request.ok_or(VariableError::NotAvailableHere)?;
        Ok(Value::Text(request.target.clone()))
    },
    set: None,
}];
