//! Telling handlers that the tables are ready.

use evroute_event::{Cause, Event, Port, Subject, UnknownEvent};
use evroute_module_api::{LiveTenant, Start};
use evroute_tenant::TenantIndex;

use crate::events::{ModInit, ModInitVerdict};

/// `htable:mod-init` as a question at the start of a tenant.
pub(crate) fn start(tenant: &LiveTenant) -> Result<Start, UnknownEvent> {
    let port = tenant.emitter.port::<ModInit>()?;
    let (index, clock) = (tenant.index, tenant.clock);
    let asked = async move {
        match mod_init(&port, index, clock()).await {
            true => Ok(()),
            false => Err("a handler of htable:mod-init decided that it does not start".to_owned()),
        }
    };
    Ok(Start {
        what: ModInit::NAME.as_str(),
        asked: Box::pin(asked),
    })
}

/// Raises `htable:mod-init` for one tenant, once its tables exist and before calls are taken.
/// Whether the server may start; without a handler it may.
async fn mod_init(port: &Port<ModInit>, tenant: TenantIndex, now_us: u64) -> bool {
    let event = ModInit {
        subject: Subject::at(now_us),
    };
    let (_, verdict) = port.emit(Cause::outside(tenant), event).await;
    match verdict {
        ModInitVerdict::Proceed => true,
        ModInitVerdict::AbortStartup => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use evroute_event::testing::Recorder;

    async fn started(recorder: &std::sync::Arc<Recorder>) -> bool {
        let port = recorder.emitter().port::<ModInit>().unwrap();
        mod_init(&port, TenantIndex::new(0), 7).await
    }

    #[tokio::test]
    async fn a_handler_can_keep_the_server_from_starting() {
        let recorder = Recorder::new();
        recorder.handles::<ModInit>(|event| {
            assert_eq!(event.subject.time_us, 7);
            ModInitVerdict::AbortStartup
        });
        assert!(!started(&recorder).await);
        assert_eq!(recorder.raised().len(), 1);
    }

    #[tokio::test]
    async fn without_a_handler_the_server_starts() {
        let recorder = Recorder::new();
        recorder.knows::<ModInit>();
        assert!(started(&recorder).await);
        assert!(recorder.raised().is_empty());
    }
}
