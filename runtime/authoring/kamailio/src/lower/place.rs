use crate::fault::Diagnostic;
use crate::span::Span;
use crate::tables::event::Edits;
use crate::tables::function::Place;
use crate::tables::variable::Needs;

use super::routine::Routine;

impl Routine<'_, '_> {
    /// Whether a function means something in this event; a fault when not.
    pub(super) fn is_placed(&mut self, name: &str, place: Place, span: Span) -> bool {
        let event = self.event;
        let (fits, remedy) = match place {
            Place::Anywhere => (true, ""),
            Place::Message => (
                event.message.is_some() || (event.is_http && is_of_http(name)),
                "it is about no message; use it where there is one",
            ),
            Place::Edits => (
                event.edits != Edits::None,
                "use it in tm:local-request, core:pre-routing, core:request or core:reply",
            ),
            Place::Routing => (
                event.edits == Edits::Routing,
                "use it in tm:local-request, core:pre-routing or core:request",
            ),
            Place::Answers => match event.is_http {
                true => (false, "use xhttp_reply"),
                false => (event.answers, "use it in event_route[core:request]"),
            },
            Place::Http => (event.is_http, "use it in event_route[xhttp:request]"),
        };
        if !fits {
            let what = format!("{name} does nothing in {}", event.name);
            self.fault(Diagnostic::new(span, what).instead(remedy));
        }
        fits
    }

    /// Whether a variable has a meaning in this event; a fault when not.
    pub(super) fn is_here(&mut self, name: &str, needs: Needs, span: Span) -> bool {
        let event = self.event;
        let (fits, remedy) = match needs {
            Needs::Nothing => (true, String::new()),
            Needs::Message => (
                event.message.is_some(),
                "the event is about no message (Kamailio shows an OPTIONS of its own making there)"
                    .to_owned(),
            ),
            Needs::Event(wanted) => (event.name == wanted, format!("only {wanted} has it")),
        };
        if !fits {
            let what = format!("${name} is nothing in {}", event.name);
            self.fault(Diagnostic::new(span, what).instead(remedy));
        }
        fits
    }
}

/// Functions of a message that a request of HTTP has, too.
fn is_of_http(name: &str) -> bool {
    matches!(name, "is_method" | "is_present_hf")
}
