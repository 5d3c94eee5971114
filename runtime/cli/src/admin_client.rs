//! Calls to a running server.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use evroute_server::RpcError;
use serde_json::{Value, json};
use ureq::Agent;

use crate::exit::Exit;
use crate::output;

/// How long to wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);

/// How long to wait for an answer; a little longer than the server takes at most.
const ANSWER: Duration = Duration::from_secs(65);

/// The largest answer, in bytes.
const ANSWER_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Which server.
#[derive(Debug, Args)]
pub(crate) struct Server {
    /// The server's admin address
    #[arg(
        long,
        value_name = "URL",
        env = "EVROUTE_ADMIN",
        default_value = "http://127.0.0.1:8060"
    )]
    admin: String,
    /// A file that holds the token, where the server asks for one
    #[arg(long, value_name = "FILE", env = "EVROUTE_TOKEN_FILE")]
    token_file: Option<PathBuf>,
}

impl Server {
    /// Calls a method, prints what it answers and says how the command ends.
    pub(crate) fn call(&self, method: &str, params: &Value) -> Exit {
        self.show(method, params, output::pretty)
    }

    /// The same, with what it answers put into words.
    pub(crate) fn show(
        &self,
        method: &str,
        params: &Value,
        words: impl FnOnce(&Value) -> String,
    ) -> Exit {
        match self.ask(method, params) {
            Ok(result) => output::done(words(&result)),
            Err(exit) => exit,
        }
    }

    /// Sends a component for a tenant. The answer is what the server calls it.
    pub(crate) fn upload(&self, component: &[u8], tenant: Option<&str>) -> Result<Value, Refusal> {
        let url = self.url()?;
        let query = tenant.map_or(String::new(), |tenant| format!("?tenant={tenant}"));
        let mut request = agent().post(format!("{url}/deploy{query}"));
        if let Some(token) = self.token()? {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let sent = request.content_type("application/wasm").send(component);
        let answered = sent.map_err(|error| unreachable_server(&url, &error))?;
        let status = answered.status().as_u16();
        let mut body = answered.into_body();
        let text = body.with_config().limit(ANSWER_BYTES_MAX).read_to_string();
        let text = text.map_err(|error| format!("the answer of {url} broke off: {error}"))?;
        let answer: Value = serde_json::from_str(&text).unwrap_or_default();
        match (status, answer.get("error").and_then(Value::as_str)) {
            (200, None) => Ok(answer),
            (401, _) => Err(format!(
                "{url} asks for a token; give the right one with --token-file FILE"
            ))?,
            (_, Some(why)) => Err(Refusal {
                text: why.to_owned(),
                is_answer: true,
                is_its_fault: status == 500,
            }),
            (_, None) => Err(format!("{url} answered HTTP {status}: {}", text.trim_end()))?,
        }
    }

    /// Calls a method; where it refuses, that is printed, and how the command ends is the error.
    pub(crate) fn ask(&self, method: &str, params: &Value) -> Result<Value, Exit> {
        self.answer(method, params).map_err(Refusal::exit)
    }

    /// What the method answers.
    pub(crate) fn answer(&self, method: &str, params: &Value) -> Result<Value, Refusal> {
        let url = self.url()?;
        let call = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let mut request = agent().post(format!("{url}/rpc"));
        if let Some(token) = self.token()? {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let answered = request
            .send_json(call)
            .map_err(|error| unreachable_server(&url, &error))?;
        let status = answered.status().as_u16();
        let mut body = answered.into_body();
        let text = body.with_config().limit(ANSWER_BYTES_MAX).read_to_string();
        let text = text.map_err(|error| format!("the answer of {url} broke off: {error}"))?;
        match status {
            200 => result(&url, &text),
            401 => Err(format!(
                "{url} asks for a token; give the right one with --token-file FILE"
            ))?,
            403 | 429 => Err(format!("{url} refused: {}", text.trim_end()))?,
            // Too much at once, too large: the reason is in the body, as for every call that is
            // refused.
            _ => match result(&url, &text) {
                Err(refusal) if refusal.is_answer => Err(refusal),
                Ok(_) | Err(_) => Err(format!(
                    "{url} answered HTTP {status}; is it an evroute admin address? (--admin)"
                ))?,
            },
        }
    }

    /// The URL without a path; the scheme may be omitted.
    fn url(&self) -> Result<String, String> {
        let text = &self.admin;
        let host = match text.split_once("://") {
            None => text,
            Some(("http", host)) => host,
            Some((scheme, _)) => {
                return Err(format!(
                    "--admin {text}: {scheme} is not spoken here; write http://ADDRESS:PORT"
                ));
            }
        };
        let host = host.strip_suffix('/').unwrap_or(host);
        if host.is_empty() || host.contains(['/', '?', '#', '@', ' ']) {
            return Err(format!(
                "--admin {text} is not an admin address; write http://ADDRESS:PORT"
            ));
        }
        Ok(format!("http://{host}"))
    }

    fn token(&self) -> Result<Option<String>, String> {
        let Some(path) = &self.token_file else {
            return Ok(None);
        };
        let shown = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("--token-file {shown} cannot be read: {error}"))?;
        let token = text.trim();
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(format!(
                "--token-file {shown} does not hold a token: one word is expected"
            ));
        }
        Ok(Some(token.to_owned()))
    }
}

/// Why there is no result, in one sentence.
pub(crate) struct Refusal {
    text: String,
    /// The server says so, and not who looks for one.
    is_answer: bool,
    /// The server says that it is its own fault.
    is_its_fault: bool,
}

impl Refusal {
    /// Prints it and says how the command ends.
    pub(crate) fn exit(self) -> Exit {
        match self.is_its_fault {
            true => output::our_fault(self.text),
            false => output::wrong(self.text),
        }
    }
}

impl From<String> for Refusal {
    fn from(text: String) -> Self {
        Self {
            text,
            is_answer: false,
            is_its_fault: false,
        }
    }
}

/// Straight to the server: no proxy from the environment, no redirects.
fn agent() -> Agent {
    Agent::config_builder()
        .proxy(None)
        .max_redirects(0)
        .http_status_as_error(false)
        .timeout_connect(Some(CONNECT))
        .timeout_global(Some(ANSWER))
        .build()
        .new_agent()
}

fn unreachable_server(url: &str, error: &ureq::Error) -> String {
    let why = match error {
        ureq::Error::Io(error) => error.to_string(),
        other => other.to_string(),
    };
    format!(
        "no server answers at {url} ({why}); start one with \"evroute run -c guest-examples/demo.toml\" or name \
         another with --admin"
    )
}

/// Takes a response object apart.
fn result(url: &str, text: &str) -> Result<Value, Refusal> {
    let mut answer: Value = serde_json::from_str(text).map_err(|_| {
        format!("{url} did not answer JSON; is it an evroute admin address? (--admin)")
    })?;
    if let Some(error) = answer.get("error") {
        let message = error
            .get("message")
            .and_then(Value::as_str)
            .unwrap_or("no reason given");
        let code = error.get("code").cloned().unwrap_or_default();
        return Err(Refusal {
            text: format!("{message} ({code})"),
            is_answer: true,
            is_its_fault: code == RpcError::INTERNAL,
        });
    }
    match answer.get_mut("result") {
        Some(result) => Ok(result.take()),
        None => Err(format!(
            "{url} did not answer JSON-RPC; is it an evroute admin address? (--admin)"
        ))?,
    }
}
