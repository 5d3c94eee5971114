//! What the two sides of a TLS session have agreed on, in OpenSSL's words, which are Kamailio's.

use evroute_tenant::{PeerIdentity, TlsHandshake};
use rustls::{CipherSuite, CommonState, ProtocolVersion};

/// What a handshake has come to.
pub(crate) fn negotiated(
    tls: &CommonState,
    server_name: Option<&str>,
    peer: Option<PeerIdentity>,
) -> TlsHandshake {
    let suite = tls.negotiated_cipher_suite().map(|suite| suite.suite());
    TlsHandshake {
        version: version(tls.protocol_version()).into(),
        cipher: suite.map_or("", cipher).into(),
        server_name: server_name.map(Into::into),
        peer,
    }
}

const fn version(version: Option<ProtocolVersion>) -> &'static str {
    match version {
        Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
        Some(ProtocolVersion::TLSv1_3) => "TLSv1.3",
        // No others are spoken.
        Some(_) | None => "",
    }
}

const fn cipher(suite: CipherSuite) -> &'static str {
    match suite {
        CipherSuite::TLS13_AES_256_GCM_SHA384 => "TLS_AES_256_GCM_SHA384",
        CipherSuite::TLS13_AES_128_GCM_SHA256 => "TLS_AES_128_GCM_SHA256",
        CipherSuite::TLS13_CHACHA20_POLY1305_SHA256 => "TLS_CHACHA20_POLY1305_SHA256",
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 => "ECDHE-ECDSA-AES256-GCM-SHA384",
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 => "ECDHE-ECDSA-AES128-GCM-SHA256",
        CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 => {
            "ECDHE-ECDSA-CHACHA20-POLY1305"
        }
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 => "ECDHE-RSA-AES256-GCM-SHA384",
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 => "ECDHE-RSA-AES128-GCM-SHA256",
        CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 => "ECDHE-RSA-CHACHA20-POLY1305",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suite_and_version_that_is_spoken_has_a_name() {
        for suite in &evroute_certificates::provider().cipher_suites {
            assert_ne!(cipher(suite.suite()), "", "{suite:?}");
            assert_ne!(version(Some(suite.version().version)), "");
        }
    }
}
