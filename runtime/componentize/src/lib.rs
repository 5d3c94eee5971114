//! evroute-componentize
