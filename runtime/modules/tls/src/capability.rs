//! What guests may call: the payloads of this module's events, `evroute:tls/types`.

use evroute_bindings::evroute::tls::types::{
    Host, HostCertificateExpiringEvent, HostConnectionOutEvent,
};
use evroute_bindings::{handle, import};
use evroute_module_api::{Capability, run_view};
use wasmtime::component::Resource;

use crate::events::{TlsCertificateExpiring, TlsConnectionOut};

/// What this module implements of `evroute:tls`.
pub(crate) const ROWS: &[Capability] = &[Capability::of::<import::TlsTypes, TlsView<'static>>()];

run_view!(TlsView);

type Out = Resource<handle::ConnectionOutEvent>;
type Expiring = Resource<handle::CertificateExpiringEvent>;

impl Host for TlsView<'_> {}

impl HostCertificateExpiringEvent for TlsView<'_> {
    fn names(&mut self, _: Expiring) -> wasmtime::Result<Vec<String>> {
        let names = self.0.payload::<TlsCertificateExpiring>()?.names.clone();
        self.0.charge(names.iter().map(String::len).sum())?;
        Ok(names)
    }

    fn not_after(&mut self, _: Expiring) -> wasmtime::Result<u64> {
        self.0.charge(0)?;
        Ok(self.0.payload::<TlsCertificateExpiring>()?.not_after)
    }

    fn days_left(&mut self, _: Expiring) -> wasmtime::Result<u32> {
        self.0.charge(0)?;
        Ok(self.0.payload::<TlsCertificateExpiring>()?.days_left)
    }

    fn drop(&mut self, _: Expiring) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl HostConnectionOutEvent for TlsView<'_> {
    fn name(&mut self, _: Out) -> wasmtime::Result<String> {
        let name = self.0.payload::<TlsConnectionOut>()?.name.clone();
        self.0.charge(name.len())?;
        Ok(name)
    }

    fn address(&mut self, _: Out) -> wasmtime::Result<String> {
        let address = self.0.payload::<TlsConnectionOut>()?.address.to_string();
        self.0.charge(address.len())?;
        Ok(address)
    }

    fn drop(&mut self, _: Out) -> wasmtime::Result<()> {
        Ok(())
    }
}
