//! Handlers whose instances are put back and kept, beside the same handlers as components, from a
//! fresh instance each time: nothing but the time they take may be different.

#[cfg(test)]
mod calls;
#[cfg(test)]
mod code_cache;
#[cfg(test)]
mod generated;
#[cfg(test)]
mod guests;
#[cfg(test)]
mod hostile_guests;
#[cfg(test)]
mod items;
#[cfg(test)]
mod limit;
#[cfg(test)]
mod mutants;
#[cfg(test)]
mod random;
#[cfg(test)]
mod replies;
#[cfg(test)]
mod scene;
#[cfg(test)]
mod smith;
#[cfg(test)]
mod taps;
