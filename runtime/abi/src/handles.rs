//! The handles that a guest holds.

use std::any::TypeId;

use crate::Fault;

/// The handles of one guest. Numbers begin with 1, and one that was given back is the next to be
/// given out: as Wasmtime's own table has it, so that a guest sees the same numbers either way.
#[derive(Debug)]
pub struct Handles {
    slots: Vec<Slot>,
    next: usize,
    live: usize,
    max: usize,
}

#[derive(Clone, Copy, Debug)]
enum Slot {
    Free { next: usize },
    Own { kind: TypeId, rep: u32 },
}

impl Handles {
    pub(crate) fn new(max: usize) -> Self {
        Self {
            slots: Vec::new(),
            next: 0,
            live: 0,
            max,
        }
    }

    pub(crate) fn clear(&mut self) {
        self.slots.clear();
        self.next = 0;
        self.live = 0;
    }

    /// A handle of this kind for what the server calls `rep`.
    pub(crate) fn insert<R: 'static>(&mut self, rep: u32) -> Result<u32, Fault> {
        if self.live >= self.max {
            return Err(Fault::TooManyHandles);
        }
        let position = self.next;
        // The handles that are open at once are limited far below this.
        let number = u32::try_from(position + 1).map_err(|_| Fault::TooManyHandles)?;
        let own = Slot::Own {
            kind: TypeId::of::<R>(),
            rep,
        };
        if let Some(slot) = self.slots.get_mut(position) {
            if let Slot::Free { next } = *slot {
                self.next = next;
            }
            *slot = own;
        } else {
            self.slots.push(own);
            self.next = position + 1;
        }
        self.live += 1;
        Ok(number)
    }

    /// What the server calls the thing behind a handle that a guest lends for a call. While it is
    /// lent it counts twice.
    pub(crate) fn lend<R: 'static>(&self, number: u32) -> Result<u32, Fault> {
        let rep = self.rep::<R>(number)?;
        if self.live >= self.max {
            return Err(Fault::TooManyHandles);
        }
        Ok(rep)
    }

    /// Takes a handle back.
    pub(crate) fn remove<R: 'static>(&mut self, number: u32) -> Result<u32, Fault> {
        let rep = self.rep::<R>(number)?;
        let position = position(number)?;
        if let Some(slot) = self.slots.get_mut(position) {
            *slot = Slot::Free { next: self.next };
            self.next = position;
            self.live -= 1;
        }
        Ok(rep)
    }

    fn rep<R: 'static>(&self, number: u32) -> Result<u32, Fault> {
        match self.slots.get(position(number)?) {
            Some(Slot::Own { kind, rep }) if *kind == TypeId::of::<R>() => Ok(*rep),
            Some(Slot::Own { .. } | Slot::Free { .. }) | None => Err(Fault::UnknownHandle(number)),
        }
    }
}

fn position(number: u32) -> Result<usize, Fault> {
    let position = number
        .checked_sub(1)
        .and_then(|number| usize::try_from(number).ok());
    position.ok_or(Fault::UnknownHandle(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    enum Cat {}
    enum Dog {}

    #[test]
    fn numbers_begin_with_one_and_the_last_one_given_back_is_given_out_next() {
        let mut handles = Handles::new(8);
        let given: Vec<u32> = (0..3)
            .map(|rep| handles.insert::<Cat>(rep).unwrap())
            .collect();
        assert_eq!(given, [1, 2, 3]);
        assert_eq!(handles.remove::<Cat>(1), Ok(0));
        assert_eq!(handles.remove::<Cat>(3), Ok(2));
        let again: Vec<u32> = (10..13)
            .map(|rep| handles.insert::<Dog>(rep).unwrap())
            .collect();
        assert_eq!(again, [3, 1, 4]);
        assert_eq!(handles.lend::<Dog>(1), Ok(11));
    }

    #[test]
    fn a_handle_is_of_one_kind_and_open_once() {
        let mut handles = Handles::new(8);
        let cat = handles.insert::<Cat>(7).unwrap();
        for unknown in [0, cat + 1, u32::MAX] {
            assert_eq!(
                handles.lend::<Cat>(unknown),
                Err(Fault::UnknownHandle(unknown))
            );
        }
        assert_eq!(handles.lend::<Dog>(cat), Err(Fault::UnknownHandle(cat)));
        assert_eq!(handles.remove::<Dog>(cat), Err(Fault::UnknownHandle(cat)));
        assert_eq!(handles.remove::<Cat>(cat), Ok(7));
        assert_eq!(handles.remove::<Cat>(cat), Err(Fault::UnknownHandle(cat)));
    }

    #[test]
    fn no_more_are_open_than_may_be_and_what_is_lent_counts_twice() {
        let mut handles = Handles::new(2);
        let one = handles.insert::<Cat>(1).unwrap();
        assert_eq!(handles.lend::<Cat>(one), Ok(1));
        handles.insert::<Cat>(2).unwrap();
        assert_eq!(handles.insert::<Cat>(3), Err(Fault::TooManyHandles));
        assert_eq!(handles.lend::<Cat>(one), Err(Fault::TooManyHandles));
        handles.clear();
        assert_eq!(handles.insert::<Cat>(4), Ok(1));
    }
}
