//! What the files of a new project look like, by language and event.

use crate::{Language, StartingEvent};

/// A file of a new project: its path below the folder, and its text, both with `{{...}}` to be filled in.
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
    ($path:literal) => {
        include_str!(concat!("../../../guest-examples/", $path))
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
        Language::Kamailio
        | Language::Cpp
        | Language::Zig
        | Language::Go
        | Language::JavaScript
        | Language::TypeScript
        | Language::Python => &KAMAILIO,
    }
}

static RUST: Template = Template {
    sources: "src/lib.rs",
    files: &[
        ("Cargo.toml", template!("rust/Cargo.toml.in")),
        ("arena/Cargo.toml", template!("rust/arena.toml.in")),
        ("arena/src/lib.rs", example!("rust/arena/src/lib.rs")),
        ("arena/src/arena.rs", example!("rust/arena/src/arena.rs")),
        ("arena/src/panic.rs", example!("rust/arena/src/panic.rs")),
        (
            "arena/src/small_memory.rs",
            example!("rust/arena/src/small_memory.rs"),
        ),
    ],
    handler: handler!("rust", "rs.in"),
    ignored: "/target\n",
    notes: "`arena` is in place of the standard library, whose panics, formatting and allocator every run would pay for. A \
            handler\nthat wants `std` instead drops `#![no_std]` and `use arena as _;`.",
};

static C: Template = Template {
    sources: "src/handler.c",
    files: &[
        ("src/arena.c", example!("c/arena/arena.c")),
        ("compile_flags.txt", template!("c/compile_flags.txt")),
    ],
    handler: handler!("c", "c"),
    ignored: "",
    notes: "`evroute build` makes `build/bindings/{{snake}}.h` of `wit/`, and compiles every `src/*.c`. `src/arena.c` is in \
            place of\n`malloc`: a run's memory is thrown away as a whole. What prints (`<stdio.h>`) does not link.",
};

static KAMAILIO: Template = Template {
    sources: "routes.cfg",
    files: &[],
    handler: handler!("kamailio", "cfg"),
    ignored: "",
    notes: "`event_route` blocks and the `route` blocks that they call are compiled; what cannot be is an error that says what \
            to\nwrite instead. No other tool is needed.",
};
