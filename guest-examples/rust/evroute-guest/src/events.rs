//! A module for each event, with what `wit-bindgen` makes of its interface under shorter names.
//!
//! A row each, which `make sdks` prints.

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

mod rows;

pub use rows::*;

impl rows::core::request::Verdict {
    /// Answer it here and now, with a code of 300 to 699 and a reason of at most 255 octets.
    /// OPTIONS, MESSAGE, INFO, NOTIFY and PUBLISH can be answered with 200 to 299 as well.
    #[must_use]
    pub fn reject(code: u16, reason: &str) -> Self {
        Self::Reject(crate::bindings::evroute::core::types::Rejection {
            code,
            reason: Some(reason.into()),
        })
    }

    /// Adds a header field to the answer; see [`reply`](crate::reply).
    #[inline]
    #[must_use]
    pub fn with(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        crate::reply::append(name, value);
        self
    }
}
