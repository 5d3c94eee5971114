//! Where a server keeps the code that it has compiled.

use evroute_sandbox::CodeCache;

use crate::ServerConfig;

/// The cache that the configuration asks for: none where `code_cache_bytes_max` is 0. One that
/// cannot be used is logged, and everything is compiled.
pub(crate) fn open(config: &ServerConfig) -> Option<CodeCache> {
    if config.code_cache_bytes_max == 0 {
        return None;
    }
    match CodeCache::open(&config.code_cache_dir, config.code_cache_bytes_max) {
        Ok(cache) => Some(cache),
        Err(why) => {
            tracing::warn!("compiled code is not kept for the next start: {why}");
            None
        }
    }
}
