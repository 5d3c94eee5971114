//! `evroute:textops/headers`: fields by place and by pattern.

use std::collections::BTreeSet;

use evroute_bindings::evroute::sip::types::EditError;
use evroute_bindings::evroute::textops::headers::{Error, Host};
use evroute_module_api::Level;
use evroute_sip::{HeaderField, Message};

use super::HeadersView;
use crate::name_pattern::NamePattern;
use crate::{edit, read};

impl HeadersView<'_> {
    /// Reads something of the field at a place and charges the run for it.
    fn field<T: AsRef<[u8]>>(
        &mut self,
        place: u32,
        get: impl FnOnce(HeaderField<'_>) -> T,
    ) -> wasmtime::Result<Option<T>> {
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        let message = self.0.subject()?.message.as_ref();
        let field = message.and_then(|message| message.fields().nth(place));
        let read = field.map(get);
        self.0
            .charge(read.as_ref().map_or(0, |read| read.as_ref().len()))?;
        Ok(read)
    }

    fn remove(&mut self, pattern: &str) -> wasmtime::Result<Result<u32, Error>> {
        let message = match edit::content(self.0.subject_mut()?) {
            Ok(message) => message,
            Err(EditError::NotAllowedHere) => return Ok(Err(Error::NotAllowedHere)),
            Err(other) => return Ok(Err(Error::Other(format!("{other:?}")))),
        };
        Ok(match NamePattern::read(pattern) {
            Ok(pattern) => Ok(remove(message, pattern)),
            Err(why) => Err(Error::Invalid(why)),
        })
    }
}

/// Removes the fields of all names that are like that and are no server's.
fn remove(message: &mut Message, pattern: NamePattern<'_>) -> u32 {
    let fields = message.fields();
    let fields = fields.filter(|field| !edit::is_servers(&field.name));
    let names = fields.map(|field| field.name.as_str());
    let names = names.filter(|name| pattern.matches(name));
    let names: BTreeSet<String> = names.map(str::to_owned).collect();
    // One that is known in two spellings is gone with the first.
    let removed = names
        .iter()
        .map(|name| message.remove_headers(name.as_str()));
    u32::try_from(removed.sum::<usize>()).unwrap_or(u32::MAX)
}

impl Host for HeadersView<'_> {
    fn count(&mut self) -> wasmtime::Result<u32> {
        self.0.charge(0)?;
        let message = self.0.subject()?.message.as_ref();
        let count = message.map_or(0, Message::header_count);
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    fn name(&mut self, place: u32) -> wasmtime::Result<Option<String>> {
        self.field(place, |field| field.name_raw.to_owned())
    }

    fn value(&mut self, place: u32) -> wasmtime::Result<Option<Vec<u8>>> {
        self.field(place, |field| read::unfolded(field.value))
    }

    fn remove_matching(&mut self, pattern: String) -> wasmtime::Result<Result<u32, Error>> {
        // What is looked at counts as what is moved.
        let message = self.0.subject()?.message.as_ref();
        let names: usize = message.map_or(0, |message| {
            message.fields().map(|field| field.name_raw.len()).sum()
        });
        self.0.charge(pattern.len() + names)?;
        let removed = self.remove(&pattern)?;
        let why = match &removed {
            Ok(_) => return Ok(removed),
            Err(Error::NotAllowedHere) => "this event is past such edits",
            Err(Error::Invalid(why) | Error::Other(why)) => why,
        };
        let refusal = edit::refused(("remove-matching", &pattern), why);
        self.0.note(Level::Warning, &refusal);
        Ok(removed)
    }
}
