//! Pseudo-variables: where a value comes from, and who may write it.

pub(crate) mod in_event;

use in_event::{HTTP_EVENT, NOTHING, of_http};

/// One pseudo-variable.
#[derive(Debug)]
pub(crate) struct Variable {
    /// Without `$` and argument.
    pub(crate) name: &'static str,
    pub(crate) source: Source,
    pub(crate) argument: Argument,
    pub(crate) write: Write,
    pub(crate) needs: Needs,
}

/// Where a value comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Source {
    /// A function of `runtime/*.wat` that asks the message.
    Getter(&'static str),
    /// The server, by its name.
    Server,
    /// The server, by its name. The number that it gives is a text to Kamailio: `$rp + 1` appends.
    ServerText,
    /// The run itself.
    Run(Run),
}

/// What a run keeps for itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Run {
    /// `$var`, and `$vz`, which is another spelling of it: 0 at first, and 0 again when null is
    /// assigned.
    Number,
    /// `$vn`: null at first.
    Nullable,
    /// `$avp`: a stack of values.
    Stack,
    Null,
    /// `$rc`: what the last action returned.
    ReturnCode,
    /// `$_s(...)`: a text with variables in it.
    Format,
    /// `$dbr(result=>...)`.
    Rows,
    /// `$ulc(profile=>attribute)`.
    Contact,
    /// `$shtrecord(key)` and `$shtrecord(value)`.
    Record,
    /// What a `#!define` stands for.
    Defined,
    /// `$evr(key)`: a parameter of a custom event.
    Parameter,
    /// `$sel(name)`: another spelling of something else.
    Select,
    /// `$xavp(name=>field)`: a stack of values and of sets of fields.
    Xavp,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Argument {
    None,
    Needed,
    /// A header's name and an index.
    Indexed,
    /// `table=>key`.
    Entry,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Write {
    No,
    Yes,
    /// Where the Request-URI or the next hop can be changed.
    Routing,
}

/// What an event must have for the variable to mean something in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Needs {
    Nothing,
    Message,
    /// Just this event.
    Event(&'static str),
}

const fn row(
    name: &'static str,
    source: Source,
    argument: Argument,
    write: Write,
    needs: Needs,
) -> Variable {
    Variable {
        name,
        source,
        argument,
        write,
        needs,
    }
}

/// Of the message, asked by a getter of its own.
const fn getter(name: &'static str, code: &'static str) -> Variable {
    row(
        name,
        Source::Getter(code),
        Argument::None,
        Write::No,
        Needs::Message,
    )
}

/// Of the message, asked by name.
const fn message(name: &'static str) -> Variable {
    row(
        name,
        Source::Server,
        Argument::None,
        Write::No,
        Needs::Message,
    )
}

const fn message_text(name: &'static str) -> Variable {
    row(
        name,
        Source::ServerText,
        Argument::None,
        Write::No,
        Needs::Message,
    )
}

const fn routing(name: &'static str) -> Variable {
    row(
        name,
        Source::Server,
        Argument::None,
        Write::Routing,
        Needs::Message,
    )
}

const fn own(name: &'static str, run: Run, argument: Argument, write: Write) -> Variable {
    row(name, Source::Run(run), argument, write, Needs::Nothing)
}

/// Of every event, asked by name.
const fn always(name: &'static str, argument: Argument) -> Variable {
    row(name, Source::Server, argument, Write::No, Needs::Nothing)
}

const fn entry(name: &'static str, write: Write) -> Variable {
    row(name, Source::Server, Argument::Entry, write, Needs::Nothing)
}

/// All variables.
pub(crate) const VARIABLES: &[Variable] = &[
    getter("rm", "get_method"),
    row(
        "ru",
        Source::Getter("get_request_uri"),
        Argument::None,
        Write::Routing,
        Needs::Message,
    ),
    getter("fu", "get_from_uri"),
    getter("fU", "get_from_user"),
    getter("ft", "get_from_tag"),
    getter("tu", "get_to_uri"),
    getter("tU", "get_to_user"),
    getter("tt", "get_to_tag"),
    getter("ci", "get_call_id"),
    routing("rU"),
    routing("rd"),
    row(
        "rp",
        Source::ServerText,
        Argument::None,
        Write::Routing,
        Needs::Message,
    ),
    message("rP"),
    message("rz"),
    message("rv"),
    routing("du"),
    message("dd"),
    message_text("dp"),
    message("dP"),
    message("fd"),
    message("fn"),
    message("td"),
    message("tn"),
    message_text("rs"),
    message("rr"),
    row(
        "hdr",
        Source::Server,
        Argument::Indexed,
        Write::No,
        Needs::Message,
    ),
    row(
        "hdrc",
        Source::Server,
        Argument::Needed,
        Write::No,
        Needs::Message,
    ),
    message("au"),
    message("ar"),
    message("Au"),
    message("ai"),
    message("csb"),
    message_text("cs"),
    message("ct"),
    message("cT"),
    message("cl"),
    message("ua"),
    message("rb"),
    message("bs"),
    message("mt"),
    message("si"),
    message("sp"),
    message("proto"),
    message("pr"),
    message("af"),
    message("Ri"),
    message("Rp"),
    message("tls_version"),
    message("tls_cipher_info"),
    message("tls_peer_server_name"),
    message("tls_peer_verified"),
    message("tls_peer_san_hostname"),
    always("Ts", Argument::None),
    always("TS", Argument::None),
    always("Tms", Argument::None),
    always("Tf", Argument::None),
    always("TF", Argument::None),
    always("Tb", Argument::None),
    always("TV", Argument::Needed),
    always("time", Argument::Needed),
    always("utime", Argument::Needed),
    always("timef", Argument::Needed),
    always("utimef", Argument::Needed),
    always("is_myself", Argument::Needed),
    message("mb"),
    message("ml"),
    of_http("hu", Source::Getter("get_http_target"), Argument::None),
    entry("sht", Write::Yes),
    entry("shtex", Write::Yes),
    entry("shtinc", Write::No),
    entry("shtdec", Write::No),
    row(
        "shtrecord",
        Source::Run(Run::Record),
        Argument::Needed,
        Write::No,
        Needs::Event("htable:expired"),
    ),
    row(
        "shv",
        Source::Server,
        Argument::Needed,
        Write::Yes,
        Needs::Nothing,
    ),
    row(
        "ulc",
        Source::Run(Run::Contact),
        Argument::Entry,
        Write::No,
        Needs::Event("usrloc:contact-expired"),
    ),
    row(
        "sndto",
        Source::Server,
        Argument::Needed,
        Write::No,
        Needs::Event("tls:connection-out"),
    ),
    row(
        "evr",
        Source::Run(Run::Parameter),
        Argument::Needed,
        Write::No,
        Needs::Event("custom:event"),
    ),
    own("var", Run::Number, Argument::Needed, Write::Yes),
    own("vz", Run::Number, Argument::Needed, Write::Yes),
    own("vn", Run::Nullable, Argument::Needed, Write::Yes),
    own("avp", Run::Stack, Argument::Indexed, Write::Yes),
    own("null", Run::Null, Argument::None, Write::No),
    own("rc", Run::ReturnCode, Argument::None, Write::No),
    own("retcode", Run::ReturnCode, Argument::None, Write::No),
    own("_s", Run::Format, Argument::Needed, Write::No),
    own("def", Run::Defined, Argument::Needed, Write::No),
    own("defn", Run::Defined, Argument::Needed, Write::No),
    own("xavp", Run::Xavp, Argument::Needed, Write::Yes),
    own("sel", Run::Select, Argument::Needed, Write::No),
    own("dbr", Run::Rows, Argument::Entry, Write::No),
];

/// What may stand in the parentheses of variables that know a few words only.
const WORDS: &[(&str, &[&str])] = &[
    ("TV", &["s", "u", "sn", "un", "Sn"]),
    ("time", FIELDS),
    ("utime", FIELDS),
    ("sndto", &["ip", "port", "proto"]),
];

const FIELDS: &[&str] = &[
    "sec", "min", "hour", "mday", "mon", "year", "wday", "yday", "isdst",
];

/// The words that a variable knows; none where any will do.
pub(crate) fn words(name: &str) -> Option<&'static [&'static str]> {
    let known = WORDS.iter().find(|(own, _)| *own == name);
    known.map(|(_, words)| *words)
}

/// Variables of Kamailio that this server has nothing for, and what to use instead. A name that
/// ends with `*` stands for all that begin so.
const ELSEWHERE: &[(&str, &str)] = &[
    ("xavu", "use one $avp or $var for each field"),
    ("xavi", "use one $avp or $var for each field"),
    (
        "dlg*",
        "dialogs are not tracked yet; $sht(table=>$ci) can hold what belongs to a call",
    ),
    (
        "T*",
        "transactions are the server's own; $rm, $rs and $cs tell what the message is",
    ),
    ("ou", "read $ru before it is changed"),
    ("oU", "read $rU before it is changed"),
    ("od", "read $rd before it is changed"),
    ("op", "read $rp before it is changed"),
    ("oP", "read $rP before it is changed"),
    ("fs", "the server chooses the socket by the next hop"),
    ("mbu", "edits are visible at once: $ru, $hdr(name), $rb"),
    (
        "RANDOM",
        "there is no chance in a run, so that it can be replayed; $Tms or $ci tell events apart",
    ),
    (
        "uuid",
        "there is no chance in a run, so that it can be replayed; $ci tells calls apart",
    ),
    (
        "env",
        "handlers do not see the server's environment; write the value with #!define",
    ),
    ("pp", "runs have no process of their own"),
    (
        "tls_*",
        "what is not verified is not shown: $tls_peer_verified and $tls_peer_san_hostname say who it is",
    ),
    ("mi", "use $ci and $cs"),
    ("sid", "write the value with #!define"),
    ("cfg", "the log line names the handler and the event"),
    ("stat", "use $shtinc(table=>key) for a count of your own"),
    (
        "shtc*",
        "keep the count itself in a table: $shtinc(counts=>all)",
    ),
    (
        "shtit*",
        "keep what has to be found again under a key of its own",
    ),
    ("mqk", "use $sht, or raise a custom event"),
    ("mqv", "use $sht, or raise a custom event"),
];

/// The row of this name in an event.
pub(crate) fn find(name: &str, event: &str) -> Option<&'static Variable> {
    let mut rows = in_event::of(event).chain(VARIABLES);
    let found = rows.find(|row| row.name == name)?;
    match event == HTTP_EVENT && found.needs == Needs::Message {
        true => Some(&NOTHING),
        false => Some(found),
    }
}

/// What to use instead of a variable that there is not.
pub(crate) fn instead(name: &str) -> &'static str {
    let fits = |own: &str| match own.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => own == name,
    };
    let known = ELSEWHERE.iter().find(|(own, _)| fits(own));
    known.map_or(
        "`evroute list variables` shows those that there are",
        |(_, remedy)| remedy,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table that `evroute list variables` prints, as the reference has it.
    #[test]
    fn every_variable_of_the_server_is_known() {
        let reference = include_str!("../../../../../docs/reference.md");
        let table = reference
            .split("<!-- evroute list variables -->")
            .nth(1)
            .unwrap();
        let table = table.split("<!-- end -->").next().unwrap();
        let spelled = table
            .lines()
            .filter_map(|line| line.strip_prefix("| `$")?.split('`').next());
        let mut seen = 0;
        for spelling in spelled {
            let name = spelling.split(['(', '[']).next().unwrap();
            assert!(find(name, "").is_some(), "${spelling}");
            seen += 1;
        }
        assert!(seen > 40, "{seen} variables in the reference");
        let asked = VARIABLES
            .iter()
            .filter(|row| matches!(row.source, Source::Server | Source::ServerText));
        for row in asked {
            assert!(
                table.contains(&format!("| `${}", row.name)),
                "${} is not the server's",
                row.name
            );
        }
    }
}
