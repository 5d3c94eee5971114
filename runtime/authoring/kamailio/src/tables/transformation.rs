//! Transformations: what `{...}` does to a value.

/// What a parameter must be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Parameter {
    /// A number, or a variable with one.
    Number,
    /// A text, or a variable with one. Blanks before it do not count.
    Text,
    /// One byte, which may be a blank.
    Separator,
}

/// One transformation.
#[derive(Debug)]
pub(crate) struct Transformation {
    pub(crate) name: &'static str,
    pub(crate) parameters: &'static [Parameter],
    /// How many of them may be omitted, from the end.
    pub(crate) optional: usize,
    /// The function of `runtime/*.wat`: the value, then the parameters; a missing text is the null
    /// cell.
    pub(crate) code: &'static str,
}

const fn row(
    name: &'static str,
    parameters: &'static [Parameter],
    code: &'static str,
) -> Transformation {
    Transformation {
        name,
        parameters,
        optional: 0,
        code,
    }
}

const fn optional(
    name: &'static str,
    parameters: &'static [Parameter],
    code: &'static str,
) -> Transformation {
    Transformation {
        name,
        parameters,
        optional: 1,
        code,
    }
}

use Parameter::{Number, Separator, Text};

/// All transformations.
pub(crate) const TRANSFORMATIONS: &[Transformation] = &[
    row("s.len", &[], "s_len"),
    row("s.int", &[], "s_int"),
    row("s.substr", &[Number, Number], "s_substr"),
    row("s.select", &[Number, Separator], "s_select"),
    row("s.tolower", &[], "s_tolower"),
    row("s.toupper", &[], "s_toupper"),
    row("s.trim", &[], "s_trim"),
    row("s.ltrim", &[], "s_ltrim"),
    row("s.rtrim", &[], "s_rtrim"),
    row("s.strip", &[Number], "s_strip"),
    row("s.striptail", &[Number], "s_striptail"),
    row("s.replace", &[Text, Text], "s_replace"),
    row("s.rm", &[Text], "s_rm"),
    row("s.rmws", &[], "s_rmws"),
    row("s.count", &[Text], "s_count"),
    row("s.after", &[Text], "s_after"),
    row("s.before", &[Text], "s_before"),
    row("s.encode.hexa", &[], "s_hexa"),
    row("s.prefixes", &[Number], "s_prefixes"),
    row("s.unquote", &[], "s_unquote"),
    row("s.numeric", &[], "s_numeric"),
    row("s.escape.common", &[], "s_escape_common"),
    row("s.unescape.common", &[], "s_unescape_common"),
    row("uri.user", &[], "uri_user"),
    row("uri.passwd", &[], "uri_passwd"),
    row("uri.host", &[], "uri_host"),
    row("uri.port", &[], "uri_port"),
    row("uri.params", &[], "uri_params"),
    row("uri.param", &[Text], "uri_param"),
    row("uri.headers", &[], "uri_headers"),
    row("uri.transport", &[], "uri_transport"),
    row("uri.scheme", &[], "uri_scheme"),
    optional("param.value", &[Text, Text], "param_value"),
    optional("param.name", &[Number, Text], "param_name"),
    optional("param.valueat", &[Number, Text], "param_valueat"),
    optional("param.count", &[Text], "param_count"),
    optional("param.in", &[Text, Text], "param_in"),
    row("nameaddr.name", &[], "nameaddr_name"),
    row("nameaddr.uri", &[], "nameaddr_uri"),
    row("nameaddr.len", &[], "nameaddr_len"),
    row("tobody.uri", &[], "tobody_uri"),
    row("tobody.user", &[], "tobody_user"),
    row("tobody.host", &[], "tobody_host"),
    row("tobody.display", &[], "tobody_display"),
    row("tobody.tag", &[], "tobody_tag"),
    row("tobody.params", &[], "tobody_params"),
];

/// Transformations of Kamailio that are not compiled, and what to write instead.
const ELSEWHERE: &[(&str, &str)] = &[
    ("s.md5", "there is no digest here"),
    ("s.sha256", "there is no digest here"),
    ("s.corehash", "compare the text itself"),
    (
        "s.rafter",
        "Kamailio 5.6 crashes on it; {s.select,-1,c} is what stands behind the last c",
    ),
    (
        "s.rbefore",
        "Kamailio 5.6 crashes on it, and there is nothing like it here",
    ),
    (
        "sql.val",
        "give the value to sql_query as a variable: it is bound, so nothing needs quoting",
    ),
    ("line", "use {s.select,n,c}"),
];

/// The row of this name.
pub(crate) fn find(name: &str) -> Option<&'static Transformation> {
    TRANSFORMATIONS.iter().find(|row| row.name == name)
}

/// What to write instead of a transformation that is not compiled.
pub(crate) fn instead(name: &str) -> &'static str {
    let group = name.split('.').next().unwrap_or_default();
    let known = ELSEWHERE
        .iter()
        .find(|(own, _)| *own == name || *own == group);
    known.map_or(
        "docs/from-kamailio.md lists those that are",
        |(_, remedy)| remedy,
    )
}
