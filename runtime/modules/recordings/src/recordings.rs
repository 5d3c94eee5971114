//! What the module keeps for a tenant, and the work beside runs.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use evroute_event::UnknownEvent;
use evroute_log_throttle::LogThrottle;
use evroute_module_api::{LiveTenant, NewTenant, RunRecorder, TenantPart, Variables, Work};
use evroute_recording::Derived;
use evroute_tenant::{Rate, TenantId};
use ring::hmac;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use crate::recording_ring::{self, RecordingRing};
use crate::redaction::Redaction;
use crate::selection::Selection;
use crate::{RecordingsConfig, RunDraft, derived};

/// How many runs wait to be written.
const WAITING_MAX: usize = 64;
/// How many bytes they may take, about.
const WAITING_BYTES_MAX: usize = 4 << 20;

/// One tenant's recordings.
pub struct Recordings(Arc<Shared>);

/// What runs, the writer and the RPC have in common.
pub(crate) struct Shared {
    tenant: TenantId,
    pub(crate) selection: Selection,
    pub(crate) domains: Vec<String>,
    redaction: Redaction,
    folder: PathBuf,
    bytes_max: u64,
    clock: fn() -> u64,
    /// Only held by whoever may wait for the disk.
    ring: Mutex<Option<RecordingRing>>,
    rate: Rate,
    derived: OnceLock<Derived>,
    sender: mpsc::Sender<RunDraft>,
    receiver: Mutex<Option<mpsc::Receiver<RunDraft>>>,
    waiting_bytes: AtomicUsize,
    pub(crate) counts: Counts,
    log: LogThrottle,
}

/// How many runs became files, and how many did not.
#[derive(Default, Debug)]
pub(crate) struct Counts {
    pub(crate) written: AtomicU64,
    pub(crate) bytes: AtomicU64,
    /// More than `per_second_max`.
    pub(crate) rate: AtomicU64,
    /// The writer was too slow.
    pub(crate) queue: AtomicU64,
    /// They were larger than a recording may be.
    pub(crate) size: AtomicU64,
    /// The disk did not take them.
    pub(crate) disk: AtomicU64,
    /// They could not be redacted.
    pub(crate) redaction: AtomicU64,
}

impl Recordings {
    /// For this tenant; nothing is written before [`TenantPart::background`], and nothing at all
    /// without a key.
    pub(crate) fn new(
        tenant: &NewTenant<'_>,
        config: &RecordingsConfig,
        key: Option<hmac::Key>,
    ) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        Self(Arc::new(Shared {
            tenant: tenant.id.clone(),
            selection: Selection::new(config),
            domains: config.domains.clone(),
            redaction: Redaction::new(key, config.redacted(), config.redact_bodies),
            folder: config.folder.join(tenant.id.as_str()),
            bytes_max: config.bytes_max,
            clock: tenant.clock,
            ring: Mutex::new(None),
            rate: Rate::new(config.per_second_max.into(), Instant::now()),
            derived: OnceLock::new(),
            sender,
            receiver: Mutex::new(Some(receiver)),
            waiting_bytes: AtomicUsize::new(0),
            counts: Counts::default(),
            log: LogThrottle::new(),
        }))
    }

    pub(crate) const fn shared(&self) -> &Arc<Shared> {
        &self.0
    }
}

impl Shared {
    pub(crate) fn now_us(&self) -> u64 {
        (self.clock)()
    }

    /// See [`derived`]; the variables are those of the whole server.
    pub(crate) fn derived(&self, variables: &Arc<Variables>) -> Derived {
        self.derived.get_or_init(|| derived(variables)).clone()
    }

    /// Whether one more may be written now; one that may not is counted.
    pub(crate) fn has_time(&self) -> bool {
        let has_time = self.rate.take(Instant::now(), 1).is_ok();
        if !has_time {
            self.counts.rate.fetch_add(1, Ordering::Relaxed);
        }
        has_time
    }

    /// Hands a run to the writer, if it has room for it; what has none is counted.
    pub(crate) fn put(&self, draft: RunDraft) {
        let bytes = draft.bytes();
        let before = self.waiting_bytes.fetch_add(bytes, Ordering::Relaxed);
        let has_room = before.saturating_add(bytes) <= WAITING_BYTES_MAX;
        if !has_room || self.sender.try_send(draft).is_err() {
            self.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
            self.counts.queue.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Makes a file of a run. Waits for the disk.
    fn write(&self, draft: RunDraft) {
        self.waiting_bytes
            .fetch_sub(draft.bytes(), Ordering::Relaxed);
        let http = draft.http();
        let mut recording = draft.recording();
        let redacted = self.redaction.apply(&mut recording, http.as_deref());
        if redacted.is_err() {
            self.counts.redaction.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let Ok(file) = evroute_recording::write(&recording) else {
            self.counts.size.fetch_add(1, Ordering::Relaxed);
            return;
        };
        match self.with_ring(|ring| ring.add(&file)) {
            Ok(number) => {
                self.counts.written.fetch_add(1, Ordering::Relaxed);
                tracing::debug!(tenant = %self.tenant, "recorded a run: {number:x}");
            }
            Err(error) => {
                self.counts.disk.fetch_add(1, Ordering::Relaxed);
                if let Some(times) = self.log.happened(Instant::now()) {
                    let folder = self.folder.display();
                    tracing::warn!(tenant = %self.tenant, times, "cannot write recordings to {folder}: {error}");
                }
            }
        }
    }

    /// Does something with the files. Waits for the disk.
    fn with_ring<T>(
        &self,
        does: impl FnOnce(&mut RecordingRing) -> io::Result<T>,
    ) -> io::Result<T> {
        let mut place = self.ring();
        let ring = match place.as_mut() {
            Some(ring) => ring,
            None => place.insert(RecordingRing::open(&self.folder, self.bytes_max)?),
        };
        let done = does(ring);
        self.counts.bytes.store(ring.bytes(), Ordering::Relaxed);
        done
    }

    fn ring(&self) -> MutexGuard<'_, Option<RecordingRing>> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The numbers of the recordings before this one, the newest first. Waits for the disk.
    pub(crate) fn newest_first(&self, before: u64) -> io::Result<Vec<u64>> {
        self.with_ring(|ring| Ok(ring.newest_first(before)))
    }

    /// The file of this number. Waits for the disk.
    pub(crate) fn read(&self, number: u64) -> io::Result<Option<Vec<u8>>> {
        recording_ring::read(&self.folder, number)
    }
}

/// Writes what is put, one after the other, until the tenant ends; what waits then is written.
async fn write_all(shared: Arc<Shared>, mut drafts: mpsc::Receiver<RunDraft>, tenant: LiveTenant) {
    let opening = Arc::clone(&shared);
    // What there is from before is counted from the beginning.
    let _ = spawn_blocking(move || opening.newest_first(0)).await;
    loop {
        let draft = tokio::select! {
            biased;
            draft = drafts.recv() => draft,
            () = tenant.draining.cancelled() => {
                drafts.close();
                drafts.recv().await
            }
        };
        let Some(draft) = draft else { return };
        let shared = Arc::clone(&shared);
        // A panic loses this run and no other.
        let _ = spawn_blocking(move || shared.write(draft)).await;
    }
}

impl TenantPart for Recordings {
    fn background(self: Arc<Self>, tenant: &LiveTenant) -> Result<Vec<Work>, UnknownEvent> {
        let receiver = &self.0.receiver;
        let receiver = receiver
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let work = |receiver| -> Work {
            Box::pin(write_all(Arc::clone(&self.0), receiver, tenant.clone()))
        };
        Ok(receiver.map(work).into_iter().collect())
    }

    fn files(&self) -> Vec<PathBuf> {
        recording_ring::files(&self.0.folder)
    }

    fn recorder(self: Arc<Self>) -> Option<Arc<dyn RunRecorder>> {
        Some(self)
    }
}
