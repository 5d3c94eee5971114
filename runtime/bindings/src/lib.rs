//! The host's side of `wit/`, generated.
//!
//! Nothing here is written by hand but the handle types: empty markers that name the host's resources.
//! A handle carries one number; what it means is decided by the module that implements the resource
//! (`evroute-module-api` describes how).

#![allow(
    missing_docs,
    unreachable_pub,
    reason = "generated from wit/, where every item is documented"
)]

/// The kinds of resource that handlers hold; never constructed.
pub mod handle {
    macro_rules! handles {
        ($($(#[$doc:meta])* $name:ident)*) => { $($(#[$doc])* #[derive(Debug)] pub enum $name {})* };
    }
    handles! {
        Message
        PreRoutingEvent RequestEvent ReplyEvent ReceiveParseErrorEvent
        LocalRequestEvent LocalResponseEvent
        ModInitEvent ExpiredEvent
        ContactExpiredEvent
        TimerEvent
        CustomEvent
        Table
        Connection Rows
    }
}

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "evroute:handler/host",
    imports: {
        "evroute:sql/sql.[static]connection.open": trappable,
        "evroute:sql/sql.[method]connection.execute": async | trappable,
        "evroute:sql/sql.[method]connection.query": async | trappable,
        "evroute:sql/sql.[method]rows.next": async | trappable,
        default: trappable,
    },
    with: {
        "evroute:sip/types.message": handle::Message,
        "evroute:core/types.pre-routing-event": handle::PreRoutingEvent,
        "evroute:core/types.request-event": handle::RequestEvent,
        "evroute:core/types.reply-event": handle::ReplyEvent,
        "evroute:core/types.receive-parse-error-event": handle::ReceiveParseErrorEvent,
        "evroute:tm/types.local-request-event": handle::LocalRequestEvent,
        "evroute:tm/types.local-response-event": handle::LocalResponseEvent,
        "evroute:htable/types.mod-init-event": handle::ModInitEvent,
        "evroute:htable/types.expired-event": handle::ExpiredEvent,
        "evroute:usrloc/types.contact-expired-event": handle::ContactExpiredEvent,
        "evroute:timer/types.timer-event": handle::TimerEvent,
        "evroute:custom/types.custom-event": handle::CustomEvent,
        "evroute:htable/htable.table": handle::Table,
        "evroute:sql/sql.connection": handle::Connection,
        "evroute:sql/sql.rows": handle::Rows,
    },
    require_store_data_send: true,
});

/// The same calls for guests that run as core modules: see `evroute-abi`.
pub mod bare {
    include!(concat!(env!("OUT_DIR"), "/bare.rs"));
}
