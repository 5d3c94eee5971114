//! What a reader wants to see.

use evroute_dispatch::RunRecord;
use evroute_module_api::Line;

/// Of what.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FeedKind {
    /// Lines of handlers.
    Lines,
    /// Runs of handlers.
    Runs,
}

/// What a reader wants to see; what is left out is everything.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct FeedFilter {
    pub(crate) kind: FeedKind,
    /// Always there for a reader who is a tenant.
    pub(crate) tenant: Option<String>,
    pub(crate) handler: Option<String>,
    pub(crate) event: Option<String>,
    pub(crate) call_id: Option<String>,
}

impl FeedFilter {
    pub(super) fn wants_line(&self, line: &Line<'_>) -> bool {
        self.kind == FeedKind::Lines
            && fits(self.tenant.as_deref(), line.tenant)
            && fits(self.handler.as_deref(), line.handler)
            && fits(self.event.as_deref(), line.event.as_str())
            && fits(self.call_id.as_deref(), line.call_id.unwrap_or_default())
    }

    /// Whether it wants a line that was kept; the tenant is looked at before.
    pub(crate) fn wants_old(&self, line: &str) -> bool {
        if self.handler.is_none() && self.event.is_none() && self.call_id.is_none() {
            return true;
        }
        let line: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
        let text = |key: &str| line.get(key).and_then(serde_json::Value::as_str);
        let fits = |wanted: &Option<String>, key: &str| {
            fits(wanted.as_deref(), text(key).unwrap_or_default())
        };
        fits(&self.handler, "handler")
            && fits(&self.event, "event")
            && fits(&self.call_id, "call_id")
    }

    pub(super) fn wants_run(&self, record: &RunRecord<'_>) -> bool {
        let context = record.handler_context;
        self.kind == FeedKind::Runs
            && fits(self.tenant.as_deref(), context.tenant.id.as_str())
            && fits(self.handler.as_deref(), context.handler.as_str())
            && fits(self.event.as_deref(), record.event.as_str())
            && fits(
                self.call_id.as_deref(),
                record.call_id().unwrap_or_default(),
            )
    }
}

fn fits(wanted: Option<&str>, found: &str) -> bool {
    wanted.is_none_or(|wanted| wanted == found)
}
