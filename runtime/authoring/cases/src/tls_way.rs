//! A connection with TLS, as a case writes it.

use serde::Deserialize;

/// A connection with TLS.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TlsWay {
    #[serde(default = "tls_version")]
    pub(crate) version: String,
    #[serde(default = "tls_cipher")]
    pub(crate) cipher: String,
    pub(crate) server_name: Option<String>,
    /// The other side has shown a certificate for this domain.
    pub(crate) peer: Option<String>,
    /// It has shown one, for whatever.
    #[serde(default)]
    pub(crate) is_verified: bool,
}

fn tls_version() -> String {
    "TLSv1.3".to_owned()
}

fn tls_cipher() -> String {
    "TLS_AES_256_GCM_SHA384".to_owned()
}
