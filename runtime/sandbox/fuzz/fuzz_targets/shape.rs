//! Any bytes: the pass before the compiler ends without a panic, and answers the same again.
//! Corpus: components of `guest-examples/target`.

#![no_main]

use evroute_sandbox::ComponentLimits;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|component: &[u8]| {
    let limits = ComponentLimits::default();
    let reported = || {
        limits
            .check(component)
            .map_err(|refusal| refusal.to_string())
    };
    assert_eq!(reported(), reported());
});
