use std::collections::BTreeMap;

use wasm_encoder::ValType;

use crate::code::{Callee, Code, Definition, Global, Local};
use crate::constants::{Constants, STATE};
use crate::link::Reached;
use crate::tables::event::Event;
use crate::tables::function::ERROR;
use crate::tables::import::LOG;

use super::Block;
use super::answer::ANSWER;
use super::http_reply::REPLY;
use super::statement::{DROP, FAILED};

/// The functions that the server calls, one for each interface: they run the blocks of its event
/// and say what was decided.
pub(crate) fn handlers(
    blocks: &[Block<'_>],
    reached: &Reached,
    constants: &mut Constants,
) -> Vec<Definition> {
    let asks = Asks {
        event: reached.has_global(Global::Runtime("event")),
        message: reached.has_global(Global::Runtime("message")),
        answer: reached.has_global(Global::Answer),
        http: REPLY.into_iter().any(|global| reached.has_global(global)),
        fields: reached.has_global(Global::Runtime("reply_fields")),
        extension: reached.has_global(Global::Runtime("extension")),
        failure: reached.has(Callee::Runtime("fail")),
        rc: reached.has_global(Global::Runtime("rc")),
        log: reached.has(LOG),
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
        .filter_map(|blocks| {
            let handler = Handler {
                event: blocks.first()?.event,
                blocks,
                asks: &asks,
                code: Code::default(),
            };
            Some(handler.whole(constants))
        })
        .collect()
}

/// What the blocks want to be ready for them.
struct Asks {
    event: bool,
    message: bool,
    answer: bool,
    http: bool,
    fields: bool,
    extension: bool,
    failure: bool,
    rc: bool,
    log: bool,
}

/// The event's handle.
const HANDLE: Local = Local(0);
/// Where the event filter is, and then where the verdict is.
const AREA: Local = Local(1);
/// Whether one of several blocks has dropped.
const DROPPED: Local = Local(2);

/// Cases of the verdict about a request of HTTP, by their places in the WIT.
const REPLY_CASE: u32 = 1;
const UPGRADE: u32 = 3;

/// Bytes of the largest verdict, which is an answer of HTTP.
const VERDICT_BYTES: u32 = 40;

/// The function of one interface.
struct Handler<'a> {
    event: &'a Event,
    blocks: &'a [&'a Block<'a>],
    asks: &'a Asks,
    code: Code,
}

impl Handler<'_> {
    fn whole(mut self, constants: &mut Constants) -> Definition {
        self.prepare();
        self.run(constants);
        self.code
            .u32_const(VERDICT_BYTES)
            .call("alloc")
            .local_set(AREA);
        match self.event.is_http {
            true => self.http_verdict(),
            false => self.verdict(),
        }
        self.failure();
        self.code.local_get(AREA);
        let locals = if self.blocks.len() > 1 { 2 } else { 1 };
        Definition {
            callee: None,
            name: None,
            export: Some(format!("{}#handle", self.event.interface)),
            parameters: vec![ValType::I32],
            locals: vec![ValType::I32; locals],
            code: self.code,
        }
    }

    /// What the blocks find: the event, its message, and what its filter names.
    fn prepare(&mut self) {
        if self.asks.event {
            self.code.local_get(HANDLE).global_set("event");
        }
        if let Some(message) = self.event.message.filter(|_| self.asks.message) {
            self.code
                .local_get(HANDLE)
                .call(message)
                .global_set("message");
        }
        let is_filtered = self.blocks.iter().any(|block| block.segment.is_some());
        if let Some(filter) = self.event.filter.filter(|_| is_filtered) {
            self.code.i32_const(8).call("alloc").local_set(AREA);
            self.code.local_get(HANDLE).local_get(AREA).call(filter);
        }
    }

    /// Whether the run is in this state.
    fn state_is(&mut self, state: u32) {
        self.code
            .u32_const(STATE)
            .i32_load(0)
            .u32_const(state)
            .i32_eq();
    }

    /// Runs the blocks, those with a segment when it is the event's.
    fn run(&mut self, constants: &mut Constants) {
        for (number, block) in self.blocks.iter().enumerate() {
            if let Some(segment) = block.segment {
                let (at, length) = constants.text(segment);
                self.code.local_get(AREA).u32_const(at).u32_const(length);
                self.code.call("segment_is").if_();
            }
            self.block(number, block);
            if block.segment.is_some() {
                self.code.end();
            }
        }
        if self.blocks.len() > 1 {
            // What one has dropped stays dropped.
            self.code.local_get(DROPPED);
            self.code.u32_const(STATE).i32_load(0).u32_const(FAILED);
            self.code.i32_ne().i32_and().if_();
            self.code.u32_const(STATE).u32_const(DROP).i32_store(0);
            self.code.end();
        }
    }

    fn block(&mut self, number: usize, block: &Block<'_>) {
        if number > 0 {
            // Each block is a run of its own to its author, but a failure ends them all.
            self.code.u32_const(STATE).i32_load(0).u32_const(FAILED);
            self.code.i32_ne().if_();
            self.code.u32_const(STATE).i32_const(0).i32_store(0);
            if self.asks.rc {
                self.code.i32_const(0).global_set("rc");
            }
        }
        self.code.call(block.callee).drop();
        if number > 0 {
            self.code.end();
        }
        if self.blocks.len() > 1 {
            self.state_is(DROP);
            self.code.if_().i32_const(1).local_set(DROPPED).end();
        }
    }

    /// What was decided: a fresh area is all zeros, which is the verdict to carry on.
    fn verdict(&mut self) {
        let answers = self.event.answers && self.asks.answer;
        if answers {
            self.answer();
        }
        if let Some(drop) = self.event.drop {
            if answers {
                self.code.else_();
            }
            self.state_is(DROP);
            self.code.if_();
            self.code.local_get(AREA).u32_const(drop).i32_store8(4);
            self.code.end();
        }
        if answers {
            self.code.end();
        }
        if self.event.name == "htable:expired" && self.asks.extension {
            // extend(seconds), or remove where they are 0.
            self.code.local_get(AREA).global_get("extension");
            self.code.i32_const(0).i32_ne().i32_store8(4);
            self.code
                .local_get(AREA)
                .global_get("extension")
                .i32_store(8);
        }
    }

    /// reject(code, reason): the answer counts, however the run ends. Leaves the `if` open whose
    /// `else` is that there is none.
    fn answer(&mut self) {
        let [answer, reason, length] = ANSWER;
        self.code.global_get(answer).if_();
        self.code.local_get(AREA).i32_const(1).i32_store8(4);
        self.code.local_get(AREA).global_get(answer).i32_store16(8);
        self.code.local_get(AREA).global_get(length);
        self.code.i32_const(0).i32_ne().i32_store8(12);
        self.code.local_get(AREA).global_get(reason).i32_store(16);
        self.code.local_get(AREA).global_get(length).i32_store(20);
    }

    /// What a request of HTTP is answered, whether its connection becomes a WebSocket or is closed.
    fn http_verdict(&mut self) {
        if self.asks.http {
            self.code.global_get(Global::Upgrades).if_();
            self.code.local_get(AREA).u32_const(UPGRADE).i32_store8(4);
            self.code.else_().global_get(ANSWER[0]).if_();
            self.http_answer();
            self.code.else_();
        }
        if let Some(drop) = self.event.drop {
            self.state_is(DROP);
            self.code.if_();
            self.code.local_get(AREA).u32_const(drop).i32_store8(4);
            self.code.end();
        }
        if self.asks.http {
            self.code.end().end();
        }
    }

    /// reply(answer), or reply-and-close(answer), which is the next one.
    fn http_answer(&mut self) {
        let [answer, reason, length] = ANSWER;
        let [body, body_length, closes, _] = REPLY;
        self.code.local_get(AREA).global_get(closes);
        self.code.u32_const(REPLY_CASE).i32_add().i32_store8(4);
        self.code.local_get(AREA).global_get(answer).i32_store16(8);
        self.code.local_get(AREA).global_get(length);
        self.code.i32_const(0).i32_ne().i32_store8(12);
        let mut words = vec![(16, reason), (20, length)];
        if self.asks.fields {
            words.push((24, Global::Runtime("reply_fields")));
            words.push((28, Global::Runtime("reply_fields_count")));
        }
        words.extend([(32, body), (36, body_length)]);
        for (offset, global) in words {
            self.code.local_get(AREA).global_get(global);
            self.code.i32_store(offset);
        }
    }

    /// A run that failed has no verdict but its sentence.
    fn failure(&mut self) {
        if !self.asks.failure {
            return;
        }
        let answers = match self.event.is_http {
            true => self.asks.http,
            false => self.event.answers && self.asks.answer,
        };
        // Who was refused is refused, whatever failed after that; the log says what, where the
        // block may write there.
        if answers && self.asks.log {
            self.state_is(FAILED);
            self.code.global_get(ANSWER[0]).i32_const(0).i32_ne();
            self.code.i32_and().if_();
            self.code.u32_const(ERROR);
            self.code
                .global_get("fault")
                .global_get("fault_length")
                .call(LOG)
                .end();
        }
        self.state_is(FAILED);
        if answers {
            self.code.global_get(ANSWER[0]).i32_eqz().i32_and();
        }
        self.code.if_();
        self.code.local_get(AREA).i32_const(1).i32_store8(0);
        self.code.local_get(AREA).global_get("fault").i32_store(4);
        self.code.local_get(AREA).global_get("fault_length");
        self.code.i32_store(8).end();
    }
}
