use std::sync::Mutex;

use evroute_dispatch::{BreakerOpening, BreakerReason, FailedStretch};
use evroute_event::Cause;
use evroute_module_api::{HandlerContext, TenantPart, TenantState, Variables};
use evroute_tenant::{Grants, Revision, RunLimits};

use super::*;

/// Keeps how deep what it was told is.
#[derive(Default)]
struct Told(Mutex<Vec<u8>>);

impl TenantPart for Told {
    fn handler_changed(&self, change: &HandlerChange<'_>) {
        self.0.lock().unwrap().push(change.cause.depth);
    }
}

#[test]
fn an_opening_is_told_one_deeper_and_never_deeper_than_the_handler_may() {
    let told = Arc::new(Told::default());
    let tenant = TenantState::new("demo".parse().unwrap(), TenantIndex::new(0));
    let tenant = tenant.with_part(Arc::clone(&told) as Arc<dyn TenantPart>);
    let context = HandlerContext {
        handler: "alarm".parse().unwrap(),
        revision: Revision::FIRST,
        grants: Grants::default(),
        limits: RunLimits {
            event_depth_max: 3,
            ..RunLimits::default()
        },
        tenant: Arc::new(tenant),
        variables: Arc::new(Variables::default()),
    };
    for depth in [0, 1, 2, 3, u8::MAX] {
        let tenant = TenantIndex::new(0);
        tell_opened(&BreakerChange {
            handler_context: &context,
            from: BreakerState::Closed,
            to: BreakerState::Open,
            reason: Some(BreakerReason::Traps),
            opening: Some(BreakerOpening {
                cause: Cause { tenant, depth },
                stretch: FailedStretch::default(),
                openings: 1,
            }),
        });
    }
    assert_eq!(*told.0.lock().unwrap(), [1, 2, 3]);
}
