//! The challenges of a peer, and what they are answered with: RFC 7616 and 8760, the client's side.

use evroute_digest_auth::{AnswerError, Authorization, Credentials, Retry, SignedRequest, answer};
use evroute_sip::{HeaderName, Message};

use crate::TrunkConfig;
use crate::chance::token;
use crate::registration_error::RegistrationError;

/// How often the answers to one challenge are counted: far beyond what a peer keeps it for.
const COUNT_MAX: u32 = 1 << 24;

/// What a peer asked last, and what is known of its answer.
#[derive(Debug, Default)]
pub(crate) struct Challenges {
    /// The values of its header fields, as they came.
    values: Vec<Vec<u8>>,
    /// Whether it asked as a proxy.
    is_proxy: bool,
    /// How often its nonce was used.
    count: u32,
    /// The header field of the next request.
    header: Option<(&'static str, String)>,
    /// The nonce of the answer that was made for this attempt: who challenges it again has refused
    /// it.
    answered: Option<String>,
}

impl Challenges {
    /// A new attempt begins: with the answer to the challenge of before, which saves the peer one
    /// more (RFC 7616 3.6). That it has ended by now is no refusal.
    pub(crate) fn begin(&mut self, config: &TrunkConfig) {
        self.answered = None;
        self.header = match self.values.is_empty() || self.count >= COUNT_MAX {
            true => None,
            false => self.next(config, None).ok(),
        };
    }

    /// The header field of the next request.
    pub(crate) fn header(&self) -> Option<(&'static str, String)> {
        self.header.clone()
    }

    /// A request of this attempt was challenged.
    pub(crate) fn answer(
        &mut self,
        config: &TrunkConfig,
        message: &Message,
    ) -> Result<(), RegistrationError> {
        let status = message.status().unwrap_or_default();
        self.is_proxy = status == 407;
        let name = match self.is_proxy {
            true => HeaderName::ProxyAuthenticate,
            false => HeaderName::WwwAuthenticate,
        };
        self.values = message.headers(name).map(<[u8]>::to_vec).collect();
        self.count = 0;
        let refused = self.answered.take();
        let made = self.next(config, refused.as_deref());
        let header = made.map_err(|error| {
            self.values.clear();
            let said = match error {
                AnswerError::Refused => "the password is wrong".to_owned(),
                other => other.to_string(),
            };
            RegistrationError::answered(status, said)
        })?;
        let nonce = Authorization::parse(header.1.as_bytes()).map(|made| made.nonce.to_owned());
        self.answered = nonce.ok();
        self.header = Some(header);
        Ok(())
    }

    fn next(
        &mut self,
        config: &TrunkConfig,
        refused: Option<&str>,
    ) -> Result<(&'static str, String), AnswerError> {
        self.count += 1;
        let cnonce = token();
        let credentials = Credentials {
            user_name: &config.auth_user,
            password: config.password.text(),
            realm: config.realm.as_deref(),
        };
        let retry = Retry {
            request: SignedRequest {
                method: b"REGISTER",
                body: b"",
            },
            uri: &config.registrar,
            cnonce: &cnonce,
            count: self.count,
            refused,
        };
        let values = self.values.iter().map(Vec::as_slice);
        let value = answer(values, &credentials, &retry)?;
        let name = match self.is_proxy {
            true => "Proxy-Authorization",
            false => "Authorization",
        };
        Ok((name, value))
    }
}
