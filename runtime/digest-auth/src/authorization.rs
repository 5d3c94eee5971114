//! Authorization and Proxy-Authorization.

use std::borrow::Cow;

use crate::algorithm::{Algorithm, HexHash};
use crate::auth_params::{AuthParams, MalformedAuth, unescaped};
use crate::challenge::algorithm;

/// Bytes of a user name. Kamailio's table has 64 characters.
const USER_NAME_BYTES_MAX: usize = 256;

/// What a client says: the value of one Authorization or Proxy-Authorization header field.
#[derive(Clone, Debug)]
pub struct Authorization<'a> {
    /// Who it says that it is.
    pub user_name: Cow<'a, str>,
    /// Where that name is known.
    pub realm: Cow<'a, str>,
    /// Which challenge it answers, as it stands between the quotes.
    pub nonce: &'a str,
    /// What was asked for, as the client wrote it. A proxy on the way may have changed the
    /// Request-URI since (RFC 7616 3.4.6 lets a server compare them; Kamailio does not).
    pub uri: &'a str,
    /// The hash that it was made with.
    pub algorithm: Algorithm,
    pub(crate) response: HexHash,
    pub(crate) protection: Protection<'a>,
}

/// What beside the nonce makes the answer one of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protection<'a> {
    /// As RFC 2069, which old phones send whatever they were offered: nothing.
    None,
    /// `qop=auth` or, where it covers the body, `auth-int`.
    Qop {
        name: &'a str,
        has_body: bool,
        cnonce: &'a str,
        nc_text: &'a str,
        nc: u32,
    },
}

impl<'a> Authorization<'a> {
    /// Reads the value of a header field.
    ///
    /// # Errors
    /// [`MalformedAuth`].
    pub fn parse(value: &'a [u8]) -> Result<Self, MalformedAuth> {
        let params = AuthParams::parse(value)?;
        let user_name = unescaped(params.required("username")?);
        if user_name.len() > USER_NAME_BYTES_MAX {
            return Err(MalformedAuth::BadValue("username"));
        }
        // Nobody is asked for these: a session's hash, or a hash instead of the name.
        let hashed = params.get("userhash").unwrap_or("false");
        if !hashed.eq_ignore_ascii_case("false") {
            return Err(MalformedAuth::BadValue("userhash"));
        }
        let (Some(algorithm), false) = algorithm(params.get("algorithm")) else {
            return Err(MalformedAuth::BadValue("algorithm"));
        };
        let response = HexHash::parse(algorithm, params.required("response")?);
        Ok(Self {
            user_name,
            realm: unescaped(params.required("realm")?),
            nonce: params.required("nonce")?,
            uri: params.required("uri")?,
            algorithm,
            response: response.ok_or(MalformedAuth::BadValue("response"))?,
            protection: Protection::of(&params)?,
        })
    }

    /// How often the client says to have used the nonce. `None` where it does not count.
    #[must_use]
    pub const fn nonce_count(&self) -> Option<u32> {
        match self.protection {
            Protection::None => None,
            Protection::Qop { nc, .. } => Some(nc),
        }
    }
}

impl<'a> Protection<'a> {
    fn of(params: &AuthParams<'a>) -> Result<Self, MalformedAuth> {
        let Some(name) = params.get("qop") else {
            return Ok(Self::None);
        };
        let has_body = name.eq_ignore_ascii_case("auth-int");
        if !has_body && !name.eq_ignore_ascii_case("auth") {
            return Err(MalformedAuth::BadValue("qop"));
        }
        let nc_text = params.required("nc")?;
        let is_nc = nc_text.len() == 8 && nc_text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let nc = u32::from_str_radix(nc_text, 16).ok().filter(|_| is_nc);
        Ok(Self::Qop {
            name,
            has_body,
            cnonce: params.required("cnonce")?,
            nc_text,
            nc: nc.ok_or(MalformedAuth::BadValue("nc"))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RIGHT: &str = "Digest username=\"alice\", realm=\"acme.example\", nonce=\"n\", \
        uri=\"sip:acme.example\", response=\"00112233445566778899aabbccddeeff\"";

    fn faulty(from: &str, to: &str) -> MalformedAuth {
        let text = format!("{RIGHT}, qop=auth, nc=00000100, cnonce=\"c\", algorithm=MD5");
        assert!(Authorization::parse(text.as_bytes()).is_ok());
        let changed = text.replace(from, to);
        assert_ne!(changed, text);
        Authorization::parse(changed.as_bytes()).unwrap_err()
    }

    #[test]
    fn an_answer_without_qop_is_read_as_of_rfc_2069() {
        let answer = Authorization::parse(RIGHT.as_bytes()).unwrap();
        assert_eq!(
            (&*answer.user_name, &*answer.realm),
            ("alice", "acme.example")
        );
        assert_eq!(
            (answer.algorithm, answer.nonce_count()),
            (Algorithm::Md5, None)
        );
    }

    #[test]
    fn the_count_is_hexadecimal() {
        let text = format!("{RIGHT}, qop=auth, nc=00000100, cnonce=\"c\"");
        let answer = Authorization::parse(text.as_bytes()).unwrap();
        assert_eq!(answer.nonce_count(), Some(256));
    }

    #[test]
    fn what_cannot_be_checked_is_malformed() {
        use MalformedAuth::{BadValue, Missing};
        assert_eq!(faulty("nc=00000100", "nc=256"), BadValue("nc"));
        assert_eq!(faulty("nc=00000100", "nc=+0000100"), BadValue("nc"));
        assert_eq!(faulty("nc=00000100, ", ""), Missing("nc"));
        assert_eq!(faulty(", cnonce=\"c\"", ""), Missing("cnonce"));
        assert_eq!(faulty("qop=auth", "qop=any"), BadValue("qop"));
        assert_eq!(faulty("0011", "001"), BadValue("response"));
        assert_eq!(faulty("=MD5", "=SHA-256"), BadValue("response"));
        assert_eq!(faulty("=MD5", "=MD5-sess"), BadValue("algorithm"));
        assert_eq!(faulty("=MD5", "=none"), BadValue("algorithm"));
        assert_eq!(
            faulty("algorithm", "userhash=true, algorithm"),
            BadValue("userhash")
        );
        assert_eq!(
            faulty("alice", &"a".repeat(USER_NAME_BYTES_MAX + 1)),
            BadValue("username")
        );
        for name in ["username", "realm", "nonce", "uri", "response"] {
            let other = format!("x{name}=");
            assert_eq!(
                faulty(&format!(" {name}="), &format!(" {other}")),
                Missing(name)
            );
        }
    }
}
