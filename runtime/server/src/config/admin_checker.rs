//! `[admin]`.

use std::net::SocketAddr;

use evroute_module_api::config::At;

use super::checker::Checker;
use super::{AdminConfig, Token};
use crate::raw_config::RawAdmin;

/// The shortest token that is accepted, in characters.
const TOKEN_CHARS_MIN: usize = 16;

impl Checker<'_> {
    pub(super) fn admin(&mut self, raw: &RawAdmin) -> AdminConfig {
        let token = raw.token_file.as_ref().and_then(|at| self.token(at));
        let files = (raw.certificate_file.as_ref(), raw.key_file.as_ref());
        let tls = self.certificate("admin", files);
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
            phone: raw.phone.as_ref().is_some_and(|at| *at.get_ref()),
        }
    }

    /// Who wants a phone in the browser wants what it speaks, too.
    pub(super) fn phone_speaks(&mut self, raw: &RawAdmin, has_websocket: bool) {
        let phone = raw.phone.as_ref().filter(|at| *at.get_ref());
        if let Some(at) = phone.filter(|_| !has_websocket) {
            let fix = "add [websocket] with origins = [\"http://127.0.0.1:8060\"], the page's own";
            self.wrong(
                at,
                "admin.phone",
                "the page speaks WebSocket, and there is none",
                fix,
            );
        }
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
