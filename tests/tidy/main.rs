//! Taste, enforced: what the house rules of docs/architecture.md say about the tree itself.

// All of this is test code; saying so lets clippy see it.
#[cfg(test)]
mod arrows;
#[cfg(test)]
mod columns;
#[cfg(test)]
mod docs;
#[cfg(test)]
mod files;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod names;
#[cfg(test)]
mod released;
#[cfg(test)]
mod source;
#[cfg(test)]
mod wit;
