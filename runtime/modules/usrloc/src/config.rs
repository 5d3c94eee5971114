//! What the operator may say: `[tenant.registrar]`, and the tenant's quota of contacts.

mod registrar_section;

use std::any::Any;
use std::sync::Arc;

use evroute_journal::{Durability, Journal};
use evroute_module_api::config::TenantSections;
use evroute_module_api::{ModuleConfig, NewTenant, OpenFault, Opening, TenantPart};

use crate::location_store::LocationStore;
use crate::{JournalLocations, LocationTable, NotStored};

/// What becomes of a contact that is one too many for its address of record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ContactsOver {
    /// It takes the place of the one that was registered or refreshed the longest time ago: most
    /// likely the same phone, before it was started anew or got another port from its NAT. As the
    /// flag `f` of OpenSIPS' `save`.
    #[default]
    Replace,
    /// It is refused with 403. As Kamailio's `max_contacts`, which answers 503.
    Refuse,
}

/// What becomes of an expiry below the shortest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExpiresUnder {
    /// The REGISTER is refused with 423 and the shortest (RFC 3261 10.3 step 7, which allows this
    /// for less than an hour).
    #[default]
    Refuse,
    /// It counts as the shortest. As Kamailio's `min_expires`; the phone is told what it got.
    Lengthen,
}

/// Limits of one tenant's registrations, and what its answers say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Registered contacts of one address of record (Kamailio's `max_contacts`).
    pub aor_contacts_max: usize,
    /// What becomes of a contact that is one too many for its address of record.
    pub aor_contacts_over: ContactsOver,
    /// Registered contacts, all addresses of record together. Limits those as well, for one
    /// without a contact is not kept.
    pub contacts_max: usize,
    /// What a contact that names no expiry gets, in seconds (Kamailio's `default_expires`).
    pub default_expires: u32,
    /// The shortest expiry, in seconds.
    pub min_expires: u32,
    /// What becomes of an expiry below that.
    pub min_expires_under: ExpiresUnder,
    /// The longest expiry, in seconds; more is shortened (Kamailio's `max_expires`).
    pub max_expires: u32,
    /// Bytes that one contact may keep: URI, Path, Call-ID, instance.
    pub contact_bytes_max: usize,
    /// Seconds from one ping to the next of a contact that is reached over its flow; 0 pings none
    /// (Kamailio's `natping_interval`).
    pub ping_interval: u32,
    /// Up to so many seconds earlier a ping is sent, each time others.
    pub ping_jitter: u32,
    /// So many pings in a row without an answer, and a contact that answered before is gone; 0
    /// takes none for gone (as Kamailio's `keepalive_timeout`).
    pub ping_misses_max: u32,
    /// So many pings may be unanswered at the same time; more wait for their turn.
    pub pings_max: usize,
    /// Whether phones that can are given a public GRUU (RFC 5627 3.1; Kamailio's `gruu_enabled`).
    pub gruu: bool,
    /// The Service-Route of every 200 (RFC 3608), whole values in order.
    pub service_route: Vec<String>,
    /// What a registration outlives once it was answered; none: the server's memory is all.
    pub durability: Option<Durability>,
    /// Changes of contacts that wait for handlers which want to hear of them.
    pub events_queued_max: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            aor_contacts_max: 10,
            aor_contacts_over: ContactsOver::Replace,
            contacts_max: 100_000,
            default_expires: 3600,
            min_expires: 60,
            min_expires_under: ExpiresUnder::Refuse,
            max_expires: 86_400,
            contact_bytes_max: 4096,
            ping_interval: 30,
            ping_jitter: 5,
            ping_misses_max: 3,
            pings_max: 1024,
            gruu: true,
            service_route: Vec::new(),
            durability: Some(Durability::Process),
            events_queued_max: 1000,
        }
    }
}

impl Config {
    /// Reads and checks the tenant's sections.
    pub(crate) fn read(sections: &mut TenantSections<'_>) -> Self {
        registrar_section::read(sections)
    }

    /// What is kept, and where; nothing where nothing is to be.
    async fn store(
        &self,
        tenant: &NewTenant<'_>,
    ) -> Result<Option<Arc<dyn LocationStore>>, NotStored> {
        let Some(journal) = tenant.state.share::<Journal>() else {
            return Ok(None);
        };
        match self.durability {
            Some(durability) => {
                let opened = JournalLocations::open(&journal, tenant.id, durability, tenant.quota);
                Ok(Some(Arc::new(opened.await?)))
            }
            None => Ok(None),
        }
    }

    async fn table(&self, tenant: &NewTenant<'_>) -> Result<LocationTable, NotStored> {
        let store = self.store(tenant).await?;
        let before = tenant
            .before
            .map(|before| Arc::clone(before) as Arc<dyn Any + Send + Sync>);
        if let Some(before) = before.and_then(|before| before.downcast::<LocationTable>().ok()) {
            return Ok(before.changed(self.clone(), store));
        }
        match store {
            Some(store) => {
                let kept = store.load().await?;
                Ok(LocationTable::of_store(self.clone(), store, kept))
            }
            None => {
                // What was kept before that was not wanted any more would come back when it is.
                if let Some(journal) = tenant.state.share::<Journal>() {
                    JournalLocations::remove(&journal, tenant.id).await?;
                }
                Ok(LocationTable::new(self.clone()))
            }
        }
    }
}

impl ModuleConfig for Config {
    fn keep(&self, _: &NewTenant<'_>) -> Arc<dyn TenantPart> {
        Arc::new(LocationTable::new(self.clone()))
    }

    fn open<'a>(&'a self, tenant: &'a NewTenant<'a>) -> Opening<'a> {
        Box::pin(async move {
            let table = self.table(tenant).await;
            let table = table.map_err(|why| {
                let fix = "or write durability = \"none\" in [tenant.registrar]";
                OpenFault::Tenant(format!("registrations cannot be kept: {why}; {fix}"))
            })?;
            Ok(Arc::new(table) as Arc<dyn TenantPart>)
        })
    }
}
