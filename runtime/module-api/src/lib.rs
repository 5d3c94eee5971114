//! evroute-module-api
