//! Calls by real phones (SIPp) through the real server, with handlers on every request.

// All of this is test code; saying so lets clippy see it.
#[cfg(test)]
mod calls;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod events;
#[cfg(test)]
mod originate;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod rows;
#[cfg(test)]
mod start;
