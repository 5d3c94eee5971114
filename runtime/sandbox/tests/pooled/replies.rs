//! What is added to the answer of a verdict, and what is refused, is the same in both backends.

use evroute_event::{Outcome, ReplyParts};
use evroute_module_core::events::RequestVerdict;
use evroute_tenant::RunLimits;

use crate::scene::{Scene, component_of, sandbox};

const FILL_REPLY: &str = include_str!("../../../../tests/guests/fill-reply.wat");
/// The bytes of one of its fields.
const FIELD_BYTES: usize = 70;

fn refused(code: u16) -> RequestVerdict {
    let reason = None;
    RequestVerdict::Reject { code, reason }
}

#[test]
fn an_answer_is_given_with_as_many_fields_as_there_is_room_for() {
    let guest = component_of(FILL_REPLY, "request");
    let limits = RunLimits {
        run_reply_headers_max: 64,
        ..RunLimits::default()
    };
    let bytes_max = usize::try_from(limits.run_reply_bytes_max).unwrap();
    for instances in [4, 0] {
        for (limits, fields) in [
            (RunLimits::default(), 16),
            (limits, bytes_max / FIELD_BYTES),
        ] {
            let scene = Scene::prepared(&sandbox(instances), &guest, limits).unwrap();
            // The second run is in the instance of the first.
            for _ in 0..2 {
                let run = scene.run_request(Some(ReplyParts::default()));
                assert_eq!(run.outcome, Outcome::Returned);
                let verdict = run.verdict.unwrap();
                let verdict = verdict.downcast_ref::<RequestVerdict>();
                assert_eq!(verdict, Some(&refused(403)));
                let reply = run.payload.subject().reply.clone().unwrap();
                assert_eq!(reply.headers.len(), fields);
                assert_eq!(reply.bytes(), fields * FIELD_BYTES);
                let logged = scene.logged();
                let [line] = logged.as_slice() else {
                    panic!("{logged:?}");
                };
                assert!(line.contains("append-header to the answer \"X-Fill\" was refused"));
            }
        }
    }
}

#[test]
fn an_event_that_gives_no_answer_refuses_what_would_be_added() {
    let guest = component_of(FILL_REPLY, "request");
    for is_kept in [true, false] {
        let run = Scene::new(&guest, is_kept).run_request(None);
        let verdict = run.verdict.unwrap();
        let verdict = verdict.downcast_ref::<RequestVerdict>();
        assert_eq!(verdict, Some(&RequestVerdict::Pass));
        assert_eq!(run.payload.subject().reply, None);
    }
}
