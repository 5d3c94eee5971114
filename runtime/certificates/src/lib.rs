//! Certificates and keys: read from files, chosen by the name that a client asks for.
//!
//! Of Kamailio's `tls` module this is what `tls.cfg` says. What is spoken with them is in the
//! transport; who may change them is in the server and in the module `tls`.

mod authorities;
mod certificate_error;
mod certificate_files;
mod certificate_pin;
mod certificate_table;
mod client_settings;
mod client_table;
mod der;
mod peer_verifier;
mod provider;
mod server_certificate;
mod server_tls;
mod tls_source;
mod tls_tables;
mod validity;

pub use authorities::Authorities;
pub use certificate_error::CertificateError;
pub use certificate_files::{CertificateFiles, FileStamp};
pub use certificate_pin::{CertificatePin, NotAPin};
pub use certificate_table::{CertificateOwner, CertificateTable};
pub use client_settings::ClientSettings;
pub use client_table::ClientTable;
pub use provider::provider;
pub use server_certificate::ServerCertificate;
pub use server_tls::ServerTls;
pub use tls_source::{LoadedTls, TlsSource};
pub use tls_tables::TlsTables;
