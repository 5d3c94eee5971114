//! The journal of a server: its file, its writer, its tenants.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use crate::journal_queue::JournalQueue;
use crate::journal_reader::JournalReader;
use crate::journal_writer::{JournalWriter, WriterCounts};
use crate::queued_change::{QueuedChange, QueuedWhat};
use crate::tenant_share::TenantShare;
use crate::{Durability, JournalError, JournalStore};

/// How much of the journal one tenant may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct JournalLimits {
    /// Bytes of changes that wait to be written.
    pub queued_bytes_max: u64,
    /// Bytes of rows on the disk, all stores together.
    pub kept_bytes_max: u64,
}

/// How often the file was written since the start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct JournalTotals {
    /// Transactions.
    pub commits: u64,
    /// Changes in them.
    pub changes: u64,
    /// Transactions that failed, and files that could not be forced to the disk.
    pub failures: u64,
}

/// What one tenant takes of the journal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TenantJournalTotals {
    /// Its name.
    pub tenant: String,
    /// Bytes of changes that wait to be written.
    pub queued_bytes: u64,
    /// Bytes of rows on the disk.
    pub kept_bytes: u64,
    /// Changes that were refused since the start, for one of its limits.
    pub refused: u64,
}

/// The journal of a server. Its file is made when the first tenant keeps something in it: a server
/// without such a tenant has neither the file nor the thread.
pub struct Journal {
    path: PathBuf,
    counts: Arc<WriterCounts>,
    /// Whoever opens a store waits for whoever does.
    running: Mutex<Option<RunningJournal>>,
    tenants: Mutex<Tenants>,
}

#[derive(Default)]
struct Tenants {
    shares: HashMap<String, Arc<TenantShare>>,
    last_number: u64,
}

struct RunningJournal {
    queue: Arc<JournalQueue>,
    reader: Arc<JournalReader>,
    writer: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Journal {
    /// The journal in this file, which is not opened yet.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            counts: Arc::default(),
            running: Mutex::new(None),
            tenants: Mutex::default(),
        }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A store of a tenant. What was handed in for it before is written when this returns. Blocks.
    ///
    /// # Errors
    /// [`JournalError`]: the file cannot be used.
    pub fn open_store(
        &self,
        (tenant, store): (&str, &str),
        durability: Durability,
        limits: JournalLimits,
    ) -> Result<JournalStore, JournalError> {
        let mut running = self.running();
        let RunningJournal { queue, reader, .. } = self.started(&mut running)?;
        let known = self.known(tenant);
        // Of a tenant that was not there nothing can wait.
        let is_known = known.is_some();
        let share = match known {
            Some(share) => share,
            None => self.admit(tenant, reader.kept_bytes(tenant)?),
        };
        share.limit(limits);
        let number = reader.store_number(tenant, store)?;
        let (queue, reader) = (Arc::clone(queue), Arc::clone(reader));
        drop(running);
        let store = JournalStore::new((number, durability), share, queue, reader);
        if is_known {
            store.append(Vec::new())?.wait()?;
        }
        Ok(store)
    }

    /// Removes one store of a tenant, if it has it. Blocks.
    ///
    /// # Errors
    /// [`JournalError`]: it stays.
    pub fn remove_store(&self, tenant: &str, store: &str) -> Result<(), JournalError> {
        let mut running = self.running();
        if running.is_none() && !self.path.exists() {
            return Ok(());
        }
        let is_there = self
            .started(&mut running)?
            .reader
            .has_store(tenant, store)?;
        drop(running);
        match is_there {
            true => self.purge(tenant, Some(store), self.known(tenant)),
            false => Ok(()),
        }
    }

    /// Removes everything of a tenant that is gone. Its stores take nothing any more. Blocks.
    ///
    /// # Errors
    /// [`JournalError`]: it stays.
    pub fn remove_tenant(&self, tenant: &str) -> Result<(), JournalError> {
        let share = self.tenants().shares.remove(tenant);
        let removed = self.purge(tenant, None, share.clone());
        if let Some(share) = share {
            share.close();
        }
        removed
    }

    fn purge(
        &self,
        tenant: &str,
        store: Option<&str>,
        share: Option<Arc<TenantShare>>,
    ) -> Result<(), JournalError> {
        let mut running = self.running();
        if running.is_none() && !self.path.exists() {
            return Ok(());
        }
        let queue = Arc::clone(&self.started(&mut running)?.queue);
        drop(running);
        let share = share.unwrap_or_else(|| Arc::new(TenantShare::new(tenant, self.number(), 0)));
        let purge = QueuedWhat::Purge(store.map(str::to_owned));
        let (change, commit) = QueuedChange::new(purge, Durability::Process, &share)?;
        queue.put(change);
        commit.wait()
    }

    /// How often the file was written since the start.
    #[must_use]
    pub fn totals(&self) -> JournalTotals {
        JournalTotals {
            commits: self.counts.commits.load(Ordering::Relaxed),
            changes: self.counts.changes.load(Ordering::Relaxed),
            failures: self.counts.failures.load(Ordering::Relaxed),
        }
    }

    /// What each tenant takes of it, in no order.
    #[must_use]
    pub fn tenant_totals(&self) -> Vec<TenantJournalTotals> {
        let tenants = self.tenants();
        let totals = tenants.shares.values().map(|share| TenantJournalTotals {
            tenant: share.tenant.clone(),
            queued_bytes: share.queued(),
            kept_bytes: share.kept(),
            refused: share.refused(),
        });
        totals.collect()
    }

    /// Writes what waits, and takes nothing more. Blocks.
    pub fn close(&self) {
        let running = self.running().take();
        let Some(running) = running else { return };
        running.queue.close();
        if let Some(Err(_)) = running.writer.map(JoinHandle::join) {
            tracing::error!("the writer of the journal broke");
        }
    }

    fn started<'a>(
        &self,
        running: &'a mut Option<RunningJournal>,
    ) -> Result<&'a mut RunningJournal, JournalError> {
        match running {
            Some(running) => Ok(running),
            none => Ok(none.insert(self.start()?)),
        }
    }

    fn start(&self) -> Result<RunningJournal, JournalError> {
        let queue = Arc::new(JournalQueue::default());
        let writer = JournalWriter::open(&self.path, &queue, &self.counts)?;
        let thread = std::thread::Builder::new().name("journal".to_owned());
        let writer = thread.spawn(move || writer.run());
        let writer =
            writer.map_err(|why| JournalError::Unusable(format!("no thread: {why}").into()))?;
        Ok(RunningJournal {
            queue,
            reader: Arc::new(JournalReader::new(&self.path)),
            writer: Some(writer),
        })
    }

    fn known(&self, tenant: &str) -> Option<Arc<TenantShare>> {
        self.tenants().shares.get(tenant).cloned()
    }

    fn admit(&self, tenant: &str, kept: u64) -> Arc<TenantShare> {
        let share = Arc::new(TenantShare::new(tenant, self.number(), kept));
        let mut tenants = self.tenants();
        tenants.shares.insert(tenant.to_owned(), Arc::clone(&share));
        share
    }

    fn number(&self) -> u64 {
        let mut tenants = self.tenants();
        tenants.last_number += 1;
        tenants.last_number
    }

    fn running(&self) -> MutexGuard<'_, Option<RunningJournal>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tenants(&self) -> MutexGuard<'_, Tenants> {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.close();
    }
}
