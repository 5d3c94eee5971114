//! The last comparisons of a run, noted in memory behind the counters.

/// Where the ring of a module is: how often was written, and the entries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Ring {
    begin: u64,
}

/// Two numbers that were compared.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Comparison {
    /// Which comparison of the module, counted from 0.
    pub site: u32,
    /// The first operand; one of 32 bits is widened with zeros.
    pub first: u64,
    /// The second one.
    pub second: u64,
}

impl Ring {
    /// How many comparisons are kept: a power of two.
    const ENTRIES: u32 = 2048;
    /// What the number of a comparison is cut with.
    pub(crate) const MASK: i32 = Self::ENTRIES.cast_signed() - 1;
    /// Bytes of one: the site, padding, two operands.
    pub(crate) const ENTRY: i32 = 24;

    /// Behind so many counters.
    pub(crate) const fn behind(counters: usize) -> Self {
        Self {
            begin: (counters as u64).next_multiple_of(8),
        }
    }

    /// Bytes up to its end.
    pub(crate) const fn end(self) -> u64 {
        self.begin + 8 + (Self::ENTRIES as u64) * (Self::ENTRY.unsigned_abs() as u64)
    }

    /// Where it is written how many were noted.
    pub(crate) const fn written(self) -> u64 {
        self.begin
    }

    /// Where the first entry has its site.
    pub(crate) const fn site(self) -> u64 {
        self.begin + 8
    }

    /// Where it has its first operand.
    pub(crate) const fn first(self) -> u64 {
        self.begin + 16
    }

    /// Where it has its second one.
    pub(crate) const fn second(self) -> u64 {
        self.begin + 24
    }

    /// The comparisons in a memory, in no order.
    pub(crate) fn read(self, memory: &[u8]) -> Vec<Comparison> {
        let word = |at: u64| -> Option<u32> {
            let at = usize::try_from(at).ok()?;
            Some(u32::from_le_bytes(
                memory.get(at..at.checked_add(4)?)?.try_into().ok()?,
            ))
        };
        let long = |at: u64| Some(u64::from(word(at)?) | u64::from(word(at + 4)?) << 32);
        let count = word(self.written()).unwrap_or_default().min(Self::ENTRIES);
        let entry = |number: u32| {
            let more = u64::from(number) * u64::from(Self::ENTRY.unsigned_abs());
            Some(Comparison {
                site: word(self.site() + more)?,
                first: long(self.first() + more)?,
                second: long(self.second() + more)?,
            })
        };
        (0..count).filter_map(entry).collect()
    }
}
