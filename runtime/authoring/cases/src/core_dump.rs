//! What a handler had in memory when it was cut short.

use evroute_recording::Recording;
use evroute_sandbox::CodeCache;

use crate::Error;
use crate::harness::HarnessSandbox;
use crate::replayer::Replayer;

/// Runs a recording once more, and writes down the handler's memories, globals and stack where it
/// is cut short: a core dump as debuggers of Wasm read it. None where it returns.
///
/// # Errors
/// As [`replay`](crate::replay()).
pub fn core_dump(
    component: &[u8],
    recording: &Recording,
    code_cache: Option<&CodeCache>,
) -> Result<Option<Vec<u8>>, Error> {
    let sandbox = HarnessSandbox::leaving_core_dumps(code_cache)?;
    let mut replayer = Replayer::new(&sandbox, component.into())?;
    let header = recording.header.as_ref();
    let name = header.map_or("", |header| header.handler.as_str());
    let mut dump = None;
    replayer.replay_watched(recording, |store, guested| {
        dump = evroute_sandbox::core_dump(store, guested, name);
    })?;
    Ok(dump)
}
