//! evroute-bindings
