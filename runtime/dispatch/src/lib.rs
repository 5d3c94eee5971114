//! evroute-dispatch
