//! Typed views of the header fields a server looks at all the time. Each call reads the
//! value anew, except From and To; keep the view, not the call, in a loop.

use super::Message;
use crate::grammar::{Decimal, decimal};
use crate::header::{CSeq, Contact, HeaderError, HeaderName, NameAddr, Via};

/// Max-Forwards is one byte (RFC 3261 20.22).
const MAX_FORWARDS_MAX: u32 = 255;

impl Message {
    /// The topmost Via.
    pub fn top_via(&self) -> Result<Via<'_>, HeaderError> {
        self.vias().next().unwrap_or(Err(HeaderError::Missing))
    }

    /// Vias from top to bottom.
    pub fn vias(&self) -> impl Iterator<Item = Result<Via<'_>, HeaderError>> + Clone {
        self.values(HeaderName::Via).map(Via::parse)
    }

    /// From. Not to be confused with the conversion trait.
    pub fn from(&self) -> Result<NameAddr<'_>, HeaderError> {
        self.state()
            .parties
            .from
            .read(self.single(HeaderName::From)?)
    }

    /// To.
    pub fn to(&self) -> Result<NameAddr<'_>, HeaderError> {
        self.state().parties.to.read(self.single(HeaderName::To)?)
    }

    /// Whether it is inside a dialog: its To can be read and has a tag (RFC 3261 12.2).
    #[must_use]
    pub fn is_in_dialog(&self) -> bool {
        self.to().is_ok_and(|to| to.tag().is_some())
    }

    /// Call-ID. `None` when missing, empty or not UTF-8, which
    /// [`validate`](crate::validate) refuses.
    pub fn call_id(&self) -> Option<&str> {
        let value = self.header_raw(HeaderName::CallId)?;
        std::str::from_utf8(value).ok().filter(|id| !id.is_empty())
    }

    /// CSeq.
    pub fn cseq(&self) -> Result<CSeq<'_>, HeaderError> {
        CSeq::parse(self.single(HeaderName::CSeq)?)
    }

    /// Max-Forwards, 0 to 255; `Ok(None)` when missing (RFC 2543 peers).
    pub fn max_forwards(&self) -> Result<Option<u32>, HeaderError> {
        match self.number(HeaderName::MaxForwards)? {
            Some(hops) if hops > MAX_FORWARDS_MAX => Err(HeaderError::NumberOutOfRange),
            hops => Ok(hops),
        }
    }

    /// Expires in seconds; `Ok(None)` when missing. A malformed value is
    /// [`HeaderError::BadNumber`]; a registrar treats it as 3600 (RFC 3261 20.19, 10.3).
    pub fn expires(&self) -> Result<Option<u32>, HeaderError> {
        self.number(HeaderName::Expires)
    }

    /// Content-Length; `Ok(None)` when missing (datagrams only). It agrees with the body:
    /// the parser and every edit see to that.
    pub fn content_length(&self) -> Result<Option<u32>, HeaderError> {
        self.number(HeaderName::ContentLength)
    }

    /// Content-Type as written; `None` when missing or not UTF-8.
    pub fn content_type(&self) -> Option<&str> {
        std::str::from_utf8(self.header_raw(HeaderName::ContentType)?).ok()
    }

    /// Contacts in order.
    pub fn contacts(&self) -> impl Iterator<Item = Result<Contact<'_>, HeaderError>> + Clone {
        self.values(HeaderName::Contact).map(Contact::parse)
    }

    /// Routes in order.
    pub fn routes(&self) -> impl Iterator<Item = Result<NameAddr<'_>, HeaderError>> + Clone {
        self.values(HeaderName::Route).map(NameAddr::parse)
    }

    /// Record-Routes in order.
    pub fn record_routes(&self) -> impl Iterator<Item = Result<NameAddr<'_>, HeaderError>> + Clone {
        self.values(HeaderName::RecordRoute).map(NameAddr::parse)
    }

    fn single(&self, name: HeaderName<'_>) -> Result<&[u8], HeaderError> {
        self.header_raw(name).ok_or(HeaderError::Missing)
    }

    fn number(&self, name: HeaderName<'_>) -> Result<Option<u32>, HeaderError> {
        let Some(value) = self.header_raw(name) else {
            return Ok(None);
        };
        match decimal(value) {
            Decimal::Number(number) => Ok(Some(number)),
            Decimal::TooLarge => Err(HeaderError::NumberOutOfRange),
            Decimal::NotANumber => Err(HeaderError::BadNumber),
        }
    }
}
