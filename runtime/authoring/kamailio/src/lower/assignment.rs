use crate::ast::{Expression, Index, Part, Variable};
use crate::fault::Diagnostic;
use crate::tables::event::Edits;
use crate::tables::variable::{Run, Source, Write};

use super::routine::Routine;
use super::text;

impl Routine<'_, '_> {
    /// `target = value`.
    pub(super) fn assign(&mut self, target: &Variable, value: &Expression) {
        let Some(row) = self.row(target) else {
            return;
        };
        let can = match row.write {
            Write::No => false,
            Write::Yes => true,
            Write::Routing => self.event.edits == Edits::Routing,
        };
        if !can || !target.transformations.is_empty() {
            let what = format!("${} cannot be written in {}", target.name, self.event.name);
            let remedy = match (&row.write, target.name.as_str()) {
                (_, "hdr") => "use append_hf and remove_hf",
                (Write::Routing, _) => {
                    "it can in tm:local-request, core:pre-routing and core:request"
                }
                (_, "fu" | "fU" | "fd" | "fn" | "tu" | "tU" | "td" | "tn") => {
                    "a From or To that changes on the way breaks dialogs; add a P-Asserted-Identity with append_hf"
                }
                _ => "assign to a $var",
            };
            self.fault(Diagnostic::new(target.span, what).instead(remedy));
            return;
        }
        match row.source {
            Source::Run(run) => self.assign_own(target, run, value),
            Source::Getter(_) | Source::Server | Source::ServerText
                if self.is_own_record(target) =>
            {
                self.assigned(value);
                self.code.call("to_int").call("extend");
            }
            Source::Getter(_) | Source::Server | Source::ServerText => {
                self.name(target);
                self.assigned(value);
                self.title(target);
                self.code.call("pv_set");
                self.leave_when_over();
                self.written(target);
            }
        }
        self.succeed();
    }

    fn assign_own(&mut self, target: &Variable, run: Run, value: &Expression) {
        if run == Run::Xavp {
            self.assign_xavp(target, value);
            return;
        }
        let Some(symbol) = self.private(target, run) else {
            return;
        };
        match (run, &target.index) {
            (Run::Stack, Some(Index::All)) => {
                self.code.i32_const(0);
                self.assigned(value);
                self.code.call("push");
            }
            // An index is not looked at: one more is added, or the newest is taken away.
            (Run::Stack, _) => {
                self.code.global_get(symbol);
                self.assigned(value);
                self.code.call("assign_avp");
            }
            (Run::Nullable, _) => {
                self.assigned(value);
                self.code.call("plain");
            }
            _ => {
                self.assigned(value);
                self.code.call("or_zero");
            }
        }
        self.code.global_set(symbol);
    }

    /// Whether this is the time to live of the very entry whose time is over: giving it more is the
    /// verdict.
    fn is_own_record(&self, target: &Variable) -> bool {
        let Some([Part::Text(table), Part::Variable(key)]) = target.argument.as_deref() else {
            return false;
        };
        target.name == "shtex"
            && self.segment.is_some_and(|segment| {
                table.trim_end().strip_suffix("=>").map(str::trim) == Some(segment)
            })
            && key.name == "shtrecord"
            && key.transformations.is_empty()
            && text::constant(key.argument.as_deref().unwrap_or_default()).as_deref() == Some("key")
    }
}
