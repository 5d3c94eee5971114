//! `[admin]`.

use std::net::SocketAddr;

use evroute_module_api::config::At;

use super::checker::Checker;
use super::{AdminConfig, Token};
use crate::AdminTlsFiles;
use crate::raw_config::RawAdmin;

/// The shortest token that is accepted, in characters.
const TOKEN_CHARS_MIN: usize = 16;

impl Checker<'_> {
    pub(super) fn admin(&mut self, raw: &RawAdmin) -> AdminConfig {
        let token = raw.token_file.as_ref().and_then(|at| self.token(at));
        let tls = self.admin_tls(raw);
        let written = raw.address.as_ref();
        let address = written.and_then(|at| self.address(at, "admin.address", "127.0.0.1:8060"));
        let address = address.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8060)));
        let is_exposed = !address.ip().to_canonical().is_loopback();
        let is_tls = raw.certificate_file.is_some() || raw.insecure == Some(true);
        if let Some(at) = written
            && is_exposed
            && !is_tls
        {
            let wrong = format!(
                "{address} can be reached from other machines, and tokens would travel in the clear"
            );
            let fix = "listen on 127.0.0.1, or add certificate_file and key_file to [admin], or insecure = true \
                       where something in front of it speaks TLS";
            self.wrong(at, "admin.address", wrong, fix);
        }
        AdminConfig {
            address,
            token,
            tls,
        }
    }

    /// Certificate and key are there both or neither, and fit each other.
    fn admin_tls(&mut self, raw: &RawAdmin) -> Option<AdminTlsFiles> {
        let (certificate, key) = match (&raw.certificate_file, &raw.key_file) {
            (Some(certificate), Some(key)) => (certificate, key),
            (Some(at), None) => {
                self.wrong(
                    at,
                    "admin.certificate_file",
                    "its key is missing",
                    "add key_file = \"path\"",
                );
                return None;
            }
            (None, Some(at)) => {
                let fix = "add certificate_file = \"path\"";
                self.wrong(at, "admin.key_file", "its certificate is missing", fix);
                return None;
            }
            (None, None) => return None,
        };
        let files = AdminTlsFiles {
            certificate: self.findings.beside_file(certificate.get_ref()),
            key: self.findings.beside_file(key.get_ref()),
        };
        if let Err(error) = files.check() {
            let fix = "write the certificate, then those between it and its authority, in PEM, and its key beside it";
            self.wrong(certificate, "admin.certificate_file", error, fix);
            return None;
        }
        Some(files)
    }

    fn token(&mut self, at: &At<String>) -> Option<Token> {
        let path = self.findings.beside_file(at.get_ref());
        let key = "admin.token_file";
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => {
                let wrong = format!("{} cannot be read: {error}", path.display());
                let fix = "write a token into it, for example with: openssl rand -hex 32";
                self.wrong(at, key, wrong, fix);
                return None;
            }
        };
        let word = text.trim();
        if word.len() < TOKEN_CHARS_MIN || !word.bytes().all(|byte| byte.is_ascii_graphic()) {
            let wrong = format!("{} does not hold a token", path.display());
            let fix = format!(
                "write one word of at least {TOKEN_CHARS_MIN} characters into it, for example with: openssl rand -hex 32"
            );
            self.wrong(at, key, wrong, &fix);
            return None;
        }
        Some(Token::new(word))
    }
}
