//! Puts the server together: configuration, the operator's HTTP, metrics, start and stop.
//!
//! The only crate that reads the environment and configuration files and that creates a task
//! tracker; all others are handed what they need.

mod admin;
mod background;
mod breaker_rpc;
mod catalogue;
mod cell;
mod cell_rpc;
mod code_cache;
mod collectors;
mod component_check;
mod config;
mod core_rpc;
mod declared_check;
mod deploys;
mod descriptors;
mod event_filter;
mod feed;
mod flow_key;
mod handlers;
mod loader;
mod log_file;
mod log_filter;
mod logging;
mod metrics;
mod modules;
mod observer;
mod patience;
mod raw_config;
mod rebinding;
mod replacement;
mod running;
mod shutdown;
mod signals;
mod sip_stack;
mod sip_tenants;
mod sip_tls;
mod start_error;
mod starting;
mod tenant_changes;
mod tenant_end;
mod tenant_error;
mod tenant_folder;
mod tenant_methods;
mod tenant_registry;
mod tenant_reload;
mod tenant_starts;
mod tenant_swap;
mod tenants;
mod tokens;
mod usage;
mod wiring;

pub use admin::{
    Admin, AdminParts, AuditLog, AuditSink, AuditedAction, DuplicateMethod, HandlerList,
    HandlerStatus, Ready, RpcError, RpcMethods, RpcParams, Status,
};
pub use catalogue::Catalogue;
pub use cell::serve_cell;
pub use component_check::{
    CheckOptions, ComponentCheck, ComponentReport, RequestedCapability, check_component,
    check_handlers,
};
pub use config::{
    AdminConfig, Advertised, BrokenTenant, CellLimits, Config, ConfigError, ConfigErrors,
    EventFilter, EventWord, HandlerConfig, ListenConfig, ListenTransport, Listener, ModuleConfigs,
    ServerConfig, SipConfig, SipTlsConfig, TenantConfig, TenantSource, Token, Vocabulary,
};
pub use evroute_module_log::LogFormat;
pub use evroute_sandbox::CodeCache;
pub use feed::Feed;
pub use handlers::Replaced;
pub use logging::{LOG_VARIABLE, Log, LogError, open_log};
pub use metrics::{Metrics, RunMetrics};
pub use modules::MODULES;
pub use patience::{PATIENCE, megabytes, reported_when_slow};
pub use replacement::{ReplaceError, Replacements, Replacer, replacements};
pub use running::sandbox_config;
pub use shutdown::{Shutdown, Stopped};
pub use start_error::StartError;
pub use tenant_starts::TenantStarts;
pub use tokens::{NewToken, TokenFileError, TokenRecord, TokenRefusal, TokenSecret, TokenStore};
pub use wiring::{run, run_replaceable};
