//! A handler's project: a folder with `evroute.toml`, sources, WIT and cases.

mod language;
mod project_file;

pub use language::Language;
pub use project_file::{Project, ProjectError};
