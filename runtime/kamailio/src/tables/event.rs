//! Events: which interface a block becomes the handler of, and what it may decide.

/// One event of the server.
#[derive(Debug)]
pub(crate) struct Event {
    /// Kamailio's name, without a third segment.
    pub(crate) name: &'static str,
    /// The interface that is exported.
    pub(crate) interface: &'static str,
    /// The import that gives the message it is about; none when there is none.
    pub(crate) message: Option<&'static str>,
    /// Whether that message can be edited on its way.
    pub(crate) edits: Edits,
    /// The import that gives what the third segment names; none when there is no third segment.
    pub(crate) filter: Option<&'static str>,
    /// The number of the verdict that `drop` means; none where Kamailio ignores it too.
    pub(crate) drop: Option<u32>,
    /// Whether the request can be answered (`sl_send_reply`).
    pub(crate) answers: bool,
}

/// What can be changed of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Edits {
    None,
    /// Headers and body.
    Message,
    /// Those, the Request-URI and the next hop.
    Routing,
}

const PLAIN: Event = Event {
    name: "",
    interface: "",
    message: None,
    edits: Edits::None,
    filter: None,
    drop: None,
    answers: false,
};

/// All events.
pub(crate) const EVENTS: &[Event] = &[
    Event {
        name: "htable:mod-init",
        interface: "evroute:htable/mod-init@0.1.0",
        drop: Some(1),
        ..PLAIN
    },
    Event {
        name: "htable:expired",
        interface: "evroute:htable/expired@0.1.0",
        filter: Some("$expired_table"),
        ..PLAIN
    },
    Event {
        name: "tm:local-request",
        interface: "evroute:tm/local-request@0.1.0",
        message: Some("$local_request_message"),
        edits: Edits::Routing,
        drop: Some(1),
        ..PLAIN
    },
    Event {
        name: "tm:local-response",
        interface: "evroute:tm/local-response@0.1.0",
        message: Some("$local_response_message"),
        ..PLAIN
    },
    Event {
        name: "core:pre-routing",
        interface: "evroute:core/pre-routing@0.1.0",
        message: Some("$pre_routing_message"),
        edits: Edits::Routing,
        drop: Some(1),
        ..PLAIN
    },
    Event {
        name: "core:request",
        interface: "evroute:core/request@0.1.0",
        message: Some("$request_message"),
        edits: Edits::Routing,
        drop: Some(2),
        answers: true,
        ..PLAIN
    },
    Event {
        name: "core:reply",
        interface: "evroute:core/reply@0.1.0",
        message: Some("$reply_message"),
        edits: Edits::Message,
        drop: Some(1),
        ..PLAIN
    },
    Event {
        name: "core:receive-parse-error",
        interface: "evroute:core/receive-parse-error@0.1.0",
        ..PLAIN
    },
    Event {
        name: "usrloc:contact-expired",
        interface: "evroute:usrloc/contact-expired@0.1.0",
        ..PLAIN
    },
    Event {
        name: "timer",
        interface: "evroute:timer/timer@0.1.0",
        filter: Some("$timer_name"),
        ..PLAIN
    },
    Event {
        name: "custom:event",
        interface: "evroute:custom/event@0.1.0",
        filter: Some("$custom_name"),
        ..PLAIN
    },
];

/// Events of Kamailio that this server does not raise, by their first segment, and what to do instead.
const ELSEWHERE: &[(&str, &str)] = &[
    (
        "core:worker-one-init",
        "use htable:mod-init, which is raised once at start",
    ),
    (
        "evrexec",
        "use custom:event:<name>, raised by `evroute raise`",
    ),
    (
        "xhttp",
        "HTTP requests are no events yet; the admin port answers /health, /metrics and /rpc",
    ),
    ("websocket", "this version speaks SIP over UDP and TCP only"),
    (
        "tm",
        "this server raises tm:local-request and tm:local-response",
    ),
    (
        "sl",
        "use tm:local-response: every response that the server makes itself raises it",
    ),
    (
        "dialog",
        "dialogs are not tracked yet; core:request sees the BYE",
    ),
    ("dispatcher", "there is no dispatcher yet"),
    (
        "uac",
        "the RPC that asked for a request is told its outcome",
    ),
    ("evapi", "use custom:event, raised by the RPC custom.raise"),
    (
        "htable",
        "this server raises htable:mod-init and htable:expired:<table>",
    ),
    (
        "core",
        "this server raises core:pre-routing, core:request, core:reply and core:receive-parse-error",
    ),
];

/// The event of a name, and its third segment.
pub(crate) fn find(name: &str) -> Option<(&'static Event, Option<&str>)> {
    // The longest name first: `custom:event:x` is no event of `custom`.
    let mut found: Option<(&'static Event, Option<&str>)> = None;
    for event in EVENTS {
        let Some(rest) = name.strip_prefix(event.name) else {
            continue;
        };
        let segment = match rest.strip_prefix(':') {
            Some(segment) if event.filter.is_some() && !segment.is_empty() => Some(segment),
            None if rest.is_empty() => None,
            Some(_) | None => continue,
        };
        found = Some((event, segment));
    }
    found
}

/// What to do instead of handling an event that there is not.
pub(crate) fn instead(name: &str) -> String {
    let group = name.split(':').next().unwrap_or_default();
    let known = ELSEWHERE
        .iter()
        .find(|(own, _)| *own == name || *own == group);
    let remedy = known.map_or(
        "`evroute list events` shows those that there are",
        |(_, remedy)| remedy,
    );
    format!("{remedy}; to compile the other blocks, name them with --event")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_third_segment_belongs_to_events_that_have_one() {
        assert_eq!(
            find("htable:expired:calls").map(|(e, s)| (e.name, s)),
            Some(("htable:expired", Some("calls")))
        );
        assert_eq!(
            find("timer:tick").map(|(e, s)| (e.name, s)),
            Some(("timer", Some("tick")))
        );
        assert_eq!(
            find("timer").map(|(e, s)| (e.name, s)),
            Some(("timer", None))
        );
        assert!(find("tm:local-request:x").is_none());
        assert!(find("tm:local-requests").is_none());
        assert!(find("htable:expired:").is_none());
    }
}
