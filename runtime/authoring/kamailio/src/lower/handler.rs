use std::collections::BTreeMap;

use crate::constants::{Constants, STATE};
use crate::link;
use crate::tables::event::Event;
use crate::tables::function::ERROR;

use super::Block;
use super::answer::ANSWER;
use super::statement::{DROP, FAILED};

/// The functions that the server calls, one for each interface: they run the blocks of its event
/// and say what was decided.
pub(crate) fn handlers(
    blocks: &[Block<'_>],
    functions: &[String],
    constants: &mut Constants,
) -> Vec<String> {
    let reached = link::reach(functions.iter().map(String::as_str));
    let asks = Asks {
        event: reached.has("$event"),
        message: reached.has("$message"),
        answer: reached.has(ANSWER[0]),
        extension: reached.has("$extension"),
        failure: reached.has("$fail"),
        rc: reached.has("$rc"),
        log: reached.has("$log.log"),
    };
    let mut interfaces: BTreeMap<&str, Vec<&Block<'_>>> = BTreeMap::new();
    for block in blocks {
        interfaces
            .entry(block.event.interface)
            .or_default()
            .push(block);
    }
    interfaces
        .values()
        .filter_map(|blocks| Some(handler(blocks.first()?.event, blocks, &asks, constants)))
        .collect()
}

/// What the blocks want to be ready for them.
struct Asks {
    event: bool,
    message: bool,
    answer: bool,
    extension: bool,
    failure: bool,
    rc: bool,
    log: bool,
}

fn handler(event: &Event, blocks: &[&Block<'_>], asks: &Asks, constants: &mut Constants) -> String {
    let mut code = format!(
        "(func (export \"{}#handle\") (param $handle i32) (result i32) (local $area i32){}\n",
        event.interface,
        if blocks.len() > 1 {
            " (local $dropped i32)"
        } else {
            ""
        },
    );
    if asks.event {
        code.push_str("(global.set $event (local.get $handle))\n");
    }
    if let Some(message) = event.message.as_ref().filter(|_| asks.message) {
        code.push_str(&format!(
            "(global.set $message (call {message} (local.get $handle)))\n"
        ));
    }
    let filter = event
        .filter
        .as_ref()
        .filter(|_| blocks.iter().any(|block| block.segment.is_some()));
    if let Some(filter) = filter {
        code.push_str("(local.set $area (call $alloc (i32.const 8)))\n");
        code.push_str(&format!(
            "(call {filter} (local.get $handle) (local.get $area))\n"
        ));
    }
    run(blocks, asks, constants, &mut code);
    code.push_str("(local.set $area (call $alloc (i32.const 24)))\n");
    verdict(event, asks, &mut code);
    code.push_str("(local.get $area))");
    code
}

/// Runs the blocks, those with a segment when it is the event's, which is at `$area`.
fn run(blocks: &[&Block<'_>], asks: &Asks, constants: &mut Constants, code: &mut String) {
    for (number, block) in blocks.iter().enumerate() {
        let mut run = format!("(drop (call {}))", block.symbol);
        if number > 0 {
            // Each block is a run of its own to its author, but a failure ends them all.
            let rc = if asks.rc {
                "(global.set $rc (i32.const 0)) "
            } else {
                ""
            };
            run = format!(
                "(if (i32.ne (i32.load (i32.const {STATE})) (i32.const {FAILED})) (then (i32.store (i32.const {STATE}) (i32.const 0)) {rc}{run}))"
            );
        }
        if blocks.len() > 1 {
            run.push_str(&format!("\n(if (i32.eq (i32.load (i32.const {STATE})) (i32.const {DROP})) (then (local.set $dropped (i32.const 1))))"));
        }
        match block.segment {
            Some(segment) => {
                let (at, length) = constants.text(segment);
                code.push_str(&format!(
                    "(if (call $segment_is (local.get $area) (i32.const {at}) (i32.const {length})) (then {run}))\n"
                ));
            }
            None => {
                code.push_str(&run);
                code.push('\n');
            }
        }
    }
    if blocks.len() > 1 {
        // What one has dropped stays dropped.
        code.push_str(&format!(
            "(if (i32.and (local.get $dropped) (i32.ne (i32.load (i32.const {STATE})) (i32.const {FAILED}))) (then (i32.store (i32.const {STATE}) (i32.const {DROP}))))\n"
        ));
    }
}

/// What was decided: a fresh area is all zeros, which is the verdict to carry on.
fn verdict(event: &Event, asks: &Asks, code: &mut String) {
    if event.answers && asks.answer {
        // reject(code, reason): the answer counts, however the run ends.
        code.push_str(
            "(if (global.get $answer) (then
  (i32.store8 offset=4 (local.get $area) (i32.const 1))
  (i32.store16 offset=8 (local.get $area) (global.get $answer))
  (i32.store8 offset=12 (local.get $area) (i32.ne (global.get $reason-length) (i32.const 0)))
  (i32.store offset=16 (local.get $area) (global.get $reason))
  (i32.store offset=20 (local.get $area) (global.get $reason-length)))",
        );
        if let Some(drop) = event.drop {
            code.push_str(&format!(
                "\n(else (if (i32.eq (i32.load (i32.const {STATE})) (i32.const {DROP})) (then
  (i32.store8 offset=4 (local.get $area) (i32.const {drop})))))"
            ));
        }
        code.push_str(")\n");
    } else if let Some(drop) = event.drop {
        code.push_str(&format!(
            "(if (i32.eq (i32.load (i32.const {STATE})) (i32.const {DROP})) (then
  (i32.store8 offset=4 (local.get $area) (i32.const {drop}))))\n"
        ));
    }
    if event.name == "htable:expired" && asks.extension {
        // extend(seconds), or remove where they are 0.
        code.push_str(
            "(i32.store8 offset=4 (local.get $area) (i32.ne (global.get $extension) (i32.const 0)))
(i32.store offset=8 (local.get $area) (global.get $extension))\n",
        );
    }
    if !asks.failure {
        return;
    }
    let failed = format!("(i32.eq (i32.load (i32.const {STATE})) (i32.const {FAILED}))");
    let mut lost = failed.clone();
    if event.answers && asks.answer {
        // Who was refused is refused, whatever failed after that; the log says what, where the
        // block may write there.
        lost = format!("(i32.and {failed} (i32.eqz (global.get {})))", ANSWER[0]);
        if asks.log {
            code.push_str(&format!(
                "(if (i32.and {failed} (i32.ne (global.get {}) (i32.const 0))) (then
  (call $log.log (i32.const {ERROR}) (global.get $fault) (global.get $fault_length))))\n",
                ANSWER[0]
            ));
        }
    }
    code.push_str(&format!(
        "(if {lost} (then
  (i32.store8 (local.get $area) (i32.const 1))
  (i32.store offset=4 (local.get $area) (global.get $fault))
  (i32.store offset=8 (local.get $area) (global.get $fault_length))))\n",
    ));
}
