//! The repository, with changes that are not written yet.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::Error;

/// Who writes a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// Its author, who has a skeleton of it now.
    Author,
    /// `make sdks`, from the WIT.
    Printed,
}

/// A file that was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// Below the repository's root.
    pub path: String,
    /// Who writes it from now on.
    pub origin: Origin,
}

/// The repository. What is written to it is kept until [`Tree::commit`].
#[derive(Debug)]
pub struct Tree {
    root: PathBuf,
    written: BTreeMap<String, String>,
}

impl Tree {
    /// The repository in this folder.
    #[must_use]
    pub fn at(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            written: BTreeMap::new(),
        }
    }

    /// Whether there is such a file or folder.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        self.written.contains_key(path) || self.root.join(path).exists()
    }

    /// The text of a file.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(&self, path: &str) -> Result<String, Error> {
        match self.written.get(path) {
            Some(text) => Ok(text.clone()),
            None => fs::read_to_string(self.root.join(path)).map_err(system(path)),
        }
    }

    /// A file, whole.
    pub(crate) fn write(&mut self, path: &str, text: String) {
        self.written.insert(path.to_owned(), text);
    }

    /// A file, changed. `change` gives none when it does not find `what` it looks for.
    pub(crate) fn edit(
        &mut self,
        path: &str,
        what: &str,
        change: impl FnOnce(&str) -> Option<String>,
    ) -> Result<(), Error> {
        let text = self.read(path)?;
        let text = change(&text).ok_or_else(|| Error::Place {
            path: path.to_owned(),
            what: what.to_owned(),
        })?;
        self.write(path, text);
        Ok(())
    }

    /// Writes all of it, and prints anew what is printed from the WIT.
    ///
    /// # Errors
    /// A file cannot be written, or the WIT is not as it should be.
    pub fn commit(self) -> Result<Vec<Change>, Error> {
        let mut changes = Vec::new();
        for (path, text) in &self.written {
            self.put(path, text)?;
            changes.push(Change {
                path: path.clone(),
                origin: Origin::Author,
            });
        }
        for file in evroute_sdks::files(&self.root)? {
            let known = fs::read_to_string(self.root.join(&file.path)).unwrap_or_default();
            if known != file.text {
                self.put(&file.path, &file.text)?;
                changes.push(Change {
                    path: file.path,
                    origin: Origin::Printed,
                });
            }
        }
        Ok(changes)
    }

    fn put(&self, path: &str, text: &str) -> Result<(), Error> {
        let file = self.root.join(path);
        let folder = file.parent().map_or(Ok(()), fs::create_dir_all);
        let put = folder.and_then(|()| fs::write(&file, text));
        put.map_err(system(path))
    }
}

fn system(path: &str) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_owned();
    move |why| Error::System { path, why }
}
