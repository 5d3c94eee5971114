//! What ways to phones are sealed with where they travel in messages.

use evroute_aot::NodeKey;

use crate::ServerConfig;

/// Where the node's key is, below `data_dir`.
const KEY_FILE: &str = "node.key";
const PURPOSE: &str = "flow tokens";

/// The key of this node, so that phones behind a NAT are reached in calls that began before a
/// restart. Where it cannot be used, a random one: such calls then end without their last requests.
///
/// # Errors
/// When the system gives no randomness.
pub(crate) fn flow_key(config: &ServerConfig) -> Result<[u8; 32], getrandom::Error> {
    match NodeKey::open(&config.data_dir.join(KEY_FILE)) {
        Ok(key) => Ok(key.derive(PURPOSE)),
        Err(why) => {
            tracing::warn!("calls of phones behind a NAT do not outlive a restart: {why}");
            let mut key = [0; 32];
            getrandom::fill(&mut key)?;
            Ok(key)
        }
    }
}
