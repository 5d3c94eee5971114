//! Names of events and modules: they become names in WIT, Rust, C and half a dozen other languages.

use std::fmt;

use heck::{ToSnakeCase, ToUpperCamelCase};

/// A name is not longer than this, bytes.
const BYTES_MAX: usize = 40;

/// Words that Rust or WIT have taken; a name becomes a module of Rust and an identifier of WIT.
const TAKEN: &[&str] = &[
    "abstract",
    "as",
    "async",
    "await",
    "become",
    "bool",
    "borrow",
    "box",
    "break",
    "char",
    "const",
    "constructor",
    "continue",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "export",
    "extern",
    "f32",
    "f64",
    "false",
    "final",
    "flags",
    "fn",
    "for",
    "from",
    "func",
    "future",
    "gen",
    "if",
    "impl",
    "import",
    "in",
    "include",
    "interface",
    "let",
    "list",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "option",
    "override",
    "own",
    "package",
    "priv",
    "pub",
    "record",
    "ref",
    "resource",
    "result",
    "return",
    "s16",
    "s32",
    "s64",
    "s8",
    "self",
    "static",
    "stream",
    "string",
    "struct",
    "super",
    "trait",
    "true",
    "try",
    "tuple",
    "type",
    "types",
    "typeof",
    "u16",
    "u32",
    "u64",
    "u8",
    "unsafe",
    "unsized",
    "use",
    "variant",
    "virtual",
    "where",
    "while",
    "with",
    "world",
    "yield",
];

/// A module's name, Kamailio's where there is one: `dialog`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ModuleName(String);

/// An event's name as configurations write it, without a filter: `dialog:start`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EventName {
    /// The module that raises it.
    pub module: ModuleName,
    name: String,
}

/// Why something is no name.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NameError {
    /// An event's name has two parts.
    #[error("{0:?} is no event: write module:event, for example dialog:start")]
    Parts(String),
    /// A part has other characters, or is empty.
    #[error(
        "{0:?} is no name: write lower-case words of a to z and digits with one - between them, \
         for example contact-expired"
    )]
    Characters(String),
    /// A part is too long.
    #[error("{0:?} is longer than {BYTES_MAX} bytes")]
    Length(String),
    /// A word of Rust or WIT.
    #[error("{0:?} is a word of Rust or WIT: choose another")]
    Taken(String),
}

fn part(text: &str) -> Result<String, NameError> {
    let word = |word: &str| {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        word.starts_with(|first: char| first.is_ascii_lowercase()) && word.bytes().all(is_plain)
    };
    if text.len() > BYTES_MAX {
        return Err(NameError::Length(text.to_owned()));
    }
    if !text.split('-').all(word) {
        return Err(NameError::Characters(text.to_owned()));
    }
    if TAKEN.contains(&text) {
        return Err(NameError::Taken(text.to_owned()));
    }
    Ok(text.to_owned())
}

impl ModuleName {
    /// Reads a name.
    ///
    /// # Errors
    /// [`NameError`].
    pub fn parse(text: &str) -> Result<Self, NameError> {
        // It is a folder and part of a crate's name, and Kamailio's modules have no hyphen.
        if text.contains('-') {
            return Err(NameError::Characters(text.to_owned()));
        }
        part(text).map(Self)
    }

    /// `dialog`
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `Dialog`
    #[must_use]
    pub fn pascal(&self) -> String {
        self.0.to_upper_camel_case()
    }
}

impl EventName {
    /// Reads a name.
    ///
    /// # Errors
    /// [`NameError`].
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let Some((module, name)) = text.split_once(':') else {
            return Err(NameError::Parts(text.to_owned()));
        };
        Ok(Self {
            module: ModuleName::parse(module)?,
            name: part(name)?,
        })
    }

    /// `contact-expired`
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `contact_expired`
    #[must_use]
    pub fn snake(&self) -> String {
        self.name.to_snake_case()
    }

    /// `ContactExpired`
    #[must_use]
    pub fn pascal(&self) -> String {
        self.name.to_upper_camel_case()
    }

    /// The struct that is raised: `UsrlocContactExpired`, which no other module has.
    #[must_use]
    pub fn type_name(&self) -> String {
        self.module.pascal() + &self.pascal()
    }
}

impl fmt::Display for ModuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for EventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.module, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_spelt_as_each_place_wants_it() {
        let name = EventName::parse("usrloc:contact-expired").unwrap();
        assert_eq!(name.to_string(), "usrloc:contact-expired");
        assert_eq!(name.snake(), "contact_expired");
        assert_eq!(name.pascal(), "ContactExpired");
        assert_eq!(name.type_name(), "UsrlocContactExpired");
    }

    #[test]
    fn what_is_no_name_is_refused_with_a_sentence() {
        for (text, says) in [
            ("start", "write module:event"),
            ("dialog:", "\"\" is no name"),
            (":start", "\"\" is no name"),
            ("dialog:Start", "lower-case words"),
            ("dialog:re--start", "lower-case words"),
            ("dialog:start:x", "lower-case words"),
            ("dialog:../start", "lower-case words"),
            ("dialog:1st", "lower-case words"),
            ("dia-log:start", "lower-case words"),
            ("dialog:match", "a word of Rust or WIT"),
            ("enum:start", "a word of Rust or WIT"),
            (
                &format!("dialog:{}", "a".repeat(41)),
                "longer than 40 bytes",
            ),
        ] {
            let why = EventName::parse(text).unwrap_err().to_string();
            assert!(why.contains(says), "{text}: {why}");
        }
        assert!(ModuleName::parse("dialog").is_ok());
        assert!(ModuleName::parse("Dialog").is_err());
    }
}
