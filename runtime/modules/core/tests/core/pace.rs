//! Virtual time waits for the datagrams that are on their way.
//!
//! Tokio's paused clock jumps to the next timer as soon as nothing is left to do. The sockets are
//! real, and a busy machine delivers a datagram later than it was sent: without this a jump of an
//! hour could come between the two.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use evroute_transaction_layer::TransactionLayer;
use evroute_transport::Proto;
use tokio_util::task::TaskTracker;

/// How far the clock jumps at most before it is looked again; virtual time.
const STEP: Duration = Duration::from_millis(10);
/// A datagram that is not there after so long went to nobody; real time.
const LOST_AFTER: Duration = Duration::from_secs(1);

/// What the phones and the servers of this thread's test have sent and received.
#[derive(Default)]
struct Traffic {
    sent: u64,
    received: u64,
    servers: Vec<Arc<TransactionLayer>>,
    lost: u64,
}

thread_local! {
    static TRAFFIC: RefCell<Traffic> = RefCell::default();
}

/// A phone has sent a datagram.
pub(crate) fn sent() {
    TRAFFIC.with_borrow_mut(|traffic| traffic.sent += 1);
}

/// A phone has received a datagram.
pub(crate) fn received() {
    TRAFFIC.with_borrow_mut(|traffic| traffic.received += 1);
}

/// Holds the clock from now on while a datagram of this server's or to it is on its way.
pub(crate) fn heed(server: &Arc<TransactionLayer>) {
    TRAFFIC.with_borrow_mut(|traffic| traffic.servers.push(Arc::clone(server)));
    TaskTracker::new().spawn(async {
        let mut steps = tokio::time::interval(STEP);
        loop {
            steps.tick().await;
            let since = Instant::now();
            while TRAFFIC.with_borrow(Traffic::on_its_way) > 0 && since.elapsed() < LOST_AFTER {
                std::thread::yield_now();
                tokio::task::yield_now().await;
            }
            TRAFFIC.with_borrow_mut(|traffic| traffic.lost += traffic.on_its_way());
        }
    });
}

impl Traffic {
    fn on_its_way(&self) -> u64 {
        let mut sent = self.sent;
        let mut received = self.received + self.lost;
        for server in &self.servers {
            let totals = server.transport().unwrap().counters().totals(Proto::Udp);
            sent += totals.sent;
            received += totals.received + totals.keep_alives;
        }
        sent.saturating_sub(received)
    }
}
