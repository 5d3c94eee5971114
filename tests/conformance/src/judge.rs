//! Whether an example does what its cases say, and what it costs.

use std::time::{Duration, Instant};

use evroute_event::Outcome;
use evroute_sandbox::Run;

use crate::case::Case;
use crate::message::added;
use crate::scene::{Scene, is_deliberate, sandbox};
use crate::verdict::{payload, text};
use crate::{Cost, Error, Suite, tables};

/// For how long events are measured, and how many of them at most.
const MEASURED: Duration = Duration::from_millis(300);
const EVENTS_MAX: usize = 2000;
/// The first events of a component pay for its pages.
const WARM_UP: usize = 10;

/// Drives a component through all cases and returns the complaints: none when it conforms.
///
/// # Errors
/// When a case cannot be judged: the component is refused, or the case file is wrong.
pub fn judge(component: &[u8], suite: &Suite) -> Result<Vec<String>, Error> {
    runtime()?.block_on(async {
        let sandbox = sandbox()?;
        let mut complaints = Vec::new();
        let mut scene: Option<Scene> = None;
        for case in &suite.cases {
            let next = match &scene {
                None => Scene::new(&sandbox, component, suite, case).await?,
                Some(scene) => scene.next(&sandbox, suite, case).await?,
            };
            let run = next.run(payload(&suite.event, case)?).await;
            for complaint in judge_run(&next, &run, suite, case).await? {
                complaints.push(format!("{}: {complaint}", case.name));
            }
            scene = Some(next);
        }
        Ok(complaints)
    })
}

/// What an event of the first case costs.
///
/// # Errors
/// As [`judge`], and when a run ends otherwise than the case wants.
pub fn measure(component: &[u8], suite: &Suite) -> Result<Cost, Error> {
    let case = suite.cases.first().ok_or("no cases")?;
    runtime()?.block_on(async {
        let scene = Scene::new(&sandbox()?, component, suite, case).await?;
        let mut samples = Vec::new();
        let mut cost = Cost {
            component_bytes: component.len(),
            ..Cost::default()
        };
        let begun = Instant::now();
        while samples.len() < WARM_UP || (begun.elapsed() < MEASURED && samples.len() < EVENTS_MAX)
        {
            let payload = payload(&suite.event, case)?;
            let before = Instant::now();
            let run = scene.run(payload).await;
            samples.push(before.elapsed());
            if !is_deliberate(&run.outcome) {
                return Err(format!("{}: it ended as {}", case.name, run.outcome).into());
            }
            cost.fuel = run.used.fuel;
            cost.memory_bytes = run.used.memory_bytes;
            scene.log.take();
        }
        let mut samples = samples.split_off(WARM_UP.min(samples.len() / 2));
        samples.sort_unstable();
        cost.median = samples.get(samples.len() / 2).copied().unwrap_or_default();
        Ok(cost)
    })
}

fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let mut runtime = runtime;
    Ok(runtime.enable_all().build()?)
}

async fn judge_run(
    scene: &Scene,
    run: &Run,
    suite: &Suite,
    case: &Case,
) -> Result<Vec<String>, Error> {
    let mut complaints = Vec::new();
    complaints.extend(judge_end(run, case)?);
    let log = scene.log.take();
    if log != case.log {
        complaints.push(format!("it logged {log:?}, not {:?}", case.log));
    }
    complaints.extend(tables::complaints(&scene.tables, case));
    let before = payload(&suite.event, case)?;
    match (&before.subject().message, &run.payload.subject().message) {
        (Some(before), Some(after)) => match added(before, after) {
            Ok(added) if added == case.added => {}
            Ok(added) => complaints.push(format!("it added {added:?}, not {:?}", case.added)),
            Err(complaint) => complaints.push(complaint),
        },
        (None, None) => {}
        (Some(_), None) | (None, Some(_)) => complaints.push("the message is lost".to_owned()),
    }
    if let Some(rows) = &case.rows {
        match scene.answers(rows).await {
            Ok(found) if found == rows.are => {}
            Ok(found) => complaints.push(format!("the rows are {found:?}, not {:?}", rows.are)),
            Err(complaint) => complaints.push(complaint),
        }
    }
    Ok(complaints)
}

/// The verdict, or the sentence in its place.
fn judge_end(run: &Run, case: &Case) -> Result<Option<String>, Error> {
    let found = match (&run.outcome, &run.verdict) {
        (Outcome::Returned, Some(verdict)) => text(verdict),
        (other, _) => other.to_string(),
    };
    let (is_right, expected) = match (&case.verdict, &case.error) {
        (Some(verdict), None) => (found == *verdict, verdict),
        (None, Some(begin)) => {
            let gave_up =
                matches!(&run.outcome, Outcome::GuestError(text) if text.starts_with(begin));
            (gave_up, begin)
        }
        _ => return Err(format!("{}: it wants either a verdict or an error", case.name).into()),
    };
    Ok((!is_right).then(|| format!("it ended with {found:?}, not {expected:?}")))
}
