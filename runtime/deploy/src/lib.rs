//! Which revision of which handler is in force, who said so, and why.
//!
//! [`BlobStore`] keeps components by what is in them, [`DeployStore`] keeps revisions, activations
//! and the audit log in a database beside them. Everything that either of them acknowledges is on
//! disk. [`Signature`]s say who made a component, [`DeployPolicy`] what a tenant's deploys may ask
//! for, and [`judge`] whether a canary is worse than the revision before it. No WebAssembly, no
//! tokio, no clock: all of it blocks, and time is a parameter.

mod activation;
mod attestation;
mod audit;
mod blob_store;
mod deploy_policy;
mod deploy_store;
mod difference;
mod digest;
mod judge;
mod requirement;
mod revision_record;
mod schema;
mod signature;
mod signing_key;
mod statistic;
mod step;
mod store_error;
mod verifying_key;

pub use activation::{Activation, ActivationCause, Canary, CanaryError, HandlerInForce};
pub use attestation::{
    ATTESTATION_BYTES_MAX, Attestation, AttestationError, CasesShown, FuzzShown, ShadowShown,
};
pub use audit::{AuditChain, AuditDraft, AuditEntry, AuditFault, AuditHash, Author};
pub use blob_store::{BlobStore, BlobWriter};
pub use deploy_policy::{DeployPolicy, PolicyRefusal, SignedComponent};
pub use deploy_store::{Accepts, ActivationOrder, DeployStore};
pub use difference::{ComponentFacts, Difference, difference};
pub use digest::{ComponentDigest, DigestError};
pub use judge::{Judgement, RevisionReading, judge};
pub use requirement::{Requirement, RequirementError, Unmet};
pub use revision_record::{NewRevision, RevisionRecord, RevisionSettings};
pub use signature::{Signature, SignatureError, attested_statement, statement};
pub use signing_key::{KeyKind, SigningKey};
pub use step::{DeployStep, StepObserver};
pub use store_error::StoreError;
pub use verifying_key::{SigningKeyError, VerifyingKey};
