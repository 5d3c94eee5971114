//! `include_file` and `import_file`.

use crate::fault::Diagnostic;
use crate::limits::INCLUDE_DEPTH_MAX;
use crate::span::Span;

use super::Lexer;

/// Bytes of a name with its quotes, Kamailio's `MAX_INCLUDE_FNAME`.
const NAME_BYTES_MAX: usize = 127;

impl Lexer<'_> {
    /// Reads a file in the place of the directive; `required` unless it may be missing. Says
    /// whether it ends within a comment.
    pub(super) fn include(
        &mut self,
        file: &str,
        name: &str,
        required: bool,
        span: Span,
    ) -> Result<bool, Diagnostic> {
        let name = self
            .substituted(name)
            .map_err(|why| Diagnostic::new(span, why))?;
        let name = unquoted(&name).map_err(|what| {
            Diagnostic::new(span, what)
                .instead("write include_file \"name\", the name without blanks")
        })?;
        if self.depth >= INCLUDE_DEPTH_MAX {
            let what = format!("more than {INCLUDE_DEPTH_MAX} files include each other");
            return Err(Diagnostic::new(span, what));
        }
        match (self.includes)(&name, file) {
            Ok(Some((name, text))) => {
                self.depth += 1;
                let ends_in_comment = self.file(&name, &text, span);
                self.depth -= 1;
                Ok(ends_in_comment)
            }
            Ok(None) if required => {
                let fault = Diagnostic::new(span, format!("there is no file {name} to include"));
                Err(fault.instead("import_file is the one that may be missing"))
            }
            Ok(None) => {
                let note = format!("import_file \"{name}\": there is no such file");
                self.notes.push((note, span));
                Ok(false)
            }
            Err(why) => Err(Diagnostic::new(
                span,
                format!("cannot include {name}: {why}"),
            )),
        }
    }
}

/// The name between double quotes, escapes resolved.
fn unquoted(name: &str) -> Result<String, String> {
    let inner = name
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .filter(|inner| !inner.is_empty())
        .ok_or_else(|| format!("{name} is no name of a file in double quotes"))?;
    if name.len() > NAME_BYTES_MAX {
        return Err(format!(
            "the name of a file with more than {NAME_BYTES_MAX} octets"
        ));
    }
    let mut unquoted = String::new();
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        unquoted.push(match character {
            '\\' => match characters.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some(other) => other,
                None => return Err(format!("{name} ends with a backslash")),
            },
            other => other,
        });
    }
    Ok(unquoted)
}
