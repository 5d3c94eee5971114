use alloc::string::String;
use alloc::vec::Vec;
use core::ptr;

/// The parts as one text.
///
/// `[&str]::concat` is the same with checks of lengths that a handler's memory cannot hold, and with the code that makes a text
/// longer: half a kilobyte in each component.
#[inline]
pub(crate) fn joined(parts: &[&str]) -> String {
    let octets_in_all = parts.iter().map(|part| part.len()).sum();
    let mut text: Vec<u8> = Vec::with_capacity(octets_in_all);
    let mut at = 0;
    for part in parts {
        // SAFETY: there is room for all parts, each is written after the ones before it, and what was just allocated overlaps
        // with none of them.
        unsafe { ptr::copy_nonoverlapping(part.as_ptr(), text.as_mut_ptr().add(at), part.len()) };
        at += part.len();
    }
    // SAFETY: that many octets were written, and text behind text is UTF-8.
    unsafe {
        text.set_len(at);
        String::from_utf8_unchecked(text)
    }
}
