//! The client's side: from challenges to an answer.

use std::cmp::Reverse;

use crate::algorithm::Algorithm;
use crate::auth_params::escaped;
use crate::authorization::Protection;
use crate::challenge::Challenge;
use crate::check::{Response, SignedRequest};
use crate::ha1::Ha1;

/// Who a client is.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// Its user name.
    pub user_name: &'a str,
    /// Its password.
    pub password: &'a str,
    /// The realm that they are for. None answers whoever asks: for peers that are known by other
    /// means, such as their address.
    pub realm: Option<&'a str>,
}

/// Without the password.
impl std::fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("user_name", &self.user_name)
            .field("realm", &self.realm)
            .finish_non_exhaustive()
    }
}

/// Why challenges are not answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AnswerError {
    /// None of them is a digest challenge that can be read.
    #[error("there is no digest challenge")]
    NoChallenge,
    /// They are for realms that these credentials are not for.
    #[error("the challenge is for another realm")]
    OtherRealm,
    /// They ask for algorithms that are not known.
    #[error("the challenge asks for an algorithm that is not known")]
    UnknownAlgorithm,
    /// What was sent before was answered with the same nonce: the password is wrong.
    #[error("the answer before this one was refused")]
    Refused,
}

/// A request that was challenged and is sent again.
#[derive(Clone, Copy, Debug)]
pub struct Retry<'a> {
    /// Its method and body.
    pub request: SignedRequest<'a>,
    /// Its Request-URI, as it is sent.
    pub uri: &'a str,
    /// Random, and new for each answer.
    pub cnonce: &'a str,
    /// How often the nonce is used now, from 1.
    pub count: u32,
    /// The nonce of the answer that was refused by these challenges, if there was one.
    pub refused: Option<&'a str>,
}

/// The value of the Authorization or Proxy-Authorization header field that answers one of these
/// challenges: the one with the strongest algorithm that is known, of equal ones the first (RFC
/// 8760 2.4). What cannot be read or has an unknown algorithm is left out.
///
/// Where an answer was refused by a challenge with the same nonce, or with a new one that is not
/// said to be stale, the next would be the same and is not made.
///
/// # Errors
/// [`AnswerError`].
pub fn answer<'a>(
    challenges: impl IntoIterator<Item = &'a [u8]>,
    credentials: &Credentials<'_>,
    retry: &Retry<'_>,
) -> Result<String, AnswerError> {
    let read = challenges.into_iter();
    let mut read = read
        .filter_map(|value| Challenge::parse(value).ok())
        .peekable();
    read.peek().ok_or(AnswerError::NoChallenge)?;
    let is_for_us = |challenge: &Challenge<'_>| {
        credentials
            .realm
            .is_none_or(|realm| realm == challenge.realm)
    };
    let mut ours = read.filter(is_for_us).peekable();
    ours.peek().ok_or(AnswerError::OtherRealm)?;
    let known = ours.filter_map(|challenge| Some((challenge.algorithm?, challenge)));
    // min_by_key takes the first of equal ones.
    let (algorithm, challenge) = known
        .min_by_key(|(algorithm, _)| Reverse(*algorithm))
        .ok_or(AnswerError::UnknownAlgorithm)?;
    let is_again = |nonce: &str| !challenge.is_stale || nonce == challenge.nonce;
    if retry.refused.is_some_and(is_again) {
        return Err(AnswerError::Refused);
    }
    Ok(answer_to(&challenge, algorithm, credentials, retry))
}

fn answer_to(
    challenge: &Challenge<'_>,
    algorithm: Algorithm,
    credentials: &Credentials<'_>,
    retry: &Retry<'_>,
) -> String {
    let Credentials {
        user_name,
        password,
        ..
    } = credentials;
    let nc_text = format!("{:08x}", retry.count);
    let protection = match (challenge.has_auth, challenge.has_auth_int) {
        (false, false) => Protection::None,
        (has_auth, _) => Protection::Qop {
            name: if has_auth { "auth" } else { "auth-int" },
            has_body: !has_auth,
            cnonce: retry.cnonce,
            nc_text: &nc_text,
            nc: retry.count,
        },
    };
    let ha1 = Ha1::of(algorithm, user_name, &challenge.realm, password);
    let session = |parts| algorithm.hash(parts);
    let of_session = session(&[
        ha1.as_bytes(),
        challenge.nonce.as_bytes(),
        retry.cnonce.as_bytes(),
    ]);
    let response = Response {
        algorithm,
        nonce: &challenge.nonce,
        uri: retry.uri,
        protection,
    };
    let secret = if challenge.is_session {
        of_session.as_bytes()
    } else {
        ha1.as_bytes()
    };
    let response = response.hash(retry.request, secret);
    let mut value = format!(
        "Digest username=\"{}\", realm=\"{}\", nonce=\"{}\", uri=\"{}\", response=\"{}\", \
         algorithm={algorithm}",
        escaped(user_name),
        escaped(&challenge.realm),
        challenge.nonce,
        retry.uri,
        response.as_str(),
    );
    if challenge.is_session {
        value.push_str("-sess");
    }
    match protection {
        Protection::Qop { name, cnonce, .. } => {
            value.push_str(&format!(", qop={name}, nc={nc_text}, cnonce=\"{cnonce}\""));
        }
        Protection::None if challenge.is_session => {
            value.push_str(&format!(", cnonce=\"{}\"", retry.cnonce));
        }
        Protection::None => {}
    }
    if let Some(opaque) = &challenge.opaque {
        value.push_str(&format!(", opaque=\"{opaque}\""));
    }
    value
}

#[cfg(test)]
mod tests;
