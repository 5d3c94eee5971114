//! Edits: visible to the next read, checked when made, and touching nothing else.

mod address;
mod error;
mod overlay;

use bytes::Bytes;

pub use error::EditError;
pub(crate) use overlay::check_text;

use crate::grammar::{CommaSplit, trim};
use crate::header::{HeaderName, HeaderTag};
use crate::message::{Body, Field, Message, State};
use crate::uri::Uri;

impl Message {
    /// Replaces the Request-URI.
    ///
    /// # Errors
    /// [`EditError::NotARequest`], [`EditError::BadUri`], or a limit.
    pub fn set_request_uri(&mut self, uri: &str) -> Result<(), EditError> {
        if !self.is_request() {
            return Err(EditError::NotARequest);
        }
        Uri::parse(uri.as_bytes())?;
        self.state_mut().write_uri(uri)
    }

    /// Adds a header field below all others.
    ///
    /// # Errors
    /// [`EditError::ForbiddenByte`], [`EditError::BadName`], [`EditError::ContentLength`],
    /// or a limit.
    pub fn append_header<'n>(
        &mut self,
        name: impl Into<HeaderName<'n>>,
        value: impl AsRef<[u8]>,
    ) -> Result<(), EditError> {
        let name = name.into();
        check_new(name, value.as_ref())?;
        let at = self.header_count();
        self.state_mut().insert(at, name, value.as_ref())
    }

    /// Adds a header field above the first of that name, or above all others: where Via
    /// and Record-Route go.
    ///
    /// # Errors
    /// As [`append_header`](Self::append_header).
    pub fn prepend_header<'n>(
        &mut self,
        name: impl Into<HeaderName<'n>>,
        value: impl AsRef<[u8]>,
    ) -> Result<(), EditError> {
        let name = name.into();
        check_new(name, value.as_ref())?;
        let at = self.state().position(name).unwrap_or(0);
        self.state_mut().insert(at, name, value.as_ref())
    }

    /// Leaves exactly one header field of that name, in the place of the first, or below
    /// all others.
    ///
    /// # Errors
    /// As [`append_header`](Self::append_header).
    pub fn set_header<'n>(
        &mut self,
        name: impl Into<HeaderName<'n>>,
        value: impl AsRef<[u8]>,
    ) -> Result<(), EditError> {
        let name = name.into();
        check_new(name, value.as_ref())?;
        self.state_mut().set(name, value.as_ref())
    }

    /// Removes all header fields of that name and says how many there were.
    /// Content-Length stays: a message without it cannot travel on a stream.
    pub fn remove_headers<'n>(&mut self, name: impl Into<HeaderName<'n>>) -> usize {
        let name = name.into();
        if name.tag() == HeaderTag::ContentLength || self.state().position(name).is_none() {
            return 0;
        }
        self.state_mut().remove(name)
    }

    /// Removes the first value of that name: the whole field, or the first item of a list
    /// ([`HeaderName::is_list`]). How a Via or a Route is popped.
    ///
    /// # Errors
    /// [`EditError::NoSuchHeader`] when there is no value.
    pub fn remove_first_value<'n>(
        &mut self,
        name: impl Into<HeaderName<'n>>,
    ) -> Result<(), EditError> {
        let name = name.into();
        check_name(name)?;
        match self
            .state()
            .first_value(name)
            .ok_or(EditError::NoSuchHeader)?
        {
            FirstValue { at, rest: None } => {
                self.state_mut().fields.remove(at);
                Ok(())
            }
            FirstValue {
                at,
                rest: Some(rest),
            } => self.state_mut().rewrite(at, name, &[&rest]),
        }
    }

    /// Replaces the first value of that name, leaving the other items of a list alone.
    ///
    /// # Errors
    /// [`EditError::NoSuchHeader`] when there is no value to replace, else as
    /// [`append_header`](Self::append_header).
    pub fn replace_first_value<'n>(
        &mut self,
        name: impl Into<HeaderName<'n>>,
        value: impl AsRef<[u8]>,
    ) -> Result<(), EditError> {
        let (name, value) = (name.into(), value.as_ref());
        check_new(name, value)?;
        match self
            .state()
            .first_value(name)
            .ok_or(EditError::NoSuchHeader)?
        {
            FirstValue { at, rest: None } => self.state_mut().rewrite(at, name, &[value]),
            FirstValue {
                at,
                rest: Some(rest),
            } => self.state_mut().rewrite(at, name, &[value, b", ", &rest]),
        }
    }

    /// Replaces the body and sets Content-Length. `content_type`: `Some` sets Content-Type;
    /// `None` keeps it, or removes it when the new body is empty.
    ///
    /// # Errors
    /// [`EditError::ForbiddenByte`] in the type, or a limit.
    pub fn set_body(&mut self, content_type: Option<&str>, body: Bytes) -> Result<(), EditError> {
        self.check_body(content_type, body.len())?;
        let (length, is_empty) = (body.len(), body.is_empty());
        // From here on nothing can fail: a refused edit has changed nothing.
        let state = self.state_mut();
        state.body = Body::New(body);
        match content_type {
            Some(content_type) => state.set(HeaderName::ContentType, content_type.as_bytes())?,
            None if is_empty => drop(state.remove(HeaderName::ContentType)),
            None => {}
        }
        state.set(HeaderName::ContentLength, length.to_string().as_bytes())
    }

    fn check_body(&self, content_type: Option<&str>, body_len: usize) -> Result<(), EditError> {
        check_text(content_type.unwrap_or_default().as_bytes())?;
        let state = self.state();
        let is_absent = |name: HeaderName<'_>| usize::from(state.position(name).is_none());
        let mut new_fields = is_absent(HeaderName::ContentLength);
        let mut new_len = "Content-Length: 4294967295\r\n".len();
        if let Some(content_type) = content_type {
            let line_len = content_type.len() + "Content-Type: \r\n".len();
            if line_len > state.limits.line_bytes_max {
                return Err(EditError::LineTooLong);
            }
            new_fields += is_absent(HeaderName::ContentType);
            new_len += line_len;
        }
        if state.fields.len() + new_fields > state.limits.headers_max {
            return Err(EditError::TooManyHeaders);
        }
        let head_len = state.printed_len() - state.body().len();
        if head_len + new_len + body_len > state.limits.message_bytes_max {
            return Err(EditError::MessageTooLong);
        }
        Ok(())
    }

    /// Adds Content-Length when a datagram came without: before it goes onto a stream.
    ///
    /// # Errors
    /// A limit.
    pub fn ensure_content_length(&mut self) -> Result<(), EditError> {
        if self.state().position(HeaderName::ContentLength).is_some() {
            return Ok(());
        }
        let length = self.body().len().to_string();
        let at = self.header_count();
        self.state_mut()
            .insert(at, HeaderName::ContentLength, length.as_bytes())
    }
}

impl State {
    fn insert(&mut self, at: usize, name: HeaderName<'_>, value: &[u8]) -> Result<(), EditError> {
        if self.fields.len() >= self.limits.headers_max {
            return Err(EditError::TooManyHeaders);
        }
        let field = self.write_field(name.tag(), name.as_str().as_bytes(), &[value])?;
        self.fields.insert(at.min(self.fields.len()), field);
        Ok(())
    }

    fn set(&mut self, name: HeaderName<'_>, value: &[u8]) -> Result<(), EditError> {
        let Some(first) = self.position(name) else {
            return self.insert(self.fields.len(), name, value);
        };
        let field = self.write_field(name.tag(), name.as_str().as_bytes(), &[value])?;
        self.put(first, field);
        let mut at = first + 1;
        while let Some(next) = self.position_from(at, name) {
            self.fields.remove(next);
            at = next;
        }
        Ok(())
    }

    fn remove(&mut self, name: HeaderName<'_>) -> usize {
        let before = self.fields.len();
        let mut at = 0;
        while let Some(next) = self.position_from(at, name) {
            self.fields.remove(next);
            at = next;
        }
        before - self.fields.len()
    }

    fn position_from(&self, at: usize, name: HeaderName<'_>) -> Option<usize> {
        let later = self.fields.get(at..)?;
        later
            .iter()
            .position(self.is_named(name))
            .map(|found| at + found)
    }

    /// The field that holds the first value of that name, and what follows in its list.
    fn first_value(&self, name: HeaderName<'_>) -> Option<FirstValue> {
        let is_wanted = self.is_named(name);
        for (at, field) in self.fields.iter().enumerate() {
            if !is_wanted(field) {
                continue;
            }
            let mut items = match name.is_list() {
                true => CommaSplit::new(self.value_of(field)),
                false => CommaSplit::whole(self.value_of(field)),
            };
            if items.by_ref().all(<[u8]>::is_empty) {
                continue;
            }
            let rest = items.rest().map(trim).filter(|rest| !rest.is_empty());
            return Some(FirstValue {
                at,
                rest: rest.map(<[u8]>::to_vec),
            });
        }
        None
    }

    /// Writes the field at `at` anew. Trusted text, as for [`State::write_field`].
    pub(crate) fn rewrite(
        &mut self,
        at: usize,
        name: HeaderName<'_>,
        parts: &[&[u8]],
    ) -> Result<(), EditError> {
        let field = self.write_field(name.tag(), name.as_str().as_bytes(), parts)?;
        self.put(at, field);
        Ok(())
    }

    fn put(&mut self, at: usize, field: Field) {
        if let Some(slot) = self.fields.get_mut(at) {
            *slot = field;
        }
    }
}

/// The field that holds the first value of a name, and what follows that value in it.
struct FirstValue {
    at: usize,
    rest: Option<Vec<u8>>,
}

fn check_name(name: HeaderName<'_>) -> Result<(), EditError> {
    if !name.is_token() {
        return Err(EditError::BadName);
    }
    match name.tag() {
        HeaderTag::ContentLength => Err(EditError::ContentLength),
        _ => Ok(()),
    }
}

fn check_new(name: HeaderName<'_>, value: &[u8]) -> Result<(), EditError> {
    check_name(name)?;
    check_text(value)
}

#[cfg(test)]
mod tests;
