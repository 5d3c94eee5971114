//! What the server offers to compiled blocks: functions of its interfaces, by the names used in `runtime/*.wat`.

/// A function of an interface, as a core module imports it.
#[derive(Debug)]
pub(crate) struct Import {
    /// Its name in WebAssembly text.
    pub(crate) symbol: &'static str,
    /// The interface.
    pub(crate) module: &'static str,
    /// The function.
    pub(crate) field: &'static str,
    /// Its type: parameters, then results.
    pub(crate) signature: &'static str,
}

const fn import(
    symbol: &'static str,
    module: &'static str,
    field: &'static str,
    signature: &'static str,
) -> Import {
    Import {
        symbol,
        module,
        field,
        signature,
    }
}

const LOG: &str = "evroute:log/log@0.1.0";
const PV: &str = "evroute:pv/pv@0.1.0";
const SIP: &str = "evroute:sip/types@0.1.0";
const CORE: &str = "evroute:core/types@0.1.0";
const TM: &str = "evroute:tm/types@0.1.0";
const HTABLE: &str = "evroute:htable/types@0.1.0";
const USRLOC: &str = "evroute:usrloc/types@0.1.0";
const TIMER: &str = "evroute:timer/types@0.1.0";
const CUSTOM: &str = "evroute:custom/types@0.1.0";
const SQL: &str = "evroute:sql/sql@0.1.0";

const GET: &str = "(param i32) (result i32)";
const READ: &str = "(param i32 i32)";

/// All that can be imported.
pub(crate) const IMPORTS: &[Import] = &[
    import("$log", LOG, "log", "(param i32 i32 i32)"),
    import("$pv_read", PV, "get", "(param i32 i32 i32)"),
    import("$pv_write", PV, "set", "(param i32 i32 i32 i64 i32 i32)"),
    import(
        "$local_request_message",
        TM,
        "[method]local-request-event.message",
        GET,
    ),
    import(
        "$local_response_message",
        TM,
        "[method]local-response-event.message",
        GET,
    ),
    import(
        "$pre_routing_message",
        CORE,
        "[method]pre-routing-event.message",
        GET,
    ),
    import(
        "$request_message",
        CORE,
        "[method]request-event.message",
        GET,
    ),
    import("$reply_message", CORE, "[method]reply-event.message", GET),
    import(
        "$parse_error_raw",
        CORE,
        "[method]receive-parse-error-event.raw",
        "(param i32 i32 i32)",
    ),
    import(
        "$parse_error_length",
        CORE,
        "[method]receive-parse-error-event.length",
        GET,
    ),
    import(
        "$expired_table",
        HTABLE,
        "[method]expired-event.table",
        READ,
    ),
    import("$expired_key", HTABLE, "[method]expired-event.key", READ),
    import(
        "$expired_value",
        HTABLE,
        "[method]expired-event.value",
        READ,
    ),
    import("$timer_name", TIMER, "[method]timer-event.name", READ),
    import("$custom_name", CUSTOM, "[method]custom-event.name", READ),
    import(
        "$custom_get",
        CUSTOM,
        "[method]custom-event.get",
        "(param i32 i32 i32 i32)",
    ),
    import(
        "$ulc_aor",
        USRLOC,
        "[method]contact-expired-event.aor",
        READ,
    ),
    import(
        "$ulc_contact",
        USRLOC,
        "[method]contact-expired-event.contact",
        READ,
    ),
    import(
        "$ulc_received",
        USRLOC,
        "[method]contact-expired-event.received",
        READ,
    ),
    import(
        "$ulc_user_agent",
        USRLOC,
        "[method]contact-expired-event.user-agent",
        READ,
    ),
    import(
        "$ulc_call_id",
        USRLOC,
        "[method]contact-expired-event.call-id",
        READ,
    ),
    import(
        "$ulc_expired_at",
        USRLOC,
        "[method]contact-expired-event.expired-at",
        "(param i32) (result i64)",
    ),
    import("$message_method", SIP, "[method]message.method", READ),
    import(
        "$message_request_uri",
        SIP,
        "[method]message.request-uri",
        READ,
    ),
    import("$message_from_uri", SIP, "[method]message.from-uri", READ),
    import("$message_from_user", SIP, "[method]message.from-user", READ),
    import("$message_from_tag", SIP, "[method]message.from-tag", READ),
    import("$message_to_uri", SIP, "[method]message.to-uri", READ),
    import("$message_to_user", SIP, "[method]message.to-user", READ),
    import("$message_to_tag", SIP, "[method]message.to-tag", READ),
    import("$message_call_id", SIP, "[method]message.call-id", READ),
    import(
        "$message_header",
        SIP,
        "[method]message.header",
        "(param i32 i32 i32 i32)",
    ),
    import(
        "$message_append",
        SIP,
        "[method]message.append-header",
        "(param i32 i32 i32 i32 i32 i32)",
    ),
    import(
        "$message_remove",
        SIP,
        "[method]message.remove-headers",
        "(param i32 i32 i32 i32)",
    ),
    import(
        "$message_set_body",
        SIP,
        "[method]message.set-body",
        "(param i32 i32 i32 i32 i32 i32 i32)",
    ),
    import(
        "$sql_open",
        SQL,
        "[static]connection.open",
        "(param i32 i32 i32)",
    ),
    import(
        "$sql_execute",
        SQL,
        "[method]connection.execute",
        "(param i32 i32 i32 i32 i32 i32)",
    ),
    import(
        "$sql_select",
        SQL,
        "[method]connection.query",
        "(param i32 i32 i32 i32 i32 i32)",
    ),
    import("$sql_columns", SQL, "[method]rows.columns", READ),
    import("$sql_next", SQL, "[method]rows.next", "(param i32 i32 i32)"),
];
