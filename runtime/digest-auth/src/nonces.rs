//! Nonces that need no memory before they are used.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::nc_windows::{NcWindows, NonceKey};

/// Bytes of the MAC that a nonce carries: 128 bits.
const MAC_BYTES: usize = 16;
/// When it was issued, and what tells it from others.
const KEY_BYTES: usize = 16;
const NONCE_BYTES: usize = KEY_BYTES + MAC_BYTES;
/// The same as text: four characters for three bytes.
const NONCE_CHARS: usize = (NONCE_BYTES * 4).div_ceil(3);

/// Why a nonce is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NonceFault {
    /// It is too old, or not known.
    #[error("the nonce is stale")]
    Stale,
    /// It was used with this count before.
    #[error("the nonce was used with this count before")]
    Replayed,
}

/// A nonce that was issued here and is not too old. What it was used for is not said yet.
#[derive(Clone, Copy, Debug)]
pub struct KnownNonce {
    key: NonceKey,
    /// What was issued before this is too old.
    oldest: u64,
}

/// The nonces of one tenant. A nonce is its time, a number and a MAC over both, so that a challenge
/// costs no memory; only one that was answered well is remembered, with its counts.
///
/// Nothing of it is kept over a restart: a nonce of before has no MAC of the new key, and is stale.
pub struct Nonces {
    key: [u8; 32],
    lifetime_ms: u64,
    issued: AtomicU64,
    windows: Mutex<NcWindows>,
}

impl std::fmt::Debug for Nonces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Nonces")
            .field("lifetime_ms", &self.lifetime_ms)
            .finish_non_exhaustive()
    }
}

impl Nonces {
    /// `key` is random and never told to anybody. A nonce may be used for `lifetime_ms`; the counts
    /// of at most `nonces_max` are remembered.
    #[must_use]
    pub const fn new(key: [u8; 32], lifetime_ms: u64, nonces_max: usize) -> Self {
        Self {
            key,
            lifetime_ms,
            issued: AtomicU64::new(0),
            windows: Mutex::new(NcWindows::new(nonces_max)),
        }
    }

    /// A new one. `scope` is whatever it must not be used beyond: the realm, maybe the address of
    /// the client. `now` are milliseconds since 1970.
    #[must_use]
    pub fn issue(&self, scope: &[&[u8]], now: u64) -> String {
        let number = self.issued.fetch_add(1, Ordering::Relaxed);
        // How many challenges there were is nobody's business.
        let hidden = self.mac(b"number", &[&number.to_be_bytes()]);
        let mut nonce = [0; NONCE_BYTES];
        let (key, mac) = nonce.split_at_mut(KEY_BYTES);
        let id = now.to_be_bytes().into_iter().chain(hidden);
        key.iter_mut().zip(id).for_each(|(to, from)| *to = from);
        mac.copy_from_slice(&self.nonce_mac(key, scope));
        URL_SAFE_NO_PAD.encode(nonce)
    }

    /// Whether a nonce was issued here, for this scope, and is not too old.
    ///
    /// # Errors
    /// [`NonceFault::Stale`].
    pub fn recognise(
        &self,
        scope: &[&[u8]],
        nonce: &str,
        now: u64,
    ) -> Result<KnownNonce, NonceFault> {
        let key = self.read(scope, nonce).ok_or(NonceFault::Stale)?;
        let oldest = now.saturating_sub(self.lifetime_ms);
        if key.0 < oldest {
            return Err(NonceFault::Stale);
        }
        Ok(KnownNonce { key, oldest })
    }

    /// Uses one. `count` is none where the client does not count; it can then be used once.
    ///
    /// # Errors
    /// [`NonceFault`].
    pub fn take(&self, nonce: KnownNonce, count: Option<u32>) -> Result<(), NonceFault> {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        windows.forget_before(nonce.oldest);
        windows.take(nonce.key, count)
    }

    /// How many have been used and are remembered.
    #[must_use]
    pub fn remembered(&self) -> usize {
        let windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        windows.len()
    }

    /// A hash that nobody has the password of, always the same for the same text: for users that
    /// do not exist, so that looking at them takes what it takes for others.
    #[must_use]
    pub fn made_up(&self, algorithm: crate::Algorithm, user_name: &str) -> crate::Ha1 {
        let mac = self.mac(b"user", &[user_name.as_bytes()]);
        let password = URL_SAFE_NO_PAD.encode(mac);
        crate::Ha1::of(algorithm, user_name, "", &password)
    }

    fn read(&self, scope: &[&[u8]], nonce: &str) -> Option<NonceKey> {
        if nonce.len() != NONCE_CHARS {
            return None;
        }
        let mut bytes = [0; NONCE_BYTES];
        let read = URL_SAFE_NO_PAD.decode_slice(nonce, &mut bytes).ok()?;
        if read != NONCE_BYTES {
            return None;
        }
        let (key, mac) = bytes.split_at(KEY_BYTES);
        let is_ours = mac.ct_eq(&self.nonce_mac(key, scope));
        if !bool::from(is_ours) {
            return None;
        }
        let (issued, id) = key.split_at(size_of::<u64>());
        let number = |bytes: &[u8]| Some(u64::from_be_bytes(bytes.try_into().ok()?));
        Some((number(issued)?, number(id)?))
    }

    fn nonce_mac(&self, key: &[u8], scope: &[&[u8]]) -> [u8; MAC_BYTES] {
        let parts: Vec<&[u8]> = [key].into_iter().chain(scope.iter().copied()).collect();
        self.mac(b"nonce", &parts)
    }

    /// A MAC over these parts, with their lengths, so that no two lists of them are the same.
    fn mac(&self, purpose: &[u8], parts: &[&[u8]]) -> [u8; MAC_BYTES] {
        // Hmac takes a key of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else {
            return [0; MAC_BYTES];
        };
        for part in [purpose].iter().chain(parts) {
            mac.update(&part.len().to_be_bytes());
            mac.update(part);
        }
        let mut short = [0; MAC_BYTES];
        let whole = mac.finalize().into_bytes();
        short
            .iter_mut()
            .zip(whole)
            .for_each(|(to, from)| *to = from);
        short
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCOPE: &[&[u8]] = &[b"acme.example"];

    fn nonces() -> Nonces {
        Nonces::new([7; 32], 300_000, 100)
    }

    fn take(nonces: &Nonces, nonce: &str, count: u32, now: u64) -> Result<(), NonceFault> {
        nonces.take(nonces.recognise(SCOPE, nonce, now)?, Some(count))
    }

    #[test]
    fn a_nonce_is_used_as_often_as_its_counts_differ() {
        let nonces = nonces();
        let nonce = nonces.issue(SCOPE, 1_000);
        for count in 1..=300 {
            assert_eq!(take(&nonces, &nonce, count, 2_000), Ok(()));
        }
        assert_eq!(take(&nonces, &nonce, 300, 2_000), Err(NonceFault::Replayed));
        assert_eq!(nonces.remembered(), 1);
    }

    #[test]
    fn a_nonce_has_its_time() {
        let nonces = nonces();
        let nonce = nonces.issue(SCOPE, 1_000);
        assert_eq!(take(&nonces, &nonce, 1, 301_000), Ok(()));
        assert_eq!(take(&nonces, &nonce, 2, 301_001), Err(NonceFault::Stale));
        let next = nonces.issue(SCOPE, 301_001);
        assert_eq!(take(&nonces, &next, 1, 301_001), Ok(()));
        assert_eq!(nonces.remembered(), 1, "what is too old is not kept");
    }

    #[test]
    fn nonces_of_others_are_stale() {
        let (before, after) = (Nonces::new([6; 32], 300_000, 100), nonces());
        let nonce = before.issue(SCOPE, 1_000);
        assert_eq!(take(&after, &nonce, 1, 1_000), Err(NonceFault::Stale));
        let others: [&[&[u8]]; 3] = [&[b"other.example"], &[b"acme", b".example"], &[]];
        for scope in others {
            let nonce = after.issue(scope, 1_000);
            assert_eq!(take(&after, &nonce, 1, 1_000), Err(NonceFault::Stale));
        }
    }

    #[test]
    fn a_nonce_with_any_character_changed_is_stale() {
        let nonces = nonces();
        let nonce = nonces.issue(SCOPE, 1_000);
        for at in 0..nonce.len() {
            let mut changed = nonce.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            let taken = take(&nonces, &changed, 1, 1_000);
            assert_eq!(taken, Err(NonceFault::Stale), "{at}");
        }
        for changed in [&nonce[1..], "", "AAAA", &format!("{nonce}A")] {
            assert_eq!(take(&nonces, changed, 1, 1_000), Err(NonceFault::Stale));
        }
        assert_eq!(nonces.remembered(), 0);
    }

    #[test]
    fn no_two_nonces_are_the_same() {
        let nonces = nonces();
        assert_ne!(nonces.issue(SCOPE, 1_000), nonces.issue(SCOPE, 1_000));
    }
}
