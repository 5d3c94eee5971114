//! Deploys of a running server: from a component that somebody sends to a revision in force.

mod audit_chain;
mod audit_refusals;
mod canary_watch;
mod deploy_dir;
mod deploy_error;
mod deploy_rpc;
mod deployed_breaker;
mod in_force;
mod live_handler;
mod made_ready;
mod refused_components;
mod settings;
mod shown;
#[cfg(test)]
mod tests;
mod told;
mod uploads;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use evroute_clock::wall_us;
use evroute_deploy::{
    Author, ComponentDigest, ComponentFacts, DeployPolicy, DeployStore, NewRevision,
    RevisionRecord, Signature, SignedComponent,
};
use evroute_module_api::RpcCaller;
use evroute_sandbox::Handler;
use evroute_tenant::{EventRateLimits, HandlerId, Revision};
use serde_json::Value;
use tokio::sync::Notify;

use self::in_force::InForce;
use self::refused_components::RefusedComponents;
use self::settings::{AskedSettings, event_filters};
use self::uploads::{Try, UploadPlace, Uploads};
use crate::handlers::{Handlers, ReadyHandler, TenantHandlers};
use crate::{Config, HandlerConfig, StartError, Vocabulary};

pub(crate) use self::audit_chain::{AuditedChanges, ChangesToKeep};
pub(crate) use self::deploy_dir::DeployDir;
pub(crate) use self::deploy_error::DeployError;
pub(crate) use self::deploy_rpc::add as add_methods;

/// How old a component must be that no revision is made of, to be removed while the server runs:
/// one that was just sent may be about to become one.
const ORPHAN_AGE_MIN: Duration = Duration::from_secs(600);

/// Deploys of all tenants. Its methods block: they compile, and wait for the disk.
pub(crate) struct Deploys {
    store: DeployStore,
    handlers: Arc<Handlers>,
    vocabulary: Vocabulary,
    component_bytes_max: u64,
    uploads: Arc<Uploads>,
    in_force: InForce,
    /// What could not be compiled.
    refused: RefusedComponents,
    /// Handlers whose revision could not be made ready.
    not_ready: AtomicU64,
    /// Told when there is a canary to watch.
    canary_begun: Notify,
    /// Whether nothing was held, each time that a kept revision was made ready.
    #[cfg(test)]
    made_while_free: std::sync::Mutex<Vec<bool>>,
}

/// A revision that somebody wants to put.
pub(crate) struct Asked {
    pub(crate) handler: String,
    pub(crate) digest: String,
    pub(crate) settings: Option<Value>,
    pub(crate) why: String,
    pub(crate) evidence: String,
    pub(crate) signature: Option<String>,
    pub(crate) attestation: Option<String>,
}

/// Whose deploy it is, and what they may do.
pub(crate) struct Deploying {
    pub(crate) tenant: Arc<TenantHandlers>,
    pub(crate) author: Author,
    pub(crate) policy: DeployPolicy,
}

impl Deploys {
    /// Opens the store in the data folder, and removes what a crash left there.
    pub(crate) fn open(config: &Config, handlers: &Arc<Handlers>) -> Result<Arc<Self>, StartError> {
        let folder = config.server.data_dir.join("deploy");
        let store = DeployStore::open(&folder).map_err(|why| StartError::Deploys {
            path: folder,
            why: why.to_string(),
        })?;
        Ok(Arc::new(Self {
            store,
            handlers: Arc::clone(handlers),
            vocabulary: Vocabulary::current(),
            component_bytes_max: u64::try_from(config.server.component.bytes_max)
                .unwrap_or(u64::MAX),
            uploads: Arc::default(),
            in_force: InForce::default(),
            refused: RefusedComponents::default(),
            not_ready: AtomicU64::new(0),
            canary_begun: Notify::new(),
            #[cfg(test)]
            made_while_free: std::sync::Mutex::default(),
        }))
    }

    /// The tenant of this name, if this caller may deploy for it.
    pub(crate) fn deploying(
        &self,
        caller: &RpcCaller,
        tenant: &str,
    ) -> Result<Deploying, DeployError> {
        let tenant = self.tenant(tenant)?;
        let is_operator = caller.tenant().is_none();
        let policy = match &tenant.config.deploy {
            Some(policy) => policy.clone(),
            None if is_operator => DeployPolicy::default(),
            None => {
                return Err(DeployError::refused(
                    "this tenant may not deploy; the operator allows it with a [tenant.deploy] \
                     section",
                ));
            }
        };
        let author = Author {
            name: caller.name().to_owned(),
            is_operator,
        };
        Ok(Deploying {
            tenant,
            author,
            policy,
        })
    }

    /// How many handlers have another revision in force than is kept, or none.
    pub(crate) fn not_ready(&self) -> u64 {
        self.not_ready.load(Ordering::Relaxed)
    }

    /// Whether a tenant of this name has come so far that it may be deployed to.
    fn is_begun(&self, name: &str) -> bool {
        self.in_force
            .all()
            .keys()
            .any(|known| known.as_str() == name)
    }

    /// The tenant of this name.
    fn tenant(&self, name: &str) -> Result<Arc<TenantHandlers>, DeployError> {
        let found = self.handlers.find(name);
        found.ok_or_else(|| DeployError::Refused(format!("there is no tenant {name:?}")))
    }

    /// A place for a component on its way, and how many bytes it may have.
    pub(crate) fn begin_upload(
        &self,
        deploying: &Deploying,
    ) -> Result<(UploadPlace, u64), DeployError> {
        let place = self.uploads.begin(&deploying.tenant.config.id);
        let place = place.ok_or_else(|| {
            DeployError::refused("two components of this tenant are on their way; try again later")
        })?;
        let bytes_max = match deploying.author.is_operator {
            true => self.component_bytes_max,
            false => self
                .component_bytes_max
                .min(deploying.policy.blob_bytes_max),
        };
        Ok((place, bytes_max))
    }

    /// Remembers a component that has come.
    pub(crate) fn uploaded(&self, deploying: &Deploying, digest: ComponentDigest) {
        self.uploads.stage(&deploying.tenant.config.id, digest);
    }

    /// The store, for whoever writes a component or reads what is kept.
    pub(crate) fn store(&self) -> &DeployStore {
        &self.store
    }

    /// Tries a component that has come and keeps it as a revision. Nothing of it is in force.
    pub(crate) fn put(
        &self,
        deploying: &Deploying,
        asked: Asked,
    ) -> Result<RevisionRecord, DeployError> {
        let (tenant, policy) = (&deploying.tenant, &deploying.policy);
        let handler = self.handler_id(tenant, &asked.handler)?;
        let digest: ComponentDigest = asked
            .digest
            .parse()
            .map_err(|error| DeployError::Refused(format!("{error}")))?;
        let before = self.store.revisions(&tenant.config.id, None)?;
        let is_known = before.iter().any(|record| record.new.digest == digest);
        if !is_known && !self.uploads.has(&tenant.config.id, digest) {
            return Err(DeployError::Refused(format!(
                "{digest} has not been sent; send the component first (POST /deploy)"
            )));
        }
        let settings = AskedSettings::read(asked.settings.as_ref())?;
        let before = self.settings_before(tenant, &handler)?;
        let settings = settings.over(before, &tenant.config, &self.vocabulary)?;
        if !deploying.author.is_operator {
            policy.check(&settings)?;
        }
        if let Some((why, ago)) = self.refused.why(&tenant.config.id, digest, Instant::now()) {
            let ago = ago.as_secs();
            return Err(DeployError::Refused(format!(
                "{why} (found {ago} s ago; the same component is not compiled again for ten minutes)"
            )));
        }
        let _trying = self.begin_try(deploying)?;
        let component = self.store.blobs().read(digest, self.component_bytes_max)?;
        let signature: Option<Signature> =
            asked.signature.as_deref().map(str::parse).transpose()?;
        let signed = SignedComponent {
            tenant: tenant.config.id.as_str(),
            handler: handler.as_str(),
            component: &component,
            digest,
            attestation: asked.attestation.as_deref(),
        };
        let signer = policy.signer(signature.as_ref(), &signed)?;
        policy.attested(signature.as_ref(), &signed)?;
        let mut new = NewRevision {
            tenant: tenant.config.id.clone(),
            handler,
            digest,
            settings,
            facts: ComponentFacts::default(),
            signature: signature.map(|signature| signature.to_text()),
            signed_by: signer.map(|key| key.fingerprint()),
            why: asked.why,
            evidence: asked.evidence,
            attestation: asked.attestation,
        };
        let tried = self.ready_of(tenant, &new, &component, Revision::FIRST)?;
        new.facts = self.facts(tried.revisions.active().handler());
        let record = self.store.put(new, &deploying.author, policy, wall_us())?;
        let mut keep = self.store.digests()?;
        keep.extend(self.uploads.digests());
        self.store.blobs().sweep(&keep, ORPHAN_AGE_MIN)?;
        Ok(record)
    }

    /// Leave to compile: what it takes is the server's time, whatever comes of it.
    fn begin_try(&self, deploying: &Deploying) -> Result<Try, DeployError> {
        let most = match deploying.author.is_operator {
            true => u32::MAX,
            false => deploying.policy.changes_per_hour_max.saturating_mul(2),
        };
        self.uploads
            .begin_try(&deploying.tenant.config.id, most, Instant::now())
    }

    /// What a handler of this name may be deployed as.
    fn handler_id(&self, tenant: &TenantHandlers, name: &str) -> Result<HandlerId, DeployError> {
        let handler: HandlerId = name
            .parse()
            .map_err(|error| DeployError::Refused(format!("handler: {error}")))?;
        let mut configured = tenant.config.handlers.iter();
        match configured.any(|configured| configured.id == handler) {
            false => Ok(handler),
            true => Err(DeployError::Refused(format!(
                "handler {name:?} belongs to the configuration of this tenant; deploy under \
                 another name, or have the operator remove its [[tenant.handler]]"
            ))),
        }
    }

    /// What the handler is deployed with now.
    fn settings_before(
        &self,
        tenant: &TenantHandlers,
        handler: &HandlerId,
    ) -> Result<Option<evroute_deploy::RevisionSettings>, DeployError> {
        let all = self.store.in_force(&tenant.config.id)?;
        let current = all.into_iter().find(|one| one.handler == *handler);
        let current = current.and_then(|one| one.activation.current);
        let Some(current) = current else {
            return Ok(None);
        };
        let record = self.store.revision(&tenant.config.id, handler, current)?;
        Ok(Some(record.new.settings))
    }

    /// A kept revision, made ready to run.
    fn ready(
        &self,
        tenant: &TenantHandlers,
        handler: &HandlerId,
        revision: Revision,
    ) -> Result<ReadyHandler, DeployError> {
        #[cfg(test)]
        {
            let is_free = self.in_force.is_free();
            self.made_while_free.lock().unwrap().push(is_free);
        }
        let record = self.store.revision(&tenant.config.id, handler, revision)?;
        let digest = record.new.digest;
        let component = self.store.blobs().read(digest, self.component_bytes_max)?;
        self.ready_of(tenant, &record.new, &component, revision)
    }

    fn ready_of(
        &self,
        tenant: &TenantHandlers,
        new: &NewRevision,
        component: &[u8],
        revision: Revision,
    ) -> Result<ReadyHandler, DeployError> {
        let filters = event_filters(&new.settings.filters, &tenant.config, &self.vocabulary)?;
        let config = HandlerConfig {
            id: new.handler.clone(),
            component: new.digest.to_string().into(),
            line: 0,
            quoted: None,
            grants: new.settings.grants.clone(),
            fail_policy: new.settings.fail_policy,
            filters,
            limits: new.settings.limits,
            breaker: Some(deployed_breaker::breaker(
                &new.settings.breaker,
                new.settings.fail_policy,
            )?),
            rates: EventRateLimits::default(),
        };
        let loader = self.handlers.loader();
        let made = loader.deployed(component, tenant, &config, revision);
        let handler = made.map_err(|not_ready| {
            let (id, why) = (&tenant.config.id, &not_ready.why);
            let refused = &self.refused;
            refused.remember(id, new.digest, (not_ready.compiling, why), Instant::now());
            DeployError::Refused(not_ready.why)
        })?;
        Ok(self.handlers.ready(config, handler))
    }

    fn facts(&self, handler: &Handler) -> ComponentFacts {
        let imports = handler.imports().iter();
        ComponentFacts {
            events: self.handlers.loader().events(handler),
            imports: imports.map(|import| import.interface.clone()).collect(),
        }
    }
}

impl std::fmt::Debug for Deploys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Deploys").finish_non_exhaustive()
    }
}
