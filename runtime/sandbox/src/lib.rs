//! evroute-sandbox
