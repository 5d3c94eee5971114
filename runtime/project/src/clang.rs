//! C and C++: clang with the C library of WASI for `<string.h>`. An arena is in place of its allocator, and nothing is left
//! that asks for WASI.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use evroute_componentize::componentize_self_described;
use wit_bindgen_core::WorldGenerator;

use crate::BuildError;
use crate::bindings::Bindings;
use crate::script::{self, Findings};

/// What the example handlers are built with too: shell functions that look for clang and know its options.
const SEARCH: &str = include_str!("../../../guest-examples/c/toolchain.sh");

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
const LISTS: &str = include_str!("../../../guest-examples/cpp/lists.awk");

/// Leaves what the component's table of source lines is made of, which the examples do without.
const LINES: &str = "-gline-tables-only";
const WITHOUT_LINES: &str = "-Wl,--strip-debug";

/// The stack of a run. Every run pays for its memory, and one that overflows is a trap. The examples do with 4096.
pub(crate) const STACK_OCTETS: u32 = 16 * 1024;

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
                "-std=c17",
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
            .arg(format!("-Wl,-z,stack-size={STACK_OCTETS}"))
            .args(["-lc", "-o"])
            .arg(module);
        script::run(&mut command, "clang lld")?;
        read(root, module)
    }

    /// Compiles `src/*.cpp`, and `src/*.c` beside them, to a core module.
    pub(crate) fn compile_cpp(&self, root: &Path) -> Result<Vec<u8>, BuildError> {
        let generator: Box<dyn WorldGenerator> = wit_bindgen_cpp::Opts::default().build(None);
        let bindings = Bindings::make(root, generator)?;
        let mended = script::output_of(
            Command::new("awk")
                .current_dir(root)
                .arg(LISTS)
                .arg(bindings.file(".cpp")),
            "mawk",
        )?;
        let path = root.join("build/bindings/bindings.cpp");
        crate::replace(&path, mended.as_bytes()).map_err(BuildError::writing(&path))?;
        let mut objects = Vec::new();
        for source in sources(root, "c")? {
            let name = source.file_stem().unwrap_or_default();
            let object = Path::new("build").join(name).with_extension("o");
            let mut command = Command::new(&self.clang);
            command.current_dir(root).args(&self.target);
            command.args(["-std=c17", "-O2", "-flto", LINES, "-Wall", "-Wextra", "-c"]);
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
            .arg(format!("-Wl,-z,stack-size={STACK_OCTETS}"))
            .args(["-lc++", "-lc++abi", "-lc", "-o"])
            .arg(module);
        script::run(&mut command, "clang lld")?;
        read(root, module)
    }
}

fn read(root: &Path, module: &Path) -> Result<Vec<u8>, BuildError> {
    let module = root.join(module);
    fs::read(&module).map_err(BuildError::reading(&module))
}

/// The files below `src` that end so, relative to the project: in the order of their names, so that the result is always the same.
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
    componentize_self_described(module)
        .map_err(|why| BuildError::Unfit(format!("no component can be made: {why}")))
}
