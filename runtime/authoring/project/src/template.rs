//! What the files of a new project look like, by language and event.

use crate::{Language, StartingEvent};

/// A file of a new project: its path below the folder, and its text, both with `{{...}}` to be
/// filled in.
pub(crate) type File = (&'static str, &'static str);

/// What a language's projects have beside the files of every project.
pub(crate) struct Template {
    /// The file that an author writes, as the README names it.
    pub(crate) sources: &'static str,
    pub(crate) files: &'static [File],
    /// Its text for each event.
    pub(crate) handler: fn(StartingEvent) -> &'static str,
    /// Lines of `.gitignore` beside `/build`.
    pub(crate) ignored: &'static str,
    /// The README's last paragraph.
    pub(crate) notes: &'static str,
}

macro_rules! template {
    ($path:literal) => {
        include_str!(concat!("../templates/", $path))
    };
}
macro_rules! example {
    ($path:expr) => {
        include_str!(concat!("../../../../guest-examples/", $path))
    };
}
macro_rules! guest {
    ($file:literal) => {
        (
            concat!("evroute-guest/src/", $file),
            example!(concat!("rust/evroute-guest/src/", $file)),
        )
    };
}
macro_rules! handler {
    ($language:literal, $end:literal) => {
        |event| match event {
            StartingEvent::LocalRequest => {
                include_str!(concat!("../templates/", $language, "/local-request.", $end))
            }
            StartingEvent::Request => {
                include_str!(concat!("../templates/", $language, "/request.", $end))
            }
        }
    };
}

pub(crate) const PROJECT_FILE: &str = template!("any/evroute.toml");
pub(crate) const SERVER: &str = template!("any/server.toml");
/// The world of a project whose language takes what it handles and asks for from the code: all
/// there is.
pub(crate) const CONTRACT: &str = include_str!("../../../../wit/world.wit");
pub(crate) const WORLD: &str = template!("any/world.wit");
pub(crate) const README: &str = template!("any/README.md");

pub(crate) const fn case(event: StartingEvent) -> &'static str {
    match event {
        StartingEvent::LocalRequest => template!("any/case.local-request.toml"),
        StartingEvent::Request => template!("any/case.request.toml"),
    }
}

pub(crate) fn of(language: Language) -> &'static Template {
    match language {
        Language::Rust => &RUST,
        Language::C => &C,
        Language::Cpp => &CPP,
        Language::Zig => &ZIG,
        Language::Go => &GO,
        Language::JavaScript => &JAVASCRIPT,
        Language::TypeScript => &TYPESCRIPT,
        Language::Python => &PYTHON,
        Language::Kamailio => &KAMAILIO,
    }
}

static RUST: Template = Template {
    sources: "src/lib.rs",
    files: &[
        ("Cargo.toml", template!("rust/Cargo.toml.in")),
        (
            "evroute-guest/Cargo.toml",
            template!("rust/evroute-guest.toml.in"),
        ),
        guest!("arena.rs"),
        guest!("bindings.rs"),
        guest!("error.rs"),
        guest!("events.rs"),
        guest!("events/rows.rs"),
        guest!("header.rs"),
        guest!("joined.rs"),
        guest!("kept.rs"),
        guest!("lib.rs"),
        guest!("log.rs"),
        guest!("panic.rs"),
        guest!("pv.rs"),
        guest!("raise.rs"),
        guest!("reply.rs"),
        guest!("shv.rs"),
        guest!("small_memory.rs"),
        guest!("sql.rs"),
        guest!("std_panic.rs"),
        guest!("table.rs"),
        guest!("tests.rs"),
        guest!("value.rs"),
    ],
    handler: handler!("rust", "rs.in"),
    ignored: "/target\n",
    notes: "`evroute-guest` is Rust's side of `wit/`, and in place of the standard library, whose panics, formatting and allocator every\n\
            run would pay for. A handler that wants `std` drops `#![no_std]` and names the crate with `default-features = false` and the\nfeature `std`; `println!` then writes to the log.",
};

static C: Template = Template {
    sources: "src/handler.c",
    files: &[
        ("src/arena.c", example!("c/arena/arena.c")),
        ("src/evroute.h", example!("c/sdk/evroute.h")),
        ("src/evroute_wit.h", example!("c/sdk/evroute_wit.h")),
        ("compile_flags.txt", template!("c/compile_flags.txt")),
    ],
    handler: handler!("c", "c"),
    ignored: "",
    notes: "`evroute build` makes `build/bindings/bindings.h` of `wit/`, and compiles every `src/*.c`. `src/evroute.h` has the \
            log, refusals\nand, in `src/evroute_wit.h`, short names for all of `wit/deps`. `src/arena.c` is in place of `malloc`: a \
            run's memory is thrown\naway as a whole. What is printed is logged, line by line.",
};

static CPP: Template = Template {
    sources: "src/handler.cpp",
    files: &[
        ("src/arena.cpp", example!("cpp/arena/arena.cpp")),
        ("src/evroute/log.hpp", example!("cpp/sdk/evroute/log.hpp")),
        (
            "src/evroute/refusal.hpp",
            example!("cpp/sdk/evroute/refusal.hpp"),
        ),
        ("src/evroute/text.hpp", example!("cpp/sdk/evroute/text.hpp")),
        ("src/arena.c", example!("c/arena/arena.c")),
        ("compile_flags.txt", template!("cpp/compile_flags.txt")),
    ],
    handler: handler!("cpp", "cpp"),
    ignored: "",
    notes: "`evroute build` makes `build/bindings/{{snake}}_cpp.h` of `wit/`, and compiles every `src/*.cpp` and `src/*.c`. \
            `src/evroute`\nhas lines of the log from parts, and refusals as sentences. The arena is in place of `new` and `malloc`: a run's \
            memory is\nthrown away as a whole. There are no exceptions.",
};

static ZIG: Template = Template {
    sources: "src/handler.zig",
    files: &[
        ("src/evroute/evroute.zig", example!("zig/sdk/evroute.zig")),
        ("src/evroute/arena.zig", example!("zig/sdk/arena.zig")),
        ("src/evroute/call.zig", example!("zig/sdk/call.zig")),
        ("src/evroute/log.zig", example!("zig/sdk/log.zig")),
        ("src/evroute/refusal.zig", example!("zig/sdk/refusal.zig")),
        ("src/evroute/arena.c", example!("c/arena/arena.c")),
    ],
    handler: handler!("zig", "zig"),
    ignored: "",
    notes: "`src/evroute` is the module `evroute`: all of `wit/deps` in Zig's words, the log and refusals. Below it lies the module \
            `bindings`,\nwhich `evroute build` makes of `wit/`, by way of C. `ev.allocator` only hands out: a run's memory is thrown away \
            as a whole.",
};

static GO: Template = Template {
    sources: "handler.go",
    files: &[
        ("go.mod", template!("go/go.mod.in")),
        (
            "evroute/custom/custom.go",
            example!("go/sdk/custom/custom.go"),
        ),
        (
            "evroute/custom/refused.go",
            example!("go/sdk/custom/refused.go"),
        ),
        (
            "evroute/htable/htable.go",
            example!("go/sdk/htable/htable.go"),
        ),
        (
            "evroute/htable/refused.go",
            example!("go/sdk/htable/refused.go"),
        ),
        (
            "evroute/header/header.go",
            example!("go/sdk/header/header.go"),
        ),
        ("evroute/log/log.go", example!("go/sdk/log/log.go")),
        ("evroute/pv/pv.go", example!("go/sdk/pv/pv.go")),
        ("evroute/pv/refused.go", example!("go/sdk/pv/refused.go")),
        (
            "evroute/refusal/refusal.go",
            example!("go/sdk/refusal/refusal.go"),
        ),
        ("evroute/shv/refused.go", example!("go/sdk/shv/refused.go")),
        ("evroute/shv/shv.go", example!("go/sdk/shv/shv.go")),
        ("evroute/sql/refused.go", example!("go/sdk/sql/refused.go")),
        ("evroute/sql/sql.go", example!("go/sdk/sql/sql.go")),
        ("evroute/value/value.go", example!("go/sdk/value/value.go")),
    ],
    handler: handler!("go", "go"),
    ignored: "",
    notes: "A function for each event, in the package `handler`: `CoreRequest` of `evroute:core/request`. `evroute new` and \
            `evroute build`\nmake the module `wit_component` of `wit/`, below `build/go`; the packages in `evroute` are over it, with errors \
            that are sentences.\nGo's runtime is started at build time: a run does not start it.",
};

/// A file of the SDK that JavaScript and TypeScript share.
macro_rules! sdk {
    ($name:literal) => {
        (
            concat!("src/evroute/", $name),
            example!(concat!("javascript/sdk/", $name)),
        )
    };
}

static JAVASCRIPT: Template = Template {
    sources: "src/handler.js",
    files: &[
        ("package.json", template!("javascript/package.json")),
        ("jsconfig.json", template!("javascript/jsconfig.json")),
        sdk!("package.json"),
        sdk!("evroute.js"),
        sdk!("log.js"),
        sdk!("pv.js"),
        sdk!("shv.js"),
        sdk!("table.js"),
        sdk!("database.js"),
        sdk!("raise.js"),
        sdk!("value.js"),
        sdk!("refusal.js"),
        sdk!("header.js"),
        sdk!("text.js"),
        sdk!("globals.d.ts"),
        sdk!("wit.d.ts"),
    ],
    handler: handler!("javascript", "js"),
    ignored: "/node_modules\n",
    notes: "`src/evroute` has the log, variables, tables and databases with JavaScript's own values, and the types of all of `wit/deps` \
            for\nyour editor. `evroute build` makes one module of the handler and what it imports, puts it into QuickJS, and keeps that \
            as it is\nbefore the first event: a run does not start an interpreter.",
};

static TYPESCRIPT: Template = Template {
    sources: "src/handler.ts",
    files: &[
        ("package.json", template!("typescript/package.json")),
        ("tsconfig.json", template!("typescript/tsconfig.json")),
        sdk!("package.json"),
        sdk!("evroute.js"),
        sdk!("log.js"),
        sdk!("pv.js"),
        sdk!("shv.js"),
        sdk!("table.js"),
        sdk!("database.js"),
        sdk!("raise.js"),
        sdk!("value.js"),
        sdk!("refusal.js"),
        sdk!("header.js"),
        sdk!("text.js"),
        sdk!("globals.d.ts"),
        sdk!("wit.d.ts"),
    ],
    handler: handler!("typescript", "ts"),
    ignored: "/node_modules\n",
    notes: "`src/evroute` has the log, variables, tables and databases with JavaScript's own values, and the types of all of \
            `wit/deps`.\n`evroute build` checks the types, makes one module of the handler and what it imports, and puts it into QuickJS, \
            started.",
};

static PYTHON: Template = Template {
    sources: "src/handler.py",
    files: &[
        ("pyproject.toml", template!("python/pyproject.toml.in")),
        (
            "src/evroute/__init__.py",
            example!("python/sdk/evroute/__init__.py"),
        ),
        (
            "src/evroute/database.py",
            example!("python/sdk/evroute/database.py"),
        ),
        (
            "src/evroute/event.py",
            example!("python/sdk/evroute/event.py"),
        ),
        ("src/evroute/log.py", example!("python/sdk/evroute/log.py")),
        ("src/evroute/pv.py", example!("python/sdk/evroute/pv.py")),
        (
            "src/evroute/refusal.py",
            example!("python/sdk/evroute/refusal.py"),
        ),
        ("src/evroute/shv.py", example!("python/sdk/evroute/shv.py")),
        (
            "src/evroute/table.py",
            example!("python/sdk/evroute/table.py"),
        ),
        (
            "src/evroute/header.py",
            example!("python/sdk/evroute/header.py"),
        ),
        ("requirements.txt", template!("python/requirements.txt")),
        (
            "src/evroute/value.py",
            example!("python/sdk/evroute/value.py"),
        ),
    ],
    handler: handler!("python", "py"),
    ignored: "__pycache__\n",
    notes: "`src/evroute` has the log, variables, tables and databases with Python's own values. `evroute build` puts the module \
            `handler`\ninto CPython, imports it, and keeps that as it is before the first event: a run does not start an interpreter. A \
            fresh one for\neach event takes milliseconds all the same.",
};

static KAMAILIO: Template = Template {
    sources: "routes.cfg",
    files: &[],
    handler: handler!("kamailio", "cfg"),
    ignored: "",
    notes: "`event_route` blocks and the `route` blocks that they call are compiled; what cannot be is an error that says what \
            to\nwrite instead. No other tool is needed.",
};

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::RUST;

    #[test]
    fn a_rust_project_gets_all_of_its_crate() {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../../guest-examples/rust/evroute-guest/src");
        let mut there = below(&sources, "");
        there.sort();
        let mut copied: Vec<_> = RUST
            .files
            .iter()
            .filter_map(|(path, _)| path.strip_prefix("evroute-guest/src/"))
            .collect();
        copied.sort_unstable();
        assert_eq!(copied, there);
    }

    /// The files of a folder and of those in it, by their paths.
    fn below(folder: &Path, prefix: &str) -> Vec<String> {
        let mut files = Vec::new();
        for entry in folder.read_dir().unwrap() {
            let entry = entry.unwrap();
            let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                files.extend(below(&entry.path(), &format!("{name}/")));
            } else {
                files.push(name);
            }
        }
        files
    }
}
