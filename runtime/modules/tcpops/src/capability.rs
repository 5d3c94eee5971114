//! What guests may call: the payload of this module's event, `evroute:tcp/types`.

use evroute_bindings::evroute::tcp::types::{Host, HostTcpClosedEvent};
use evroute_bindings::{handle, import};
use evroute_event::Endpoint;
use evroute_module_api::{Capability, run_view};
use wasmtime::component::Resource;

use crate::TcpClosed;

/// What this module implements of `evroute:tcp`.
pub(crate) const ROWS: &[Capability] = &[Capability::of::<import::TcpTypes, TcpopsView<'static>>()];

run_view!(TcpopsView);

type Closed = Resource<handle::TcpClosedEvent>;

impl TcpopsView<'_> {
    fn text(&mut self, of: impl FnOnce(&TcpClosed) -> String) -> wasmtime::Result<String> {
        let text = of(self.0.payload::<TcpClosed>()?);
        self.0.charge(text.len())?;
        Ok(text)
    }
}

fn address(end: Option<Endpoint>) -> String {
    end.map(|end| end.address.to_string()).unwrap_or_default()
}

impl Host for TcpopsView<'_> {}

impl HostTcpClosedEvent for TcpopsView<'_> {
    fn source(&mut self, _: Closed) -> wasmtime::Result<String> {
        self.text(|event| address(event.subject.source))
    }

    fn local(&mut self, _: Closed) -> wasmtime::Result<String> {
        self.text(|event| address(event.subject.received))
    }

    fn transport(&mut self, _: Closed) -> wasmtime::Result<String> {
        self.text(|event| {
            let source = event.subject.source;
            source.map(|end| end.proto).unwrap_or_default().to_owned()
        })
    }

    fn cause(&mut self, _: Closed) -> wasmtime::Result<String> {
        self.text(|event| event.cause.as_str().to_owned())
    }

    fn lasted_seconds(&mut self, _: Closed) -> wasmtime::Result<u64> {
        self.0.charge(0)?;
        Ok(self.0.payload::<TcpClosed>()?.lasted_seconds)
    }

    fn drop(&mut self, _: Closed) -> wasmtime::Result<()> {
        Ok(())
    }
}
