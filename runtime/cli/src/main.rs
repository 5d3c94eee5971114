//! The evroute command.
fn main() {}
