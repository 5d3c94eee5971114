//! Events: which interface a block becomes the handler of, and what it may decide.

use std::sync::LazyLock;

use crate::code::Callee;

/// One event of the server: what the contract says of it, and Kamailio's [`Rule`].
#[derive(Debug)]
pub(crate) struct Event {
    /// Kamailio's name, without an event filter.
    pub(crate) name: String,
    /// The interface that is exported.
    pub(crate) interface: &'static str,
    /// The import that gives the message it is about; none when there is none.
    pub(crate) message: Option<Callee>,
    /// Whether that message can be edited on its way.
    pub(crate) edits: Edits,
    /// The import that gives what the event filter names; none when there is none.
    pub(crate) filter: Option<Callee>,
    /// The number of the verdict that `drop` means; none where Kamailio ignores it too.
    pub(crate) drop: Option<u32>,
    /// Whether the request can be answered (`sl_send_reply`).
    pub(crate) answers: bool,
    /// Whether it is a request of HTTP, which is answered by `xhttp_reply`.
    pub(crate) is_http: bool,
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

/// What Kamailio means by an event beyond what the contract says. An event that needs none has
/// none: it is named as its interface is, its message cannot be edited, and `drop` is the verdict
/// of that name.
struct Rule {
    /// The event, `htable/expired`.
    of: &'static str,
    /// Kamailio's name, where it is another.
    name: Option<&'static str>,
    edits: Edits,
    /// What of the event its filter names.
    filter: Option<&'static str>,
    /// The verdict that `drop` means, where it is not called so.
    drop: &'static str,
}

const PLAIN: Rule = Rule {
    of: "",
    name: None,
    edits: Edits::None,
    filter: None,
    drop: "drop",
};

const RULES: &[Rule] = &[
    Rule {
        of: "core/pre-routing",
        edits: Edits::Routing,
        ..PLAIN
    },
    Rule {
        of: "core/request",
        edits: Edits::Routing,
        ..PLAIN
    },
    Rule {
        of: "core/reply",
        edits: Edits::Message,
        ..PLAIN
    },
    Rule {
        of: "tm/local-request",
        edits: Edits::Routing,
        ..PLAIN
    },
    Rule {
        of: "htable/mod-init",
        drop: "abort-startup",
        ..PLAIN
    },
    Rule {
        of: "htable/expired",
        filter: Some("table"),
        ..PLAIN
    },
    Rule {
        of: "timer/timer",
        name: Some("timer"),
        filter: Some("name"),
        ..PLAIN
    },
    Rule {
        of: "custom/event",
        filter: Some("name"),
        ..PLAIN
    },
    Rule {
        of: "deploy/activated",
        filter: Some("handler"),
        ..PLAIN
    },
    Rule {
        of: "deploy/rolled-back",
        filter: Some("handler"),
        ..PLAIN
    },
    Rule {
        of: "deploy/breaker-open",
        filter: Some("handler"),
        ..PLAIN
    },
];

/// All events.
static EVENTS: LazyLock<Vec<Event>> = LazyLock::new(|| {
    let rule = |path: &str| RULES.iter().find(|rule| rule.of == path);
    let events = evroute_contract::EVENTS.iter();
    let events = events.map(|event| Event::new(event, rule(&event.path()).unwrap_or(&PLAIN)));
    events.collect()
});

impl Event {
    fn new(event: &evroute_contract::ContractEvent, rule: &Rule) -> Self {
        let getter = |name: &str| event.getter(name).map(Callee::from);
        let name = format!("{}:{}", event.module, event.name);
        Self {
            name: rule.name.map_or(name, str::to_owned),
            interface: event.interface,
            message: getter("message"),
            edits: rule.edits,
            filter: rule.filter.and_then(getter),
            drop: event.verdict(rule.drop),
            answers: event.verdict("reject").is_some(),
            is_http: event.path() == "xhttp/request",
        }
    }
}

/// Events of Kamailio that this server does not raise, by their first segment, and what to do
/// instead.
const ELSEWHERE: &[(&str, &str)] = &[
    (
        "core:worker-one-init",
        "use htable:mod-init, which is raised once at start",
    ),
    (
        "evrexec",
        "use custom:event:<name>, raised by `evroute raise`",
    ),
    ("xhttp", "this server raises xhttp:request"),
    ("websocket", "this server raises websocket:closed"),
    (
        "tcp",
        "this server raises tcp:closed for every end of a connection",
    ),
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
        "the RPC that asked for a request returns its outcome",
    ),
    ("evapi", "use custom:event, raised by the RPC custom.raise"),
    (
        "htable",
        "this server raises htable:mod-init and htable:expired:<table>",
    ),
    (
        "core",
        "this server raises core:pre-routing, core:request, core:reply, core:receive-parse-error and \
         core:source-blocked",
    ),
];

/// The event of a name, and its event filter.
pub(crate) fn find(name: &str) -> Option<(&'static Event, Option<&str>)> {
    // The longest name first: `custom:event:x` is no event of `custom`.
    let mut found: Option<(&'static Event, Option<&str>)> = None;
    for event in EVENTS.iter() {
        let Some(rest) = name.strip_prefix(event.name.as_str()) else {
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
    fn every_rule_is_of_an_event_and_finds_what_it_names() {
        for rule in RULES {
            let event = evroute_contract::EVENTS
                .iter()
                .find(|event| event.path() == rule.of);
            let event = event.unwrap_or_else(|| panic!("there is no {}", rule.of));
            let made = Event::new(event, rule);
            assert_eq!(made.filter.is_some(), rule.filter.is_some(), "{}", rule.of);
            assert!(
                rule.drop == PLAIN.drop || made.drop.is_some(),
                "{}",
                rule.of
            );
            assert!(
                rule.edits == Edits::None || made.message.is_some(),
                "{}",
                rule.of
            );
        }
    }

    #[test]
    fn a_third_segment_belongs_to_events_that_have_one() {
        assert_eq!(
            find("htable:expired:calls").map(|(e, s)| (e.name.as_str(), s)),
            Some(("htable:expired", Some("calls")))
        );
        assert_eq!(
            find("timer:tick").map(|(e, s)| (e.name.as_str(), s)),
            Some(("timer", Some("tick")))
        );
        assert_eq!(
            find("timer").map(|(e, s)| (e.name.as_str(), s)),
            Some(("timer", None))
        );
        assert!(find("tm:local-request:x").is_none());
        assert!(find("tm:local-requests").is_none());
        assert!(find("htable:expired:").is_none());
    }
}
