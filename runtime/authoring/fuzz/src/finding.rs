//! A bug that was found, as a folder which `evroute test` runs from then on.

use std::path::{Path, PathBuf};

use evroute_cases::{Draft, Suite};
use serde::{Deserialize, Serialize};

use crate::corpus::write_whole;
use crate::executor::Executor;
use crate::input::Input;
use crate::oracle::{Judge, Judged, Oracle};
use crate::property::{Property, Sense};
use crate::target::FuzzTarget;

/// A bug, and the smallest input that was found to show it.
#[derive(Clone, Debug)]
pub struct Finding {
    /// How it is known.
    pub oracle: Oracle,
    /// Its name, and that of its folder: the oracle's word and a number.
    pub name: String,
    /// Where it is, or what it is about; equal for equal bugs.
    pub place: String,
    /// What is wrong, as a sentence.
    pub what: String,
    /// The event.
    pub event: &'static str,
    /// The execution that found it.
    pub execution: u64,
    /// When, in seconds since the begin.
    pub seconds: f64,
    /// How large its input was when it was found, and is now, bytes.
    pub sizes: (usize, usize),
    pub(crate) input: Input,
    pub(crate) steady: bool,
}

/// `finding.toml`.
#[derive(Debug, Serialize, Deserialize)]
struct FindingFile {
    oracle: String,
    place: String,
    what: String,
    #[serde(default)]
    steady: bool,
}

impl Finding {
    pub(crate) fn bug(&self) -> Judged {
        Judged::new(self.oracle, &self.place, &self.what)
    }

    /// What it is called, from what makes it what it is.
    pub(crate) fn name_of(bug: &Judged, event: &str) -> String {
        // FNV-1a: the same name on every machine and in every version.
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in event.bytes().chain([0]).chain(bug.place.bytes()) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        format!("{}-{:06x}", bug.oracle.word(), hash & 0xff_ffff)
    }

    /// The message that shows it, where the event is about one.
    #[must_use]
    pub fn message(&self) -> Option<&[u8]> {
        self.input.draft.message()
    }

    /// Writes its folder.
    ///
    /// # Errors
    /// A sentence that says which file could not be written, and why.
    pub fn write(&self, findings: &Path) -> Result<PathBuf, String> {
        let folder = findings.join(&self.name);
        std::fs::create_dir_all(&folder)
            .map_err(|why| format!("{} cannot be made: {why}", folder.display()))?;
        let draft = &self.input.draft;
        let end = "verdict = \"\"";
        let case = draft.to_toml(&self.name, Some("message.sip"), end);
        if let Some(message) = draft.message() {
            write_whole(&folder.join("message.sip"), message)?;
        }
        if !self.input.answers.is_empty() {
            write_whole(&folder.join("answers.evrec"), &self.input.answers_file()?)?;
        }
        write_whole(&folder.join("case.toml"), case.as_bytes())?;
        write_whole(&folder.join("report.md"), self.report().as_bytes())?;
        let about = FindingFile {
            oracle: self.oracle.word().to_owned(),
            place: self.place.clone(),
            what: self.what.clone(),
            steady: self.steady,
        };
        let about = toml::to_string(&about).map_err(|why| why.to_string())?;
        // The last one: a folder without it is not a finding.
        write_whole(&folder.join("finding.toml"), about.as_bytes())?;
        Ok(folder)
    }

    /// For people.
    #[must_use]
    pub fn report(&self) -> String {
        let (found, now) = self.sizes;
        let mut text = format!(
            "# {}\n\n{}\n\n- oracle: `{}`, {}\n- event: `{}`\n- place: `{}`\n- found in execution {}, {found} bytes, made {now} bytes\n",
            self.name,
            self.what,
            self.oracle.word(),
            self.oracle.sentence(),
            self.event,
            self.place,
            self.execution
        );
        if let Some(message) = self.message() {
            let message = message.escape_ascii().to_string();
            let message = message.replace("\\r\\n", "\n").replace("\\\"", "\"");
            text.push_str(&format!(
                "\nThe message, octets that are not printable escaped:\n\n```\n{message}\n```\n"
            ));
        }
        for (name, value) in self.input.draft.fields() {
            text.push_str(&format!("- `{name}` = `{value:?}`\n"));
        }
        for ((interface, function), answers) in &self.input.answers {
            for (call, answer) in answers.iter().enumerate() {
                if let Some(answer) = answer {
                    text.push_str(&format!(
                        "- call {call} of `{interface} {function}` is answered `{answer}`\n"
                    ));
                }
            }
        }
        text
    }
}

/// A folder of a finding that was tried again.
#[derive(Clone, Debug)]
pub struct Retried {
    /// The folder's name.
    pub name: String,
    /// What it was then.
    pub what: String,
    /// What is still wrong; none when it is mended.
    pub still: Option<String>,
}

/// The folders of findings in a folder, in the order of their names.
#[must_use]
pub fn finding_folders(findings: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(findings) else {
        return Vec::new();
    };
    let folders = entries.flatten().map(|entry| entry.path());
    let mut folders: Vec<_> = folders
        .filter(|folder| folder.join("finding.toml").is_file())
        .collect();
    folders.sort();
    folders
}

/// Runs the input of a finding again, in the component as it is now: whatever the same oracle
/// finds is the bug, wherever it is by now.
///
/// # Errors
/// The folder cannot be read, or the handler does not handle its event any more.
pub fn retry(target: &std::sync::Arc<FuzzTarget>, folder: &Path) -> Result<Retried, String> {
    let read = |name: &str| {
        let path = folder.join(name);
        std::fs::read_to_string(&path).map_err(|why| format!("{}: {why}", path.display()))
    };
    let about: FindingFile =
        toml::from_str(&read("finding.toml")?).map_err(|why| format!("finding.toml: {why}"))?;
    let oracle = Oracle::named(&about.oracle);
    let oracle = oracle.ok_or_else(|| format!("there is no oracle {:?}", about.oracle))?;
    let suite = Suite::open(&folder.join("case.toml")).map_err(|why| why.to_string())?;
    let drafts = Draft::of_suite(&suite).map_err(|why| why.to_string())?;
    let mut input = Input::new(
        drafts
            .into_iter()
            .next()
            .ok_or("case.toml: it has no case")?,
    );
    let answers = folder.join("answers.evrec");
    if answers.is_file() {
        let file =
            std::fs::read(&answers).map_err(|why| format!("{}: {why}", answers.display()))?;
        input.read_answers(&file)?;
    }
    if !target.events().contains(&input.draft.event()) {
        return Err(format!(
            "the handler does not handle {} any more",
            input.draft.event()
        ));
    }
    let mut judge = Judge {
        properties: properties(oracle, &about)?,
        off: Vec::new(),
        against: None,
        steady: about.steady,
        prints: target.prints(),
    };
    let mut executor = Executor::new(target).map_err(|why| why.to_string())?;
    executor.original(&input).map_err(|why| why.to_string())?;
    let judged = judge.judge_deeply(&mut executor, &input);
    let still = judged.into_iter().find(|judged| judged.oracle == oracle);
    let name = folder
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    Ok(Retried {
        name: name.unwrap_or_default(),
        what: about.what,
        still: still.map(|judged| judged.what),
    })
}

fn properties(oracle: Oracle, about: &FindingFile) -> Result<Vec<Property>, String> {
    if oracle != Oracle::Property || about.steady {
        return Ok(Vec::new());
    }
    let property = match about.place.strip_prefix("--never ") {
        Some(word) => Property::never(word),
        None => Property::parse(&about.place, Sense::Always),
    };
    Ok(vec![property.map_err(|why| why.to_string())?])
}
