//! The socket a module plugs into.
//!
//! A **module** is a vertical slice of the server: its state, the events it raises, the capability
//! it offers to handlers, its configuration. It meets the sandbox here and nowhere else:
//!
//! | lifetime | type | holds |
//! |---|---|---|
//! | process | [`Module`] | tables: its [`EventBinding`]s (events), [`Capability`], [`Variable`], [`RpcMethod`] and [`Metric`] rows |
//! | configuration | a [`ModuleConfig`] | what the operator wrote for one tenant, checked |
//! | tenant | a [`TenantPart`], kept in [`TenantState`] | the module's state for one tenant, and its work beside messages |
//! | run | any [`RunSlot`], kept in [`RunState`] | what one run has done and not yet committed |
//!
//! Handles that guests hold carry one number. The event payload and the message of a run are number
//! 0: there is one of each, in the run's state.

mod authentication;
mod capability;
pub mod config;
mod connection_ends;
mod database_reader;
mod endpoints;
mod escaped;
mod event_binding;
mod event_queue;
mod event_reports;
mod handler_change;
mod handler_context;
mod host_trap;
mod line;
mod locations;
mod metric;
mod module;
mod module_config;
mod naming;
mod own_requests;
mod parts;
mod quota_refusals;
mod rpc;
mod run_recorder;
mod run_state;
mod server_state;
mod sweep;
mod tenant_part;
mod tenant_state;
mod track;
mod transport_parts;
mod variable;

pub use authentication::{
    Authenticated, Authentication, AuthenticationRefusal, AuthenticationStep, Proof,
};
pub use capability::{CallHost, Capability, Lane, LinkCore};
pub use connection_ends::ConnectionEnds;
pub use database_reader::{DatabaseReadError, DatabaseReader, ReadingRows, TextRows};
pub use endpoints::endpoints;
pub use escaped::{is_escaped, logged_bytes};
pub use event_binding::{
    EventBinding, GuestAnswer, GuestEvent, GuestResult, GuestVerdict, TypedBinding,
};
pub use event_queue::{EventQueue, QueuePlace, QueuedEvent, raise_queued};
pub use event_reports::EventReports;
pub use evroute_bindings::View;
pub use handler_change::{HandlerChange, HandlerChangeKind};
pub use handler_context::HandlerContext;
pub use host_trap::HostTrap;
pub use line::{Level, Line, LogHandle, LogSink, LogTenant};
pub use locations::{Locations, Registered, RegisteredContact, Registering};
pub use metric::{Metric, MetricFamily, MetricKind, Samples, unless_none};
pub use module::Module;
pub use module_config::{ModuleConfig, NewTenant, OpenFault, Opening};
pub use naming::Naming;
pub use own_requests::{
    FinalStatus, FlowRequest, OwnRequests, PeerAnswer, PeerAnswering, PeerContact, PeerRequest,
};
pub use quota_refusals::QuotaRefusals;
pub use rpc::{
    RpcAccess, RpcCall, RpcCaller, RpcError, RpcFuture, RpcMethod, RpcParams, RpcReach, RpcResult,
    RpcScope,
};
pub use run_recorder::{RunBegin, RunEnd, RunRecorder, RunRecording};
pub use run_state::{FixedSeed, RunSlot, RunState, Seed};
pub use server_state::ServerState;
pub use sweep::{Sweep, sweep_until};
pub use tenant_part::{LiveTenant, Start, TenantPart, Work};
pub use tenant_state::TenantState;
pub use track::{Track, track};
pub use transport_parts::TransportParts;
pub use variable::{Variable, VariableName, VariableNameError, Variables};

/// A pseudo-variable's value, as the WIT has it.
pub use evroute_bindings::evroute::pv::types::Value;

/// Why a pseudo-variable could not be read or written, as the WIT has it.
pub use evroute_bindings::evroute::pv::pv::Error as VariableError;
