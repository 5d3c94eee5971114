//! Readers, and what they cost others.

use evroute_event::EventName;
use evroute_module_api::{Level, LogSink};
use serde_json::Value;

use super::*;

fn filter(tenant: Option<&str>) -> FeedFilter {
    FeedFilter {
        kind: FeedKind::Lines,
        tenant: tenant.map(str::to_owned),
        handler: None,
        event: None,
        call_id: None,
    }
}

/// A line of a handler.
pub(crate) fn line<'a>(tenant: &'a str, text: &'a str) -> Line<'a> {
    Line {
        level: Level::Info,
        tenant,
        handler: "guard",
        event: EventName::new("core:request"),
        call_id: Some("a@b"),
        time_us: 5,
        text,
    }
}

async fn texts(reader: &FeedReader) -> Vec<String> {
    let taken = reader.queue().take().await;
    let lines = taken.text.lines();
    let text = |line| serde_json::from_str::<Value>(line).unwrap()["text"].clone();
    lines
        .map(|line| text(line).as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_tenant_sees_its_own_lines_and_an_operator_all() {
    let feed = Arc::new(Feed::default());
    let acme = feed.read(filter(Some("acme"))).unwrap();
    let all = feed.read(filter(None)).unwrap();
    let narrow = FeedFilter {
        call_id: Some("other".to_owned()),
        ..filter(Some("acme"))
    };
    let narrow = feed.read(narrow).unwrap();
    feed.line(&line("beta", "not acme's"));
    feed.line(&line("acme", "first\nline"));
    feed.line(&line("acm", "not acme's either"));
    feed.line(&line("acme", "second"));
    assert_eq!(texts(&acme).await, ["first\nline", "second"]);
    assert_eq!(texts(&all).await.len(), 4);
    assert!(narrow.queue().is_empty());
}

#[tokio::test]
async fn a_reader_that_takes_nothing_costs_its_own_lines_and_nobody_elses() {
    let feed = Arc::new(Feed::default());
    let slow = feed.read(filter(Some("acme"))).unwrap();
    let quick = feed.read(filter(Some("acme"))).unwrap();
    let text = "x".repeat(1000);
    let mut seen = 0;
    for _ in 0..10_000 {
        feed.line(&line("acme", &text));
        seen += texts(&quick).await.len();
    }
    assert_eq!(seen, 10_000);
    let taken = slow.queue().take().await;
    let kept = taken.text.lines().count();
    assert!(taken.text.len() <= 256 << 10, "{}", taken.text.len());
    assert!(kept > 100, "{kept}");
    assert_eq!(kept as u64 + taken.dropped, 10_000);
    // What was dropped is reported once, and then there is room again.
    feed.line(&line("acme", "next"));
    let taken = slow.queue().take().await;
    assert_eq!((taken.text.lines().count(), taken.dropped), (1, 0));
}

#[test]
fn readers_are_counted_and_leave_their_places() {
    let feed = Arc::new(Feed::default());
    let read = |tenant: Option<&str>| feed.read(filter(tenant));
    let acme: Vec<_> = (0..TENANT_READERS_MAX)
        .map(|_| read(Some("acme")).unwrap())
        .collect();
    assert_eq!(read(Some("acme")).unwrap_err(), FeedRefusal::OfTenant);
    let others = TENANT_READERS_MAX..READERS_MAX;
    let others: Vec<_> = others.map(|_| read(None).unwrap()).collect();
    assert_eq!(read(Some("beta")).unwrap_err(), FeedRefusal::Readers);
    assert!(feed.has_line_readers());
    drop((acme, others));
    assert!(!feed.has_line_readers());
    read(Some("acme")).unwrap();
}

/// Keeps nothing.
struct Silent;

impl LogSink for Silent {
    fn keeps(&self, _: Level) -> bool {
        false
    }

    fn write(&self, line: &Line<'_>) {
        panic!("{line:?} is not kept");
    }
}

#[tokio::test]
async fn who_looks_on_sees_what_the_operators_filter_leaves_out() {
    let feed = Arc::new(Feed::default());
    let sink = TappedLogSink::new(Silent, Arc::clone(&feed));
    assert!(!sink.keeps(Level::Debug));
    let reader = feed.read(filter(Some("acme"))).unwrap();
    assert!(sink.keeps(Level::Debug));
    sink.write(&line("acme", "seen"));
    assert_eq!(texts(&reader).await, ["seen"]);
}
