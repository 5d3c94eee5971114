//! Several workers behind one socket.

use std::collections::HashMap;
use std::sync::{Arc, Barrier, Mutex};
use std::time::Duration;

use evroute_transport::{Config, Flow, Inbound, Listen, Proto, Receiver, Transport, UdpConfig};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::{LOOPBACK, within};

/// Datagrams that surely find room in the buffer of a socket.
const BURST: u32 = 200;

/// Keeps what it gets. A datagram keeps its order with those that begin with the same byte; one
/// that ends with `halt` holds its worker until the test meets it at the barrier.
struct ByFirstByte {
    received: mpsc::Sender<Inbound>,
    halt: Barrier,
    /// The task that read the last datagram, and the one that worked on the last.
    tasks: Mutex<[Option<task::Id>; 2]>,
}

impl Receiver for ByFirstByte {
    fn order_of(&self, datagram: &[u8], _: &Flow) -> u64 {
        self.tasks.lock().unwrap()[0] = task::try_id();
        datagram.first().copied().map_or(0, u64::from)
    }

    fn receive(&self, inbound: Inbound) {
        self.tasks.lock().unwrap()[1] = task::try_id();
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
    async fn new(workers: usize, work_queue_max: usize, in_place_max: Duration) -> Self {
        let (tracker, cancel) = (TaskTracker::new(), CancellationToken::new());
        let (sender, received) = mpsc::channel(4096);
        let receiver = Arc::new(ByFirstByte {
            received: sender,
            halt: Barrier::new(2),
            tasks: Mutex::default(),
        });
        let mut config = Config::listening_on(vec![Listen {
            proto: Proto::Udp,
            addr: LOOPBACK,
        }]);
        config.udp = UdpConfig {
            workers,
            in_place_max,
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

    /// Whether the last datagram was worked on by the task that read it.
    fn is_in_place(&self) -> bool {
        let [read, worked] = *self.receiver.tasks.lock().unwrap();
        read.is_some() && read == worked
    }

    async fn end(self) {
        self.cancel.cancel();
        self.tracker.close();
        within(self.tracker.wait()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn datagrams_of_one_order_stay_in_it_and_each_arrives_once() {
    // Always in place what comes alone, never after the first, and now this and now that.
    let most = [Duration::MAX, Duration::ZERO, Duration::from_micros(10)];
    for (workers, most) in [1, 2, 5]
        .into_iter()
        .flat_map(|n| most.map(|most| (n, most)))
    {
        let mut bench = Bench::new(workers, 1024, most).await;
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
                assert_eq!(number, expected, "{order} with {workers} workers, {most:?}");
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
    let mut bench = Bench::new(2, room, Duration::ZERO).await;
    // The numbers of these bytes are even and odd: they have different workers.
    let (held, free) = ('b', 'a');
    // The task that reads works on the first.
    bench.send("a").await;
    assert_eq!(bench.next().await, "a");
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
    let released = task::spawn_blocking(move || receiver.halt.wait());
    for number in 0..room {
        assert_eq!(bench.next().await, format!("{held}{number}"));
    }
    released.await.unwrap();
    bench.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_comes_alone_is_worked_on_where_it_was_read() {
    let mut bench = Bench::new(2, 1024, Duration::MAX).await;
    for number in 0..20 {
        bench.send(&format!("a{number}")).await;
        bench.next().await;
        assert!(bench.is_in_place(), "{number}");
    }
    bench.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn after_one_that_took_long_the_next_are_handed_to_their_workers() {
    let mut bench = Bench::new(2, 1024, Duration::ZERO).await;
    bench.send("first").await;
    bench.next().await;
    assert!(bench.is_in_place());
    for number in 0..4_000 {
        bench.send(&format!("a{number}")).await;
        bench.next().await;
        assert!(!bench.is_in_place(), "{number}");
    }
    // The worker may still be about to look for more.
    let mut is_in_place = false;
    for _ in 0..1_000 {
        bench.send("again").await;
        bench.next().await;
        is_in_place |= bench.is_in_place();
    }
    assert!(is_in_place);
    bench.end().await;
}
