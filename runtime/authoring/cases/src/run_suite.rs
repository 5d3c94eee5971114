//! Whether a component does what its cases say, and what it costs.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use evroute_event::{Outcome, Payload, ReplyParts};
use evroute_sandbox::{CodeCache, Run, Sandbox};

use crate::case::Case;
use crate::events::{Kind, kinds, xhttp};
use crate::fixture::{Fixture, is_deliberate, sandbox, sandbox_in_cell};
use crate::mismatch::Mismatch;
use crate::{Cost, Error, Recorded, Suite, message, tables};

/// For how long events are measured, and how many of them at most.
const MEASURED: Duration = Duration::from_millis(300);
const EVENTS_MAX: usize = 2000;
/// The first events of a component pay for its pages.
const WARM_UP: usize = 10;

/// A case that was run.
#[derive(Clone, Debug)]
pub struct CaseResult {
    /// Its name.
    pub name: String,
    /// Its line in the file, counted from 1.
    pub line: usize,
    /// The verdict with what it carries, or the outcome in its place.
    pub end: String,
    /// What is not as the case says: nothing when it passed.
    pub differences: Vec<Mismatch>,
    /// Where in the handler it was cut short, the innermost function first; empty when it was not.
    pub at: String,
    /// What was logged.
    pub log: Vec<String>,
    /// The file of answers that the case names and what belongs into it, when they are recorded.
    pub recording: Option<(PathBuf, String)>,
    /// How long the run took, host calls included.
    pub took: Duration,
    /// Fuel that the run burnt.
    pub fuel: u64,
    /// The run's memories at their largest, all together, bytes.
    pub memory_bytes: u64,
}

impl CaseResult {
    /// Whether everything is as the case says.
    #[must_use]
    pub fn has_passed(&self) -> bool {
        self.differences.is_empty()
    }
}

/// Runs a component through all cases, each from a fresh start.
///
/// # Errors
/// When a case cannot be judged: the component is refused or does not handle the event, a database
/// cannot be set up.
pub fn run_suite(component: &[u8], suite: &Suite) -> Result<Vec<CaseResult>, Error> {
    record(component, suite, &[], None)
}

/// The same, with databases in the place of the answers that cases have in files; see
/// [`CaseResult::recording`]. The component is not compiled again where `code_cache` has it.
///
/// # Errors
/// As [`judge`], and when one of the databases cannot be opened.
pub fn record(
    component: &[u8],
    suite: &Suite,
    recorded: &[Recorded],
    code_cache: Option<&CodeCache>,
) -> Result<Vec<CaseResult>, Error> {
    judged(component, suite, recorded, &sandbox(code_cache)?)
}

/// As [`run_suite`], in runners of a cell that `program __cell` is: the `evroute` command.
///
/// # Errors
/// As [`run_suite`], and when there is no thread that could start a runner.
pub fn run_suite_in_cell(
    component: &[u8],
    suite: &Suite,
    program: PathBuf,
) -> Result<Vec<CaseResult>, Error> {
    judged(component, suite, &[], &sandbox_in_cell(program)?)
}

fn judged(
    component: &[u8],
    suite: &Suite,
    recorded: &[Recorded],
    sandbox: &Arc<Sandbox>,
) -> Result<Vec<CaseResult>, Error> {
    let kind = kind(&suite.event)?;
    runtime()?.block_on(async {
        let mut judged = Vec::new();
        let mut fixture: Option<Fixture> = None;
        for (line, case) in &suite.cases {
            let before = fixture.as_ref();
            let next = Fixture::on(before, sandbox, component, (suite, case), recorded).await;
            let next = next.map_err(|error| format!("case {:?}: {error}", case.name))?;
            judged.push(run_case(&next, &kind, case, *line).await?);
            fixture = Some(next);
        }
        Ok(judged)
    })
}

/// What an event of the first case costs.
///
/// # Errors
/// As [`judge`], and when a run ends otherwise than by the handler's own decision.
pub fn measure(component: &[u8], suite: &Suite) -> Result<Cost, Error> {
    let (_, case) = suite.cases.first().ok_or("no cases")?;
    let kind = kind(&suite.event)?;
    runtime()?.block_on(async {
        let fixture = Fixture::new(&sandbox(None)?, component, suite, case, &[]).await?;
        let mut samples = Vec::new();
        let mut cost = Cost {
            component_bytes: component.len(),
            ..Cost::default()
        };
        let begun = Instant::now();
        while samples.len() < WARM_UP || (begun.elapsed() < MEASURED && samples.len() < EVENTS_MAX)
        {
            let payload = (kind.build)(case)?;
            let before = Instant::now();
            let run = fixture.run(payload).await;
            samples.push(before.elapsed());
            if !is_deliberate(&run.outcome) {
                return Err(format!("{}: it ended as {}", case.name, run.outcome).into());
            }
            cost.fuel = run.used.fuel;
            cost.memory_bytes = run.used.memory_bytes;
            fixture.log.take();
            fixture.raised();
        }
        let mut samples = samples.split_off(WARM_UP.min(samples.len() / 2));
        samples.sort_unstable();
        cost.median = samples.get(samples.len() / 2).copied().unwrap_or_default();
        Ok(cost)
    })
}

/// The event of this name.
pub(crate) fn kind(event: &str) -> Result<Kind, Error> {
    let mut kinds = kinds().into_iter();
    let found = kinds.find(|kind| kind.name.as_str() == event);
    found.ok_or_else(|| format!("there is no event {event}").into())
}

pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    Ok(runtime.enable_all().build()?)
}

async fn run_case(
    fixture: &Fixture,
    kind: &Kind,
    case: &Case,
    line: usize,
) -> Result<CaseResult, Error> {
    let before = (kind.build)(case)?;
    let begun = Instant::now();
    let run = fixture.run((kind.build)(case)?).await;
    let took = begun.elapsed();
    let end = match (&run.outcome, &run.verdict) {
        (Outcome::Returned, Some(verdict)) => {
            (kind.word)(&**verdict).ok_or("a verdict of another event")?
        }
        (other, _) => other.to_string(),
    };
    let log = fixture.log.take();
    let mut differences = Vec::new();
    differences.extend(of_end(&run, case, &end));
    differences.extend(Mismatch::between("log", case.log.clone(), log.clone()));
    differences.extend(of_subject(&*before, &run, case));
    differences.extend(xhttp::differences(run.verdict.as_deref(), case));
    differences.extend(tables::differences(&fixture.tables, case));
    differences.extend(fixture.databases.differences(&case.rows).await);
    let answers = &fixture.databases.answers;
    differences.extend(answers.differences());
    let raised = case.raised.iter().map(ToString::to_string).collect();
    differences.extend(Mismatch::between("raised", raised, fixture.raised()));
    differences.extend(over("fuel", case.fuel_max, run.used.fuel));
    differences.extend(over("memory", case.memory_max, run.used.memory_bytes));
    Ok(CaseResult {
        name: case.name.clone(),
        line,
        end,
        differences,
        at: run.stack.to_string(),
        log,
        recording: case
            .answers_path
            .clone()
            .map(|path| (path, answers.recording())),
        took,
        fuel: run.used.fuel,
        memory_bytes: run.used.memory_bytes,
    })
}

/// The verdict, or what stands in its place.
fn of_end(run: &Run, case: &Case, end: &str) -> Option<Mismatch> {
    let (what, expected, is_right) = match (&case.verdict, &case.error, &case.outcome) {
        (Some(verdict), _, _) => {
            let is_right = run.outcome == Outcome::Returned && end == verdict;
            ("verdict", verdict, is_right)
        }
        (None, Some(begin), _) => {
            let gave_up =
                matches!(&run.outcome, Outcome::GuestError(text) if text.starts_with(begin));
            ("error", begin, gave_up)
        }
        (None, None, Some(begin)) => {
            let found = run.outcome.to_string();
            ("outcome", begin, found.starts_with(begin))
        }
        (None, None, None) => return None,
    };
    (!is_right).then(|| Mismatch {
        what,
        expected: vec![expected.clone()],
        found: vec![end.to_owned()],
        help: Vec::new(),
    })
}

/// What became of the message and of where it goes.
fn of_subject(before: &dyn Payload, run: &Run, case: &Case) -> Vec<Mismatch> {
    let after = run.payload.subject();
    let mut differences = match (&before.subject().message, &after.message) {
        (Some(before), Some(after)) => message::differences(before, after, case),
        (None, _) | (_, None) => Vec::new(),
    };
    let text = |hop: &Option<String>| hop.iter().cloned().collect();
    differences.extend(Mismatch::between(
        "next_hop",
        text(&case.next_hop),
        text(&after.next_hop),
    ));
    differences.extend(of_reply(after.reply.as_ref(), case));
    differences
}

/// What is added to the answer of the verdict.
fn of_reply(reply: Option<&ReplyParts>, case: &Case) -> Vec<Mismatch> {
    let printed = reply.map(ReplyParts::print).unwrap_or_default();
    let body = reply.and_then(|parts| parts.body.as_ref());
    let body = body.map_or(&[][..], |(_, body)| body.as_slice());
    let head = printed
        .get(..printed.len() - body.len())
        .unwrap_or_default();
    let head = String::from_utf8_lossy(head);
    let fields = head.lines().filter(|line| !line.is_empty());
    let lines = |text: &str| text.lines().map(str::to_owned).collect();
    let expected_body = case.reply_body.as_deref().unwrap_or_default();
    let found_body = String::from_utf8_lossy(body);
    let fields = fields.map(str::to_owned).collect();
    let mismatches = [
        Mismatch::between("reply", case.reply.clone(), fields),
        Mismatch::between("reply_body", lines(expected_body), lines(&found_body)),
    ];
    mismatches.into_iter().flatten().collect()
}

/// A budget that was not kept.
fn over(what: &'static str, max: Option<u64>, used: u64) -> Option<Mismatch> {
    let max = max.filter(|max| used > *max)?;
    Some(Mismatch {
        what,
        expected: vec![format!("at most {max}")],
        found: vec![used.to_string()],
        help: Vec::new(),
    })
}
