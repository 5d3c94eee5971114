wit_bindgen::generate!({ path: ["../../../wit", "wit"], world: "example:call-guard/call-guard", generate_all });

use evroute::core::types::{Rejection, RequestEvent};
use evroute::htable::htable::Table;
use evroute::log::log::{Level, log};
use exports::evroute::core::request::{Guest, Verdict};

struct CallGuard;

export!(CallGuard);

impl Guest for CallGuard {
    fn handle(event: RequestEvent) -> Result<Verdict, String> {
        let Some(caller) = event.message().from_user() else {
            return Ok(Verdict::Pass);
        };
        let blocked = Table::open("blocked").map_err(|error| format!("table blocked: {error}"))?;
        let entry = blocked.get(&caller).map_err(|error| format!("table blocked: {error}"))?;
        if entry.is_none() {
            return Ok(Verdict::Pass);
        }
        log(Level::Notice, &format!("call-guard: {caller} is blocked"));
        Ok(Verdict::Reject(Rejection { code: 403, reason: Some("Blocked".to_owned()) }))
    }
}
