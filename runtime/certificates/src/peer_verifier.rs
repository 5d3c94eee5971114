//! Whether whom we have dialled is who was meant.

use std::collections::HashMap;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use webpki::EndEntityCert;

use crate::CertificatePin;

/// By pin, where one is set for the name: then the certificate is that one, whoever signed it and
/// whatever names and dates are in it. Else by authority and by name: the host of a `sip` URI in
/// the subjectAltName where there is one, and only that (RFC 5922 7.1), else a DNS name or address.
#[derive(Debug)]
pub(crate) struct PeerVerifier {
    pub(crate) provider: Arc<CryptoProvider>,
    pub(crate) roots: Arc<RootCertStore>,
    /// By name, in lower case.
    pub(crate) pins: HashMap<String, Vec<CertificatePin>>,
}

impl ServerCertVerifier for PeerVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Some(pins) = self.pins.get(&*server_name.to_str()) {
            return match pins.iter().any(|pin| pin.is_of(end_entity)) {
                true => Ok(ServerCertVerified::assertion()),
                false => Err(CertificateError::ApplicationVerificationFailure.into()),
            };
        }
        let certificate = ParsedCertificate::try_from(end_entity)?;
        let algorithms = self.provider.signature_verification_algorithms.all;
        verify_server_cert_signed_by_trust_anchor(
            &certificate,
            &self.roots,
            intermediates,
            now,
            algorithms,
        )?;
        match sip_domain(end_entity, server_name) {
            Some(true) => {}
            Some(false) => return Err(CertificateError::NotValidForName.into()),
            None => verify_server_name(&certificate, server_name)?,
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// Whether a certificate's `sip` URIs name the domain; none where it has no such URI, or where the
/// name is no domain.
fn sip_domain(certificate: &CertificateDer<'_>, name: &ServerName<'_>) -> Option<bool> {
    let ServerName::DnsName(name) = name else {
        return None;
    };
    let certificate = EndEntityCert::try_from(certificate).ok()?;
    let uris = certificate.valid_uri_names();
    let mut domains = uris.filter_map(domain_of_sip_uri).peekable();
    domains.peek()?;
    Some(domains.any(|domain| domain.eq_ignore_ascii_case(name.as_ref())))
}

/// RFC 5922 7.1: the host of a `sip` URI; one with a user part is a user's and no domain's. Ports
/// and parameters have no meaning there, and a URI with them names nobody.
fn domain_of_sip_uri(uri: &str) -> Option<&str> {
    let (scheme, rest) = uri.split_once(':')?;
    let is_domain = scheme.eq_ignore_ascii_case("sip")
        && !rest.is_empty()
        && !rest.contains(['@', ':', ';', '?', '/']);
    is_domain.then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sip_uri_names_its_host_and_one_with_a_user_names_no_domain() {
        for (uri, domain) in [
            ("sip:example.com", Some("example.com")),
            ("SIP:Example.com", Some("Example.com")),
            ("sip:bob@example.com", None),
            ("sip:example.com:5061", None),
            ("sips:example.com", None),
            ("sip:example.com;transport=tls", None),
            ("https://example.com", None),
            ("sip:", None),
            ("example.com", None),
        ] {
            assert_eq!(domain_of_sip_uri(uri), domain, "{uri}");
        }
    }
}
