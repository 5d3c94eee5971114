use std::time::Duration;

use evroute_event::testing::Recorder;
use evroute_module_api::TenantState;
use evroute_tenant::{TenantDirectory, TenantResolver, TenantSlots};
use evroute_transport::Proto;

use super::*;
use crate::XhttpConfig;

const FIRST: TenantIndex = TenantIndex::new(0);
const SECOND: TenantIndex = TenantIndex::new(1);

fn config() -> XhttpConfig {
    XhttpConfig {
        body_bytes_max: 10,
        answer_bytes_max: 20,
        requests_max: 2,
        requests_per_source_max: 1,
        answer_within: Duration::from_secs(3),
        events_queued_max: 2,
    }
}

/// Tenants `a.example` and `b.example`; only the first is served.
fn server(handlers: &Arc<Recorder>, tenants: &[TenantIndex]) -> XhttpReceiver {
    let mut resolver = TenantResolver::new();
    let (slots, mut names) = (TenantSlots::new(), Vec::new());
    for (tenant, name) in tenants.iter().zip(["a", "b"]) {
        resolver
            .pin_domain(&format!("{name}.example"), *tenant)
            .unwrap();
        let id: evroute_tenant::TenantId = name.parse().unwrap();
        names.push((id.clone(), *tenant));
        let part = Arc::new(XhttpTenant::new(id.clone(), config()));
        slots.put(
            *tenant,
            Arc::new(TenantState::new(id, *tenant).with_part(part)),
        );
    }
    let parts = TransportParts {
        directory: Arc::new(TenantDirectory::new(resolver, names)),
        tenants: Arc::new(slots),
        listener: Box::new(|flow| flow.local),
        handshake: Box::new(|_| None),
        is_served: Box::new(|tenant| tenant == FIRST),
        emitter: handlers.emitter(),
        clock: || 1_000_000,
    };
    XhttpReceiver::new(&Arc::new(parts)).unwrap()
}

fn flow(last: u8) -> Flow {
    Flow {
        proto: Proto::Tls,
        local: "192.0.2.1:443".parse().unwrap(),
        remote: std::net::SocketAddr::from(([198, 51, 100, last], 40_000)),
        connection: None,
    }
}

fn head(host: &str, fields: &str) -> HttpRequest {
    let head = format!("GET /x?y HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n");
    HttpRequest::parse(head.as_bytes()).unwrap()
}

async fn answered(admission: HttpAdmission, request: HttpRequest) -> HttpAnswer {
    match admission {
        HttpAdmission::Admitted(exchange) => (exchange.answer)(Arc::new(request)).await,
        other => panic!("{other:?}"),
    }
}

fn refused(admission: HttpAdmission) -> u16 {
    match admission {
        HttpAdmission::Refused(refusal) => refusal.status,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_request_is_its_tenants_and_has_the_answer_of_its_handler() {
    let handlers = Recorder::new();
    handlers.handles(|event: &mut XhttpRequest| {
        let request = event.subject.http.clone().unwrap();
        let source = event.subject.source.unwrap();
        assert_eq!((request.path(), source.proto), ("/x", "tls"));
        XhttpVerdict::Reply(HttpReply::of(202))
    });
    let server = server(&handlers, &[FIRST, SECOND]);
    let request = head("a.example:8443", "");
    let admission = server.admit(&request, &flow(1));
    let answer = answered(admission, request).await;
    assert_eq!(answer, HttpAnswer::Reply(HttpReply::of(202)));
    // The second has not started, and whose the third is nobody knows.
    let later = server.admit(&head("b.example", ""), &flow(1));
    assert_eq!(refused(later), 503);
    let nobody = server.admit(&head("c.example", ""), &flow(1));
    assert!(matches!(nobody, HttpAdmission::Nobody), "{nobody:?}");
}

#[tokio::test]
async fn the_only_tenant_has_the_requests_for_any_host() {
    let handlers = Recorder::new();
    handlers.handles(|_: &mut XhttpRequest| XhttpVerdict::Drop);
    let server = server(&handlers, &[FIRST]);
    let request = head("192.0.2.1", "");
    let admission = server.admit(&request, &flow(1));
    assert_eq!(answered(admission, request).await, HttpAnswer::Close);
}

#[test]
fn without_a_handler_nobody_is_there() {
    let handlers = Recorder::new();
    handlers.knows::<XhttpRequest>();
    let server = server(&handlers, &[FIRST]);
    let admission = server.admit(&head("a.example", ""), &flow(1));
    assert!(matches!(admission, HttpAdmission::Nobody), "{admission:?}");
    assert!(handlers.raised().is_empty());
}

#[tokio::test(start_paused = true)]
async fn every_limit_is_answered_and_counted() {
    let handlers = Recorder::new();
    handlers.handles_later(|event: &mut XhttpRequest| {
        let is_slow = event.subject.http.as_ref().unwrap().method == "SLOW";
        Box::pin(async move {
            if is_slow {
                std::future::pending::<()>().await;
            }
            let body = vec![b'x'; 21].into();
            XhttpVerdict::Reply(HttpReply {
                body,
                ..HttpReply::of(200)
            })
        })
    });
    let server = server(&handlers, &[FIRST]);
    let long = server.admit(&head("a.example", "Content-Length: 11\r\n"), &flow(1));
    assert_eq!(refused(long), 413);
    let first = server.admit(&head("a.example", ""), &flow(1));
    let same_source = server.admit(&head("a.example", ""), &flow(1));
    assert_eq!(refused(same_source), 429);
    let second = server.admit(&head("a.example", ""), &flow(2));
    assert_eq!(refused(server.admit(&head("a.example", ""), &flow(3))), 503);
    assert_eq!(
        answered(first, head("a.example", "")).await,
        HttpAnswer::Reply(HttpReply::of(500)),
        "the answer is too long"
    );
    let mut slow = head("a.example", "");
    slow.method = "SLOW".to_owned();
    assert_eq!(
        answered(second, slow).await,
        HttpAnswer::Reply(HttpReply::of(504))
    );
    let kept = server.server.tenants.get(FIRST).unwrap();
    let kept: &XhttpTenant = kept.get().unwrap();
    assert_eq!(
        kept.counts().map(|(_, count)| count).collect::<Vec<_>>(),
        [1; 5]
    );
    assert_eq!(kept.under_way(), 0, "all places are given back");
}
