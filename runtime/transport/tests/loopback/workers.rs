//! Several workers behind one socket.

use std::collections::HashMap;
use std::sync::{Arc, Barrier};

use evroute_transport::{Config, Flow, Inbound, Listen, Proto, Receiver, Transport, UdpConfig};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::{LOOPBACK, within};

/// Datagrams that surely find room in the buffer of a socket.
const BURST: u32 = 200;

/// Keeps what it gets. A datagram keeps its order with those that begin with the same byte; one
/// with `halt` in it holds its worker until the test meets it at the barrier.
struct ByFirstByte {
    received: mpsc::Sender<Inbound>,
    halt: Barrier,
}

impl Receiver for ByFirstByte {
    fn order_of(&self, datagram: &[u8], _: &Flow) -> u64 {
        datagram.first().copied().map_or(0, u64::from)
    }

    fn receive(&self, inbound: Inbound) {
        let is_halt = inbound.bytes.ends_with(b"halt");
        self.received
            .try_send(inbound)
            .expect("room for every call");
        if is_halt {
            self.halt.wait();
        }
    }
}

struct Bench {
    transport: Transport,
    receiver: Arc<ByFirstByte>,
    received: mpsc::Receiver<Inbound>,
    peer: UdpSocket,
    cancel: CancellationToken,
    tracker: TaskTracker,
}

impl Bench {
    async fn new(workers: usize, work_queue_max: usize) -> Self {
        let (tracker, cancel) = (TaskTracker::new(), CancellationToken::new());
        let (sender, received) = mpsc::channel(4096);
        let receiver = Arc::new(ByFirstByte {
            received: sender,
            halt: Barrier::new(2),
        });
        let mut config = Config::listening_on(vec![Listen {
            proto: Proto::Udp,
            addr: LOOPBACK,
        }]);
        config.udp = UdpConfig {
            workers,
            work_queue_max,
            ..UdpConfig::default()
        };
        let shared = Arc::clone(&receiver) as _;
        let transport = Transport::bind(config, tracker.clone(), cancel.clone(), shared).unwrap();
        let peer = UdpSocket::bind(LOOPBACK).await.unwrap();
        peer.connect(transport.listening()[0].addr).await.unwrap();
        Self {
            transport,
            receiver,
            received,
            peer,
            cancel,
            tracker,
        }
    }

    /// Sends, and gives tokio something to do: a thread that a socket has woken and that is held
    /// leaves nobody to watch the sockets until something else wakes another.
    async fn send(&self, text: &str) {
        self.peer.send(text.as_bytes()).await.unwrap();
        TaskTracker::new().spawn(std::future::ready(()));
    }

    async fn next(&mut self) -> String {
        let inbound = within(self.received.recv()).await.unwrap();
        String::from_utf8(inbound.bytes.to_vec()).unwrap()
    }

    async fn end(self) {
        self.cancel.cancel();
        self.tracker.close();
        within(self.tracker.wait()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn datagrams_of_one_order_stay_in_it_and_each_arrives_once() {
    for workers in [1, 2, 5] {
        let mut bench = Bench::new(workers, 1024).await;
        let mut last: HashMap<char, u32> = HashMap::new();
        for round in 0..10 {
            for number in round * BURST..(round + 1) * BURST {
                for order in ['a', 'b', 'c'] {
                    bench.send(&format!("{order}{number}")).await;
                }
            }
            for _ in 0..BURST * 3 {
                let text = bench.next().await;
                let (order, number) = text.split_at(1);
                let (order, number) = (order.chars().next().unwrap(), number.parse().unwrap());
                let before = last.insert(order, number);
                let expected = before.map_or(0, |before| before + 1);
                assert_eq!(number, expected, "{order} with {workers} workers");
            }
        }
        let totals = bench.transport.counters().totals(Proto::Udp);
        let all = u64::from(10 * 3 * BURST);
        assert_eq!((totals.received, totals.receive_dropped), (all, 0));
        bench.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_worker_that_is_held_holds_up_only_its_own_and_drops_what_is_too_much() {
    let (room, too_many) = (50, 7);
    let mut bench = Bench::new(2, room).await;
    // The numbers of these bytes are even and odd: they have different workers.
    let (held, free) = ('b', 'a');
    bench.send(&format!("{held}halt")).await;
    assert_eq!(bench.next().await, "bhalt");
    for number in 0..room + too_many {
        bench.send(&format!("{held}{number}")).await;
    }
    // Read after all of them, since one task reads them all.
    bench.send(&format!("{free}0")).await;
    assert_eq!(bench.next().await, "a0");
    let totals = bench.transport.counters().totals(Proto::Udp);
    assert_eq!(totals.receive_dropped, too_many as u64);
    let receiver = Arc::clone(&bench.receiver);
    let released = tokio::task::spawn_blocking(move || receiver.halt.wait());
    for number in 0..room {
        assert_eq!(bench.next().await, format!("{held}{number}"));
    }
    released.await.unwrap();
    bench.end().await;
}
