//! Chromium without a window, as somebody who looks at a page and clicks.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{Error, PATIENCE, eventually};

/// It speaks the DevTools protocol over two descriptors, which are its input and output here.
const SCRIPT: &str = "exec chromium --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage \
    --no-first-run --disable-component-update --disable-background-networking \
    --disable-features=WebRtcHideLocalIpsWithMdns --window-size=1280,800 \
    --user-data-dir=\"$0\" --remote-debugging-pipe about:blank 3<&0 4>&1 1>&2 2>\"$0/log\"";

/// A running browser with one page; it ends with this value.
#[derive(Debug)]
pub struct Browser {
    process: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    folder: TempDir,
    session: Option<String>,
    last: u64,
    /// What went wrong in the page, as its console says it.
    wrong: Vec<String>,
}

impl Browser {
    /// Opens a page.
    ///
    /// # Errors
    /// When it is not installed, or does not open it.
    pub fn open(url: &str) -> Result<Self, Error> {
        let folder =
            TempDir::new().map_err(Error::file("make a folder in", &std::env::temp_dir()))?;
        let mut process = Command::new("sh")
            .args(["-c", SCRIPT])
            .arg(folder.path())
            .env("HOME", folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(Error::file("start", Path::new("chromium")))?;
        let none = || Error::Unreadable("chromium has no pipes".to_owned());
        let to = process.stdin.take().ok_or_else(none)?;
        let from = read_on(process.stdout.take().ok_or_else(none)?);
        let mut browser = Self {
            process,
            to,
            from,
            folder,
            session: None,
            last: 0,
            wrong: Vec::new(),
        };
        browser.go(url)?;
        Ok(browser)
    }

    fn go(&mut self, url: &str) -> Result<(), Error> {
        let targets = self.ask("Target.getTargets", &json!({}))?;
        let infos = at(&targets, "/targetInfos")
            .as_array()
            .into_iter()
            .flatten();
        let mut page = infos
            .filter(|info| at(info, "/type") == "page")
            .map(|info| at(info, "/targetId"));
        let page = page.next_back().cloned().unwrap_or_default();
        let asked = json!({ "targetId": page, "flatten": true });
        let attached = self.ask("Target.attachToTarget", &asked)?;
        self.session = at(&attached, "/sessionId").as_str().map(str::to_owned);
        for domain in ["Runtime", "Log", "Page"] {
            self.ask(&format!("{domain}.enable"), &json!({}))?;
        }
        self.ask("Page.navigate", &json!({ "url": url }))?;
        Ok(())
    }

    /// What an expression comes to in the page, as if somebody had clicked for it.
    ///
    /// # Errors
    /// When it throws, or nothing is answered in time.
    pub fn evaluate(&mut self, expression: &str) -> Result<Value, Error> {
        let asked = json!({
            "expression": expression,
            "awaitPromise": true,
            "returnByValue": true,
            "userGesture": true,
        });
        let mut answer = self.ask("Runtime.evaluate", &asked)?;
        match answer.get("exceptionDetails") {
            Some(thrown) => Err(Error::Unreadable(format!("{expression}: {thrown}"))),
            None => Ok(taken(&mut answer, "/result/value")),
        }
    }

    /// Waits until an expression is true in the page.
    ///
    /// # Errors
    /// [`Error::Late`] with the text of the page and what its console says.
    pub fn until(&mut self, expression: &str) -> Result<(), Error> {
        let asked = format!("Boolean({expression})");
        let page = std::cell::RefCell::new(self);
        eventually(
            &format!("{expression} in the page"),
            || {
                // A page that is being loaded throws.
                let value = page.borrow_mut().evaluate(&asked).ok()?;
                value.as_bool().filter(|is_true| *is_true).map(|_| ())
            },
            || {
                let mut page = page.borrow_mut();
                let text = page.evaluate("document.body.innerText").unwrap_or_default();
                format!("{text}\n{}", page.wrong.join("\n"))
            },
        )
    }

    /// Clicks on the element with this id.
    ///
    /// # Errors
    /// When there is none.
    pub fn click(&mut self, id: &str) -> Result<(), Error> {
        self.evaluate(&format!("document.getElementById({id:?}).click()"))?;
        Ok(())
    }

    /// What went wrong in the page so far: exceptions, and errors of its console.
    ///
    /// # Errors
    /// When it has ended.
    pub fn wrong(&mut self) -> Result<Vec<String>, Error> {
        self.evaluate("0")?;
        Ok(self.wrong.clone())
    }

    /// The page as a PNG, in base 64.
    ///
    /// # Errors
    /// When it is not drawn in time.
    pub fn screenshot(&mut self) -> Result<String, Error> {
        let drawn = self.ask("Page.captureScreenshot", &json!({ "format": "png" }))?;
        Ok(at(&drawn, "/data").as_str().unwrap_or_default().to_owned())
    }

    fn ask(&mut self, method: &str, parameters: &Value) -> Result<Value, Error> {
        self.last += 1;
        let mut asked = json!({ "id": self.last, "method": method, "params": parameters });
        if let (Some(session), Some(asked)) = (&self.session, asked.as_object_mut()) {
            asked.insert("sessionId".to_owned(), json!(session));
        }
        let failed = Error::file("write to", Path::new("chromium"));
        self.to
            .write_all(format!("{asked}\0").as_bytes())
            .map_err(failed)?;
        loop {
            let heard = self.from.recv_timeout(PATIENCE);
            let mut heard = heard.map_err(|_| Error::Late {
                what: format!("chromium answering {method}"),
                seconds: PATIENCE.as_secs(),
                log: self.log(),
            })?;
            if at(&heard, "/id") == self.last {
                return match heard.get("error") {
                    Some(error) => Err(Error::Unreadable(format!("{method}: {error}"))),
                    None => Ok(taken(&mut heard, "/result")),
                };
            }
            self.note(&heard);
        }
    }

    fn note(&mut self, event: &Value) {
        let parameters = at(event, "/params");
        let is_wrong = match at(event, "/method").as_str() {
            Some("Runtime.exceptionThrown") => true,
            Some("Log.entryAdded") => at(parameters, "/entry/level") == "error",
            Some("Runtime.consoleAPICalled") => at(parameters, "/type") == "error",
            _ => false,
        };
        if is_wrong {
            self.wrong.push(parameters.to_string());
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

/// What is at this place (RFC 6901); null where nothing is.
fn at<'a>(value: &'a Value, place: &str) -> &'a Value {
    value.pointer(place).unwrap_or(&Value::Null)
}

fn taken(value: &mut Value, place: &str) -> Value {
    value
        .pointer_mut(place)
        .map(Value::take)
        .unwrap_or_default()
}

/// What it says, one message after the other.
fn read_on(output: ChildStdout) -> Receiver<Value> {
    let (tell, told) = channel();
    thread::spawn(move || {
        for message in BufReader::new(output).split(0).map_while(Result::ok) {
            let message = serde_json::from_slice(&message);
            if message.is_ok_and(|message: Value| tell.send(message).is_err()) {
                return;
            }
        }
    });
    told
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to end. Its own processes end with it.
        let _ = self.process.kill();
        let _ = self.process.wait();
        if thread::panicking() {
            eprintln!("--- log of chromium ---\n{}", self.log());
        }
    }
}
