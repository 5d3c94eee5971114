//! Functions: what each asks the server for and which code does it.

/// One function of a Kamailio module.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: &'static str,
    pub(crate) parameters: &'static [Parameter],
    /// How many of them may be omitted, from the end.
    pub(crate) optional: usize,
    /// Where it means something.
    pub(crate) place: Place,
    pub(crate) home: Home,
    pub(crate) code: Code,
}

/// Whose function it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Home {
    /// Of a module: $rc is what it has returned.
    Module,
    /// Of the core, which leaves $rc alone.
    Core,
}

/// What a parameter is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Parameter {
    /// A text in which variables are replaced: address and length.
    Format,
    /// A number, a variable with one, or a text that is one: 64 bits.
    Number,
    /// A value as it is: the address of its cell.
    Value,
}

/// Where a function means something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    Anywhere,
    /// In events with a message.
    Message,
    /// In events whose message can be changed.
    Edits,
    /// In events whose Request-URI and next hop can be changed.
    Routing,
    /// In events whose request can be answered.
    Answers,
    /// In events about a request of HTTP.
    Http,
}

/// How a call becomes code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Code {
    /// A function of `runtime/*.wat`: takes the parameters (a missing one as an empty text or 0),
    /// gives the return code.
    Runtime(&'static str),
    /// The same for one that changes the message: takes the place as well, for the log line that
    /// says why it was refused.
    Edit(&'static str),
    /// A log line at this level of `evroute:log/log`.
    Log(u32),
    /// A log line whose first parameter of two is the level.
    LogLevel,
    /// The old `log()` of the core, which replaces no variables.
    LogPlain,
    /// A statement to a database.
    Sql,
    /// A statement whose rows become an $xavp.
    SqlXavp,
    /// Forgets a result.
    SqlFree,
    /// Answers the request.
    Answer,
    /// Answers the request of HTTP.
    HttpReply,
    /// Closes its connection behind the answer.
    HttpClose,
    /// Makes its connection a WebSocket.
    HttpUpgrade,
    /// Always succeeds: what it does is done anyway.
    Nothing,
    /// `is_method` and its kind: each word of the constant between bars.
    IsMethod,
    /// `remove_hf_re` and its kind: a function of `runtime/*.wat` that takes the tables of a
    /// pattern, which is a constant.
    NamePattern(&'static str),
    /// `subst_uri` and its kind: what `/pattern/replacement/flags` makes of this variable is
    /// written there.
    Subst(&'static str),
    /// `pv_printf`: the second parameter is assigned to the variable that the first one names.
    Assign,
    /// `pv_unset`: null is assigned to the variable that the parameter names.
    Unset,
    /// `is_avp_set`: the parameter names the variable.
    IsAvpSet,
}

use Parameter::{Format, Number, Value};
use Place::{Answers, Anywhere, Edits, Http, Message, Routing};

const fn row(
    name: &'static str,
    parameters: &'static [Parameter],
    place: Place,
    code: Code,
) -> Function {
    Function {
        name,
        parameters,
        optional: 0,
        place,
        home: Home::Module,
        code,
    }
}

/// A function of the core.
const fn core(
    name: &'static str,
    parameters: &'static [Parameter],
    place: Place,
    code: Code,
) -> Function {
    Function {
        name,
        parameters,
        optional: 0,
        place,
        home: Home::Core,
        code,
    }
}

const fn optional(
    name: &'static str,
    parameters: &'static [Parameter],
    place: Place,
    code: Code,
) -> Function {
    Function {
        name,
        parameters,
        optional: 1,
        place,
        home: Home::Module,
        code,
    }
}

/// Levels of `evroute:log/log`.
pub(crate) const ERROR: u32 = 0;
pub(crate) const WARNING: u32 = 1;
pub(crate) const NOTICE: u32 = 2;
pub(crate) const INFO: u32 = 3;
pub(crate) const DEBUG: u32 = 4;

/// All functions.
pub(crate) const FUNCTIONS: &[Function] = &[
    optional("xlog", &[Format, Format], Anywhere, Code::LogLevel),
    row("xlogl", &[Format, Format], Anywhere, Code::LogLevel),
    row("xlogm", &[Format, Format], Anywhere, Code::LogLevel),
    row("xalert", &[Format], Anywhere, Code::Log(ERROR)),
    row("xbug", &[Format], Anywhere, Code::Log(ERROR)),
    row("xcrit", &[Format], Anywhere, Code::Log(ERROR)),
    row("xerr", &[Format], Anywhere, Code::Log(ERROR)),
    row("xwarn", &[Format], Anywhere, Code::Log(WARNING)),
    row("xnotice", &[Format], Anywhere, Code::Log(NOTICE)),
    row("xinfo", &[Format], Anywhere, Code::Log(INFO)),
    row("xdbg", &[Format], Anywhere, Code::Log(DEBUG)),
    Function {
        name: "log",
        parameters: &[Number, Format],
        optional: 1,
        place: Anywhere,
        home: Home::Core,
        code: Code::LogPlain,
    },
    row("is_method", &[Format], Message, Code::IsMethod),
    row("has_totag", &[], Message, Code::Runtime("has_totag")),
    row(
        "is_present_hf",
        &[Format],
        Message,
        Code::Runtime("is_present_hf"),
    ),
    optional(
        "append_hf",
        &[Format, Format],
        Edits,
        Code::Edit("append_hf"),
    ),
    optional(
        "insert_hf",
        &[Format, Format],
        Edits,
        Code::Edit("insert_hf"),
    ),
    row(
        "append_to_reply",
        &[Format],
        Answers,
        Code::Edit("append_to_reply"),
    ),
    row(
        "set_reply_body",
        &[Format, Format],
        Answers,
        Code::Runtime("set_reply_body"),
    ),
    row(
        "is_present_hf_re",
        &[Format],
        Message,
        Code::NamePattern("is_present_hf_re"),
    ),
    row(
        "remove_hf_re",
        &[Format],
        Edits,
        Code::NamePattern("remove_hf_re"),
    ),
    row("subst_uri", &[Format], Routing, Code::Subst("ru")),
    row("subst_user", &[Format], Routing, Code::Subst("rU")),
    row("subst_body", &[Format], Edits, Code::Subst("rb")),
    row("remove_hf", &[Format], Edits, Code::Runtime("remove_hf")),
    row(
        "set_body",
        &[Format, Format],
        Edits,
        Code::Runtime("set_body"),
    ),
    row("msg_apply_changes", &[], Edits, Code::Nothing),
    row("sht_lock", &[Format], Anywhere, Code::Nothing),
    row("sht_unlock", &[Format], Anywhere, Code::Nothing),
    row(
        "sht_rm",
        &[Format, Format],
        Anywhere,
        Code::Runtime("sht_rm"),
    ),
    Function {
        name: "sql_query",
        parameters: &[Format, Format, Format],
        optional: 2,
        place: Anywhere,
        home: Home::Module,
        code: Code::Sql,
    },
    optional("sql_query_async", &[Format, Format], Anywhere, Code::Sql),
    row(
        "sql_xquery",
        &[Format, Format, Format],
        Anywhere,
        Code::SqlXavp,
    ),
    row("sql_result_free", &[Format], Anywhere, Code::SqlFree),
    row("sl_send_reply", &[Number, Format], Answers, Code::Answer),
    row("send_reply", &[Number, Format], Answers, Code::Answer),
    row("t_reply", &[Number, Format], Answers, Code::Answer),
    row(
        "xhttp_reply",
        &[Number, Format, Format, Format],
        Http,
        Code::HttpReply,
    ),
    row(
        "append_to_reply",
        &[Format],
        Http,
        Code::Edit("append_to_http_reply"),
    ),
    core("set_reply_close", &[], Http, Code::HttpClose),
    // No connection is ever made for an answer.
    core("set_reply_no_connect", &[], Http, Code::Nothing),
    row("ws_handle_handshake", &[], Http, Code::HttpUpgrade),
    core("seturi", &[Format], Routing, Code::Edit("set_uri")),
    core("rewriteuri", &[Format], Routing, Code::Edit("set_uri")),
    core("setuser", &[Format], Routing, Code::Edit("set_user")),
    core("rewriteuser", &[Format], Routing, Code::Edit("set_user")),
    core("sethost", &[Format], Routing, Code::Edit("set_host")),
    core("rewritehost", &[Format], Routing, Code::Edit("set_host")),
    core("setport", &[Format], Routing, Code::Edit("set_port")),
    core("rewriteport", &[Format], Routing, Code::Edit("set_port")),
    core(
        "sethostport",
        &[Format],
        Routing,
        Code::Edit("set_host_port"),
    ),
    core(
        "rewritehostport",
        &[Format],
        Routing,
        Code::Edit("set_host_port"),
    ),
    core("strip", &[Number], Routing, Code::Edit("strip_user")),
    core(
        "strip_tail",
        &[Number],
        Routing,
        Code::Edit("strip_user_tail"),
    ),
    core("prefix", &[Format], Routing, Code::Edit("prefix_user")),
    core("setprefix", &[Format], Routing, Code::Edit("prefix_user")),
    row("setdsturi", &[Format], Routing, Code::Edit("set_next_hop")),
    row(
        "starts_with",
        &[Format, Format],
        Anywhere,
        Code::Runtime("starts_with"),
    ),
    row("is_int", &[Value], Anywhere, Code::Runtime("is_int")),
    row("pv_isset", &[Value], Anywhere, Code::Runtime("is_set")),
    row("is_avp_set", &[Format], Anywhere, Code::IsAvpSet),
    row("pv_unset", &[Format], Anywhere, Code::Unset),
    row("pv_printf", &[Format, Format], Anywhere, Code::Assign),
    row("avp_printf", &[Format, Format], Anywhere, Code::Assign),
    row("is_myself", &[Value], Anywhere, Code::Runtime("is_myself")),
    row(
        "in_list",
        &[Format, Format, Format],
        Anywhere,
        Code::Runtime("in_list"),
    ),
    row(
        "in_list_prefix",
        &[Format, Format, Format],
        Anywhere,
        Code::Runtime("in_list_prefix"),
    ),
    row("resetdsturi", &[], Routing, Code::Edit("reset_next_hop")),
    row(
        "isdsturiset",
        &[],
        Message,
        Code::Runtime("is_next_hop_set"),
    ),
    // The level of the log is the operator's.
    optional("setdebug", &[Number], Anywhere, Code::Nothing),
    row("resetdebug", &[], Anywhere, Code::Nothing),
];

/// The row of this name in an event, which may be about a request of HTTP: what adds to an answer
/// is another function there.
pub(crate) fn find_in(name: &str, is_http: bool) -> Option<&'static Function> {
    let is_it = |row: &&Function| is_http && row.place == Place::Http && row.name == name;
    FUNCTIONS.iter().find(is_it).or_else(|| find(name))
}

/// The row of this name.
pub(crate) fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|row| row.name == name)
}
