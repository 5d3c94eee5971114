//! What an instrumented component registers when it starts, on the host's side.

use evroute_module_api::{Capability, Lane, RunSlot, RunState};
use wasmtime::component::{Linker, WasmList};
use wasmtime::{Store, StoreContextMut};

use crate::component::REGISTER;

/// The lists that the instances of a run have registered, in their order.
#[derive(Default)]
struct Registered(Vec<WasmList<u8>>);

impl RunSlot for Registered {
    fn commit(self: Box<Self>) {}
}

/// What instrumented components import, to be offered beside a server's capabilities.
#[must_use]
pub const fn register() -> Capability {
    Capability {
        interface: REGISTER,
        grant: None,
        lane: Lane::Sync,
        link,
        link_core: None,
        call: None,
    }
}

fn link(linker: &mut Linker<RunState>) -> wasmtime::Result<()> {
    let register = |mut store: StoreContextMut<'_, RunState>, (list,): (WasmList<u8>,)| {
        let run = store.data_mut();
        run.slot(|_| Ok(Registered::default()))?.0.push(list);
        Ok(())
    };
    linker.root().func_wrap(REGISTER, register)
}

/// Shows what each instance has registered: its number, and the bytes as they are now.
pub fn registered(store: &mut Store<RunState>, mut see: impl FnMut(usize, &[u8])) {
    let slot = store.data_mut().slot(|_| Ok(Registered::default()));
    let lists = slot.map(|registered| std::mem::take(&mut registered.0));
    for (number, list) in lists.unwrap_or_default().iter().enumerate() {
        see(number, list.as_le_slice(&*store));
    }
}
