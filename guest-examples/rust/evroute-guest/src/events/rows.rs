//! @generated from wit/ by `make sdks`: a module for each package with events, a row for each event.

/// Events of `evroute:core`.
pub mod core {
    event! {
        /// `event_route[core:pre-routing]`: a message was read and parsed and nothing has been
        /// decided yet.
        pre_routing(PreRoutingEvent, message) -> verdict,
        "package evroute:guest; world core-pre-routing { export evroute:core/pre-routing@0.1.1; }"
            in core::pre_routing,
        "evroute:sip/types@0.1.0" = sip, "evroute:core/types@0.1.1" = core
    }
    event! {
        /// `core:request`: a new request reached the server and will be routed. Kamailio's
        /// `request_route`.
        request(RequestEvent, message) -> verdict,
        "package evroute:guest; world core-request { export evroute:core/request@0.1.1; }"
            in core::request,
        "evroute:sip/types@0.1.0" = sip, "evroute:core/types@0.1.1" = core
    }
    event! {
        /// `core:reply`: a response came back for a request that the server forwarded. Kamailio's
        /// `reply_route`.
        reply(ReplyEvent, message) -> verdict,
        "package evroute:guest; world core-reply { export evroute:core/reply@0.1.1; }"
            in core::reply,
        "evroute:sip/types@0.1.0" = sip, "evroute:core/types@0.1.1" = core
    }
    event! {
        /// `event_route[core:receive-parse-error]`: something arrived that is not a SIP message.
        receive_parse_error(ReceiveParseErrorEvent) -> nothing,
        "package evroute:guest; world core-receive-parse-error { export evroute:core/receive-parse-error@0.1.1; }"
            in core::receive_parse_error,
        "evroute:sip/types@0.1.0" = sip, "evroute:core/types@0.1.1" = core
    }
    event! {
        /// `core:source-blocked`: a source, or a user, sends the tenant more than `[tenant.pike]`
        /// allows, and is blocked from now on. Raised once for each block, after the fact.
        /// Kamailio's pike has no such event.
        source_blocked(SourceBlockedEvent) -> nothing,
        "package evroute:guest; world core-source-blocked { export evroute:core/source-blocked@0.1.1; }"
            in core::source_blocked,
        "evroute:sip/types@0.1.0" = sip, "evroute:core/types@0.1.1" = core
    }
}

/// Events of `evroute:custom`.
pub mod custom {
    event! {
        /// `custom:event:<name>`: raised by `evroute raise`, by the RPC `custom.raise`, or by
        /// another handler.
        event(CustomEvent) -> nothing,
        "package evroute:guest; world custom-event { export evroute:custom/event@0.1.0; }"
            in custom::event,
        "evroute:pv/types@0.1.0" = pv, "evroute:custom/types@0.1.0" = custom
    }
    pub use crate::raise::raise;
}

/// Events of `evroute:deploy`.
pub mod deploy {
    event! {
        /// `deploy:activated:<handler>`: a revision of a deployed handler is in force, put there or
        /// promoted from a canary.
        activated(ActivatedEvent) -> nothing,
        "package evroute:guest; world deploy-activated { export evroute:deploy/activated@0.1.0; }"
            in deploy::activated,
        "evroute:deploy/types@0.1.0" = deploy
    }
    event! {
        /// `deploy:rolled-back:<handler>`: a revision of a deployed handler was taken back, by a
        /// rollback or as a canary that was stopped.
        rolled_back(RolledBackEvent) -> nothing,
        "package evroute:guest; world deploy-rolled-back { export evroute:deploy/rolled-back@0.1.0; }"
            in deploy::rolled_back,
        "evroute:deploy/types@0.1.0" = deploy
    }
    event! {
        /// `deploy:breaker-open:<handler>`: the circuit breaker of a revision has opened, and its
        /// fallback counts.
        breaker_open(BreakerOpenEvent) -> nothing,
        "package evroute:guest; world deploy-breaker-open { export evroute:deploy/breaker-open@0.1.0; }"
            in deploy::breaker_open,
        "evroute:deploy/types@0.1.0" = deploy
    }
}

/// Events of `evroute:tm`.
pub mod tm {
    event! {
        /// `event_route[tm:local-request]`: the server is about to send a request of its own.
        local_request(LocalRequestEvent, message) -> verdict,
        "package evroute:guest; world tm-local-request { export evroute:tm/local-request@0.1.0; }"
            in tm::local_request,
        "evroute:sip/types@0.1.0" = sip, "evroute:tm/types@0.1.0" = tm
    }
    event! {
        /// `event_route[tm:local-response]`: the server has sent a response that it made itself.
        local_response(LocalResponseEvent, message) -> nothing,
        "package evroute:guest; world tm-local-response { export evroute:tm/local-response@0.1.0; }"
            in tm::local_response,
        "evroute:sip/types@0.1.0" = sip, "evroute:tm/types@0.1.0" = tm
    }
}

/// Events of `evroute:htable`.
pub mod htable {
    event! {
        /// `event_route[htable:mod-init]`: the tenant's tables are ready; raised once at start,
        /// before calls are taken.
        mod_init(ModInitEvent) -> verdict,
        "package evroute:guest; world htable-mod-init { export evroute:htable/mod-init@0.1.0; }"
            in htable::mod_init,
        "evroute:pv/types@0.1.0" = pv, "evroute:htable/types@0.1.0" = htable
    }
    event! {
        /// `event_route[htable:expired:<table>]`: an entry's time is over and nothing has removed
        /// it yet.
        expired(ExpiredEvent) -> verdict,
        "package evroute:guest; world htable-expired { export evroute:htable/expired@0.1.0; }"
            in htable::expired,
        "evroute:pv/types@0.1.0" = pv, "evroute:htable/types@0.1.0" = htable
    }
    pub use crate::table::Table;
}

/// Events of `evroute:usrloc`.
pub mod usrloc {
    event! {
        /// `usrloc:contact-added`: a contact is registered that was not before. Kamailio has no
        /// such event.
        contact_added(ContactAddedEvent) -> nothing,
        "package evroute:guest; world usrloc-contact-added { export evroute:usrloc/contact-added@0.1.1; }"
            in usrloc::contact_added,
        "evroute:usrloc/types@0.1.1" = usrloc
    }
    event! {
        /// `usrloc:contact-updated`: a contact that was registered is registered again. Kamailio
        /// has no such event.
        contact_updated(ContactUpdatedEvent) -> nothing,
        "package evroute:guest; world usrloc-contact-updated { export evroute:usrloc/contact-updated@0.1.1; }"
            in usrloc::contact_updated,
        "evroute:usrloc/types@0.1.1" = usrloc
    }
    event! {
        /// `usrloc:contact-removed`: a contact is not registered any more, before its time was
        /// over. Kamailio has no such event.
        contact_removed(ContactRemovedEvent) -> nothing,
        "package evroute:guest; world usrloc-contact-removed { export evroute:usrloc/contact-removed@0.1.1; }"
            in usrloc::contact_removed,
        "evroute:usrloc/types@0.1.1" = usrloc
    }
    event! {
        /// `event_route[usrloc:contact-expired]`: a registered contact's time is over; it is gone
        /// already.
        contact_expired(ContactExpiredEvent) -> nothing,
        "package evroute:guest; world usrloc-contact-expired { export evroute:usrloc/contact-expired@0.1.1; }"
            in usrloc::contact_expired,
        "evroute:usrloc/types@0.1.1" = usrloc
    }
}

/// Events of `evroute:timer`.
pub mod timer {
    event! {
        /// `timer:<name>`: a configured interval is over. A timer never overlaps itself. Kamailio's
        /// `rtimer` and `timer` modules.
        timer(TimerEvent) -> nothing,
        "package evroute:guest; world timer-timer { export evroute:timer/timer@0.1.0; }"
            in timer::timer,
        "evroute:timer/types@0.1.0" = timer
    }
}

/// Events of `evroute:tls`.
pub mod tls {
    event! {
        /// `tls:certificate-expiring`: the tenant's own certificate ends within the days of
        /// `expiring_days`; raised when that begins, and once for each day that is left. Kamailio
        /// has no such event.
        certificate_expiring(CertificateExpiringEvent) -> nothing,
        "package evroute:guest; world tls-certificate-expiring { export evroute:tls/certificate-expiring@0.1.0; }"
            in tls::certificate_expiring,
        "evroute:tls/types@0.1.0" = tls
    }
    event! {
        /// `event_route[tls:connection-out]`: a connection over TLS is about to be dialled for the
        /// tenant; nothing was sent yet, and the dial waits, as long as a handshake may take. Not
        /// raised where a connection is used that is there.
        connection_out(ConnectionOutEvent) -> verdict,
        "package evroute:guest; world tls-connection-out { export evroute:tls/connection-out@0.1.0; }"
            in tls::connection_out,
        "evroute:tls/types@0.1.0" = tls
    }
}

/// Events of `evroute:registrar`.
pub mod registrar {
    event! {
        /// `registrar:auth-failed`: somebody answered a challenge and was not let in. Raised after
        /// the refusal has been decided, which no handler can change. Requests that are not looked
        /// at, since too many wrong passwords came before them, raise nothing. Kamailio has no such
        /// event.
        auth_failed(AuthFailedEvent) -> nothing,
        "package evroute:guest; world registrar-auth-failed { export evroute:registrar/auth-failed@0.1.0; }"
            in registrar::auth_failed,
        "evroute:registrar/types@0.1.0" = registrar
    }
}

/// Events of `evroute:xhttp`.
pub mod xhttp {
    event! {
        /// `event_route[xhttp:request]`: a request of HTTP came, on a port of SIP or on one of HTTP
        /// alone.
        request(HttpRequestEvent) -> verdict,
        "package evroute:guest; world xhttp-request { export evroute:xhttp/request@0.1.0; }"
            in xhttp::request,
        "evroute:xhttp/types@0.1.0" = xhttp
    }
}

/// Events of `evroute:websocket`.
pub mod websocket {
    event! {
        /// `event_route[websocket:closed]`: a connection of WebSocket is gone, whoever has closed
        /// it; what was registered over it is, too. Not raised for those that end with the server.
        closed(ClosedEvent) -> nothing,
        "package evroute:guest; world websocket-closed { export evroute:websocket/closed@0.1.0; }"
            in websocket::closed,
        "evroute:websocket/types@0.1.0" = websocket
    }
}

/// Events of `evroute:uac`.
pub mod uac {
    event! {
        /// `uac:registered`: a trunk is registered that was not before. Kamailio's `uac` raises
        /// nothing.
        registered(RegisteredEvent) -> nothing,
        "package evroute:guest; world uac-registered { export evroute:uac/registered@0.1.0; }"
            in uac::registered,
        "evroute:uac/types@0.1.0" = uac
    }
    event! {
        /// `uac:failed`: an attempt to register with a trunk failed. It may be registered still, by
        /// an attempt before. Raised for every attempt; they become rarer, half an hour apart at
        /// last.
        failed(FailedEvent) -> nothing,
        "package evroute:guest; world uac-failed { export evroute:uac/failed@0.1.0; }"
            in uac::failed,
        "evroute:uac/types@0.1.0" = uac
    }
}

/// Events of `evroute:tcp`.
pub mod tcp {
    event! {
        /// `event_route[tcp:closed]`: a connection is gone over which requests of the tenant came
        /// since it handles this event. Kamailio's `tcpops` raises `tcp:closed`, `tcp:reset` and
        /// `tcp:timeout`; here the cause says which. A connection tells eight tenants at most,
        /// those whose requests came first. Not raised for those that end with the server.
        closed(TcpClosedEvent) -> nothing,
        "package evroute:guest; world tcp-closed { export evroute:tcp/closed@0.1.0; }"
            in tcp::closed,
        "evroute:tcp/types@0.1.0" = tcp
    }
}
