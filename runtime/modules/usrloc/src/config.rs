//! What the operator may say.

/// Limits of one tenant's registrations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Registered contacts of one address of record (Kamailio's `max_contacts`).
    pub aor_contacts_max: usize,
    /// Registered contacts, all addresses of record together. Limits those as well, for one
    /// without a contact is not kept.
    pub contacts_max: usize,
    /// What a contact that names no expiry gets, in seconds (Kamailio's `default_expires`).
    pub default_expires: u32,
    /// The shortest expiry, in seconds; less is refused with 423 (Kamailio's `min_expires`,
    /// which lengthens silently instead).
    pub min_expires: u32,
    /// The longest expiry, in seconds; more is shortened (Kamailio's `max_expires`).
    pub max_expires: u32,
    /// Bytes that one contact may keep: URI, Path, Call-ID, instance.
    pub contact_bytes_max: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            aor_contacts_max: 10,
            contacts_max: 100_000,
            default_expires: 3600,
            min_expires: 60,
            max_expires: 86_400,
            contact_bytes_max: 4096,
        }
    }
}
