//! Starts the real server, calls through it, and asks it what happened. For the suites beside it.
//!
//! Everything runs on the loopback interface, on ports of its own, in a temporary folder, and ends
//! with the test. What is missing is a failure that names the command that installs it; nothing is
//! skipped.

mod authority;
mod baresip;
mod browser;
mod callee;
mod certificate;
mod component;
mod configuration;
mod ended;
mod error;
mod kamailio;
mod linphone;
mod openssl;
mod patience;
mod ports;
mod rpc;
mod server;
mod sipp;
mod sockets;
mod stunnel;
mod two_nats;
mod websocket_phone;

pub use authority::TestAuthority;
pub use baresip::Baresip;
pub use browser::Browser;
pub use callee::{Callee, Waiting, accepted};
pub use certificate::TestCertificate;
pub use component::{
    blocks, compiled, example, hostile, repository, slow_to_compile, trapping, visitor,
    waiting_at_gate, witness,
};
pub use ended::{Ended, run_to_end, run_to_end_within};
pub use error::Error;
pub use kamailio::Kamailio;
pub use linphone::Linphone;
pub use openssl::TlsClient;
pub use patience::{PATIENCE, eventually};
pub use ports::free_port;
pub use rpc::Answer;
pub use server::{Server, evroute};
pub use sipp::{Calls, Phone, Sipp, Transport};
pub use stunnel::Stunnel;
pub use two_nats::TwoNats;
pub use websocket_phone::WebSocketPhone;
