//! Events of transactions.

use evroute_event::EditScope;
use evroute_module_tm::events::{LocalRequest, LocalResponse};

use super::{InCases, Kind, REQUEST, RESPONSE, about, kind};
use crate::case::Case;

pub(super) fn kinds() -> Vec<Kind> {
    vec![kind::<LocalRequest>(), kind::<LocalResponse>()]
}

impl InCases for LocalRequest {
    const EXAMPLE: &'static str = REQUEST;

    fn build(case: &Case) -> Result<Self, String> {
        let mut subject = about(case, EditScope::Routing)?;
        // It has not come from anywhere.
        subject.source = case.source.map(|hop| hop.end);
        subject.received = case.received.map(|hop| hop.end);
        Ok(Self { subject })
    }
}

impl InCases for LocalResponse {
    const EXAMPLE: &'static str = RESPONSE;

    fn build(case: &Case) -> Result<Self, String> {
        let subject = about(case, EditScope::Nothing)?;
        Ok(Self { subject })
    }
}
