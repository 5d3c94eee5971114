//! Variables that are others in some events, or are there although there is no message.

use super::{Argument, Needs, Run, Source, Variable, Write, row};

/// Those of an event.
pub(super) fn of(event: &str) -> impl Iterator<Item = &'static Variable> {
    let unparsed = UNPARSED.iter().filter(move |_| event == UNPARSED_EVENT);
    let http = HTTP.iter().filter(move |_| event == HTTP_EVENT);
    let way = WAY.iter().filter(move |_| WAY_EVENTS.contains(&event));
    unparsed.chain(http).chain(way)
}

/// What arrived and is no message: these are other variables there.
pub(crate) const UNPARSED: &[Variable] = &[
    row(
        "mb",
        Source::Getter("get_raw"),
        Argument::None,
        Write::No,
        Needs::Event(UNPARSED_EVENT),
    ),
    row(
        "ml",
        Source::Getter("get_length"),
        Argument::None,
        Write::No,
        Needs::Event(UNPARSED_EVENT),
    ),
];

pub(super) const fn of_http(name: &'static str, source: Source, argument: Argument) -> Variable {
    row(name, source, argument, Write::No, Needs::Event(HTTP_EVENT))
}

/// What a request of HTTP has of what a message of SIP has.
pub(crate) const HTTP: &[Variable] = &[
    of_http("rm", Source::Getter("get_http_method"), Argument::None),
    of_http("ru", Source::Getter("get_http_target"), Argument::None),
    of_http("hdr", Source::Server, Argument::Indexed),
    of_http("hdrc", Source::Server, Argument::Needed),
    of_http("cT", Source::Server, Argument::None),
    of_http("cl", Source::Server, Argument::None),
    of_http("ua", Source::Server, Argument::None),
    of_http("rb", Source::Server, Argument::None),
    of_http("bs", Source::Server, Argument::None),
    of_http("si", Source::Server, Argument::None),
    of_http("sp", Source::Server, Argument::None),
    of_http("proto", Source::Server, Argument::None),
    of_http("pr", Source::Server, Argument::None),
    of_http("af", Source::Server, Argument::None),
    of_http("Ri", Source::Server, Argument::None),
    of_http("Rp", Source::Server, Argument::None),
];

/// Of events about a way that is no message's.
const WAY: &[Variable] = &[
    of_way("si"),
    of_way("sp"),
    of_way("proto"),
    of_way("pr"),
    of_way("af"),
    of_way("Ri"),
    of_way("Rp"),
];

const fn of_way(name: &'static str) -> Variable {
    row(
        name,
        Source::Server,
        Argument::None,
        Write::No,
        Needs::Nothing,
    )
}

const WAY_EVENTS: [&str; 4] = [
    "websocket:closed",
    "core:source-blocked",
    "tcp:closed",
    UNPARSED_EVENT,
];

/// What it has not: `$fu` and its kind are null there, in Kamailio too.
pub(super) const NOTHING: Variable = row(
    "",
    Source::Run(Run::Null),
    Argument::None,
    Write::No,
    Needs::Nothing,
);

pub(super) const HTTP_EVENT: &str = "xhttp:request";

const UNPARSED_EVENT: &str = "core:receive-parse-error";
