//! How many requests leave for a tenant.

use std::sync::Arc;
use std::time::{Duration, Instant};

use evroute_event::Cause;
use evroute_module_tm::{NewRequest, OriginateError};
use evroute_sip::HeaderName;
use evroute_tenant::OutgoingRate;

use crate::phone::{Phone, value};
use crate::server::{Server, Setup, tenant};

/// One a second, and what is not inside a dialog is used up for the next hour, however fast the
/// machine is.
fn used_up(server: &Server) -> Arc<OutgoingRate> {
    let rate = Arc::new(OutgoingRate::new(1, Instant::now(), Arc::default()));
    let later = Instant::now() + Duration::from_secs(3600);
    assert!(rate.take(later, 1, false).is_ok());
    server.identity.limit_outgoing(tenant(), Arc::clone(&rate));
    rate
}

#[tokio::test(start_paused = true)]
async fn beyond_the_rate_new_requests_are_answered_503_and_those_of_a_dialog_pass() {
    let callee = Phone::new().await;
    let server = Setup::new().route("bob", callee.at).start();
    let callee = callee.speaking_to(server.udp);
    let caller = Phone::of(server.udp).await;
    let rate = used_up(&server);
    let refused = caller
        .ask(&caller.request("INVITE", "sip:bob@example.com", ""))
        .await;
    assert_eq!(refused.status(), Some(503));
    let seconds: u64 = value(&refused, "Retry-After").parse().unwrap();
    assert!((3590..=3601).contains(&seconds), "{seconds}");
    assert!(callee.hears_nothing().await);
    assert_eq!((rate.requests(), rate.requests_refused()), (1, 1));
    // The reserve of what stands.
    let mut bye = caller.request("BYE", "sip:bob@example.com", "");
    let to = "<sip:bob@example.com>;tag=theirs";
    bye.set_header(HeaderName::To, to).unwrap();
    caller.send(&bye).await;
    let bye = callee.asked("BYE").await;
    callee.answer(&bye, 200).await;
    caller.reported(200).await;
    assert_eq!((rate.requests(), rate.requests_refused()), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn the_servers_own_requests_count_and_are_refused_with_their_reason() {
    let server = Setup::new().start();
    let phone = Phone::of(server.udp).await;
    let rate = used_up(&server);
    let new = NewRequest {
        method: "OPTIONS".to_owned(),
        request_uri: format!("sip:bob@{}", phone.at),
        next_hop: None,
        socket: None,
        from: None,
        to: None,
        headers: Vec::new(),
        body: None,
        sequence: None,
        contact: None,
    };
    let refused = server.uac.originate(Cause::outside(tenant()), new).await;
    let refused = refused.unwrap_err();
    assert!(matches!(refused, OriginateError::OverRate(_)), "{refused}");
    let key = "outgoing_requests_per_second_max";
    assert!(refused.to_string().contains(key), "{refused}");
    assert!(phone.hears_nothing().await);
    assert_eq!(rate.requests_refused(), 1);
}
