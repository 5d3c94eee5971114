//! Entries in one vector, found by number; a number is good for one entry only.

/// One more than the largest number of entries: the wheel keeps the last index for itself.
pub(crate) const CAPACITY_MAX: usize = u32::MAX as usize;

/// Names one transaction of one table. Never names another one after that has ended, until
/// its place has been used four thousand million times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id {
    index: u32,
    generation: u32,
    shard: u16,
}

impl Id {
    /// The number the table was made with, so that a driver finds the shard from the id.
    #[must_use]
    pub fn shard(self) -> u16 {
        self.shard
    }

    pub(crate) fn index(self) -> u32 {
        self.index
    }
}

#[derive(Debug)]
struct Place<T> {
    generation: u32,
    entry: Option<T>,
}

/// A vector with free places.
#[derive(Debug)]
pub(crate) struct Slab<T> {
    shard: u16,
    places: Vec<Place<T>>,
    free: Vec<u32>,
}

impl<T> Slab<T> {
    pub(crate) fn new(shard: u16) -> Self {
        Self {
            shard,
            places: Vec::new(),
            free: Vec::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }

    /// Stores what `make` builds from the new id. `None` when no number is left.
    pub(crate) fn insert(&mut self, make: impl FnOnce(Id) -> T) -> Option<Id> {
        let index = match self.free.pop() {
            Some(index) => index,
            None => {
                let index = u32::try_from(self.places.len())
                    .ok()
                    .filter(|i| *i < u32::MAX)?;
                self.places.push(Place {
                    generation: 0,
                    entry: None,
                });
                index
            }
        };
        let place = self.places.get_mut(index as usize)?;
        let id = Id {
            index,
            generation: place.generation,
            shard: self.shard,
        };
        place.entry = Some(make(id));
        Some(id)
    }

    pub(crate) fn get(&self, id: Id) -> Option<&T> {
        let place = self.places.get(id.index as usize)?;
        place
            .entry
            .as_ref()
            .filter(|_| place.generation == id.generation && id.shard == self.shard)
    }

    pub(crate) fn get_mut(&mut self, id: Id) -> Option<&mut T> {
        let shard = self.shard;
        let place = self.places.get_mut(id.index as usize)?;
        let is_current = place.generation == id.generation && id.shard == shard;
        place.entry.as_mut().filter(|_| is_current)
    }

    /// The id of the entry that lives at `index` now.
    pub(crate) fn id_at(&self, index: u32) -> Option<Id> {
        let place = self.places.get(index as usize)?;
        place.entry.as_ref()?;
        Some(Id {
            index,
            generation: place.generation,
            shard: self.shard,
        })
    }

    pub(crate) fn remove(&mut self, id: Id) -> Option<T> {
        let shard = self.shard;
        let place = self.places.get_mut(id.index as usize)?;
        if place.generation != id.generation || id.shard != shard {
            return None;
        }
        let entry = place.entry.take()?;
        place.generation = place.generation.wrapping_add(1);
        self.free.push(id.index);
        Some(entry)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.places.iter().filter_map(|place| place.entry.as_ref())
    }
}
