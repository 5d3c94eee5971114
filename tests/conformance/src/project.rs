//! What `evroute new` makes: built by `evroute build`'s own steps, it passes its own cases at the first try.

use std::path::{Path, PathBuf};

use evroute_project::{Builder, Language, Project, Scaffold, StartingEvent, Surroundings};

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
    /// Begins and builds a project in this folder. Tools that were found or made for the examples serve here too, and what
    /// cargo makes is kept beside them.
    ///
    /// # Errors
    /// When it cannot be begun or built; what the tools say is printed.
    pub fn build(language: Language, event: StartingEvent, folder: &Path) -> Result<Self, Error> {
        let name = format!("new-{}", event.as_str().replace(':', "-"));
        let scaffold = Scaffold {
            folder: folder.join(&name),
            language,
            event,
        };
        scaffold.write()?;
        let project = Project::open(&scaffold.folder)?;
        let target = repository().join("target");
        let cache = std::env::var_os("EVROUTE_CACHE").map_or(target, PathBuf::from);
        let surroundings = Surroundings {
            cargo_target: Some(cache.join("new-rust")),
            cache,
            rustup: std::env::var_os("EVROUTE_RUSTUP").is_some_and(|value| value == "1"),
        };
        let mut builder = Builder::new(project.clone(), surroundings);
        builder.build(&mut |_| {})?;
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
