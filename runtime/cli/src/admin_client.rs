//! Calls to a running server.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use evroute_server::RpcError;
use serde_json::{Value, json};
use ureq::http::Response;
use ureq::{Agent, Body};

use crate::admin_url::AdminUrl;
use crate::contexts::{self, Context, Contexts};
use crate::exit::Exit;
use crate::{output, trust};

/// Where a server is that nobody named.
const DEFAULT: &str = "http://127.0.0.1:8060";

/// How long to wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);

/// How long to wait for an answer; a little longer than the server takes at most.
const ANSWER: Duration = Duration::from_secs(65);

/// The largest answer, in bytes.
const ANSWER_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Which server.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Server {
    /// The server's admin address [default: that of the context, else http://127.0.0.1:8060]
    #[arg(long, value_name = "URL", env = "EVROUTE_ADMIN")]
    admin: Option<String>,
    /// A file that holds the token, where the server asks for one
    #[arg(long, value_name = "FILE", env = "EVROUTE_TOKEN_FILE")]
    token_file: Option<PathBuf>,
    /// Certificates that the server's is signed by, where the system does not know them
    #[arg(long, value_name = "FILE", env = "EVROUTE_CA")]
    ca: Option<PathBuf>,
    /// Send the token without TLS to another machine
    #[arg(long)]
    insecure: bool,
    /// The server that "evroute login" has named so
    #[arg(long, value_name = "NAME", env = "EVROUTE_CONTEXT")]
    context: Option<String>,
}

/// A server, and as whom it is called.
#[derive(Debug)]
pub(crate) struct Target {
    url: AdminUrl,
    token: Option<String>,
    agent: Agent,
    /// The tenant that the user is logged in for.
    pub(crate) tenant: Option<String>,
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
        self.target()?.upload(component, tenant)
    }

    /// Calls a method; where it refuses, that is printed, and how the command ends is the error.
    pub(crate) fn ask(&self, method: &str, params: &Value) -> Result<Value, Exit> {
        self.answer(method, params).map_err(Refusal::exit)
    }

    /// What the method answers.
    pub(crate) fn answer(&self, method: &str, params: &Value) -> Result<Value, Refusal> {
        self.target()?.call(method, params)
    }

    /// The tenant that is named, else the one that the user is logged in for. Whatever is wrong
    /// with the contexts is said when the server is called.
    pub(crate) fn tenant(&self, named: Option<&str>) -> Option<String> {
        let of_context = || self.named_context().ok()??.tenant;
        named.map(str::to_owned).or_else(of_context)
    }

    /// What the command line, the environment and the contexts say, in this order. The token of a
    /// context goes to its own server only.
    pub(crate) fn target(&self) -> Result<Target, String> {
        let context = self.named_context()?;
        let (of_context, written) = match (&context, &self.admin) {
            (Some(context), _) => (Some(context), context.url.as_str()),
            (None, Some(admin)) => (None, admin.as_str()),
            (None, None) => (None, DEFAULT),
        };
        let token = match &self.token_file {
            Some(path) => Some(token(path)?),
            None => of_context.map(|context| context.token.clone()),
        };
        let insecure = self.insecure || of_context.is_some_and(|context| context.insecure);
        let ca = self.ca.clone().or_else(|| of_context?.ca.clone());
        let mut target = Target::new(written, token, ca.as_deref(), insecure)?;
        target.tenant = of_context.and_then(|context| context.tenant.clone());
        Ok(target)
    }

    /// The context that is meant: by its name; the current one where no address is given.
    fn named_context(&self) -> Result<Option<Context>, String> {
        if self.context.is_none() && self.admin.is_some() {
            return Ok(None);
        }
        let path = match (contexts::file(), &self.context) {
            (Ok(path), _) => path,
            (Err(_), None) => return Ok(None),
            (Err(why), Some(_)) => return Err(why),
        };
        let contexts = Contexts::load(&path)?;
        match &self.context {
            Some(name) => contexts.named(name).cloned().map(Some),
            None => Ok(contexts.current()?.cloned()),
        }
    }
}

impl Target {
    /// A server at an address. A token does not travel to other machines in the clear, unless that
    /// is asked for.
    pub(crate) fn new(
        written: &str,
        token: Option<String>,
        ca: Option<&Path>,
        insecure: bool,
    ) -> Result<Self, String> {
        let url = AdminUrl::parse(written, "--admin")?;
        if token.is_some() && url.is_exposed() && !insecure {
            return Err(format!(
                "{}: everybody on the way could read the token; write https://, or --insecure if the way is your own",
                url.as_str()
            ));
        }
        Ok(Self {
            url,
            token,
            agent: agent(ca)?,
            tenant: None,
        })
    }

    pub(crate) fn url(&self) -> &str {
        self.url.as_str()
    }

    /// The URL's host and port.
    pub(crate) fn host(&self) -> &str {
        let (_, host) = self.url().split_once("://").unwrap_or_default();
        host
    }

    /// What a method answers.
    pub(crate) fn call(&self, method: &str, params: &Value) -> Result<Value, Refusal> {
        let url = self.url();
        let call = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let mut request = self.agent.post(format!("{url}/rpc"));
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let answered = request.send_json(call);
        let answered = answered.map_err(|error| unreachable_server(url, &error))?;
        let status = answered.status().as_u16();
        let mut body = answered.into_body();
        let text = body.with_config().limit(ANSWER_BYTES_MAX).read_to_string();
        let text = text.map_err(|error| format!("the answer of {url} broke off: {error}"))?;
        match status {
            200 => result(url, &text),
            401 | 403 | 429 => Err(refused(url, status, &text))?,
            // Too much at once, too large: the reason is in the body, as for every call that is
            // refused.
            _ => match result(url, &text) {
                Err(refusal) if refusal.is_answer => Err(refusal),
                Ok(_) | Err(_) => Err(other(url, status))?,
            },
        }
    }

    /// Sends a component for a tenant.
    fn upload(&self, component: &[u8], tenant: Option<&str>) -> Result<Value, Refusal> {
        let url = self.url();
        let query = tenant.map_or(String::new(), |tenant| format!("?tenant={tenant}"));
        let mut request = self.agent.post(format!("{url}/deploy{query}"));
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let sent = request.content_type("application/wasm").send(component);
        let answered = sent.map_err(|error| unreachable_server(url, &error))?;
        let status = answered.status().as_u16();
        let mut body = answered.into_body();
        let text = body.with_config().limit(ANSWER_BYTES_MAX).read_to_string();
        let text = text.map_err(|error| format!("the answer of {url} broke off: {error}"))?;
        let answer: Value = serde_json::from_str(&text).unwrap_or_default();
        match (status, answer.get("error").and_then(Value::as_str)) {
            (200, None) => Ok(answer),
            (401, _) => Err(refused(url, status, &text))?,
            (_, Some(why)) => Err(Refusal {
                text: why.to_owned(),
                is_answer: true,
                is_its_fault: status == 500,
            }),
            (_, None) => Err(format!("{url} answered HTTP {status}: {}", text.trim_end()))?,
        }
    }

    /// Begins to read a path that does not end by itself.
    pub(crate) fn stream(&self, path: &str) -> Result<Body, Refusal> {
        let url = self.url();
        let request = self.agent.get(format!("{url}{path}"));
        let request = request.config().timeout_global(None).build();
        let request = match &self.token {
            Some(token) => request.header("Authorization", format!("Bearer {token}")),
            None => request,
        };
        let answered: Response<Body> = request
            .call()
            .map_err(|error| unreachable_server(url, &error))?;
        let status = answered.status().as_u16();
        let mut body = answered.into_body();
        if status == 200 {
            return Ok(body);
        }
        let text = body.read_to_string().unwrap_or_default();
        Err(match status {
            401 | 403 | 429 | 503 => refused(url, status, &text),
            _ => other(url, status),
        })?
    }
}

fn refused(url: &str, status: u16, text: &str) -> String {
    match status {
        401 => format!(
            "{url} asks for a token; give the right one with --token-file FILE, or log in with evroute login"
        ),
        _ => format!("{url} refused: {}", text.trim_end()),
    }
}

fn other(url: &str, status: u16) -> String {
    format!("{url} answered HTTP {status}; is it an evroute admin address? (--admin)")
}

/// The token in a file.
pub(crate) fn token(path: &Path) -> Result<String, String> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("--token-file {shown} cannot be read: {error}"))?;
    one_word(&text)
        .ok_or_else(|| format!("--token-file {shown} does not hold a token: one word is expected"))
}

/// A token as it stands in a file or is typed.
pub(crate) fn one_word(text: &str) -> Option<String> {
    let token = text.trim();
    let fits = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then(|| token.to_owned())
}

/// Why there is no result, in one sentence.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) text: String,
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

/// Straight to the server: no proxy from the environment, no redirects. Its name is verified.
fn agent(ca: Option<&Path>) -> Result<Agent, String> {
    Ok(Agent::config_builder()
        .proxy(None)
        .max_redirects(0)
        .http_status_as_error(false)
        .timeout_connect(Some(CONNECT))
        .timeout_global(Some(ANSWER))
        .tls_config(trust::tls_config(ca)?)
        .build()
        .new_agent())
}

fn unreachable_server(url: &str, error: &ureq::Error) -> String {
    let why = match error {
        ureq::Error::Io(error) => error.to_string(),
        other => other.to_string(),
    };
    if why.contains("certificate") {
        return format!("{url} is not who it should be ({why}); name its authority with --ca FILE");
    }
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
