//! One user, as his password is kept.

use evroute_digest_auth::{Algorithm, Ha1};

/// A user's hashes in one realm. `ha1` is of his name alone, `ha1b` of his name with `@` and his
/// domain, which some phones send (Kamailio's columns `ha1` and `ha1b`).
#[derive(Clone, Default, Debug)]
pub struct Subscriber {
    /// One of each algorithm at most.
    pub ha1: Vec<Ha1>,
    /// The same of the name with the domain.
    pub ha1b: Vec<Ha1>,
}

impl Subscriber {
    /// All hashes of a password.
    #[must_use]
    pub fn of(user_name: &str, domain: &str, realm: &str, password: &str) -> Self {
        let with_domain = format!("{user_name}@{domain}");
        let of = |name: &str| Algorithm::ALL.map(|one| Ha1::of(one, name, realm, password));
        Self {
            ha1: of(user_name).to_vec(),
            ha1b: of(&with_domain).to_vec(),
        }
    }

    /// The hash that an answer was made with, by the form of name in it.
    #[must_use]
    pub fn hash(&self, algorithm: Algorithm, with_domain: bool) -> Option<&Ha1> {
        let hashes = if with_domain { &self.ha1b } else { &self.ha1 };
        hashes.iter().find(|hash| hash.algorithm() == algorithm)
    }

    /// Of which algorithms there are hashes, the best first.
    #[must_use]
    pub fn algorithms(&self) -> Vec<Algorithm> {
        let has = |algorithm: &Algorithm| self.hash(*algorithm, false).is_some();
        Algorithm::ALL.into_iter().filter(has).collect()
    }
}
