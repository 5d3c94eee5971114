//! C and C++: clang with the C library of WASI. An arena is in place of its allocator; a handler
//! that uses no clock, no `<stdio.h>` and no randomness asks nothing of WASI.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use evroute_componentize::componentize_self_described_adapted;
use wit_bindgen_core::WorldGenerator;

use crate::bindings::Bindings;
use crate::preview1::ADAPTER;
use crate::script::{self, Findings};
use crate::world::{Interface, World};
use crate::{BuildError, text};

/// What the example handlers are built with too: shell functions that look for clang and know its
/// options.
const SEARCH: &str = include_str!("../../../../guest-examples/c/toolchain.sh");

/// What asks them.
const ASK: &str = r#"
language=$1
fail() { echo "missing=$missing"; exit; }
find_clang
echo "clang=$clang"
echo "clangxx=$clangxx"
echo "target=$target"
echo "link=$link"
"#;

/// Mends what the generator of C++ gets wrong; says what.
const LISTS: &str = include_str!("../../../../guest-examples/cpp/lists.awk");

/// Leaves what the component's table of source lines is made of, which the examples do without.
const LINES: &str = "-gline-tables-only";
const WITHOUT_LINES: &str = "-Wl,--strip-debug";

/// The stack of a run. Every run pays for its memory, and one that overflows is a trap. The
/// examples do with 4096.
pub(crate) const STACK_BYTES: u32 = 16 * 1024;

/// clang, and the words that every compilation and every link has.
pub(crate) struct Clang {
    clang: String,
    clangxx: String,
    target: Vec<String>,
    link: Vec<String>,
}

impl Clang {
    pub(crate) fn find(root: &Path, language: &str) -> Result<Self, BuildError> {
        let found = script::shell(&format!("set -eu\n{SEARCH}{ASK}"), &[language], root)?;
        let found = Findings::of(&found);
        if let Some(packages) = found.get("missing") {
            return Err(script::missing("clang for WebAssembly", packages));
        }
        Ok(Self {
            clang: found.must("clang")?.to_owned(),
            clangxx: found.must("clangxx")?.to_owned(),
            target: found.words("target")?,
            link: found
                .words("link")?
                .into_iter()
                .filter(|word| word != WITHOUT_LINES)
                .collect(),
        })
    }

    /// Compiles `src/*.c` to a core module.
    pub(crate) fn compile_c(&self, root: &Path) -> Result<Vec<u8>, BuildError> {
        let bindings = Bindings::make_for_c(root)?;
        let module = Path::new("build/module.wasm");
        let mut command = Command::new(&self.clang);
        command
            .current_dir(root)
            .args(&self.target)
            .args([
                "-std=gnu17",
                "-O2",
                "-flto",
                LINES,
                "-Wall",
                "-Wextra",
                // Every handler has three parameters, whether it wants them or not.
                "-Wno-unused-parameter",
                "-Ibuild/bindings",
            ])
            .args(sources(root, "c")?)
            .arg(bindings.file(".c"))
            .arg(bindings.file("_component_type.o"))
            .args(&self.link)
            .arg(format!("-Wl,-z,stack-size={STACK_BYTES}"))
            .args(["-lc", "-o"])
            .arg(module);
        let world = World::read(root)?;
        script::run_advised(&mut command, "clang lld", |said| advice(root, &world, said))?;
        read(root, module)
    }

    /// Compiles `src/*.cpp`, and `src/*.c` beside them, to a core module.
    pub(crate) fn compile_cpp(&self, root: &Path) -> Result<Vec<u8>, BuildError> {
        let bindings = Bindings::make(root, cpp_generator())?;
        let mended = script::output_of(
            Command::new("awk")
                .current_dir(root)
                .arg(LISTS)
                .arg(bindings.file(".cpp")),
            "mawk",
        )?;
        let path = root.join("build/bindings/bindings.cpp");
        crate::replace(&path, mended.as_bytes()).map_err(BuildError::writing(&path))?;
        text::in_cpp(&path)?;
        let mut objects = Vec::new();
        for source in sources(root, "c")? {
            let name = source.file_stem().unwrap_or_default();
            let object = Path::new("build").join(name).with_extension("o");
            let mut command = Command::new(&self.clang);
            command.current_dir(root).args(&self.target);
            command.args([
                "-std=gnu17",
                "-O2",
                "-flto",
                LINES,
                "-Wall",
                "-Wextra",
                "-c",
            ]);
            script::run(command.arg(&source).arg("-o").arg(&object), "clang")?;
            objects.push(object);
        }
        let module = Path::new("build/module.wasm");
        let mut command = Command::new(&self.clangxx);
        command.current_dir(root).args(&self.target);
        command.args([
            "-std=c++23",
            "-fno-exceptions",
            "-fno-rtti",
            "-O2",
            "-flto",
            LINES,
            "-DNDEBUG",
            "-Wall",
            "-Wextra",
        ]);
        // Nothing calls constructors (src/arena.cpp).
        command.args(["-Werror=global-constructors", "-isystem", "build/bindings"]);
        command
            .args(sources(root, "cpp")?)
            .arg("build/bindings/bindings.cpp")
            .args(objects)
            .arg(bindings.file("_component_type.o"))
            .args(&self.link)
            .arg(format!("-Wl,-z,stack-size={STACK_BYTES}"))
            .args(["-lc++", "-lc++abi", "-lc", "-o"])
            .arg(module);
        let world = World::read(root)?;
        script::run_advised(&mut command, "clang lld", |said| advice_cpp(&world, said))?;
        read(root, module)
    }
}

/// What clangd does with a file: clang, the project's flags, and no code.
pub(crate) fn checker(
    root: &Path,
    language: &str,
    file: &str,
) -> Result<(PathBuf, Vec<String>), BuildError> {
    let clang = Clang::find(root, language)?;
    let flags = root.join("compile_flags.txt");
    let flags = fs::read_to_string(&flags).map_err(BuildError::reading(&flags))?;
    let mut words: Vec<_> = flags.lines().map(str::to_owned).collect();
    words.extend(["-Werror", "-fsyntax-only", file].map(str::to_owned));
    let program = if language == "c" {
        clang.clang
    } else {
        clang.clangxx
    };
    Ok((program.into(), words))
}

/// What makes the bindings of C++.
pub(crate) fn cpp_generator() -> Box<dyn WorldGenerator> {
    wit_bindgen_cpp::Opts::default().build(None)
}

/// What follows what clang said of a handler in C: the lines that the world lacks, or the function
/// that it promises.
fn advice(root: &Path, world: &World, said: &str) -> Option<String> {
    let texts = ["evroute.h", "evroute_wit.h"]
        .map(|name| fs::read_to_string(root.join("src").join(name)).unwrap_or_default());
    let names = texts.iter().flat_map(|text| guarded_names(text));
    let names: Vec<_> = names.filter(|(_, name)| is_unknown(said, name)).collect();
    let is_meant = |one: &Interface| {
        let way = if one.is_event { "EXPORTS" } else { "IMPORTS" };
        let guard = format!("{way}_{}", one.underscored().to_uppercase());
        names.iter().any(|(of, _)| *of == guard) || is_unknown(said, &one.underscored())
    };
    if let Some(lines) = world.lines_to_add(is_meant) {
        return Some(lines);
    }
    world.exports.iter().find_map(|event| {
        let one = &event.interface;
        let function = one.underscored().replacen("evroute_", "", 1);
        let undefined = said.contains(&format!("undefined symbol: exports_evroute_{function}_handle"));
        undefined.then(|| {
            format!(
                "the world in wit/world.wit promises a handler of {}; write the function {function} (src/evroute_wit.h \
                 declares it), or take that line out of the world",
                one.id
            )
        })
    })
}

/// The names that a header of the SDK has for those only whose world has an interface, each with
/// that condition.
fn guarded_names(header: &str) -> Vec<(String, String)> {
    let mut guard = String::new();
    let mut found = Vec::new();
    for line in header.lines() {
        if let Some(name) = line.strip_prefix("#ifdef ") {
            name.trim().clone_into(&mut guard);
        } else if line.starts_with("#endif") {
            guard.clear();
        } else if !guard.is_empty() && !line.starts_with([' ', '\t', '*']) {
            // A declaration or a macro: any of its words may be the name.
            let words = line.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
            let words = words.filter(|word| word.contains('_'));
            found.extend(words.map(|word| (guard.clone(), word.to_owned())));
        }
    }
    found
}

/// Whether the compiler complained of this name, or of one that begins so.
fn is_unknown(said: &str, name: &str) -> bool {
    let undeclared = [
        "undeclared function '",
        "undeclared identifier '",
        "unknown type name '",
    ];
    undeclared.iter().any(|begin| {
        let rest = said.split(begin).skip(1);
        let mut names = rest.filter_map(|rest| rest.split('\'').next());
        names.any(|found| {
            found == name
                || found
                    .strip_prefix(name)
                    .is_some_and(|end| end.starts_with('_'))
        })
    })
}

/// What follows what clang said of a handler in C++: the lines that the world lacks. Its bindings
/// have a namespace for each interface.
fn advice_cpp(world: &World, said: &str) -> Option<String> {
    let begins = [
        "no member named '",
        "no type named '",
        "undeclared identifier '",
    ];
    let names: Vec<_> = begins
        .iter()
        .flat_map(|begin| said.split(begin).skip(1))
        .filter_map(|rest| rest.split('\'').next())
        .collect();
    world.lines_to_add(|one| {
        let (package, name) = (one.package.replace('-', "_"), one.snake());
        names
            .iter()
            .any(|found| *found == package || *found == name)
    })
}

fn read(root: &Path, module: &Path) -> Result<Vec<u8>, BuildError> {
    let module = root.join(module);
    fs::read(&module).map_err(BuildError::reading(&module))
}

/// The files below `src` that end so, relative to the project: in the order of their names, so that
/// the result is always the same.
fn sources(root: &Path, end: &str) -> Result<Vec<PathBuf>, BuildError> {
    let folder = root.join("src");
    let entries = fs::read_dir(&folder).map_err(BuildError::reading(&folder))?;
    let names = entries
        .filter_map(Result::ok)
        .map(|entry| entry.file_name());
    let mut found: Vec<_> = names
        .map(|name| Path::new("src").join(name))
        .filter(|path| path.extension().is_some_and(|one| one == end))
        .collect();
    found.sort();
    Ok(found)
}

/// A module whose bindings left its world in it becomes a component.
pub(crate) fn to_component(module: &[u8]) -> Result<Vec<u8>, BuildError> {
    componentize_self_described_adapted(module, &[ADAPTER])
        .map_err(|why| BuildError::Unfit(format!("no component can be made: {why}")))
}
