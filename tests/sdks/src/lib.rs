//! Prints those parts of the languages' SDKs that are functions of the WIT: the files are
//! committed, since projects get a copy of them, and a test compares (ADR 0020).

mod c;
mod contract;
mod file;
mod go;
mod read;
mod rust;
mod ty;
mod typescript;
mod world;
mod zig;

pub use contract::{Case, Contract, Definition, Function, Interface, Kind, Receiver, Shape};
pub use file::{Error, File, files};
pub use ty::{Integer, Named, Ty};
