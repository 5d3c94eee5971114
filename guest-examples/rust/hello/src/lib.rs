//! Says hello when the server starts.
#![no_std]

extern crate alloc;

use alloc::string::String;

use arena as _;
use evroute::log::log::{Level, log};
use exports::evroute::htable::mod_init::{Guest, ModInitEvent, Verdict};

wit_bindgen::generate!({
    path: ["../../../wit", "wit"],
    world: "example:hello/hello",
    generate_all,
});

struct Hello;

export!(Hello);

impl Guest for Hello {
    fn handle(event: ModInitEvent) -> Result<Verdict, String> {
        log(Level::Info, &["hello, ", &event.tenant()].concat());
        Ok(Verdict::Proceed)
    }
}
