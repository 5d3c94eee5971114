//! What came of an attack.

use std::sync::Arc;
use std::time::{Duration, Instant};

use evroute_sandbox::{ComponentLimits, Sandbox, SandboxConfig};
use evroute_server::{Config, MODULES, sandbox_config};

use crate::scene::{NoScene, Scene};
use crate::{Attack, SelftestError, attacks, bombs, guests, judge};

/// How often an attack is tried unless its row says otherwise: the next run is a run like the
/// first.
const TIMES: u32 = 3;
/// Runs are made one after the other.
const RUNS_CONCURRENT_MAX: u32 = 4;

/// An attack, and what came of it.
#[derive(Clone, Debug)]
pub struct Trial {
    /// What was tried.
    pub attack: Attack,
    /// What came of it, in words.
    pub came: String,
    /// Whether that is what must come of it.
    pub holds: bool,
    /// How long it took.
    pub took: Duration,
}

/// Tries every attack that needs no running server, one after the other, with the sandbox and the
/// limits of components as this configuration has them. `each` is told of each when it is over.
///
/// # Errors
/// [`SelftestError`] where this machine has no room for the sandbox, or the attacks cannot be made.
pub fn try_attacks(
    config: &Config,
    each: &mut dyn FnMut(&Trial),
) -> Result<Vec<Trial>, SelftestError> {
    let sandbox = sandbox(config)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(SelftestError::of)?;
    let mut trials = Vec::new();
    for attack in attacks()?.into_iter().filter(Attack::is_tried_here) {
        let began = Instant::now();
        let (came, holds) = match &attack.bomb {
            Some(bomb) => try_bomb(&attack, bomb, &config.server.component)?,
            None => runtime.block_on(try_guest(&attack, &sandbox))?,
        };
        let trial = Trial {
            attack,
            came,
            holds,
            took: began.elapsed(),
        };
        each(&trial);
        trials.push(trial);
    }
    Ok(trials)
}

/// The node's own, but for few runs at a time and nothing that is kept on disk.
fn sandbox(config: &Config) -> Result<Arc<Sandbox>, SelftestError> {
    let sandbox = SandboxConfig {
        runs_concurrent_max: RUNS_CONCURRENT_MAX,
        code_cache: None,
        ..sandbox_config(config)
    };
    let modules = MODULES.iter();
    let capabilities = modules.flat_map(|module| module.capabilities().to_vec());
    let bindings = MODULES.iter().flat_map(|module| module.events()).collect();
    Sandbox::new(&sandbox, capabilities.collect(), bindings).map_err(SelftestError::of)
}

/// Whether a component is refused before a compiler sees it.
fn try_bomb(
    attack: &Attack,
    bomb: &str,
    limits: &ComponentLimits,
) -> Result<(String, bool), SelftestError> {
    let unknown = || SelftestError(format!("nobody makes the component {bomb:?}"));
    let component = bombs::bomb(bomb, limits).ok_or_else(unknown)?;
    let refused = limits.check(&component);
    Ok(match refused {
        Ok(()) => ("would be compiled".to_owned(), false),
        Err(refusal) => is_refused(attack, &refusal.to_string()),
    })
}

fn is_refused(attack: &Attack, refusal: &str) -> (String, bool) {
    let words = attack.refused.as_deref();
    let holds = words.is_some_and(|words| refusal.contains(words));
    (format!("refused: {refusal}"), holds)
}

async fn try_guest(
    attack: &Attack,
    sandbox: &Arc<Sandbox>,
) -> Result<(String, bool), SelftestError> {
    let unknown = || SelftestError(format!("there is no guest {:?}", attack.guest()));
    let component = guests::guest(attack.guest()).ok_or_else(unknown)?;
    let scene = match Scene::new(sandbox, attack, component).await {
        Ok(scene) => scene,
        Err(NoScene::Refused(refusal)) => return Ok(is_refused(attack, &refusal.to_string())),
        Err(NoScene::Broken(error)) => return Err(error),
    };
    if attack.refused.is_some() {
        return Ok(("was made a handler".to_owned(), false));
    }
    let times = attack.times.unwrap_or(TIMES);
    for number in 1..=times {
        let seen = scene.run().await?;
        if let Some(wrong) = judge::wrong(attack, &seen) {
            return Ok((format!("run {number}: {wrong}"), false));
        }
    }
    Ok((format!("{}, {times} times", attack.must()), true))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use evroute_server::Vocabulary;

    use super::*;

    const CONFIG: &str = "[[listen]]\ntransport = \"udp\"\naddress = \"127.0.0.1:0\"\n\n\
                          [[tenant]]\nname = \"any\"\ndomains = [\"localhost\"]\n";

    /// Rows that say what does not come of their attacks, each in another way, and what is
    /// reported.
    #[test]
    fn an_attack_that_comes_to_something_else_does_not_hold() {
        let config = Config::parse(Path::new(""), CONFIG, &Vocabulary::current()).unwrap();
        let sandbox = sandbox(&config).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let row = |name: &str, change: fn(&mut Attack)| {
            let mut rows = attacks().unwrap().into_iter();
            let mut row = rows.find(|row| row.name == name).unwrap();
            change(&mut row);
            runtime.block_on(try_guest(&row, &sandbox)).unwrap()
        };
        let returns = |row: &mut Attack| row.ends = Some("Returned".to_owned());
        for (came, words) in [
            (row("endless-loop", returns), "run 1: ended as OutOfFuel"),
            (
                row("grow-memory", |row| {
                    row.limit = Some("run_fuel_max".to_owned())
                }),
                "run 1: met the limit run_memory_bytes_max",
            ),
            (
                row("smuggle-header", |row| row.refused = Some("x".to_owned())),
                "was made a handler",
            ),
            (
                row("curious", |row| row.refused = Some("other".to_owned())),
                "refused: it imports evroute:secrets/secrets",
            ),
            (
                row("files", |row| row.answers = Some(200)),
                "rejected with 483",
            ),
            // With all grants it writes, and what it has written is found.
            (
                row("write-beyond-grant", |row| row.grants = None),
                "run 1: ended as GuestError",
            ),
        ] {
            assert!(!came.1 && came.0.contains(words), "{words:?}: {came:?}");
        }
    }

    #[test]
    fn a_component_within_the_limits_is_reported() {
        let all = attacks().unwrap();
        let row = all.iter().find(|row| row.name == "many-functions").unwrap();
        let wide = ComponentLimits::default();
        let narrow = bombs::bomb(
            "functions",
            &ComponentLimits {
                functions_max: 10,
                ..wide
            },
        );
        assert!(ComponentLimits::default().check(&narrow.unwrap()).is_ok());
        let (came, holds) = try_bomb(row, "functions", &ComponentLimits::default()).unwrap();
        assert!(holds, "{came}");
        assert!(try_bomb(row, "no such", &ComponentLimits::default()).is_err());
    }
}
