//! A module for each event, with what `wit-bindgen` makes of its interface under shorter names.
//!
//! A row each. `tests/tidy/wit.rs` compares them with the world `host` of the WIT.

/// Subscribes a function to an event: `event_route!(tm::local_request => filter);`. It is given the event and returns the verdict, or
/// the sentence that the run fails with.
///
/// A component can subscribe to as many events as it has such lines, once to each.
#[macro_export]
macro_rules! event_route {
    ($module:ident::$event:ident => $handler:expr) => {
        const _: () = {
            use $crate::$module::$event as event;

            struct Handler;

            impl event::Guest for Handler {
                #[inline]
                fn handle(payload: event::Payload) -> event::Answer {
                    $crate::begin();
                    let handler: fn(&event::Event) -> $crate::Result<event::Verdict> = $handler;
                    handler(&event::Event::from(payload)).map_err(Into::into)
                }
            }

    event::bindings::export!(Handler with_types_in event::bindings);
        };
    };
}

macro_rules! event {
    (
        $(#[$doc:meta])*
        $event:ident($payload:ident $(, $has:ident)?) -> $verdict:ident,
        $world:literal in $($path:ident)::+,
        $($interface:literal = $package:ident),+
    ) => {
        $(#[$doc])*
        pub mod $event {
            #[doc(hidden)]
            pub mod bindings {
                wit_bindgen::generate!({
                    path: "../wit",
                    inline: $world,
                    pub_export_macro: true,
                    with: { $($interface: crate::bindings::evroute::$package::types),+ },
                });
            }
            #[doc(hidden)]
            pub use bindings::exports::evroute::$($path)::+::{Guest, $payload as Payload};

            event!(@verdict $verdict $($path)::+);

            /// What a run returns to the server.
            pub type Answer = ::core::result::Result<Verdict, ::alloc::string::String>;

            /// What the event carries. It ends with the run.
            #[derive(Debug)]
            pub struct Event(crate::Kept<Payload>);

            impl From<Payload> for Event {
                #[inline]
                fn from(payload: Payload) -> Self {
                    Self(payload.into())
                }
            }

            impl ::core::ops::Deref for Event {
                type Target = Payload;

                #[inline]
                fn deref(&self) -> &Payload {
                    &self.0
                }
            }

            $(event!(@$has);)?
        }
    };
    (@verdict verdict $($path:ident)::+) => {
        pub use bindings::exports::evroute::$($path)::+::Verdict;
    };
    (@verdict nothing $($path:ident)::+) => {
        /// There is nothing to decide.
        pub type Verdict = ();
    };
    (@message) => {
        impl Event {
            /// The message that the event is about, a copy of the handler's own.
            #[inline]
            #[must_use]
            pub fn message(&self) -> crate::Message {
                self.0.message().into()
            }
        }
    };
}

/// The core's events.
pub mod core {
    event! {
        /// `event_route[core:pre-routing]`: a message was read and parsed and nothing has been decided yet.
        pre_routing(PreRoutingEvent, message) -> verdict,
        "package evroute:guest; world core-pre-routing { export evroute:core/pre-routing@0.1.0; }" in core::pre_routing,
        "evroute:sip/types@0.1.0" = sip, "evroute:core/types@0.1.0" = core
    }
    event! {
        /// `core:request`: a new request reached the server and will be routed. Kamailio's `request_route`.
        request(RequestEvent, message) -> verdict,
        "package evroute:guest; world core-request { export evroute:core/request@0.1.0; }" in core::request,
        "evroute:sip/types@0.1.0" = sip, "evroute:core/types@0.1.0" = core
    }
    event! {
        /// `core:reply`: a response came back for a request that the server forwarded. Kamailio's `reply_route`.
        reply(ReplyEvent, message) -> verdict,
        "package evroute:guest; world core-reply { export evroute:core/reply@0.1.0; }" in core::reply,
        "evroute:sip/types@0.1.0" = sip, "evroute:core/types@0.1.0" = core
    }
    event! {
        /// `event_route[core:receive-parse-error]`: something arrived that is not a SIP message.
        receive_parse_error(ReceiveParseErrorEvent) -> nothing,
        "package evroute:guest; world core-receive-parse-error { export evroute:core/receive-parse-error@0.1.0; }"
            in core::receive_parse_error,
        "evroute:sip/types@0.1.0" = sip, "evroute:core/types@0.1.0" = core
    }

    impl request::Verdict {
        /// Answer it here and now, with a code of 300 to 699 and a reason of at most 255 octets.
        #[must_use]
        pub fn reject(code: u16, reason: &str) -> Self {
            Self::Reject(crate::bindings::evroute::core::types::Rejection {
                code,
                reason: Some(reason.into()),
            })
        }
    }
}

/// Events that operators and handlers name themselves.
pub mod custom {
    event! {
        /// `custom:event:<name>`: raised by `evroute raise`, by the RPC `custom.raise`, or by another handler.
        event(CustomEvent) -> nothing,
        "package evroute:guest; world custom-event { export evroute:custom/event@0.1.0; }" in custom::event,
        "evroute:pv/types@0.1.0" = pv, "evroute:custom/types@0.1.0" = custom
    }

    pub use crate::raise::raise;
}

/// Events of shared tables.
pub mod htable {
    event! {
        /// `event_route[htable:mod-init]`: the tenant's tables are ready; raised once at start, before calls are taken.
        mod_init(ModInitEvent) -> verdict,
        "package evroute:guest; world htable-mod-init { export evroute:htable/mod-init@0.1.0; }" in htable::mod_init,
        "evroute:pv/types@0.1.0" = pv, "evroute:htable/types@0.1.0" = htable
    }
    event! {
        /// `event_route[htable:expired:<table>]`: an entry's time is over and nothing has removed it yet.
        expired(ExpiredEvent) -> verdict,
        "package evroute:guest; world htable-expired { export evroute:htable/expired@0.1.0; }" in htable::expired,
        "evroute:pv/types@0.1.0" = pv, "evroute:htable/types@0.1.0" = htable
    }

    pub use crate::table::Table;
}

/// Events of configured timers.
pub mod timer {
    event! {
        /// `timer:<name>`: a configured interval is over. A timer never overlaps itself.
        timer(TimerEvent) -> nothing,
        "package evroute:guest; world timer-timer { export evroute:timer/timer@0.1.0; }" in timer::timer,
        "evroute:timer/types@0.1.0" = timer
    }
}

/// Events of transactions.
pub mod tm {
    event! {
        /// `event_route[tm:local-request]`: the server is about to send a request of its own.
        local_request(LocalRequestEvent, message) -> verdict,
        "package evroute:guest; world tm-local-request { export evroute:tm/local-request@0.1.0; }" in tm::local_request,
        "evroute:sip/types@0.1.0" = sip, "evroute:tm/types@0.1.0" = tm
    }
    event! {
        /// `event_route[tm:local-response]`: the server has sent a response that it made itself.
        local_response(LocalResponseEvent, message) -> nothing,
        "package evroute:guest; world tm-local-response { export evroute:tm/local-response@0.1.0; }" in tm::local_response,
        "evroute:sip/types@0.1.0" = sip, "evroute:tm/types@0.1.0" = tm
    }
}

/// Events of registered contacts.
pub mod usrloc {
    event! {
        /// `event_route[usrloc:contact-expired]`: a registered contact's time is over; it is gone already.
        contact_expired(ContactExpiredEvent) -> nothing,
        "package evroute:guest; world usrloc-contact-expired { export evroute:usrloc/contact-expired@0.1.0; }"
            in usrloc::contact_expired,
        "evroute:usrloc/types@0.1.0" = usrloc
    }
}
