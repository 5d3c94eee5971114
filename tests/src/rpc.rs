//! JSON-RPC 2.0 at POST /rpc.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::Error;

/// What the server said.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It did it.
    Result(Value),
    /// It did not: code and sentence.
    Refused(i64, String),
}

/// Calls one method, with a token where there is one.
pub(crate) fn call(
    admin: SocketAddr,
    token: Option<&str>,
    method: &str,
    params: &Value,
) -> Result<Answer, Error> {
    let request = json!({ "jsonrpc": "2.0", "method": method, "params": params, "id": 1 });
    let what = || format!("POST /rpc {method}");
    let failed = |cause| Error::Http {
        what: what(),
        cause: Box::new(cause),
    };
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let mut asked = agent.post(format!("http://{admin}/rpc"));
    if let Some(token) = token {
        asked = asked.header("Authorization", format!("Bearer {token}"));
    }
    let mut response = asked.send_json(&request).map_err(failed)?;
    let body: Value = response.body_mut().read_json().map_err(failed)?;
    read(&body).ok_or_else(|| Error::Unreadable(format!("{}: not JSON-RPC 2.0: {body}", what())))
}

fn read(body: &Value) -> Option<Answer> {
    if body.get("jsonrpc")? != "2.0" || body.get("id")? != 1 {
        return None;
    }
    if let Some(result) = body.get("result") {
        return Some(Answer::Result(result.clone()));
    }
    let error = body.get("error")?;
    let sentence = error.get("message")?.as_str()?.to_owned();
    Some(Answer::Refused(error.get("code")?.as_i64()?, sentence))
}
