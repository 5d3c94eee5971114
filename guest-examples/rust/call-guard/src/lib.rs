//! Turns away callers that are on a list.

use evroute::core::types::{Rejection, RequestEvent};
use evroute::htable::htable::Table;
use evroute::log::log::{Level, log};
use exports::evroute::core::request::{Guest, Verdict};

wit_bindgen::generate!({
    path: ["../../../wit", "wit"],
    world: "example:call-guard/call-guard",
    generate_all,
});

struct CallGuard;

export!(CallGuard);

impl Guest for CallGuard {
    fn handle(event: RequestEvent) -> Result<Verdict, String> {
        let Some(caller) = event.message().from_user() else {
            return Ok(Verdict::Pass);
        };
        if !is_blocked(&caller)? {
            return Ok(Verdict::Pass);
        }
        log(Level::Notice, &format!("{caller} is blocked"));
        Ok(Verdict::Reject(Rejection {
            code: 403,
            reason: Some("Blocked".to_owned()),
        }))
    }
}

fn is_blocked(user: &str) -> Result<bool, String> {
    let refused = |error| format!("table blocked: {error}");
    let blocked = Table::open("blocked").map_err(refused)?;
    Ok(blocked.get(user).map_err(refused)?.is_some())
}
