//! Components that are no handlers here, and what is said of them.

#[cfg(test)]
mod bombs;
#[cfg(test)]
mod bytes;
#[cfg(test)]
mod nested;
#[cfg(test)]
mod scene;
#[cfg(test)]
mod starts;
#[cfg(test)]
mod versions;
