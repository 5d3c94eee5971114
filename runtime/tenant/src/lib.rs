//! evroute-tenant
