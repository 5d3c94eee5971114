//! Why subscribers cannot be read or kept.

use std::path::PathBuf;

use evroute_database_file::DatabaseFileError;

/// Why subscribers cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum SubscriberError {
    /// What the database says.
    #[error("{}: {why}", .path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// Why.
        why: rusqlite::Error,
    },
    /// The file cannot be opened.
    #[error(transparent)]
    File(#[from] DatabaseFileError),
    /// There are as many as there may be.
    #[error("the tenant has {0} subscribers, which is subscribers_max in [tenant.auth]")]
    Full(usize),
    /// A name that no phone could send.
    #[error("{0:?} is no name of a user: write 1 to 128 characters, none of them a control, no @")]
    BadName(String),
    /// A realm that no phone could send.
    #[error("{0:?} is no realm: write 1 to 128 characters, none of them a control")]
    BadRealm(String),
    /// It has none of the hashes.
    #[error("a subscriber has at least one hash")]
    NoHash,
    /// There is one.
    #[error(
        "there is {user_name} in {realm} already; evroute subscribers passwd changes a password"
    )]
    Exists {
        /// His name.
        user_name: String,
        /// His realm.
        realm: String,
    },
    /// There is none.
    #[error("there is no {user_name} in {realm}; evroute subscribers list shows who there is")]
    Missing {
        /// His name.
        user_name: String,
        /// His realm.
        realm: String,
    },
    /// They are in a database of the tenant's, which is not ours to write.
    #[error(
        "subscribers are read from the database {0:?}; change them there, or remove the key \
         database from [tenant.auth]"
    )]
    Elsewhere(String),
}
