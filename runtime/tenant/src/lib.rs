//! Who an event belongs to, what they may do and what it may cost.
//!
//! [`TenantResolver`] finds the tenant of a message, [`TenantDirectory`] while they come and go;
//! [`Grants`] is the only place that answers "may it?", [`RunLimits`] is what one run may cost,
//! [`TenantQuota`] what a tenant may hold, [`RunTime`] what of the server's time it may take,
//! [`Meter`] what one run used, [`SourceLimits`] what is read of one source,
//! [`TrustedSender`] whom a tenant knows by his network or his certificate, [`Networks`] where a
//! tenant may send to, [`Ledger`] what a tenant used so far, and [`TenantSlots`] what is kept for
//! each while they come and go. No I/O, no clock, no tokio.

mod certificate_pin;
mod certified_peer;
mod directory;
mod event_rates;
mod grants;
mod id;
mod ledger;
mod limits;
mod meter;
mod networks;
mod outgoing_rate;
mod paid_until;
mod peer_identity;
mod pinned_peers;
mod quota;
mod rate;
mod resolver;
mod run_time;
mod slots;
mod source_limits;
mod source_network;
mod tariff;
mod tls_handshake;
mod trusted_sender;

pub use certificate_pin::{CertificatePin, NotAPin};
pub use certified_peer::{CertifiedPeer, NotAPeer};
pub use directory::{PinConflict, Pins, TenantDirectory};
pub use event_rates::{EventRateLimits, EventRates, UsedUpRate};
pub use grants::{GrantError, GrantMode, Grants};
pub use id::{HandlerId, NameError, Revision, TenantId, TenantIndex};
pub use ledger::{Ledger, LedgerTotals};
pub use limits::RunLimits;
pub use meter::Meter;
pub use networks::{Network, NetworkError, Networks, OutsideNetworks};
pub use outgoing_rate::{OutgoingRate, OverOutgoingRate};
pub use peer_identity::{PeerIdentity, VerifiedBy};
pub use quota::TenantQuota;
pub use rate::Rate;
pub use resolver::{MatchKeys, PinError, TenantResolver};
pub use run_time::{ReservedTime, RunTime};
pub use slots::TenantSlots;
pub use source_limits::SourceLimits;
pub use source_network::SourceNetwork;
pub use tariff::Tariff;
pub use tls_handshake::TlsHandshake;
pub use trusted_sender::{NotASender, TrustedSender};
