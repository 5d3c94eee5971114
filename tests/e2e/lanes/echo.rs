//! A phone that answers everything at once.

use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use evroute_tests::Callee;

/// A phone in a thread of its own; it ends with this value.
pub(super) struct Echo {
    pub(super) port: u16,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Echo {
    pub(super) fn start() -> Self {
        let callee = Callee::new().unwrap();
        let (port, is_over) = (callee.port, Arc::new(AtomicBool::new(false)));
        let stop = Arc::clone(&is_over);
        let thread = std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                // None for a while: nobody calls.
                if let Ok(request) = callee.next() {
                    callee.accept(&request).ok();
                }
            }
        });
        Self {
            port,
            is_over,
            thread: Some(thread),
        }
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // Anything wakes it.
        if let Ok(socket) = UdpSocket::bind("127.0.0.1:0") {
            socket.send_to(b"\r\n", ("127.0.0.1", self.port)).ok();
        }
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}
