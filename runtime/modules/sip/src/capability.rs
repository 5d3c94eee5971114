//! What guests may call: the resource `evroute:sip/types.message`, and `evroute:textops`.
//!
//! A run has one message, so every handle of it is number 0 and means the message of the run's
//! subject.

use evroute_bindings::evroute::sip::types::{EditError, Host, HostMessage};
use evroute_bindings::{handle, import};
use evroute_event::Subject;
use evroute_module_api::{Capability, HostTrap, Level, run_view};
use evroute_sip::Message;
use wasmtime::component::Resource;

use crate::read::Party;
use crate::{edit, read};

mod headers;
mod reply;

/// What this module implements.
pub(crate) const ROWS: &[Capability] = &[
    Capability::of::<import::SipTypes, SipView<'static>>().granted_by("sip"),
    Capability::of::<import::TextopsHeaders, HeadersView<'static>>().granted_by("sip"),
    Capability::of::<import::TextopsReply, ReplyView<'static>>().granted_by("sip"),
];

run_view!(SipView);
run_view!(HeadersView);
run_view!(ReplyView);

type Handle = Resource<handle::Message>;

impl SipView<'_> {
    fn message(&mut self) -> wasmtime::Result<&Message> {
        let message = self.0.subject()?.message.as_ref();
        message.ok_or_else(|| HostTrap::host_fault("a handle of a message in an event without one"))
    }

    /// Reads something out of the message and charges the run for it.
    fn read<T: Size>(&mut self, get: impl FnOnce(&Message) -> T) -> wasmtime::Result<T> {
        let value = get(self.message()?);
        self.0.charge(value.size())?;
        Ok(value)
    }

    /// The same for what the guest names: the name has come through, too.
    fn read_named<T: Size>(
        &mut self,
        name: &str,
        get: impl FnOnce(&Message) -> T,
    ) -> wasmtime::Result<T> {
        let value = get(self.message()?);
        self.0.charge(name.len() + value.size())?;
        Ok(value)
    }

    /// Edits the run's copy of the message. An edit that is refused is an error for the guest, and
    /// a line in its log: not every language makes its author look at errors.
    fn edit<T>(
        &mut self,
        what: (&str, &str),
        bytes: usize,
        change: impl FnOnce(&mut Subject) -> Result<T, EditError>,
    ) -> wasmtime::Result<Result<T, EditError>> {
        self.0.charge(bytes)?;
        let edited = change(self.0.subject_mut()?);
        if let Err(error) = &edited {
            self.0.note(Level::Warning, &edit::refusal(what, error));
        }
        Ok(edited)
    }
}

/// How many bytes a value moves into the guest.
trait Size {
    fn size(&self) -> usize;
}

impl Size for bool {
    fn size(&self) -> usize {
        0
    }
}
impl Size for u32 {
    fn size(&self) -> usize {
        0
    }
}
impl Size for u16 {
    fn size(&self) -> usize {
        0
    }
}
impl Size for String {
    fn size(&self) -> usize {
        self.len()
    }
}
impl Size for u8 {
    fn size(&self) -> usize {
        1
    }
}
impl<T: Size> Size for Option<T> {
    fn size(&self) -> usize {
        self.as_ref().map_or(0, Size::size)
    }
}
impl<T: Size> Size for Vec<T> {
    fn size(&self) -> usize {
        self.iter().map(Size::size).sum()
    }
}

impl Host for SipView<'_> {}

impl HostMessage for SipView<'_> {
    fn is_request(&mut self, _: Handle) -> wasmtime::Result<bool> {
        self.read(Message::is_request)
    }

    fn method(&mut self, _: Handle) -> wasmtime::Result<String> {
        self.read(|message| message.method().as_str().to_owned())
    }

    fn request_uri(&mut self, _: Handle) -> wasmtime::Result<Option<String>> {
        self.read(read::request_uri)
    }

    fn status_code(&mut self, _: Handle) -> wasmtime::Result<Option<u16>> {
        self.read(Message::status)
    }

    fn from_uri(&mut self, _: Handle) -> wasmtime::Result<String> {
        self.read(|message| read::party_uri(message, Party::From).unwrap_or_default())
    }

    fn from_user(&mut self, _: Handle) -> wasmtime::Result<Option<String>> {
        self.read(|message| read::party(message, Party::From).and_then(|a| read::user_of(a.uri())))
    }

    fn from_tag(&mut self, _: Handle) -> wasmtime::Result<Option<String>> {
        self.read(|message| {
            read::party(message, Party::From).and_then(|a| a.tag().map(str::to_owned))
        })
    }

    fn to_uri(&mut self, _: Handle) -> wasmtime::Result<String> {
        self.read(|message| read::party_uri(message, Party::To).unwrap_or_default())
    }

    fn to_user(&mut self, _: Handle) -> wasmtime::Result<Option<String>> {
        self.read(|message| read::party(message, Party::To).and_then(|a| read::user_of(a.uri())))
    }

    fn to_tag(&mut self, _: Handle) -> wasmtime::Result<Option<String>> {
        self.read(|message| {
            read::party(message, Party::To).and_then(|a| a.tag().map(str::to_owned))
        })
    }

    fn call_id(&mut self, _: Handle) -> wasmtime::Result<String> {
        self.read(|message| message.call_id().unwrap_or_default().to_owned())
    }

    fn cseq(&mut self, _: Handle) -> wasmtime::Result<u32> {
        self.read(|message| message.cseq().map(|cseq| cseq.number).unwrap_or_default())
    }

    fn header(&mut self, _: Handle, name: String) -> wasmtime::Result<Option<Vec<u8>>> {
        self.read_named(&name, |message| read::headers(message, &name, 1).pop())
    }

    fn headers(&mut self, _: Handle, name: String, limit: u32) -> wasmtime::Result<Vec<Vec<u8>>> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        self.read_named(&name, |message| read::headers(message, &name, limit))
    }

    fn body(&mut self, _: Handle) -> wasmtime::Result<Vec<u8>> {
        self.read(|message| message.body().to_vec())
    }

    fn set_request_uri(
        &mut self,
        _: Handle,
        uri: String,
    ) -> wasmtime::Result<Result<(), EditError>> {
        self.edit(("set-request-uri", &uri), uri.len(), |subject| {
            edit::set_request_uri(subject, &uri)
        })
    }

    fn append_header(
        &mut self,
        _: Handle,
        name: String,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), EditError>> {
        let bytes = name.len() + value.len();
        self.edit(("append-header", &name), bytes, |subject| {
            edit::append(subject, &name, &value)
        })
    }

    fn set_header(
        &mut self,
        _: Handle,
        name: String,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), EditError>> {
        let bytes = name.len() + value.len();
        self.edit(("set-header", &name), bytes, |subject| {
            edit::set(subject, &name, &value)
        })
    }

    fn remove_headers(
        &mut self,
        _: Handle,
        name: String,
    ) -> wasmtime::Result<Result<u32, EditError>> {
        self.edit(("remove-headers", &name), name.len(), |subject| {
            edit::remove(subject, &name)
        })
    }

    fn set_body(
        &mut self,
        _: Handle,
        content_type: Option<String>,
        body: Vec<u8>,
    ) -> wasmtime::Result<Result<(), EditError>> {
        let kind = content_type.as_deref();
        let bytes = kind.map_or(0, str::len) + body.len();
        self.edit(("set-body", kind.unwrap_or_default()), bytes, |subject| {
            edit::set_body(subject, kind, body)
        })
    }

    fn drop(&mut self, _: Handle) -> wasmtime::Result<()> {
        Ok(())
    }
}
