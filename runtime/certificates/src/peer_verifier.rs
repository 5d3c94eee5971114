//! Whether whom we have dialled is who was meant.

use std::collections::HashMap;
use std::sync::Arc;

use evroute_tenant::CertificatePin;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use webpki::EndEntityCert;

use crate::fingerprint::fingerprint;
use crate::peer_names::domain_of_sip_uri;

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
            return match pins.contains(&fingerprint(end_entity)) {
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
