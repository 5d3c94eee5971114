//! What a section says of the certificates of clients: the same keys in `[tls]` and `[tenant.tls]`.

use evroute_certificates::ClientVerification;

use super::{At, Findings};

/// The keys as they are written.
#[derive(Clone, Copy, Default, Debug)]
pub struct RawClientCertificates<'a> {
    /// `client_ca_file`
    pub client_ca_file: Option<&'a At<String>>,
    /// `client_certificates`
    pub client_certificates: Option<&'a At<String>>,
    /// `crl_file`
    pub crl_file: Option<&'a At<String>>,
}

impl Findings {
    /// How clients are verified that are shown the certificate of a section, `tls` or `tenant.tls`;
    /// none where they are asked for no certificate, and where something is wrong, which is noted.
    pub fn client_verification(
        &mut self,
        section: &str,
        raw: RawClientCertificates<'_>,
        has_certificate: bool,
    ) -> Option<ClientVerification> {
        let [ca, asked, crl] = ["client_ca_file", "client_certificates", "crl_file"]
            .map(|key| format!("{section}.{key}"));
        let Some(authorities) = raw.client_ca_file else {
            let alone = [(raw.client_certificates, asked), (raw.crl_file, crl)];
            for (at, key) in alone {
                if let Some(at) = at {
                    let fix = "add client_ca_file = \"path\"";
                    let wrong = "nobody is named who signs certificates of clients";
                    self.wrong(at, &key, wrong, fix);
                }
            }
            return None;
        };
        if !has_certificate {
            let fix = "add certificate_file and key_file: it is who is shown them that is asked";
            self.wrong(authorities, &ca, "there is no certificate to be shown", fix);
            return None;
        }
        let is_required = match raw.client_certificates {
            None => false,
            Some(at) => self.is_required(at, &asked)?,
        };
        let mut verification = ClientVerification {
            authorities: self.beside_file(authorities.get_ref()),
            is_required,
            revoked: None,
        };
        if let Err(error) = verification.read() {
            let fix = "write the certificates of those who sign for clients, in PEM";
            self.wrong(authorities, &ca, error, fix);
            return None;
        }
        if let Some(at) = raw.crl_file {
            verification.revoked = Some(self.beside_file(at.get_ref()));
            if let Err(error) = verification.read() {
                let fix = "write what those of client_ca_file have revoked, a list of each, in PEM";
                self.wrong(at, &crl, error, fix);
                return None;
            }
        }
        Some(verification)
    }

    fn is_required(&mut self, at: &At<String>, key: &str) -> Option<bool> {
        match at.get_ref().as_str() {
            "optional" => Some(false),
            "required" => Some(true),
            other => {
                let wrong = format!("{other:?} is neither");
                self.wrong(at, key, wrong, "write \"optional\" or \"required\"");
                None
            }
        }
    }
}
