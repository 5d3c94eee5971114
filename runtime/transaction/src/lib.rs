//! evroute-transaction
