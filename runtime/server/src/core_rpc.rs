//! RPC methods that are about the process itself.

use std::sync::Arc;

use evroute_module_api::RpcScope;
use serde_json::json;

use crate::{DuplicateMethod, RpcMethods, Shutdown, Status};

/// `core.version`, `core.uptime`, `core.kill`.
pub(crate) fn add(
    methods: &mut RpcMethods,
    status: &Arc<Status>,
    shutdown: &Shutdown,
) -> Result<(), DuplicateMethod> {
    methods.add(
        "core.version",
        "the version that runs",
        RpcScope::READS_PROGRAM,
        |params| async move {
            params.only(&[])?;
            Ok(json!(concat!("evroute ", env!("CARGO_PKG_VERSION"))))
        },
    )?;
    let status = Arc::clone(status);
    methods.add(
        "core.uptime",
        "for how many seconds the server has been running",
        RpcScope::READS_SERVER,
        move |params| {
            let seconds = status.uptime().as_secs();
            async move {
                params
                    .only(&[])
                    .map(|()| json!({ "uptime_seconds": seconds }))
            }
        },
    )?;
    let shutdown = shutdown.clone();
    methods.add(
        "core.kill",
        "stops the server as SIGTERM does",
        RpcScope::CHANGES_SERVER,
        move |params| {
            let shutdown = shutdown.clone();
            async move {
                params.only(&[])?;
                shutdown.begin();
                Ok(json!("draining"))
            }
        },
    )
}
