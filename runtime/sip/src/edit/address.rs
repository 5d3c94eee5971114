//! Changing From and To without losing the tag.

use super::{EditError, check_text};
use crate::header::{HeaderError, HeaderName, NameAddr};
use crate::message::Message;
use crate::uri::Uri;

impl Message {
    /// Replaces From's URI; display name, tag and other parameters stay. Within a dialog
    /// the peer may compare From with what it knows (Kamailio's uac module restores it).
    ///
    /// # Errors
    /// [`EditError::BadUri`], [`EditError::BadHeader`] when From cannot be read, a limit.
    pub fn set_from_uri(&mut self, uri: &str) -> Result<(), EditError> {
        self.set_uri_of(HeaderName::From, uri)
    }

    /// Replaces To's URI, as [`set_from_uri`](Self::set_from_uri) does From's.
    ///
    /// # Errors
    /// As [`set_from_uri`](Self::set_from_uri).
    pub fn set_to_uri(&mut self, uri: &str) -> Result<(), EditError> {
        self.set_uri_of(HeaderName::To, uri)
    }

    /// Replaces From's display name by plain text, quoted and escaped here; `None` removes
    /// it. URI, tag and other parameters stay.
    ///
    /// # Errors
    /// [`EditError::ForbiddenByte`], [`EditError::BadHeader`] when From cannot be read, a
    /// limit.
    pub fn set_from_display(&mut self, display: Option<&str>) -> Result<(), EditError> {
        self.set_display_of(HeaderName::From, display)
    }

    /// Replaces To's display name, as [`set_from_display`](Self::set_from_display) does From's.
    ///
    /// # Errors
    /// As [`set_from_display`](Self::set_from_display).
    pub fn set_to_display(&mut self, display: Option<&str>) -> Result<(), EditError> {
        self.set_display_of(HeaderName::To, display)
    }

    fn set_uri_of(&mut self, name: HeaderName<'_>, uri: &str) -> Result<(), EditError> {
        Uri::parse(uri.as_bytes())?;
        let old = self.address(name)?;
        let display = old.display().unwrap_or_default();
        let space: &[u8] = if display.is_empty() { b"" } else { b" " };
        let value = [
            display,
            space,
            b"<",
            uri.as_bytes(),
            b">",
            old.params().raw(),
        ]
        .concat();
        self.rewrite_first(name, &value)
    }

    fn set_display_of(
        &mut self,
        name: HeaderName<'_>,
        display: Option<&str>,
    ) -> Result<(), EditError> {
        let display = display.unwrap_or_default();
        check_text(display.as_bytes())?;
        let old = self.address(name)?;
        let quoted = match display {
            "" => String::new(),
            text => format!("\"{}\" ", text.replace('\\', "\\\\").replace('"', "\\\"")),
        };
        let value = [quoted.as_bytes(), b"<", old.uri(), b">", old.params().raw()].concat();
        self.rewrite_first(name, &value)
    }

    fn address(&self, name: HeaderName<'_>) -> Result<NameAddr<'_>, EditError> {
        let value = self.header_raw(name).ok_or(HeaderError::Missing)?;
        Ok(NameAddr::parse(value)?)
    }

    fn rewrite_first(&mut self, name: HeaderName<'_>, value: &[u8]) -> Result<(), EditError> {
        let at = self.state().position(name).ok_or(EditError::NoSuchHeader)?;
        self.state_mut().rewrite(at, name, &[value])
    }
}
