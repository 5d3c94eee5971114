//! The subscribers of one tenant.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::subscriber_file::{SubscriberFile, SubscriberKey};
use crate::{Subscriber, SubscriberError};

/// Bytes of a name or a realm.
const NAME_BYTES_MAX: usize = 128;

/// The subscribers of one tenant, all in memory, and on the disk before they count. One takes some
/// 600 bytes of memory.
#[derive(Debug)]
pub struct Subscribers {
    known: RwLock<BTreeMap<SubscriberKey, Arc<Subscriber>>>,
    subscribers_max: usize,
    path: Option<PathBuf>,
    /// None for those that are only tried.
    file: Mutex<Option<SubscriberFile>>,
}

impl Subscribers {
    /// Those in this file, `subscribers_max` at most. Blocks.
    ///
    /// # Errors
    /// [`SubscriberError`].
    pub fn open(path: &Path, subscribers_max: usize) -> Result<Self, SubscriberError> {
        let (file, known) = SubscriberFile::open(path, subscribers_max)?;
        let known = known.into_iter().map(|(key, one)| (key, Arc::new(one)));
        Ok(Self {
            known: RwLock::new(known.collect()),
            subscribers_max,
            path: Some(path.to_owned()),
            file: Mutex::new(Some(file)),
        })
    }

    /// None, and none is kept on the disk.
    #[must_use]
    pub fn in_memory(subscribers_max: usize) -> Self {
        Self {
            known: RwLock::default(),
            subscribers_max,
            path: None,
            file: Mutex::new(None),
        }
    }

    /// The files on the disk.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        let path = self.path.as_deref();
        path.map_or_else(Vec::new, evroute_database_file::files)
    }

    /// One by name and realm.
    #[must_use]
    pub fn get(&self, user_name: &str, realm: &str) -> Option<Arc<Subscriber>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.get(&key(user_name, realm)).cloned()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Names and realms after this one, in their order, `count` at most.
    #[must_use]
    pub fn after(
        &self,
        last: Option<(String, String)>,
        count: usize,
    ) -> Vec<(SubscriberKey, Arc<Subscriber>)> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let from = last.map_or(Bound::Unbounded, Bound::Excluded);
        let rows = known.range((from, Bound::Unbounded)).take(count);
        rows.map(|(key, one)| (key.clone(), Arc::clone(one)))
            .collect()
    }

    /// Adds these, or gives them other passwords where `replaces`. All or none, and on the disk
    /// when this returns. Blocks.
    ///
    /// # Errors
    /// [`SubscriberError`]: nothing has changed.
    pub fn put(
        &self,
        subscribers: Vec<((String, String), Subscriber)>,
        replaces: Replaces,
    ) -> Result<(), SubscriberError> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        for ((user_name, realm), subscriber) in &subscribers {
            check_names(user_name, realm)?;
            if subscriber.ha1.is_empty() {
                return Err(SubscriberError::NoHash);
            }
            self.check_there(user_name, realm, replaces)?;
        }
        self.check_room(&subscribers)?;
        if let Some(file) = &mut *file {
            file.put(&subscribers)?;
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.extend(
            subscribers
                .into_iter()
                .map(|(key, one)| (key, Arc::new(one))),
        );
        Ok(())
    }

    /// Removes one. Blocks.
    ///
    /// # Errors
    /// [`SubscriberError`].
    pub fn remove(&self, user_name: &str, realm: &str) -> Result<(), SubscriberError> {
        let file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        self.check_there(user_name, realm, Replaces::Must)?;
        let key = key(user_name, realm);
        if let Some(file) = &*file {
            file.remove(&key)?;
        }
        self.known
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&key);
        Ok(())
    }

    fn check_there(
        &self,
        user_name: &str,
        realm: &str,
        replaces: Replaces,
    ) -> Result<(), SubscriberError> {
        let (user_name, realm) = key(user_name, realm);
        match (self.get(&user_name, &realm).is_some(), replaces) {
            (true, Replaces::Never) => Err(SubscriberError::Exists { user_name, realm }),
            (false, Replaces::Must) => Err(SubscriberError::Missing { user_name, realm }),
            (true, Replaces::Must) | (false, Replaces::Never) | (_, Replaces::May) => Ok(()),
        }
    }

    fn check_room(
        &self,
        subscribers: &[(SubscriberKey, Subscriber)],
    ) -> Result<(), SubscriberError> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let keys: std::collections::BTreeSet<_> = subscribers.iter().map(|(key, _)| key).collect();
        let new = keys.iter().filter(|key| !known.contains_key(**key)).count();
        match known.len() + new > self.subscribers_max {
            true => Err(SubscriberError::Full(self.subscribers_max)),
            false => Ok(()),
        }
    }
}

/// Whether somebody may be there already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Replaces {
    /// He may not.
    Never,
    /// He may.
    May,
    /// He has to be.
    Must,
}

fn key(user_name: &str, realm: &str) -> SubscriberKey {
    (user_name.to_owned(), realm.to_owned())
}

fn check_names(user_name: &str, realm: &str) -> Result<(), SubscriberError> {
    let is_name = |name: &str| {
        !name.is_empty() && name.len() <= NAME_BYTES_MAX && !name.chars().any(char::is_control)
    };
    // What is behind an @ is a domain; see Subscriber::ha1b.
    if !is_name(user_name) || user_name.contains('@') {
        return Err(SubscriberError::BadName(user_name.to_owned()));
    }
    match is_name(realm) {
        true => Ok(()),
        false => Err(SubscriberError::BadRealm(realm.to_owned())),
    }
}

#[cfg(test)]
mod tests;
