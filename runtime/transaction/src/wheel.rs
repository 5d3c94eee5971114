//! The timer queue of a table: a hierarchical wheel, as data. Reads no clock.
//!
//! Setting, moving and cancelling cost the same small constant and leave nothing behind:
//! almost every SIP timer is cancelled long before it is due (a call answered after five
//! seconds cancels a Timer C of three minutes), so a heap with lazy deletion would mostly
//! hold the dead.

/// Milliseconds since the table's epoch.
pub(crate) type Tick = u64;

const SLOT_BITS: u32 = 6;
const SLOTS: usize = 1 << SLOT_BITS;
const LEVELS: usize = 5;
const LEVEL_MAX: u32 = 4;
/// Farther deadlines are parked in the top level and placed again when their slot comes up.
/// Half the wheel's range, so that a parked entry never lands in the current slot.
const PARK_TICKS_MAX: Tick = 1 << (SLOT_BITS * (LEVEL_MAX + 1) - 1);
const NIL: u32 = u32::MAX;

#[derive(Debug, Clone, Copy)]
struct Node {
    at: Tick,
    prev: u32,
    next: u32,
    home: Option<Home>,
}

const UNARMED: Node = Node {
    at: 0,
    prev: NIL,
    next: NIL,
    home: None,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Home {
    level: u8,
    slot: u8,
}

#[derive(Debug, Clone)]
struct Level {
    occupied: u64,
    heads: [u32; SLOTS],
}

/// One deadline per transaction, numbered by the transaction's place in the table.
#[derive(Debug)]
pub(crate) struct Wheel {
    elapsed: Tick,
    levels: [Level; LEVELS],
    nodes: Vec<Node>,
    armed_count: usize,
}

impl Wheel {
    pub(crate) fn new() -> Self {
        let level = Level {
            occupied: 0,
            heads: [NIL; SLOTS],
        };
        Self {
            elapsed: 0,
            levels: std::array::from_fn(|_| level.clone()),
            nodes: Vec::new(),
            armed_count: 0,
        }
    }

    /// How many deadlines are set.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.armed_count
    }

    /// Sets the deadline of entry `index`, or moves it. A deadline in the past is due at once.
    pub(crate) fn set(&mut self, index: u32, at: Tick) {
        let position = index as usize;
        if position >= self.nodes.len() {
            self.nodes.resize(position + 1, UNARMED);
        }
        match self.nodes.get(position) {
            Some(node) if node.home.is_some() && node.at == at => return,
            Some(_) | None => {}
        }
        self.cancel(index);
        self.link(index, at);
        self.armed_count += 1;
    }

    /// Removes the deadline of entry `index`, if it has one.
    pub(crate) fn cancel(&mut self, index: u32) {
        let Some(node) = self.nodes.get_mut(index as usize) else {
            return;
        };
        let Some(home) = node.home.take() else { return };
        let (prev, next) = (node.prev, node.next);
        self.armed_count -= 1;
        if let Some(after) = self.nodes.get_mut(next as usize) {
            after.prev = prev;
        }
        if let Some(before) = self.nodes.get_mut(prev as usize) {
            before.next = next;
        } else {
            self.set_head(home, next);
        }
    }

    /// When to call [`Self::pop_due`] next. May be earlier than the earliest deadline (a slot
    /// has to be sorted then), never later.
    pub(crate) fn next_wakeup(&self) -> Option<Tick> {
        self.next_slot().map(|(_, at)| at)
    }

    /// Takes one entry whose deadline is not after `now`, earliest first.
    pub(crate) fn pop_due(&mut self, now: Tick) -> Option<u32> {
        loop {
            let Some((home, at)) = self.next_slot().filter(|(_, at)| *at <= now) else {
                self.elapsed = self.elapsed.max(now);
                return None;
            };
            self.elapsed = self.elapsed.max(at);
            let head = self.head(home);
            if home.level == 0 {
                self.cancel(head);
                return Some(head);
            }
            self.sort_slot(home, head);
        }
    }

    /// Distributes a slot of an upper level over the levels below.
    fn sort_slot(&mut self, home: Home, head: u32) {
        self.set_head(home, NIL);
        let mut index = head;
        while let Some(node) = self.nodes.get(index as usize).copied() {
            self.link(index, node.at);
            index = node.next;
        }
    }

    fn link(&mut self, index: u32, at: Tick) {
        let home = self.home_of(at);
        let head = self.head(home);
        if let Some(after) = self.nodes.get_mut(head as usize) {
            after.prev = index;
        }
        if let Some(node) = self.nodes.get_mut(index as usize) {
            *node = Node {
                at,
                prev: NIL,
                next: head,
                home: Some(home),
            };
        }
        self.set_head(home, index);
    }

    /// The level is that of the highest digit (base 64) in which `at` differs from the time
    /// elapsed, so that an entry moves down exactly when its digit comes up.
    fn home_of(&self, at: Tick) -> Home {
        let at = at.clamp(self.elapsed, self.elapsed.saturating_add(PARK_TICKS_MAX));
        let differing = (self.elapsed ^ at) | 1;
        let level = (differing.ilog2() / SLOT_BITS).min(LEVEL_MAX);
        let slot = (at >> (level * SLOT_BITS)) & (SLOTS as u64 - 1);
        // Both fit: level < 5, slot < 64.
        Home {
            level: level.to_le_bytes()[0],
            slot: slot.to_le_bytes()[0],
        }
    }

    /// The first occupied slot and when it comes up. A lower level is always earlier: its
    /// entries share all higher digits with the time elapsed.
    fn next_slot(&self) -> Option<(Home, Tick)> {
        let (level, row) = (0u8..)
            .zip(&self.levels)
            .find(|(_, row)| row.occupied != 0)?;
        let shift = u32::from(level) * SLOT_BITS;
        let current = (self.elapsed >> shift) & (SLOTS as u64 - 1);
        // current < 64, so the narrowing keeps it.
        let distance = row
            .occupied
            .rotate_right(u32::from(current.to_le_bytes()[0]));
        let distance = u64::from(distance.trailing_zeros());
        let slot = (current + distance) & (SLOTS as u64 - 1);
        let at = ((self.elapsed >> shift) + distance) << shift;
        Some((
            Home {
                level,
                slot: slot.to_le_bytes()[0],
            },
            at.max(self.elapsed),
        ))
    }

    fn head(&self, home: Home) -> u32 {
        let level = self.levels.get(usize::from(home.level));
        let head = level.and_then(|level| level.heads.get(usize::from(home.slot)));
        head.copied().unwrap_or(NIL)
    }

    fn set_head(&mut self, home: Home, index: u32) {
        let Some(level) = self.levels.get_mut(usize::from(home.level)) else {
            return;
        };
        let Some(head) = level.heads.get_mut(usize::from(home.slot)) else {
            return;
        };
        *head = index;
        let bit = 1u64 << home.slot;
        if index == NIL {
            level.occupied &= !bit;
        } else {
            level.occupied |= bit;
        }
    }
}

#[cfg(test)]
mod tests;
