//! The wasi module: the part of WASI 0.2 that standard libraries need so that they link, and no
//! capability (`docs/adr/0017`).
//!
//! The environment is empty, there are no files, no network and no input, the clocks stand at the
//! event's time, randomness comes from the run's seed, and what is printed goes to the log within
//! the limits of `evroute:log`. Nothing waits. Whatever is not listed in `wit/subset.wit` is
//! refused at deploy, with its name.

mod bindings;
mod capability;
mod clocks;
mod environment;
mod filesystem;
mod module;
mod output;
mod poll;
mod random;
mod sockets;
mod streams;
mod view;

pub use module::WasiModule;
