//! Part a: the local-request handler timed in a loop inside Kamailio.

use std::path::Path;
use std::time::Duration;

use crate::cpu;
use crate::error::Error;
use crate::kamailio::{self, Memory};
use crate::probe::{Probe, header};
use crate::sample::Series;
use crate::server::Running;

/// The most that one sample may take: 100,000 turns of 5 us take half a second.
const SAMPLE_LIMIT: Duration = Duration::from_secs(60);

/// One measured case of tests/bench/kamailio/handler_loop.cfg.
#[derive(Clone, Copy, Debug)]
struct Case {
    /// The case as the configuration calls it.
    loop_name: &'static str,
    /// The empty loop that is subtracted.
    empty_loop: &'static str,
    /// What the table calls it; the part after the slash says what is done per event.
    row: &'static str,
}

const CASES: [Case; 14] = [
    Case {
        loop_name: "native-line",
        empty_loop: "native-empty",
        row: "native/line",
    },
    Case {
        loop_name: "route-line",
        empty_loop: "native-empty",
        row: "native by route()/line",
    },
    Case {
        loop_name: "lua-line",
        empty_loop: "lua-empty",
        row: "Lua/line",
    },
    Case {
        loop_name: "lua-xlog",
        empty_loop: "lua-empty",
        row: "Lua by KSR.xlog/line",
    },
    Case {
        loop_name: "lua-run-line",
        empty_loop: "native-empty",
        row: "Lua entered anew/line",
    },
    Case {
        loop_name: "python-line",
        empty_loop: "python-empty",
        row: "Python/line",
    },
    Case {
        loop_name: "python-xlog",
        empty_loop: "python-empty",
        row: "Python by KSR.xlog/line",
    },
    Case {
        loop_name: "python-run-line",
        empty_loop: "native-empty",
        row: "Python entered anew/line",
    },
    Case {
        loop_name: "native-silent",
        empty_loop: "native-empty",
        row: "native/silent",
    },
    Case {
        loop_name: "route-silent",
        empty_loop: "native-empty",
        row: "native by route()/silent",
    },
    Case {
        loop_name: "lua-silent",
        empty_loop: "lua-empty",
        row: "Lua/silent",
    },
    Case {
        loop_name: "lua-run-silent",
        empty_loop: "native-empty",
        row: "Lua entered anew/silent",
    },
    Case {
        loop_name: "python-silent",
        empty_loop: "python-empty",
        row: "Python/silent",
    },
    Case {
        loop_name: "python-run-silent",
        empty_loop: "native-empty",
        row: "Python entered anew/silent",
    },
];

/// The empty loops, by the order in which they are measured.
const EMPTY_LOOPS: [&str; 3] = ["native-empty", "lua-empty", "python-empty"];

/// One Kamailio that runs the loops, and what was measured of it so far.
#[derive(Debug)]
pub(crate) struct HandlerLoop {
    running: Running,
    probe: Probe,
    /// The one UDP worker, which runs every loop.
    worker: u32,
    /// CPU per event, one series per case, in ns.
    pub(crate) series: Vec<Series>,
}

impl HandlerLoop {
    /// Starts Kamailio and finds its worker.
    pub(crate) fn start(memory: Memory, out: &Path) -> Result<Self, Error> {
        let running = kamailio::handler_loop(memory, out)?.start()?;
        let mut probe = Probe::towards(running.server.sip)?;
        let worker = run(&running, &mut probe, "ready", 0)?;
        let series = CASES
            .iter()
            .map(|case| Series::new(format!("{} {}", running.name(), case.row), "ns"))
            .collect();
        Ok(Self {
            running,
            probe,
            worker,
            series,
        })
    }

    /// Runs every case once and adds one sample to each series.
    pub(crate) fn measure_round(&mut self, turns: u32) -> Result<(), Error> {
        let mut empty = Vec::with_capacity(EMPTY_LOOPS.len());
        for name in EMPTY_LOOPS {
            empty.push((name, self.sample(name, turns)?));
        }
        for (index, case) in CASES.iter().enumerate() {
            let whole = self.sample(case.loop_name, turns)?;
            let floor = empty
                .iter()
                .find(|(name, _)| *name == case.empty_loop)
                .map_or(0.0, |(_, cost)| *cost);
            if let Some(series) = self.series.get_mut(index) {
                series.samples.push(whole - floor);
            }
        }
        Ok(())
    }

    /// CPU per turn of one case, in ns, the loop itself included.
    fn sample(&mut self, name: &str, turns: u32) -> Result<f64, Error> {
        self.running.truncate_log()?;
        let before = cpu::of_process(self.worker);
        run(&self.running, &mut self.probe, name, turns)?;
        let spent = cpu::of_process(self.worker).saturating_sub(before);
        Ok(spent.as_secs_f64() * 1e9 / f64::from(turns))
    }
}

/// Has Kamailio run one case; returns the process that ran it.
fn run(running: &Running, probe: &mut Probe, name: &str, turns: u32) -> Result<u32, Error> {
    let unexpected = |what: String| Error::Unexpected {
        name: running.name().to_owned(),
        what,
    };
    let answer = probe
        .ask(
            &format!("{name}@"),
            &format!("X-Turns: {turns}\r\n"),
            SAMPLE_LIMIT,
        )?
        .ok_or_else(|| unexpected(format!("no answer to the loop {name}")))?;
    header(&answer, "X-Pid")
        .filter(|_| answer.starts_with("SIP/2.0 200"))
        .and_then(|id| id.parse().ok())
        .ok_or_else(|| unexpected(format!("the loop {name} was refused: {answer}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_subtracts_a_loop_that_is_measured() {
        for case in CASES {
            assert!(EMPTY_LOOPS.contains(&case.empty_loop), "{}", case.loop_name);
            assert!(case.row.ends_with("/line") || case.row.ends_with("/silent"));
        }
    }
}
