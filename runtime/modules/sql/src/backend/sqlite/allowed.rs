//! SQLite's functions that handlers may call.
//!
//! Left out, each for its reason:
//!
//! - of files and the process: `load_extension`, `sqlite_log`, `fts3_tokenizer`,
//!   `sqlite_compileoption_*`, `sqlite_source_id`, `sqlite_version`;
//! - of earlier statements of a connection, which may be another run's: `last_insert_rowid`,
//!   `changes`, `total_changes`;
//! - without a limit of memory while they work: `json_group_array`, `json_group_object`,
//!   `json_pretty` and their like (`'[' || group_concat(json_quote(x)) || ']'` has one);
//! - whose time grows with the product of their arguments' lengths: `json_patch`;
//! - of virtual tables that handlers cannot create: `match`, `snippet`, `bm25`, `rtreecheck` and
//!   others.

/// In alphabetical order.
const FUNCTIONS: &[&str] = &[
    "->",
    "->>",
    "abs",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "avg",
    "ceil",
    "ceiling",
    "char",
    "coalesce",
    "concat",
    "concat_ws",
    "cos",
    "cosh",
    "count",
    "cume_dist",
    "current_date",
    "current_time",
    "current_timestamp",
    "date",
    "datetime",
    "degrees",
    "dense_rank",
    "exp",
    "first_value",
    "floor",
    "format",
    "glob",
    "group_concat",
    "hex",
    "if",
    "ifnull",
    "iif",
    "instr",
    "json",
    "json_array",
    "json_array_insert",
    "json_array_length",
    "json_error_position",
    "json_extract",
    "json_insert",
    "json_object",
    "json_quote",
    "json_remove",
    "json_replace",
    "json_set",
    "json_type",
    "json_valid",
    "jsonb",
    "jsonb_array",
    "jsonb_array_insert",
    "jsonb_extract",
    "jsonb_insert",
    "jsonb_object",
    "jsonb_remove",
    "jsonb_replace",
    "jsonb_set",
    "julianday",
    "lag",
    "last_value",
    "lead",
    "length",
    "like",
    "likelihood",
    "likely",
    "ln",
    "log",
    "log10",
    "log2",
    "lower",
    "ltrim",
    "max",
    "min",
    "mod",
    "nth_value",
    "ntile",
    "nullif",
    "octet_length",
    "percent_rank",
    "pi",
    "pow",
    "power",
    "printf",
    "quote",
    "radians",
    "random",
    "randomblob",
    "rank",
    "replace",
    "round",
    "row_number",
    "rtrim",
    "sign",
    "sin",
    "sinh",
    "soundex",
    "sqrt",
    "strftime",
    "string_agg",
    "substr",
    "substring",
    "subtype",
    "sum",
    "tan",
    "tanh",
    "time",
    "timediff",
    "total",
    "trim",
    "trunc",
    "typeof",
    "unhex",
    "unicode",
    "unistr",
    "unistr_quote",
    "unixepoch",
    "unlikely",
    "upper",
    "zeroblob",
];

/// What ALTER TABLE is made of. SQLite lets nobody else call it.
const OF_SQLITE_ITSELF: &[&str] = &[
    "sqlite_add_constraint",
    "sqlite_drop_column",
    "sqlite_drop_constraint",
    "sqlite_fail",
    "sqlite_find_constraint",
    "sqlite_rename_column",
    "sqlite_rename_quotefix",
    "sqlite_rename_table",
    "sqlite_rename_test",
];

/// Tables that are there without having been created, and hold nothing but what they are given.
pub(super) const TABLES: &[&str] = &["json_each", "json_tree"];

pub(super) fn is_allowed_function(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    FUNCTIONS.binary_search(&name.as_str()).is_ok()
}

pub(super) fn is_of_sqlite_itself(name: &str) -> bool {
    OF_SQLITE_ITSELF.contains(&name)
}

/// Whether a function may be busy for some milliseconds with one long argument. SQLite is not
/// looked after meanwhile, so that there may be few of these in one statement, and none in what a
/// table does with each of its rows by itself.
pub(super) fn is_heavy(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("json")
        || ["->", "->>", "format", "glob", "like", "printf"].contains(&name.as_str())
}

/// For tests.
#[cfg(test)]
pub(super) fn functions() -> &'static [&'static str] {
    FUNCTIONS
}
