//! A case's lines.

use evroute_cases::{CaseResult, DiffLine};

use crate::output::Tone;

/// Whether it passed, what is not as it says, and with `verbose` what came and what it cost.
pub(super) fn case_lines(path: &str, case: &CaseResult, verbose: bool) -> Vec<(Tone, String)> {
    let name = &case.name;
    let mut lines = if case.has_passed() {
        vec![(Tone::Good, format!("pass  {name}"))]
    } else {
        vec![
            (Tone::Bad, format!("FAIL  {name}")),
            (Tone::Plain, format!("  {path}:{}", case.line)),
        ]
    };
    for difference in &case.differences {
        let what = difference.what;
        lines.push((Tone::Plain, format!("  {what} (- expected, + found)")));
        for line in difference.lines() {
            let tone = match line {
                DiffLine::Same(_) => Tone::Plain,
                DiffLine::First(_) => Tone::Bad,
                DiffLine::Second(_) => Tone::Good,
            };
            let text = line.to_string();
            lines.extend(text.lines().map(|part| (tone, format!("  {part}"))));
        }
        let help = difference.help.iter();
        lines.extend(help.map(|line| (Tone::Plain, format!("    {line}"))));
    }
    if !case.at.is_empty() && (verbose || !case.has_passed()) {
        lines.push((Tone::Plain, "  at".to_owned()));
        let frames = case.at.split(" < ");
        lines.extend(frames.map(|frame| (Tone::Plain, format!("    {frame}"))));
    }
    if verbose {
        let memory = case.memory_bytes;
        let cost = format!(
            "  {}; fuel {}, memory {memory}, {} us",
            case.end.trim_end(),
            case.fuel,
            case.took.as_micros()
        );
        lines.push((Tone::Plain, cost));
        let logged = case.log.iter().map(|line| format!("  log: {line}"));
        lines.extend(logged.map(|line| (Tone::Plain, line)));
    }
    lines
}
