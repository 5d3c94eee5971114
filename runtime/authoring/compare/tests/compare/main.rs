//! Two revisions of a handler on recorded runs.

// All of this is test code; saying so lets clippy see it.
#[cfg(test)]
mod revisions;
