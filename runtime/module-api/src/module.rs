//! What a module registers with the server.

use std::sync::Arc;

use evroute_event::UnknownEvent;
use evroute_tenant::TenantSlots;
use evroute_transport::{HttpReceiver, TlsDialing};

use crate::config::TenantSections;
use crate::{
    Authentication, Capability, ConnectionEnds, EventBinding, Locations, Metric, ModuleConfig,
    Naming, RpcMethod, TenantState, TransportParts, Variable,
};

/// A module, as the server's list sees it: tables of what it offers, and the first of the three
/// nouns that a tenant of it goes through.
///
/// | noun | made of | holds |
/// |---|---|---|
/// | the module | nothing | the tables below |
/// | [`ModuleConfig`] | the tenant's sections, by [`Module::configure`] | what the operator wrote, checked |
/// | [`TenantPart`](crate::TenantPart) | the configuration, by [`ModuleConfig::open`] | what the module keeps for the tenant, and its work |
///
/// What it has not got it does not mention.
pub trait Module: Send + Sync {
    /// Kamailio's name for it where there is one.
    fn name(&self) -> &'static str;

    /// The events it raises and how guests handle them.
    fn events(&self) -> Vec<Arc<dyn EventBinding>> {
        Vec::new()
    }

    /// The pseudo-variables it owns.
    fn variables(&self) -> &'static [Variable] {
        &[]
    }

    /// The interfaces it implements for guests.
    fn capabilities(&self) -> &'static [Capability] {
        &[]
    }

    /// Words of its grants that take a label, and what the label names: `htable:calls`.
    fn labels(&self) -> &'static [(&'static str, Naming)] {
        &[]
    }

    /// Words of its grants that can be given for reading only: `htable:calls:read`.
    fn readable(&self) -> &'static [&'static str] {
        &[]
    }

    /// What POST /rpc can call of it.
    fn rpc(&self) -> &'static [RpcMethod] {
        &[]
    }

    /// What GET /metrics shows of it.
    fn metrics(&self) -> &'static [Metric] {
        &[]
    }

    /// Where users are, if it is this module that knows: one of a server's modules does.
    /// `tenants` are those that there are, `clock` gives microseconds since 1970.
    fn locations(
        &self,
        tenants: &Arc<TenantSlots<TenantState>>,
        clock: fn() -> u64,
    ) -> Option<Arc<dyn Locations>> {
        let _ = (tenants, clock);
        None
    }

    /// Who users are, if it is this module that knows: one of a server's modules does. `tenants`
    /// are those that there are, `clock` gives microseconds since 1970.
    fn authentication(
        &self,
        tenants: &Arc<TenantSlots<TenantState>>,
        clock: fn() -> u64,
    ) -> Option<Arc<dyn Authentication>> {
        let _ = (tenants, clock);
        None
    }

    /// Who answers requests of HTTP, if it is this module that does: one of a server's modules
    /// does.
    ///
    /// # Errors
    /// [`UnknownEvent`] when an event of the module is not in the server's list.
    fn http(
        &self,
        parts: &Arc<TransportParts>,
    ) -> Result<Option<Arc<dyn HttpReceiver>>, UnknownEvent> {
        let _ = parts;
        Ok(None)
    }

    /// Who tells tenants of connections that are gone, if it is this module that does: one of a
    /// server's modules does.
    ///
    /// # Errors
    /// [`UnknownEvent`] when an event of the module is not in the server's list.
    fn connection_ends(
        &self,
        parts: &Arc<TransportParts>,
    ) -> Result<Option<Arc<dyn ConnectionEnds>>, UnknownEvent> {
        let _ = parts;
        Ok(None)
    }

    /// Who is asked before a connection over TLS is dialled, if it is this module: one of a
    /// server's modules is.
    ///
    /// # Errors
    /// [`UnknownEvent`] when an event of the module is not in the server's list.
    fn tls_dialing(
        &self,
        parts: &Arc<TransportParts>,
    ) -> Result<Option<Arc<dyn TlsDialing>>, UnknownEvent> {
        let _ = parts;
        Ok(None)
    }

    /// Reads its sections of one tenant and checks them; called once for each. None for a module
    /// that keeps nothing for a tenant.
    fn configure(&self, sections: &mut TenantSections<'_>) -> Option<Box<dyn ModuleConfig>> {
        let _ = sections;
        None
    }
}
