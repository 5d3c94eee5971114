//! The handles of a run that is in another process.

use evroute_event::{LimitKind, Outcome};
use evroute_module_api::HostTrap;
use evroute_tap::WitValue;

/// What a run in another process holds: what it calls 3 is the third thing that it was given here,
/// and nothing of a module's own numbers leaves this process. What it says is believed as little as
/// a guest's: a handle is open, and of the kind that the call is for, or the run ends.
pub(crate) struct HandleTable {
    slots: Vec<Option<Held>>,
    free: Vec<u32>,
    open_max: usize,
}

#[derive(Clone, Copy)]
struct Held {
    /// The resource: no two have the same name.
    kind: &'static str,
    /// What the module calls it.
    rep: u32,
}

impl HandleTable {
    /// One with the event, which is number 0, whatever number its module has for it.
    pub(crate) fn new(event: &'static str, open_max: u64) -> Self {
        Self {
            slots: vec![Some(Held {
                kind: event,
                rep: 0,
            })],
            free: Vec::new(),
            open_max: usize::try_from(open_max).unwrap_or(usize::MAX),
        }
    }

    fn give(&mut self, kind: &'static str, rep: u32) -> wasmtime::Result<u32> {
        let held = Some(Held { kind, rep });
        if self.slots.len() - self.free.len() >= self.open_max {
            return Err(HostTrap::quota(LimitKind::Handles));
        }
        if let Some(number) = self.free.pop()
            && let Some(slot) = self.slots.get_mut(number as usize)
        {
            *slot = held;
            return Ok(number);
        }
        let number = u32::try_from(self.slots.len());
        let number = number.map_err(|_| HostTrap::quota(LimitKind::Handles))?;
        self.slots.push(held);
        Ok(number)
    }

    fn slot(&mut self, kind: &str, number: u32) -> wasmtime::Result<&mut Option<Held>> {
        let slot = self.slots.get_mut(number as usize);
        slot.filter(|slot| slot.is_some_and(|held| held.kind == kind))
            .ok_or_else(|| {
                let what = format!("handle {number} is not open, or of another kind");
                wasmtime::Error::new(HostTrap(Outcome::Trap(what)))
            })
    }

    /// Puts the module's number into an argument, whose kind the function says.
    pub(crate) fn lend(&mut self, kind: &str, argument: &mut WitValue) -> wasmtime::Result<()> {
        if let WitValue::Handle(number) = argument
            && let Some(held) = self.slot(kind, *number)?
        {
            *number = held.rep;
        }
        // Anything else has not the type of the argument, which the call says itself.
        Ok(())
    }

    /// The same of a handle that is given back.
    pub(crate) fn take(&mut self, kind: &str, argument: &mut WitValue) -> wasmtime::Result<()> {
        if let WitValue::Handle(number) = argument
            && let Some(held) = self.slot(kind, *number)?.take()
        {
            self.free.push(*number);
            *number = held.rep;
        }
        Ok(())
    }

    /// Puts numbers of ours into an answer, in place of the module's.
    pub(crate) fn hand_over(
        &mut self,
        kind: &'static str,
        answer: &mut WitValue,
    ) -> wasmtime::Result<()> {
        match answer {
            WitValue::Handle(rep) => *rep = self.give(kind, *rep)?,
            WitValue::List(of) | WitValue::Tuple(of) => {
                for value in of {
                    self.hand_over(kind, value)?;
                }
            }
            WitValue::Record(fields) => {
                for (_, value) in fields {
                    self.hand_over(kind, value)?;
                }
            }
            WitValue::Case(_, Some(of))
            | WitValue::Option(Some(of))
            | WitValue::Result(Ok(of) | Err(of)) => self.hand_over(kind, of)?,
            WitValue::Bool(_)
            | WitValue::Unsigned(_)
            | WitValue::Signed(_)
            | WitValue::Real(_)
            | WitValue::Text(_)
            | WitValue::Bytes(_)
            | WitValue::Case(_, None)
            | WitValue::Option(None) => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lent(table: &mut HandleTable, kind: &str, number: u32) -> Option<u32> {
        let mut value = WitValue::Handle(number);
        table.lend(kind, &mut value).ok()?;
        rep(&value)
    }

    fn rep(value: &WitValue) -> Option<u32> {
        match value {
            WitValue::Handle(rep) => Some(*rep),
            _ => None,
        }
    }

    #[test]
    fn a_handle_is_open_and_of_one_kind_and_shows_no_number_of_a_module() {
        let mut table = HandleTable::new("request-event", 8);
        let mut opened = WitValue::Result(Ok(Box::new(WitValue::Handle(77))));
        table.hand_over("table", &mut opened).unwrap();
        let one = WitValue::Result(Ok(Box::new(WitValue::Handle(1))));
        assert_eq!(opened, one);
        assert_eq!(lent(&mut table, "table", 1), Some(77));
        assert_eq!(lent(&mut table, "request-event", 0), Some(0));
        for (kind, number) in [
            ("connection", 1),
            ("table", 0),
            ("table", 2),
            ("table", u32::MAX),
        ] {
            assert_eq!(lent(&mut table, kind, number), None, "{kind} {number}");
        }
        let mut back = WitValue::Handle(1);
        table.take("table", &mut back).unwrap();
        assert_eq!(rep(&back), Some(77));
        assert_eq!(lent(&mut table, "table", 1), None);
        table.take("table", &mut WitValue::Handle(1)).unwrap_err();
    }

    #[test]
    fn no_more_are_open_than_may_be() {
        let mut table = HandleTable::new("request-event", 2);
        let mut many = WitValue::List(vec![WitValue::Handle(5), WitValue::Handle(6)]);
        let error = table.hand_over("table", &mut many).unwrap_err();
        let HostTrap(outcome) = error.downcast_ref().unwrap();
        assert_eq!(*outcome, Outcome::QuotaExceeded(LimitKind::Handles));
        table.take("table", &mut WitValue::Handle(1)).unwrap();
        let mut again = WitValue::Handle(9);
        table.hand_over("table", &mut again).unwrap();
        assert_eq!(rep(&again), Some(1));
    }
}
