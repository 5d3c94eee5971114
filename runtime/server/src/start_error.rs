//! Why the server does not start.

use std::io;
use std::path::PathBuf;

use evroute_certificates::CertificateError;

/// Why the server does not start. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address of `[[listen]]` cannot be listened on.
    #[error("cannot listen: {0}")]
    Listen(#[from] evroute_transport::BindError),
    /// An address cannot be listened on.
    #[error("cannot listen on {address}: {why}; {fix}")]
    Bind {
        /// The address, with the transport where it is one of SIP.
        address: String,
        /// What the system says.
        why: io::Error,
        /// What to do.
        fix: String,
    },
    /// TLS of the admin port cannot be spoken.
    #[error("[admin] {0}; correct certificate_file and key_file")]
    AdminTls(CertificateError),
    /// TLS for SIP cannot be spoken.
    #[error("[tls] {0}; correct certificate_file and key_file")]
    Certificate(CertificateError),
    /// The folder for embedded databases cannot be made.
    #[error(
        "data_dir {} cannot be used: {why}; make it writable or set [server] data_dir to another folder",
        .path.display()
    )]
    DataDir {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// What was deployed cannot be read.
    #[error("{}: {why}; correct it, or move the folder away to start without what was deployed", .path.display())]
    Deploys {
        /// The folder.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// A handler is refused, or decided that the server does not start.
    #[error("tenant {tenant}, handler {handler}: {why}")]
    Handler {
        /// The tenant's name.
        tenant: String,
        /// The handler's name.
        handler: String,
        /// What is wrong and what to do.
        why: String,
    },
    /// No handler of the configuration is of this component.
    #[error(
        "no handler of the configuration is of {}; name it as component of a [[tenant.handler]]",
        .0.display()
    )]
    NoHandlerOf(PathBuf),
    /// Something that a tenant's configuration names cannot be used.
    #[error("tenant {tenant}: {why}")]
    Tenant {
        /// The tenant's name.
        tenant: String,
        /// What is wrong and what to do.
        why: String,
    },
    /// The server's own fault.
    #[error("the server could not be put together: {0}; please report this")]
    Fault(String),
}

impl StartError {
    /// An address that cannot be listened on. `key` is where the configuration says it.
    #[must_use]
    pub fn bind(key: &str, address: String, why: io::Error) -> Self {
        let port = address.rsplit(':').next().unwrap_or_default().to_owned();
        let fix = match why.kind() {
            io::ErrorKind::AddrInUse => format!(
                "stop whoever has it (ss -lptun 'sport = :{port}' shows who) or choose another in {key}"
            ),
            io::ErrorKind::AddrNotAvailable => {
                format!("this machine has no such address (ip addr lists them): correct {key}")
            }
            io::ErrorKind::PermissionDenied => {
                format!("ports below 1024 need more rights: choose a higher one in {key}")
            }
            _ => format!("correct {key}"),
        };
        Self::Bind { address, why, fix }
    }

    /// Whether the operator can do nothing about it.
    #[must_use]
    pub fn is_our_fault(&self) -> bool {
        match self {
            Self::Fault(_) => true,
            Self::Listen(_)
            | Self::Bind { .. }
            | Self::AdminTls(_)
            | Self::Certificate(_)
            | Self::DataDir { .. }
            | Self::Deploys { .. }
            | Self::Handler { .. }
            | Self::NoHandlerOf(_)
            | Self::Tenant { .. } => false,
        }
    }
}
