//! Handlers in a cell, beside the same handlers in this process: nothing but the time they take may
//! be different.

#[cfg(test)]
mod guests;
#[cfg(test)]
mod hostile;
#[cfg(test)]
#[path = "../../../sandbox/tests/pooled/hostile_guests.rs"]
mod hostile_guests;
#[cfg(test)]
mod life;
#[cfg(test)]
mod runner;
#[cfg(test)]
#[allow(dead_code, reason = "the suites of the sandbox use more of it")]
#[path = "../../../sandbox/tests/pooled/scene.rs"]
mod scene;
#[cfg(test)]
mod tasks;
