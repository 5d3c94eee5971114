//! Hostile handlers in the real server: the request that raised the event goes on as the fail
//! policy says, the next one is handled normally, and nothing of the failed run is to be seen.

// All of this is test code; saying so lets clippy see it.
#[cfg(test)]
mod attacks;
#[cfg(test)]
mod breaker;
#[cfg(test)]
mod deploy;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod shares;
#[cfg(test)]
mod sql;
#[cfg(test)]
mod standard_library;
#[cfg(test)]
mod tenant;
#[cfg(test)]
mod tenants;
