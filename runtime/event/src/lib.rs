//! evroute-event
