//! What a revision would have made of the last events of the one in force.

use std::sync::Arc;

use evroute_compare::{RecordedEvents, RevisionComparison};
use serde_json::Value;

use crate::exit::Exit;
use crate::tenant_asked::{TenantAsked, text};
use crate::{compared, output};

/// Compares a component with the revision in force, on the newest recorded runs of the handler.
///
/// # Errors
/// There is no revision in force, or nothing was recorded; how the command ends.
pub(super) fn shadow(
    asked: &TenantAsked,
    handler: &str,
    component: &[u8],
    count: usize,
) -> Result<RevisionComparison, Exit> {
    let in_force = asked.component(handler, None)?;
    let rows = asked.recordings(count, |row: &Value| text(row, "handler") == handler)?;
    output::tell(format_args!(
        "fetching {} recorded events of {handler} ...",
        rows.len()
    ));
    let recordings = asked.fetched(&rows)?;
    if recordings.count() == 0 {
        return Err(output::wrong(format_args!(
            "no run of {handler} was recorded: say in [tenant.recordings] which are, or deploy \
             without --shadow"
        )));
    }
    let (old, new): (Arc<[u8]>, Arc<[u8]>) = (in_force.into(), component.into());
    compared::run([&old, &new], &recordings)
}
