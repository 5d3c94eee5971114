//! What `evroute new` makes: built by `evroute build`'s own steps, it passes its own cases at the
//! first try.

use std::path::{Path, PathBuf};

use evroute_project::{BuildEnv, Builder, Language, Project, Scaffold, StartingEvent};

use crate::example::repository;
use crate::{Error, Suite};

/// A new project, built.
#[derive(Debug)]
pub struct NewProject {
    /// Its name: the event's interface, with a word before it.
    pub name: String,
    /// The case that it came with.
    pub suite: Suite,
    /// What was built of it.
    pub component: Vec<u8>,
}

impl NewProject {
    /// Begins and builds a project in this folder. Tools that were found or made for the examples
    /// serve here too, and what cargo makes is kept beside them.
    ///
    /// # Errors
    /// When it cannot be begun or built; what the tools say is printed.
    pub fn build(language: Language, event: StartingEvent, folder: &Path) -> Result<Self, Error> {
        Self::build_changed(language, event, folder, &[])
    }

    /// The same with changes to its files, which must have what is to be changed.
    pub(crate) fn build_changed(
        language: Language,
        event: StartingEvent,
        folder: &Path,
        changes: &[Change],
    ) -> Result<Self, Error> {
        let name = format!("new-{}", event.as_str().replace(':', "-"));
        let scaffold = Scaffold {
            folder: folder.join(&name),
            language,
            event,
        };
        scaffold.write()?;
        for change in changes {
            change.apply(&scaffold.folder)?;
        }
        let project = build_in(&scaffold.folder)?;
        let component = std::fs::read(&project.component)?;
        let cases = project.cases.join(format!("{name}.toml"));
        let suite = Suite::open(&cases)?;
        Ok(Self {
            name,
            suite,
            component,
        })
    }
}

/// Builds the project in this folder.
pub(crate) fn build_in(folder: &Path) -> Result<Project, Error> {
    let project = Project::open(folder)?;
    Builder::new(project.clone(), build_env()).build(&mut |_| {})?;
    Ok(project)
}

/// Tools that were found or made for the examples serve here too.
pub(crate) fn build_env() -> BuildEnv {
    let target = repository().join("target");
    let cache = std::env::var_os("EVROUTE_CACHE").map_or(target, PathBuf::from);
    BuildEnv {
        cargo_target: Some(cache.join("new-rust")),
        cache,
        rustup: std::env::var_os("EVROUTE_RUSTUP").is_some_and(|value| value == "1"),
    }
}

/// A change to a file of a project.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) file: &'static str,
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
}

impl Change {
    fn apply(&self, folder: &Path) -> Result<(), Error> {
        let path = folder.join(self.file);
        let text = std::fs::read_to_string(&path)?;
        if !text.contains(self.from) {
            return Err(format!("{} has no {:?}", self.file, self.from).into());
        }
        std::fs::write(&path, text.replacen(self.from, self.to, 1))?;
        Ok(())
    }
}
