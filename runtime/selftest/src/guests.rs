//! The guests, as components: made when this program was built.

include!(concat!(env!("OUT_DIR"), "/guests.rs"));

/// The component of this name.
pub(crate) fn guest(name: &str) -> Option<&'static [u8]> {
    let mut guests = GUESTS.iter();
    guests
        .find(|(known, _)| *known == name)
        .map(|(_, component)| *component)
}
