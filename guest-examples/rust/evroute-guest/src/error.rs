use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt::{self, Display, Formatter};

use crate::bindings::evroute::custom::raise;
use crate::bindings::evroute::htable::htable;
use crate::bindings::evroute::pv::{pv, shv};
use crate::bindings::evroute::sip::types::EditError;
use crate::bindings::evroute::sql::sql;
use crate::bindings::evroute::textops::{headers, reply};
use crate::joined::joined;

/// What a handler's function returns.
pub type Result<T> = core::result::Result<T, Error>;

/// A sentence for the operator's log. A run that ends with one has failed: its edits are undone and the fail policy decides.
#[derive(Clone, Debug)]
pub struct Error(Cow<'static, str>);

impl Error {
    /// `kind name: why`. Put together without `format!`, whose code a run would pay for even where it is not called.
    #[cold]
    #[inline(never)]
    pub(crate) fn about(kind: &str, name: &str, why: Self) -> Self {
        Self(joined(&[kind, name, ": ", &why.0]).into())
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for Error {}

impl From<&'static str> for Error {
    fn from(sentence: &'static str) -> Self {
        Self(Cow::Borrowed(sentence))
    }
}

impl From<String> for Error {
    fn from(sentence: String) -> Self {
        Self(Cow::Owned(sentence))
    }
}

impl From<Error> for String {
    fn from(error: Error) -> Self {
        error.0.into_owned()
    }
}

/// Says what it was that was refused: `message.set_header("X-Id", id).context("X-Id")?` is reported as `X-Id: not allowed here`.
pub trait Context<T> {
    /// The same, with the error reported as `what: why`.
    ///
    /// # Errors
    /// Those of the call.
    fn context(self, what: &str) -> Result<T>;
}

impl<T, E: Into<Error>> Context<T> for core::result::Result<T, E> {
    #[inline]
    fn context(self, what: &str) -> Result<T> {
        self.map_err(|why| Error::about("", what, why.into()))
    }
}

impl From<pv::Error> for Error {
    fn from(error: pv::Error) -> Self {
        match error {
            pv::Error::UnknownName => "no such variable".into(),
            pv::Error::NotAvailableHere => "not available here".into(),
            pv::Error::ReadOnly => "read-only".into(),
            pv::Error::InvalidValue(text) | pv::Error::Other(text) => text.into(),
        }
    }
}

impl From<shv::Error> for Error {
    fn from(error: shv::Error) -> Self {
        match error {
            shv::Error::NotGranted => "not granted".into(),
            shv::Error::QuotaExceeded => "no room is left".into(),
            shv::Error::NotANumber => "not a number".into(),
            shv::Error::Other(text) => text.into(),
        }
    }
}

impl From<htable::Error> for Error {
    fn from(error: htable::Error) -> Self {
        match error {
            htable::Error::NotGranted => "not granted".into(),
            htable::Error::QuotaExceeded => "no room is left".into(),
            htable::Error::NotANumber => "not a number".into(),
            htable::Error::Other(text) => text.into(),
        }
    }
}

impl From<sql::Error> for Error {
    fn from(error: sql::Error) -> Self {
        match error {
            sql::Error::NotGranted => "not granted".into(),
            sql::Error::Deadline => "it took too long".into(),
            sql::Error::Unavailable => "it cannot be reached".into(),
            sql::Error::TooLarge => "the result is too large".into(),
            sql::Error::Refused(text) | sql::Error::Other(text) => text.into(),
        }
    }
}

impl From<raise::Error> for Error {
    fn from(error: raise::Error) -> Self {
        match error {
            raise::Error::NotGranted => "not granted".into(),
            raise::Error::InvalidName => "not a name".into(),
            raise::Error::QuotaExceeded => "too many or too large".into(),
            raise::Error::Other(text) => text.into(),
        }
    }
}

impl From<headers::Error> for Error {
    fn from(error: headers::Error) -> Self {
        match error {
            headers::Error::NotAllowedHere => "not allowed here".into(),
            headers::Error::Invalid(text) | headers::Error::Other(text) => text.into(),
        }
    }
}

impl From<reply::Error> for Error {
    fn from(error: reply::Error) -> Self {
        match error {
            reply::Error::NotAllowedHere => "not allowed here".into(),
            reply::Error::TooLarge => "the answer would be too large".into(),
            reply::Error::Invalid(text) | reply::Error::Other(text) => text.into(),
        }
    }
}

impl From<EditError> for Error {
    fn from(error: EditError) -> Self {
        match error {
            EditError::NotAllowedHere => "not allowed here".into(),
            EditError::TooLarge => "the message would be too large".into(),
            EditError::Invalid(text) | EditError::Other(text) => text.into(),
        }
    }
}
