//! evroute-transport
