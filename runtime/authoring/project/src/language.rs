//! What a handler is written in.

use std::fmt;

use serde::Deserialize;

/// The language of a project's sources.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Rust, for `wasm32-unknown-unknown`.
    Rust,
    /// C17, by clang.
    C,
    /// C++23, by clang.
    Cpp,
    /// Zig.
    Zig,
    /// Go.
    Go,
    /// JavaScript, in `QuickJS`.
    JavaScript,
    /// TypeScript, in `QuickJS`.
    TypeScript,
    /// Python, in `CPython`.
    Python,
    /// The `event_route` blocks of a Kamailio configuration; needs no tools.
    Kamailio,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Rust,
        Self::C,
        Self::Cpp,
        Self::Zig,
        Self::Go,
        Self::JavaScript,
        Self::TypeScript,
        Self::Python,
        Self::Kamailio,
    ];

    /// The word in the project file and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::C => "c",
            Self::Cpp => "cpp",
            Self::Zig => "zig",
            Self::Go => "go",
            Self::JavaScript => "javascript",
            Self::TypeScript => "typescript",
            Self::Python => "python",
            Self::Kamailio => "kamailio",
        }
    }

    /// The language of this word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
