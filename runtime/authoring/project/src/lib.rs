//! A handler's project: a folder with `evroute.toml`, sources, WIT and cases.
//!
//! [`Scaffold`] begins one, [`Builder`] makes its component with the language's own tools. What
//! those tools print is passed on as it is.

mod bindings;
mod build_error;
mod build_world;
mod builder;
mod checker;
mod clang;
mod event;
mod go;
mod installed;
mod javascript;
mod kamailio;
mod language;
mod preview1;
mod project_file;
mod python;
mod rust;
mod scaffold;
mod script;
mod source_map;
mod sources;
mod template;
mod text;
mod world;
mod zig;

pub use build_error::BuildError;
pub use builder::{BuildEnv, Builder, Progress, replace};
pub use checker::checker;
pub use event::StartingEvent;
pub use kamailio::included;
pub use language::Language;
pub use project_file::{Project, ProjectError};
pub use scaffold::{Scaffold, ScaffoldError};
pub use sources::{Changed, Part, Sources};
