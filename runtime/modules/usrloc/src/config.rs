//! What the operator may say.

/// What becomes of a contact that is one too many for its address of record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ContactsOver {
    /// It takes the place of the one that was registered or refreshed the longest time ago: most likely the same phone, before it
    /// was started anew or got another port from its NAT. As the flag `f` of OpenSIPS' `save`.
    #[default]
    Replace,
    /// It is refused with 403. As Kamailio's `max_contacts`, which answers 503.
    Refuse,
}

/// Limits of one tenant's registrations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Registered contacts of one address of record (Kamailio's `max_contacts`).
    pub aor_contacts_max: usize,
    /// What becomes of a contact that is one too many for its address of record.
    pub aor_contacts_over: ContactsOver,
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
            aor_contacts_over: ContactsOver::Replace,
            contacts_max: 100_000,
            default_expires: 3600,
            min_expires: 60,
            max_expires: 86_400,
            contact_bytes_max: 4096,
        }
    }
}
