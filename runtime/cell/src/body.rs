//! What bodies of frames are made of.

use std::borrow::Cow;

use evroute_tap::WitValue;

/// How deep values may lie in each other: the WIT's types are far below this.
const DEPTH_MAX: usize = 32;
/// How many values one body may have. A value takes 40 bytes here and may take one there.
const VALUES_MAX: usize = 100_000;

/// A body is not what it should be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a frame of the cell is broken: {0}")]
pub struct BodyError(pub &'static str);

const CUT_OFF: BodyError = BodyError("it ends too early");

/// Writes a body.
#[derive(Debug, Default)]
pub(crate) struct BodyWriter(Vec<u8>);

impl BodyWriter {
    /// The body.
    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }

    /// A number of 8 bits.
    pub(crate) fn byte(&mut self, value: u8) {
        self.0.push(value);
    }

    /// A bool.
    pub(crate) fn bool(&mut self, value: bool) {
        self.byte(value.into());
    }

    /// One of several, by its place among `all`.
    pub(crate) fn one_of<T: PartialEq>(&mut self, all: &[T], one: &T) {
        let place = all.iter().position(|known| known == one);
        let place = place.and_then(|place| u8::try_from(place).ok());
        // None that is not among them is ever written; it would be refused where it is read.
        self.byte(place.unwrap_or(u8::MAX));
    }

    /// Bytes of which there are always as many.
    pub(crate) fn array<const BYTES: usize>(&mut self, bytes: &[u8; BYTES]) {
        self.0.extend(bytes);
    }

    /// A number of 64 bits.
    pub(crate) fn number(&mut self, value: u64) {
        self.0.extend(value.to_le_bytes());
    }

    /// Bytes, their length before them. A body is shorter than 4 GiB.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.0.extend(bytes);
    }

    /// A text.
    pub(crate) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// A value that may be absent.
    pub(crate) fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        match value {
            None => self.byte(0),
            Some(value) => {
                self.byte(1);
                write(self, value);
            }
        }
    }

    /// Values, their number before them.
    pub(crate) fn values(&mut self, values: &[WitValue]) {
        self.count(values.len());
        values.iter().for_each(|value| self.value(value));
    }

    /// A value.
    pub(crate) fn value(&mut self, value: &WitValue) {
        match value {
            WitValue::Bool(value) => {
                self.byte(BOOL);
                self.bool(*value);
            }
            WitValue::Unsigned(value) => {
                self.byte(UNSIGNED);
                self.number(*value);
            }
            WitValue::Signed(value) => {
                self.byte(SIGNED);
                self.number(value.cast_unsigned());
            }
            WitValue::Real(value) => {
                self.byte(REAL);
                self.number(value.to_bits());
            }
            WitValue::Text(text) => {
                self.byte(TEXT);
                self.text(text);
            }
            WitValue::Bytes(bytes) => {
                self.byte(BYTES);
                self.bytes(bytes);
            }
            WitValue::Handle(number) => {
                self.byte(HANDLE);
                self.0.extend(number.to_le_bytes());
            }
            composite => self.composite(composite),
        }
    }

    fn composite(&mut self, value: &WitValue) {
        match value {
            WitValue::List(of) => {
                self.byte(LIST);
                self.values(of);
            }
            WitValue::Tuple(of) => {
                self.byte(TUPLE);
                self.values(of);
            }
            WitValue::Record(fields) => {
                self.byte(RECORD);
                self.count(fields.len());
                for (name, value) in fields {
                    self.text(name);
                    self.value(value);
                }
            }
            WitValue::Case(name, of) => {
                self.byte(CASE);
                self.text(name);
                self.option(of.as_deref(), Self::value);
            }
            WitValue::Option(of) => {
                self.byte(OPTION);
                self.option(of.as_deref(), Self::value);
            }
            WitValue::Result(of) => {
                self.byte(if of.is_ok() { OK } else { ERR });
                let (Ok(of) | Err(of)) = of;
                self.value(of);
            }
            WitValue::Bool(_)
            | WitValue::Unsigned(_)
            | WitValue::Signed(_)
            | WitValue::Real(_)
            | WitValue::Text(_)
            | WitValue::Bytes(_)
            | WitValue::Handle(_) => self.value(value),
        }
    }

    fn count(&mut self, count: usize) {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        self.0.extend(count.to_le_bytes());
    }
}

const BOOL: u8 = 0;
const UNSIGNED: u8 = 1;
const SIGNED: u8 = 2;
const REAL: u8 = 3;
const TEXT: u8 = 4;
const BYTES: u8 = 5;
const LIST: u8 = 6;
const TUPLE: u8 = 7;
const RECORD: u8 = 8;
const CASE: u8 = 9;
const OPTION: u8 = 10;
const OK: u8 = 11;
const ERR: u8 = 12;
const HANDLE: u8 = 13;

/// Reads a body that somebody hostile may have written.
#[derive(Debug)]
pub(crate) struct BodyReader<'a> {
    bytes: &'a [u8],
    values_left: usize,
}

impl<'a> BodyReader<'a> {
    /// Of these bytes.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            values_left: VALUES_MAX,
        }
    }

    /// All of it was read.
    ///
    /// # Errors
    /// There is more.
    pub(crate) fn end(self) -> Result<(), BodyError> {
        let is_over = self.bytes.is_empty();
        is_over.then_some(()).ok_or(BodyError("it has a rest"))
    }

    /// Bytes of which there are always as many.
    ///
    /// # Errors
    /// The body ends.
    pub(crate) fn array<const BYTES: usize>(&mut self) -> Result<[u8; BYTES], BodyError> {
        let (chunk, rest) = self.bytes.split_first_chunk().ok_or(CUT_OFF)?;
        self.bytes = rest;
        Ok(*chunk)
    }

    /// A number of 8 bits.
    ///
    /// # Errors
    /// The body ends.
    pub(crate) fn byte(&mut self) -> Result<u8, BodyError> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    /// A bool.
    ///
    /// # Errors
    /// The body ends, or it is neither.
    pub(crate) fn bool(&mut self) -> Result<bool, BodyError> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(BodyError("a bool is neither")),
        }
    }

    /// One of these, by its place.
    ///
    /// # Errors
    /// The body ends, or it is none of them, which `unknown` says.
    pub(crate) fn one_of<T: Copy>(
        &mut self,
        all: &[T],
        unknown: BodyError,
    ) -> Result<T, BodyError> {
        let place = usize::from(self.byte()?);
        all.get(place).copied().ok_or(unknown)
    }

    /// A number of 64 bits.
    ///
    /// # Errors
    /// The body ends.
    pub(crate) fn number(&mut self) -> Result<u64, BodyError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// A number of 32 bits.
    fn word(&mut self) -> Result<u32, BodyError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// How many follow, each of at least one byte: no more than there are bytes.
    fn count(&mut self) -> Result<usize, BodyError> {
        let count = usize::try_from(self.word()?).map_err(|_| CUT_OFF)?;
        (count <= self.bytes.len()).then_some(count).ok_or(CUT_OFF)
    }

    /// Bytes.
    ///
    /// # Errors
    /// The body ends.
    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], BodyError> {
        let count = self.count()?;
        let (bytes, rest) = self.bytes.split_at_checked(count).ok_or(CUT_OFF)?;
        self.bytes = rest;
        Ok(bytes)
    }

    /// A text.
    ///
    /// # Errors
    /// The body ends, or the text is not UTF-8.
    pub(crate) fn text(&mut self) -> Result<&'a str, BodyError> {
        let text = std::str::from_utf8(self.bytes()?);
        text.map_err(|_| BodyError("text is not valid UTF-8"))
    }

    /// A value that may be absent.
    ///
    /// # Errors
    /// The body ends, or the value is broken.
    pub(crate) fn option<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, BodyError>,
    ) -> Result<Option<T>, BodyError> {
        match self.byte()? {
            0 => Ok(None),
            1 => read(self).map(Some),
            _ => Err(BodyError("an option is neither there nor not")),
        }
    }

    /// Values.
    ///
    /// # Errors
    /// The body ends, a value is broken, lies too deep, or there are too many.
    pub(crate) fn values(&mut self) -> Result<Vec<WitValue>, BodyError> {
        self.several(0)
    }

    /// A value.
    ///
    /// # Errors
    /// The body ends, the value is broken, lies too deep, or there are too many.
    pub(crate) fn value(&mut self) -> Result<WitValue, BodyError> {
        self.value_at(0)
    }

    fn several(&mut self, depth: usize) -> Result<Vec<WitValue>, BodyError> {
        let count = self.count()?;
        if count > self.values_left {
            return Err(BodyError("it has too many values"));
        }
        (0..count).map(|_| self.value_at(depth)).collect()
    }

    fn value_at(&mut self, depth: usize) -> Result<WitValue, BodyError> {
        let left = self.values_left.checked_sub(1);
        self.values_left = left.ok_or(BodyError("it has too many values"))?;
        if depth > DEPTH_MAX {
            return Err(BodyError("its values lie too deep in each other"));
        }
        Ok(match self.byte()? {
            BOOL => WitValue::Bool(self.bool()?),
            UNSIGNED => WitValue::Unsigned(self.number()?),
            SIGNED => WitValue::Signed(self.number()?.cast_signed()),
            REAL => WitValue::Real(f64::from_bits(self.number()?)),
            TEXT => WitValue::Text(self.text()?.to_owned()),
            BYTES => WitValue::Bytes(self.bytes()?.to_vec()),
            HANDLE => WitValue::Handle(self.word()?),
            LIST => WitValue::List(self.several(depth + 1)?),
            TUPLE => WitValue::Tuple(self.several(depth + 1)?),
            RECORD => WitValue::Record(self.fields(depth + 1)?),
            CASE => {
                let name = Cow::Owned(self.text()?.to_owned());
                WitValue::Case(name, self.optional(depth + 1)?)
            }
            OPTION => WitValue::Option(self.optional(depth + 1)?),
            OK => WitValue::Result(Ok(Box::new(self.value_at(depth + 1)?))),
            ERR => WitValue::Result(Err(Box::new(self.value_at(depth + 1)?))),
            _ => return Err(BodyError("a value is of no kind")),
        })
    }

    fn optional(&mut self, depth: usize) -> Result<Option<Box<WitValue>>, BodyError> {
        self.option(|body| body.value_at(depth).map(Box::new))
    }

    fn fields(&mut self, depth: usize) -> Result<Vec<(Cow<'static, str>, WitValue)>, BodyError> {
        let count = self.count()?;
        if count > self.values_left {
            return Err(BodyError("it has too many values"));
        }
        let field = |_| {
            let name = Cow::Owned(self.text()?.to_owned());
            Ok((name, self.value_at(depth)?))
        };
        (0..count).map(field).collect()
    }
}

#[cfg(test)]
mod tests;
