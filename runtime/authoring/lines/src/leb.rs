//! LEB128 without sign.

use crate::Unreadable;

pub(crate) fn write(sink: &mut Vec<u8>, mut number: u32) {
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            sink.push(low & 0x7f);
            return;
        }
        sink.push(low | 0x80);
    }
}

/// Bytes that are read from the beginning.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn byte(&mut self) -> Result<u8, Unreadable> {
        let (first, rest) = self.0.split_first().ok_or(Unreadable("it is cut off"))?;
        self.0 = rest;
        Ok(*first)
    }

    pub(crate) fn number(&mut self) -> Result<u32, Unreadable> {
        let mut number = 0_u64;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return u32::try_from(number).map_err(|_| Unreadable("a number is too large"));
            }
        }
        Err(Unreadable("a number is too long"))
    }

    /// A number of something that may be absent.
    pub(crate) fn reference(&mut self) -> Result<Option<u32>, Unreadable> {
        Ok(self.number()?.checked_sub(1))
    }

    pub(crate) fn bytes(&mut self, count: u32) -> Result<&'a [u8], Unreadable> {
        let count = usize::try_from(count).map_err(|_| Unreadable("a number is too large"))?;
        let (bytes, rest) = self
            .0
            .split_at_checked(count)
            .ok_or(Unreadable("it is cut off"))?;
        self.0 = rest;
        Ok(bytes)
    }
}
