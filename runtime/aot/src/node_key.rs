//! The key that is this node's alone.

use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use subtle::ConstantTimeEq;

/// How long it is, bytes: as much as HMAC-SHA-256 makes use of.
const KEY_BYTES: usize = 32;
/// How long a seal is, bytes.
pub(crate) const SEAL_BYTES: usize = 32;

/// What is sealed to make another secret; no code begins so.
const DERIVED: &[u8] = b"evroute-derived-key\n";

/// A secret of this node, made when it is first needed. What carries its seal was written by a
/// process that could read it.
pub struct NodeKey(hmac::Key);

/// The node's key cannot be read or made.
#[derive(Debug, thiserror::Error)]
pub enum NodeKeyError {
    /// The system does not let us.
    #[error("{path}: {why}")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        why: io::Error,
    },
    /// Others could know it or have put it there, or it is no key.
    #[error(
        "{path}: {why}; it is made anew when it is removed, and what was compiled before is then compiled again"
    )]
    NotOwn {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: &'static str,
    },
}

impl std::fmt::Debug for NodeKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NodeKey")
    }
}

impl NodeKey {
    /// Reads the key in this file, which is made with mode 0600 where there is none.
    ///
    /// # Errors
    /// [`NodeKeyError`], for a file that others could read or change as well.
    pub fn open(path: &Path) -> Result<Self, NodeKeyError> {
        let unusable = |why| NodeKeyError::Unusable {
            path: path.to_owned(),
            why,
        };
        match read(path) {
            Err(NodeKeyError::Unusable { why, .. }) if why.kind() == ErrorKind::NotFound => {
                make(path).map_err(unusable)?;
                read(path)
            }
            read => read,
        }
    }

    /// The seal of these pieces, one after the other. The caller sees to it that they cannot be
    /// divided in another way.
    pub(crate) fn seal(&self, pieces: &[&[u8]]) -> [u8; SEAL_BYTES] {
        let mut context = hmac::Context::with_key(&self.0);
        for piece in pieces {
            context.update(piece);
        }
        let mut seal = [0; SEAL_BYTES];
        seal.copy_from_slice(context.sign().as_ref());
        seal
    }

    /// Another secret of this node, always the same for the same purpose, that tells nothing of the
    /// key nor of those for other purposes.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> [u8; SEAL_BYTES] {
        self.seal(&[DERIVED, purpose.as_bytes()])
    }

    /// Whether this is their seal.
    pub(crate) fn is_seal(&self, seal: &[u8], pieces: &[&[u8]]) -> bool {
        self.seal(pieces).ct_eq(seal).into()
    }
}

fn read(path: &Path) -> Result<NodeKey, NodeKeyError> {
    let unusable = |why| NodeKeyError::Unusable {
        path: path.to_owned(),
        why,
    };
    let not_own = |why| NodeKeyError::NotOwn {
        path: path.to_owned(),
        why,
    };
    let no_link = OpenOptions::new()
        .read(true)
        .custom_flags(O_NOFOLLOW)
        .open(path);
    let file = no_link.map_err(unusable)?;
    let found = file.metadata().map_err(unusable)?;
    if !found.is_file() || found.len() != KEY_BYTES as u64 {
        return Err(not_own("it is no key of 32 bytes"));
    }
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Err(not_own("it belongs to another user"));
    }
    if found.mode() & 0o077 != 0 {
        return Err(not_own("it is open to other users (chmod 600)"));
    }
    let mut key = [0; KEY_BYTES];
    (&file).read_exact(&mut key).map_err(unusable)?;
    Ok(NodeKey(hmac::Key::new(hmac::HMAC_SHA256, &key)))
}

/// A link is not followed: it could lead to a key that others know.
const O_NOFOLLOW: i32 = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();

/// Makes a key whole or not at all. One that another process has made meanwhile stays.
fn make(path: &Path) -> io::Result<()> {
    let broken = |_| io::Error::other("the system gives no randomness");
    let mut key = [0; KEY_BYTES];
    SystemRandom::new().fill(&mut key).map_err(broken)?;
    match evroute_atomic_file::create_durably(path, evroute_atomic_file::PRIVATE, &key) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn it_is_made_once_and_is_this_users_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("node.key");
        let seal = NodeKey::open(&path).unwrap().seal(&[b"a", b"b"]);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let again = NodeKey::open(&path).unwrap();
        assert!(again.is_seal(&seal, &[b"ab"]));
        assert!(!again.is_seal(&seal, &[b"ac"]));
        assert!(!again.is_seal(&seal[1..], &[b"ab"]));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(again.derive("a"), again.derive("a"));
        assert_ne!(again.derive("a"), again.derive("b"));
        let other = NodeKey::open(&folder.path().join("other.key")).unwrap();
        assert_ne!(again.derive("a"), other.derive("a"));
        assert!(!other.is_seal(&seal, &[b"ab"]));
    }

    #[test]
    fn one_that_others_could_know_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("node.key");
        NodeKey::open(&path).unwrap();
        let why = |path: &Path| NodeKey::open(path).unwrap_err().to_string();
        let link = folder.path().join("link");
        symlink(&path, &link).unwrap();
        assert!(why(&link).contains("link: "), "{}", why(&link));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(why(&path).contains("open to other users"), "{}", why(&path));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, b"short").unwrap();
        assert!(why(&path).contains("no key of 32 bytes"), "{}", why(&path));
    }
}
