//! From a project's sources to its component.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use crate::clang::{self, Clang};
use crate::go::Go;
use crate::javascript::JavaScript;
use crate::python::Python;
use crate::rust::Rust;
use crate::zig::Zig;
use crate::{BuildError, Language, Project, kamailio};

/// What a build finds outside of the project.
#[derive(Clone, Debug)]
pub struct BuildEnv {
    /// The folder for what is made or installed once: Rust's libraries, the compilers of some
    /// languages.
    pub cache: PathBuf,
    /// Where cargo keeps what it makes for all projects; none leaves that to cargo, which takes the
    /// project's `target` or `CARGO_TARGET_DIR`.
    pub cargo_target: Option<PathBuf>,
    /// Whether rustup may be asked to add Rust's WebAssembly target, which downloads.
    pub rustup: bool,
}

/// How a build comes along.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress<'a> {
    /// Something that takes long is done once.
    Once(&'a str),
    /// A step is over.
    Done(&'a str, Duration),
    /// A part of the source is not in the component, with the reason.
    Skipped(&'a str),
}

/// Builds one project, as often as wanted: tools are looked for once.
pub struct Builder {
    project: Project,
    build_env: BuildEnv,
    toolchain: Option<Toolchain>,
}

/// The tools of a language.
enum Toolchain {
    Rust(Rust),
    Clang(Clang),
    Zig(Zig),
    Go(Go),
    JavaScript(JavaScript),
    Python(Python),
    Nothing,
}

impl Toolchain {
    /// Whether these tools are still the right ones: what a project is built for may change.
    fn fits(&self, root: &Path) -> bool {
        match self {
            Self::Rust(rust) => rust.fits(root),
            Self::Clang(_)
            | Self::Zig(_)
            | Self::Go(_)
            | Self::JavaScript(_)
            | Self::Python(_)
            | Self::Nothing => true,
        }
    }
}

impl Builder {
    /// Nothing is looked for yet.
    #[must_use]
    pub fn new(project: Project, build_env: BuildEnv) -> Self {
        Self {
            project,
            build_env,
            toolchain: None,
        }
    }

    /// The project.
    #[must_use]
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// Builds the component and writes it, beside the old one and then in its place, so that nobody
    /// reads half of it. What the tools print goes to standard error.
    ///
    /// # Errors
    /// [`BuildError`]; the old component is left as it is.
    pub fn build(&mut self, progress: &mut dyn FnMut(Progress<'_>)) -> Result<(), BuildError> {
        let mut timer = StepTimer { progress };
        let toolchain = match self.toolchain.take() {
            Some(toolchain) if toolchain.fits(&self.project.root) => toolchain,
            Some(_) | None => self.find(&mut timer)?,
        };
        let toolchain = self.toolchain.insert(toolchain);
        let root = &self.project.root;
        let component = match toolchain {
            Toolchain::Nothing => {
                let (component, skipped) =
                    timer.time("compile", || kamailio::component(root, &self.project.given))?;
                skipped.iter().for_each(|part| timer.skipped(part));
                component
            }
            Toolchain::Rust(rust) => {
                let module = timer.time("cargo", || {
                    rust.compile(root, self.build_env.cargo_target.as_deref())
                })?;
                timer.time("component", || clang::to_component(&module))?
            }
            Toolchain::Clang(clang) => {
                let module = timer.time("clang", || match self.project.language {
                    Language::Cpp => clang.compile_cpp(root),
                    _ => clang.compile_c(root),
                })?;
                timer.time("component", || clang::to_component(&module))?
            }
            Toolchain::Zig(zig) => zig.component(root, &mut timer)?,
            Toolchain::Go(go) => go.component(root, &mut timer)?,
            Toolchain::JavaScript(javascript) => javascript.component(root, &mut timer)?,
            Toolchain::Python(python) => python.component(root, &mut timer)?,
        };
        let path = &self.project.component;
        make_folder_of(path)?;
        // Also where it has not changed: it is younger than its sources now.
        let written = replace(path, &component).and_then(|()| touch(path));
        written.map_err(BuildError::writing(path))
    }

    fn find(&self, timer: &mut StepTimer<'_>) -> Result<Toolchain, BuildError> {
        let root = &self.project.root;
        let language = self.project.language;
        Ok(match language {
            Language::Rust => Toolchain::Rust(Rust::find(root, &self.build_env, &mut |what| {
                timer.once(what)
            })?),
            Language::C | Language::Cpp => Toolchain::Clang(Clang::find(root, language.as_str())?),
            Language::Kamailio => Toolchain::Nothing,
            Language::Zig => Toolchain::Zig(Zig::find(root, &self.build_env)?),
            Language::Go => Toolchain::Go(Go::find(root, &self.build_env)?),
            Language::JavaScript | Language::TypeScript => {
                Toolchain::JavaScript(JavaScript::find(language, root, &self.build_env)?)
            }
            Language::Python => Toolchain::Python(Python::find(root, &self.build_env)?),
        })
    }
}

/// Times steps.
pub(crate) struct StepTimer<'a> {
    progress: &'a mut dyn FnMut(Progress<'_>),
}

impl StepTimer<'_> {
    pub(crate) fn once(&mut self, what: &str) {
        (self.progress)(Progress::Once(what));
    }

    fn skipped(&mut self, part: &str) {
        (self.progress)(Progress::Skipped(part));
    }

    pub(crate) fn time<T>(
        &mut self,
        step: &str,
        work: impl FnOnce() -> Result<T, BuildError>,
    ) -> Result<T, BuildError> {
        let begun = Instant::now();
        let made = work()?;
        (self.progress)(Progress::Done(step, begun.elapsed()));
        Ok(made)
    }
}

/// Makes the folder of a file, where it is missing.
pub(crate) fn make_folder_of(path: &Path) -> Result<(), BuildError> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(BuildError::writing(folder))
}

/// Makes a file one that was written now.
fn touch(path: &Path) -> io::Result<()> {
    let file = fs::File::options().append(true).open(path)?;
    file.set_modified(SystemTime::now())
}

/// Replaces a file so that nobody reads half of it; what would not change is left alone.
///
/// # Errors
/// What the system says.
pub fn replace(target: &Path, contents: &[u8]) -> io::Result<()> {
    if fs::read(target).is_ok_and(|old| old == contents) {
        return Ok(());
    }
    evroute_atomic_file::replace(target, evroute_atomic_file::SHARED, contents)
}
