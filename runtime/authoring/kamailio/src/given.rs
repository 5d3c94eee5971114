//! What a configuration is given from outside.

/// Names and variables of the environment, as they are given to Kamailio when it starts.
///
/// A component is the same wherever it is made, so nothing of the machine that makes it is read.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Given {
    /// Names that are defined before the first line, with their values: Kamailio's option
    /// `-A NAME=value`. A name without a value has an empty one.
    pub defines: Vec<(String, String)>,
    /// The environment that `#!defenv` reads.
    pub environment: Vec<(String, String)>,
}
