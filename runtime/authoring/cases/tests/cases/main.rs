//! Cases against real components, compiled here and now.

// All of this is test code; saying so lets clippy see it.
#[cfg(test)]
mod blocks;
#[cfg(test)]
mod documented;
#[cfg(test)]
mod embedded;
#[cfg(test)]
mod judged;
#[cfg(test)]
mod replayed;
