//! `evroute fuzz`: a handler is run on many events, changed each time so that it takes other ways,
//! in the sandbox that it runs in.
//!
//! [`Instrumented::of`] adds to every module a memory of counters and to the component one import,
//! [`REGISTER`], by which it hands them to the host when it starts. Nothing else of it moves: what
//! it does, calls and answers is what the original does, calls and answers. The instrumented copy
//! only leads a [`Campaign`]; what is found is judged on the original.

mod body;
mod campaign;
mod component;
mod corpus;
mod counters;
mod coverage;
mod dictionary;
mod edge;
mod executor;
mod finding;
mod heard;
mod input;
mod input_file;
mod minimise;
mod module;
mod mutate;
mod neighbour;
mod oracle;
mod property;
mod random;
mod ring;
mod seen;
mod source_place;
mod target;

pub use campaign::{Campaign, CampaignProgress, Campaigned, Happening, Stop};
pub use component::{EdgeMap, InstrumentError, Instrumented, REGISTER};
pub use counters::{register, registered};
pub use coverage::{Coverage, CoveredFile, Untaken, coverage, html, lcov};
pub use edge::{Compared, Edge, Turn};
pub use executor::FUEL_TIMES;
pub use finding::{Finding, Retried, finding_folders, retry};
pub use module::Noted;
pub use oracle::Oracle;
pub use property::{NAMES, Property, PropertyError, Sense};
pub use ring::Comparison;
pub use source_place::{SourcePlace, authors_places, is_authors, source_places};
pub use target::FuzzTarget;
