//! Where a run burns its fuel.

use std::collections::BTreeMap;
use std::fmt::Write;

use evroute_recording::Recording;
use evroute_sandbox::CodeCache;

use crate::Error;
use crate::harness::HarnessSandbox;
use crate::junit::escaped;
use crate::replayer::Replayer;

/// How often a run is cut short. Each time is a run: a few hundred are done while somebody waits.
const SAMPLES: u64 = 256;

/// The fuel of a run by the functions that were under way. Fuel is the same on every machine, so
/// this is, too.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FuelProfile {
    /// What the whole run burns.
    pub fuel: u64,
    /// The functions that were under way, the outermost first, and what was burnt in them.
    pub stacks: BTreeMap<Vec<String>, u64>,
}

/// Runs a recording again and again, each time with a little more fuel, and looks where the handler
/// is when it runs out. Fuel is looked at where a function begins and at each round of a loop: what
/// was burnt since the last look counts where the look is. Of a deep stack the innermost 20
/// functions are known.
///
/// # Errors
/// As [`replay`](crate::replay()).
pub fn fuel_profile(
    component: &[u8],
    recording: &Recording,
    code_cache: Option<&CodeCache>,
) -> Result<FuelProfile, Error> {
    let sandbox = HarnessSandbox::as_in_a_server(1, code_cache)?;
    let mut replayer = Replayer::new(&sandbox, component.into())?;
    let fuel = replayer.replay(recording)?.found.fuel;
    let (samples, mut stacks) = (fuel.clamp(1, SAMPLES), BTreeMap::new());
    for sample in 0..samples {
        let at = |sample: u64| fuel.saturating_mul(sample) / samples;
        let (from, to) = (at(sample), at(sample + 1));
        // With very little it does not even start.
        let cut = replayer.cut_short(recording, from.max(1))?;
        let mut functions = cut.unwrap_or_default();
        functions.reverse();
        *stacks.entry(functions).or_default() += to - from;
    }
    Ok(FuelProfile { fuel, stacks })
}

/// What is burnt where no function of the handler is under way.
const AROUND: &str = "(around the handler)";

impl FuelProfile {
    /// A line for each stack, `outer;inner 1234`, as tools for flame graphs read it.
    #[must_use]
    pub fn folded(&self) -> String {
        let mut text = String::new();
        for (stack, fuel) in &self.stacks {
            let names: Vec<_> = stack.iter().map(|name| name.replace(';', ":")).collect();
            let names = match names.is_empty() {
                true => AROUND.to_owned(),
                false => names.join(";"),
            };
            let _ = writeln!(text, "{names} {fuel}");
        }
        text
    }

    /// A flame graph: the width of a function is the fuel that was burnt in it and in what it
    /// calls.
    #[must_use]
    pub fn svg(&self) -> String {
        let mut boxes = Vec::new();
        let stacks: Vec<_> = self.stacks.iter().collect();
        self.lay(&stacks, 0, 0, &mut boxes);
        let rows = boxes
            .iter()
            .map(|one| one.row + 1)
            .max()
            .unwrap_or_default();
        let height = (rows + 1) * ROW + 2 * MARGIN;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
             font-family=\"monospace\" font-size=\"12\">\n\
             <text x=\"{MARGIN}\" y=\"{ROW}\">fuel of one run: {}</text>\n",
            self.fuel
        );
        let scale = |fuel: u64| fuel as f64 * (WIDTH - 2 * MARGIN) as f64 / self.fuel.max(1) as f64;
        for (number, one) in boxes.iter().enumerate() {
            let (x, width) = (MARGIN as f64 + scale(one.from), scale(one.fuel));
            let y = height - MARGIN - (one.row + 1) * ROW;
            let (name, fuel) = (shown(one.name), one.fuel);
            let percent = one.fuel.saturating_mul(1000) / self.fuel.max(1);
            let letters = one.fuel.saturating_mul(LETTERS) / self.fuel.max(1);
            let letters = usize::try_from(letters).unwrap_or_default();
            let begin = one.name.chars().take(letters);
            let begin = shown(&begin.collect::<String>());
            // Warm colours, told apart by their place.
            let green = 90 + number * 37 % 130;
            let _ = writeln!(
                svg,
                "<g><title>{name}: {fuel} ({}.{} %)</title>\
                 <rect x=\"{x:.1}\" y=\"{y}\" width=\"{width:.1}\" height=\"{ROW}\" \
                 fill=\"rgb(235,{green},60)\" stroke=\"white\"/>\
                 <text x=\"{:.1}\" y=\"{}\">{begin}</text></g>",
                percent / 10,
                percent % 10,
                x + 2.0,
                y + ROW - 4
            );
        }
        svg.push_str("</svg>\n");
        svg
    }

    /// Boxes of these stacks from this row on, side by side: neighbours with one name are one box.
    fn lay<'a>(
        &self,
        stacks: &[(&'a Vec<String>, &'a u64)],
        row: usize,
        mut from: u64,
        boxes: &mut Vec<Flame<'a>>,
    ) {
        let name_of = |stack: &(&'a Vec<String>, &'a u64)| match (stack.0.get(row), row) {
            (Some(name), _) => Some(name.as_str()),
            (None, 0) => Some(AROUND),
            (None, _) => None,
        };
        for group in stacks.chunk_by(|one, other| name_of(one) == name_of(other)) {
            let fuel = group.iter().map(|(_, fuel)| **fuel).sum();
            if let Some(name) = group.first().and_then(name_of) {
                boxes.push(Flame {
                    name,
                    row,
                    from,
                    fuel,
                });
                if group.iter().any(|(stack, _)| stack.len() > row) {
                    self.lay(group, row + 1, from, boxes);
                }
            }
            from += fuel;
        }
    }
}

/// One function in a flame graph.
struct Flame<'a> {
    name: &'a str,
    row: usize,
    from: u64,
    fuel: u64,
}

/// Sizes in the picture's own unit.
const WIDTH: usize = 1200;
const MARGIN: usize = 10;
const ROW: usize = 18;
/// How many letters are as wide as the picture.
const LETTERS: u64 = 159;

/// Names are a stranger's.
fn shown(name: &str) -> String {
    escaped(&name.replace(char::is_control, "?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(stacks: &[(&[&str], u64)]) -> FuelProfile {
        let stacks = stacks.iter().map(|(names, fuel)| {
            let names = names.iter().map(|name| (*name).to_owned());
            (names.collect::<Vec<_>>(), *fuel)
        });
        let stacks: BTreeMap<_, _> = stacks.collect();
        FuelProfile {
            fuel: stacks.values().sum(),
            stacks,
        }
    }

    #[test]
    fn stacks_are_lines_and_boxes_above_each_other() {
        let profile = profile(&[
            (&[], 10),
            (&["handle"], 20),
            (&["handle", "look;up"], 30),
            (&["handle", "look;up", "<T>::eq"], 40),
        ]);
        let folded = "(around the handler) 10\nhandle 20\nhandle;look:up 30\n\
                      handle;look:up;<T>::eq 40\n";
        assert_eq!(profile.folded(), folded);
        let svg = profile.svg();
        for title in [
            "fuel of one run: 100",
            "<title>(around the handler): 10 (10.0 %)</title>",
            "<title>handle: 90 (90.0 %)</title>",
            "<title>look;up: 70 (70.0 %)</title>",
            "<title>&lt;T&gt;::eq: 40 (40.0 %)</title>",
        ] {
            assert!(svg.contains(title), "{title}: {svg}");
        }
        assert_eq!(svg.matches("<rect").count(), 4);
        assert!(!svg.contains("<T>"));
    }
}
