//! Certificates and keys: read from files, chosen by the name that a client asks for.
//!
//! Of Kamailio's `tls` module this is what `tls.cfg` says. What is spoken with them is in the
//! transport; who may change them is in the server and in the module `tls`.

mod authorities;
mod certificate_error;
mod certificate_files;
mod certificate_table;
mod client_settings;
mod client_table;
mod client_verification;
mod der;
mod fingerprint;
mod peer_names;
mod peer_verifier;
mod provider;
mod refusal;
mod server_certificate;
mod server_settings;
mod server_tls;
mod tls_source;
mod tls_tables;
mod validity;

pub use authorities::Authorities;
pub use certificate_error::CertificateError;
pub use certificate_files::{CertificateFiles, FileStamp};
pub use certificate_table::{CertificateOwner, CertificateTable, ChosenCertificate};
pub use client_settings::ClientSettings;
pub use client_table::ClientTable;
pub use client_verification::ClientVerification;
pub use peer_names::{client_identity, dialled_identity};
pub use provider::provider;
pub use refusal::refusal;
pub use server_certificate::ServerCertificate;
pub use server_settings::ServerSettings;
pub use server_tls::ServerTls;
pub use tls_source::{LoadedTls, TlsSource};
pub use tls_tables::TlsTables;
