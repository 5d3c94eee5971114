//! What `wit-bindgen` makes of everything a handler may import, for what this crate has no shorter word for.
//!
//! The modules have the WIT's names: `bindings::evroute::sip::types::Message`.

wit_bindgen::generate!({
    path: "../wit",
    world: "evroute:handler/platform",
    generate_all,
});
