//! evroute-server
