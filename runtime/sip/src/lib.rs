//! evroute-sip
