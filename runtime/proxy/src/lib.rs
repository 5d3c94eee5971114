//! evroute-proxy
