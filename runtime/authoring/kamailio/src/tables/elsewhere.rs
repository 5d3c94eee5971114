//! Functions that are not here, and what to write instead.

/// Functions of Kamailio that this server has nothing for, and what to do instead. A name that ends
/// with `*` stands for all that begin so.
const ELSEWHERE: &[(&str, &str)] = &[
    (
        "t_relay*",
        "the server routes by itself: end the block without drop",
    ),
    (
        "forward*",
        "the server routes by itself: end the block without drop, or set $du",
    ),
    ("t_on_*", "core:reply sees every response"),
    ("t_*", "transactions are the server's own"),
    (
        "dlg_*",
        "dialogs are not tracked yet; $sht(table=>$ci) can hold what belongs to a call",
    ),
    ("rtpengine_*", "there is no media control yet"),
    ("rtpproxy_*", "there is no media control yet"),
    (
        "jsonrpc_exec",
        "a handler has no RPC: htable.sets is $sht(table=>key) = value, pv.shvSet is $shv(name) = value; the rest is \
         the operator's, at the admin port",
    ),
    (
        "jsonrpc_*",
        "the admin port answers /rpc by itself, whom its tokens allow it",
    ),
    ("xhttp_*", "xhttp_reply answers a request of HTTP"),
    (
        "set_reply_*",
        "there are append_to_reply and set_reply_body, and the code and the reason of sl_send_reply",
    ),
    (
        "remove_hf_exp",
        "write remove_hf_re(\"^X-[^A]\"): what is to stay is left out of the one pattern",
    ),
    (
        "hf_iterator_*",
        "$(hdr(X)[i]) reads the fields of a name one by one, remove_hf_re(\"^X-\") removes those that a pattern matches",
    ),
    (
        "ws_*",
        "WebSockets are the server's own once their handshake is done",
    ),
    ("http_*", "there are no HTTP requests from handlers yet"),
    (
        "mq_*",
        "there are no queues: write $sht(queue=>$TV(u)) = value, and read it where a timer or an expired entry \
         (event_route[htable:expired:queue]) is handled",
    ),
    ("evapi_*", "use $sht, or raise a custom event"),
    (
        "sql_pvquery",
        "write sql_query(\"db\", \"select a from t\", \"r\"); $var(a) = $dbr(r=>[0,0]), a line for each variable; \
         with a while over $dbr(r=>rows) where there are several rows",
    ),
    (
        "avp_db_*",
        "use sql_query with a result and $dbr(result=>[row,column])",
    ),
    (
        "sht_reset",
        "remove the entries by their keys: $sht(table=>key) = $null",
    ),
    (
        "sht_rm_*",
        "entries are found by their keys: remove each with $sht(table=>key) = $null, or let them expire",
    ),
    (
        "sht_*",
        "use $sht(table=>key), $shtex(table=>key) and $shtinc(table=>key)",
    ),
    ("save", "registrations are the server's own"),
    ("unregister", "registrations are the server's own"),
    ("prom_*", "metrics are at the admin port, /metrics"),
    ("dispatch_rpc", "the admin port answers /rpc by itself"),
    (
        "jansson_*",
        "blocks read no JSON: a handler in another language does",
    ),
    (
        "json_*",
        "blocks read no JSON: a handler in another language does",
    ),
    ("msrp_*", "this server speaks no MSRP"),
    ("lookup", "registrations are the server's own"),
    ("registered", "registrations are the server's own"),
    ("record_route*", "routing is the server's own"),
    ("loose_route*", "routing is the server's own"),
    (
        "setflag",
        "flags do not outlive the run: use a $var within it, $sht(table=>$ci) beyond it",
    ),
    (
        "isflagset",
        "flags do not outlive the run: use a $var within it, $sht(table=>$ci) beyond it",
    ),
    (
        "resetflag",
        "flags do not outlive the run: use a $var within it, $sht(table=>$ci) beyond it",
    ),
    (
        "subst_hf",
        "write $var(x) = $(hdr(X){re.subst,/old/new/}); remove_hf(\"X\"); append_hf(\"X: $var(x)\\r\\n\")",
    ),
    (
        "subst*",
        "the message cannot be rewritten as one text: there are subst_uri, subst_user and subst_body, and for a field \
         $var(x) = $(hdr(X){re.subst,/old/new/}); remove_hf(\"X\"); append_hf(\"X: $var(x)\\r\\n\")",
    ),
    (
        "allow_*",
        "groups of addresses are not kept here: use src_ip == 10.0.0.0/8, or $sht(allowed=>$si)",
    ),
    (
        "*sleep",
        "a run does not wait; a timer is an event of its own",
    ),
    (
        "async_*",
        "a run does not wait; a timer is an event of its own",
    ),
];

/// What to do instead of calling a function that there is not.
pub(crate) fn instead(name: &str) -> &'static str {
    let fits = |own: &str| {
        let ends = own.strip_prefix('*').is_some_and(|end| name.ends_with(end));
        let begins = own
            .strip_suffix('*')
            .is_some_and(|start| name.starts_with(start));
        ends || begins || own == name
    };
    let known = ELSEWHERE.iter().find(|(own, _)| fits(own));
    known.map_or(
        "this server has no capability for it yet; docs/from-kamailio.md lists what there is",
        |(_, remedy)| remedy,
    )
}
