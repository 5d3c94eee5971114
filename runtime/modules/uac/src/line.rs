//! What marks our Contact among those that a peer knows.

use evroute_tenant::TenantId;
use sha2::{Digest, Sha256};

/// The value of the parameter `line` of a trunk's Contact: the same after a restart, so that the
/// peer knows one Contact and not two. No secret.
pub(crate) fn line(tenant: &TenantId, trunk: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(tenant.as_str());
    hash.update([0]);
    hash.update(trunk);
    let hash = hash.finalize();
    hash.iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
