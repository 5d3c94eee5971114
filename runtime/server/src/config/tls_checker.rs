//! `[tls]`, and certificates wherever they are named.

use std::time::Duration;

use evroute_certificates::{Authorities, CertificateFiles, ServerSettings};
use evroute_module_api::config::{At, RawClientCertificates};
use evroute_transport::TlsConfig;

use super::SipTlsConfig;
use super::checker::Checker;
use crate::raw_config::{RawListen, RawTls};

impl Checker<'_> {
    pub(super) fn tls(&mut self, raw: &RawTls) -> SipTlsConfig {
        let default = TlsConfig::default();
        let files = (raw.certificate_file.as_ref(), raw.key_file.as_ref());
        let seconds = self.number(
            "tls.handshake_seconds_max",
            raw.handshake_seconds_max.as_ref(),
            1..=300,
            default.handshake_timeout.as_secs(),
        );
        let files = self.certificate("tls", files);
        let clients = RawClientCertificates {
            client_ca_file: raw.client_ca_file.as_ref(),
            client_certificates: raw.client_certificates.as_ref(),
            crl_file: raw.crl_file.as_ref(),
        };
        let has_certificate = raw.certificate_file.is_some();
        let findings = &mut self.findings;
        let clients = findings.client_verification("tls", clients, has_certificate);
        SipTlsConfig {
            server: files.map(|files| ServerSettings { files, clients }),
            sni_must_match: raw.sni_must_match.unwrap_or(default.sni_must_match),
            authorities: self.authorities(raw.ca_file.as_ref()),
            handshakes_max: self.number(
                "tls.handshakes_max",
                raw.handshakes_max.as_ref(),
                1..=65_536,
                default.handshakes_max,
            ),
            handshakes_per_source_max: self.number(
                "tls.handshakes_per_source_max",
                raw.handshakes_per_source_max.as_ref(),
                1..=65_536,
                default.handshakes_per_source_max,
            ),
            handshake: Duration::from_secs(seconds),
        }
    }

    fn authorities(&mut self, written: Option<&At<String>>) -> Authorities {
        let Some(at) = written else {
            return Authorities::System;
        };
        let authorities = Authorities::File(self.findings.beside_file(at.get_ref()));
        if let Err(error) = authorities.read() {
            let fix = "write the certificates of those who are believed, in PEM";
            self.wrong(at, "tls.ca_file", error, fix);
        }
        authorities
    }

    /// Clients that ask for no name, as most phones do, must be shown something.
    pub(super) fn tls_listeners(&mut self, raw: Option<&[RawListen]>, tls: &RawTls) {
        if tls.certificate_file.is_some() || tls.key_file.is_some() {
            return;
        }
        let listeners = raw.unwrap_or_default().iter();
        let is_tls = |entry: &&RawListen| matches!(&**entry.transport.get_ref(), "tls" | "https");
        for entry in listeners.filter(is_tls) {
            let wrong = "there is no certificate to speak TLS with";
            let fix = "add a [tls] section with certificate_file and key_file";
            self.wrong(&entry.transport, "listen.transport", wrong, fix);
        }
    }

    /// Certificate and key of a section are there both or neither, and fit each other.
    pub(super) fn certificate(
        &mut self,
        section: &str,
        (certificate, key): (Option<&At<String>>, Option<&At<String>>),
    ) -> Option<CertificateFiles> {
        let (of_certificate, of_key) = (
            format!("{section}.certificate_file"),
            format!("{section}.key_file"),
        );
        let (certificate, key) = match (certificate, key) {
            (Some(certificate), Some(key)) => (certificate, key),
            (Some(at), None) => {
                let fix = "add key_file = \"path\"";
                self.wrong(at, &of_certificate, "its key is missing", fix);
                return None;
            }
            (None, Some(at)) => {
                let fix = "add certificate_file = \"path\"";
                self.wrong(at, &of_key, "its certificate is missing", fix);
                return None;
            }
            (None, None) => return None,
        };
        let files = CertificateFiles {
            certificate: self.findings.beside_file(certificate.get_ref()),
            key: self.findings.beside_file(key.get_ref()),
        };
        if let Err(error) = files.check() {
            self.wrong(certificate, &of_certificate, error, CertificateFiles::FIX);
            return None;
        }
        Some(files)
    }
}
