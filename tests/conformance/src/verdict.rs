//! Events and verdicts, as case files write them.

use evroute_event::{AnyVerdict, EditScope, Event, Payload, Subject};
use evroute_module_core::events::{Request, RequestVerdict};
use evroute_module_htable::events::{Expired, ExpiredVerdict, ModInit, ModInitVerdict};
use evroute_module_tm::events::{LocalRequest, LocalRequestVerdict};

use crate::Error;
use crate::case::Case;
use crate::message::message;
use crate::tables::NOW_US;

/// The event of a case, as its module makes it.
pub(crate) fn payload(event: &str, case: &Case) -> Result<Box<dyn Payload>, Error> {
    let missing = |part: &str| format!("{event}, {}: no {part} in the case", case.name);
    let about = || -> Result<Subject, Error> {
        let request = case.message.as_ref().ok_or_else(|| missing("message"))?;
        Ok(Subject {
            message: Some(message(request)?),
            edits: EditScope::Routing,
            ..Subject::at(NOW_US)
        })
    };
    let subject = Subject::at(NOW_US);
    if event == ModInit::NAME.as_str() {
        Ok(Box::new(ModInit { subject }))
    } else if event == LocalRequest::NAME.as_str() {
        Ok(Box::new(LocalRequest { subject: about()? }))
    } else if event == Request::NAME.as_str() {
        Ok(Box::new(Request { subject: about()? }))
    } else if event == Expired::NAME.as_str() {
        let entry = case.expired.as_ref().ok_or_else(|| missing("expired"))?;
        Ok(Box::new(Expired {
            subject,
            table: entry.table.as_str().into(),
            key: entry.key.as_str().into(),
            value: entry.value.stored(),
        }))
    } else {
        Err(format!("no example handles {event}: add it here").into())
    }
}

/// A verdict as its word, and what it carries.
pub(crate) fn text(verdict: &AnyVerdict) -> String {
    if let Some(verdict) = verdict.downcast_ref::<ModInitVerdict>() {
        match verdict {
            ModInitVerdict::Proceed => "proceed".to_owned(),
            ModInitVerdict::AbortStartup => "abort-startup".to_owned(),
        }
    } else if let Some(verdict) = verdict.downcast_ref::<LocalRequestVerdict>() {
        match verdict {
            LocalRequestVerdict::Send => "send".to_owned(),
            LocalRequestVerdict::Drop => "drop".to_owned(),
        }
    } else if let Some(verdict) = verdict.downcast_ref::<RequestVerdict>() {
        match verdict {
            RequestVerdict::Pass => "pass".to_owned(),
            RequestVerdict::Reject { code, reason } => {
                format!("reject {code} {}", reason.as_deref().unwrap_or_default())
            }
            RequestVerdict::Drop => "drop".to_owned(),
        }
    } else if let Some(verdict) = verdict.downcast_ref::<ExpiredVerdict>() {
        match verdict {
            ExpiredVerdict::Remove => "remove".to_owned(),
            ExpiredVerdict::Extend(seconds) => format!("extend {seconds}"),
        }
    } else {
        "a verdict of another event".to_owned()
    }
}
