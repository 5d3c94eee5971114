//! `evroute:textops/reply`: what is added to the answer of a verdict.

use evroute_bindings::evroute::textops::reply::{Error, Host};
use evroute_event::ReplyParts;
use evroute_module_api::Level;
use evroute_tenant::RunLimits;

use super::ReplyView;
use crate::own::SipTenant;
use crate::{edit, reply};

impl ReplyView<'_> {
    /// Changes the run's copy of the answer. What is refused is an error for the guest, a line in
    /// its log and counted, and the answer is given without it.
    fn change(
        &mut self,
        what: (&str, &str),
        bytes: usize,
        change: impl FnOnce(&mut ReplyParts, &RunLimits) -> Result<(), Error>,
    ) -> wasmtime::Result<Result<(), Error>> {
        self.0.charge(bytes)?;
        let limits = self.0.handler_context.limits;
        let changed = match &mut self.0.subject_mut()?.reply {
            Some(parts) => change(parts, &limits),
            None => Err(Error::NotAllowedHere),
        };
        let why = match &changed {
            Ok(()) => return Ok(changed),
            Err(Error::NotAllowedHere) => "it belongs to the server, or this event gives no answer",
            Err(Error::TooLarge) => {
                "the answer would have more than run_reply_headers_max fields or \
                 run_reply_bytes_max bytes"
            }
            Err(Error::Invalid(why) | Error::Other(why)) => why,
        };
        let refusal = edit::refused(what, why);
        self.0.note(Level::Warning, &refusal);
        if let Some(tenant) = self.0.handler_context.tenant.get::<SipTenant>() {
            tenant.count_refused_reply();
        }
        Ok(changed)
    }
}

impl Host for ReplyView<'_> {
    fn append_header(
        &mut self,
        name: String,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), Error>> {
        let bytes = name.len() + value.len();
        self.change(
            ("append-header to the answer", &name),
            bytes,
            |parts, limits| reply::append(parts, &name, &value, limits),
        )
    }

    fn set_body(
        &mut self,
        content_type: String,
        body: Vec<u8>,
    ) -> wasmtime::Result<Result<(), Error>> {
        let bytes = content_type.len() + body.len();
        let what = ("set-body of the answer", content_type.as_str());
        self.change(what, bytes, |parts, limits| {
            reply::set_body(parts, &content_type, &body, limits)
        })
    }
}
