//! A receiver that keeps what it gets.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use evroute_transport::{
    EndedConnection, Flow, FrameError, Inbound, Receiver, Target, Transport, TransportError,
};
use tokio::sync::mpsc;

use crate::within;

/// What came, in order.
pub(crate) struct Recorder(mpsc::Receiver<Call>);

/// One call of the receiver.
#[derive(Debug)]
pub(crate) enum Call {
    Receive(Inbound),
    Unframed(Inbound, FrameError),
    Undeliverable(Target, Bytes, TransportError),
    Closed(Flow),
    Ended(EndedConnection),
}

/// The side that the transport calls. Messages with `echo` in them are answered with their
/// own bytes, those with `panic` panic, streams that cannot be framed get a 400.
pub(crate) struct Recording {
    calls: mpsc::Sender<Call>,
    transport: OnceLock<Transport>,
}

pub(crate) const BAD_REQUEST: &[u8] = b"SIP/2.0 400 Bad Request\r\nl: 0\r\n\r\n";

pub(crate) fn new() -> (Recorder, Arc<Recording>) {
    let (calls, received) = mpsc::channel(4096);
    (
        Recorder(received),
        Arc::new(Recording {
            calls,
            transport: OnceLock::new(),
        }),
    )
}

impl Recorder {
    pub(crate) async fn next(&mut self) -> Call {
        within(self.0.recv()).await.expect("the transport is gone")
    }

    /// Whether nothing came that was not asked for.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) async fn message(&mut self) -> Inbound {
        match self.next().await {
            Call::Receive(inbound) => inbound,
            call => panic!("{call:?}"),
        }
    }
}

impl Recording {
    pub(crate) fn answer_through(&self, transport: Transport) {
        self.transport.set(transport).expect("set once");
    }

    fn answer(&self, bytes: Bytes, inbound: &Inbound) {
        let transport = self.transport.get().expect("set before messages come");
        transport.send(bytes, &inbound.flow.back()).unwrap();
    }

    fn keep(&self, call: Call) {
        self.calls.try_send(call).expect("room for every call");
    }
}

impl Receiver for Recording {
    fn receive(&self, inbound: Inbound) {
        let has = |word: &[u8]| inbound.bytes.windows(word.len()).any(|part| part == word);
        assert!(!has(b"panic"), "asked for");
        if has(b"echo") {
            self.answer(inbound.bytes.clone(), &inbound);
        }
        self.keep(Call::Receive(inbound));
    }

    fn unframed(&self, inbound: Inbound, error: FrameError) {
        self.answer(Bytes::from_static(BAD_REQUEST), &inbound);
        self.keep(Call::Unframed(inbound, error));
    }

    fn closed(&self, flow: &Flow) {
        self.keep(Call::Closed(*flow));
    }

    fn ended(&self, ended: &EndedConnection) {
        self.keep(Call::Ended(ended.clone()));
    }

    fn undeliverable(&self, to: Target, bytes: Bytes, error: TransportError) {
        self.keep(Call::Undeliverable(to, bytes, error));
    }
}
