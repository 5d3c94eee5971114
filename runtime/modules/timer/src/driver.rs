//! One timer at work.

use std::pin::pin;

use evroute_event::{Cause, Port, Subject};
use evroute_tenant::TenantIndex;
use tokio::time::Instant;

use crate::events::TimerFired;
use crate::{Schedule, TimerConfig};

/// Raises `timer:<name>` at every tick, until `stop` is ready; a run that is under way then is not
/// cut off. The next tick waits for this one's handlers; other timers do not. `clock` gives
/// microseconds since 1970.
pub async fn run(
    port: Port<TimerFired>,
    tenant: TenantIndex,
    timer: TimerConfig,
    clock: fn() -> u64,
    stop: impl Future<Output = ()>,
) {
    let start = Instant::now();
    let mut schedule = Schedule::every(timer.interval);
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            biased;
            () = &mut stop => return,
            () = tokio::time::sleep_until(start + schedule.next_due()) => {}
        }
        let Some(tick) = schedule.fire(start.elapsed()) else {
            continue;
        };
        if !port.is_handled(tenant) {
            continue;
        }
        let (subject, name) = (Subject::at(clock()), timer.name.clone());
        let event = TimerFired {
            subject,
            name,
            missed: tick.missed,
        };
        port.emit(Cause::outside(tenant), event).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use evroute_event::testing::Recorder;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_timer_fires_at_its_interval_with_its_name() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let recorder = Recorder::new();
        let notes = Arc::clone(&seen);
        recorder.handles::<TimerFired>(move |event| {
            notes
                .lock()
                .unwrap()
                .push((event.name.clone(), event.missed, event.subject.time_us));
        });
        let port = recorder.emitter().port().unwrap();
        let timer = TimerConfig {
            name: "sweep".to_owned(),
            interval: Duration::from_secs(10),
        };
        let stop = tokio::time::sleep(Duration::from_secs(35));
        let running = run(port, TenantIndex::new(0), timer, || 7, stop);
        let ended = tokio::time::timeout(Duration::from_secs(36), running).await;
        assert!(ended.is_ok(), "it ends when it is told to");
        assert_eq!(*seen.lock().unwrap(), vec![("sweep".to_owned(), 0, 7); 3]);
    }
}
