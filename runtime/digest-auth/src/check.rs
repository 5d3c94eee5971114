//! Whether an answer is right.

use subtle::ConstantTimeEq;

use crate::algorithm::{Algorithm, HexHash};
use crate::authorization::{Authorization, Protection};
use crate::ha1::Ha1;
use crate::nonces::{KnownNonce, NonceFault, Nonces};

/// What an answer is made for, beside the nonce.
#[derive(Clone, Copy, Debug)]
pub struct SignedRequest<'a> {
    /// The method of the request.
    pub method: &'a [u8],
    /// Its body, which `auth-int` covers.
    pub body: &'a [u8],
}

/// Why an answer does not show who sent it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unproven {
    /// It was not made with the user's password.
    #[error("the password is wrong")]
    Wrong,
    /// It was, but nobody remembers what its nonce was used for: the client may try again without
    /// asking its user.
    #[error("the nonce is stale")]
    Stale,
    /// It was, but its nonce was used with this count before.
    #[error("the nonce was used with this count before")]
    Replayed,
}

impl From<NonceFault> for Unproven {
    fn from(fault: NonceFault) -> Self {
        match fault {
            NonceFault::Stale => Self::Stale,
            NonceFault::Replayed => Self::Replayed,
        }
    }
}

/// Whether an answer was made with the password that `ha1` is the hash of, for this request, and
/// its nonce was not used with this count before. The nonce was recognised first
/// ([`Nonces::recognise`]): whoever answers another learns nothing about passwords.
///
/// A count is used up by a right answer only: who has not got the password takes neither counts nor
/// memory.
///
/// # Errors
/// [`Unproven`].
pub fn check(
    authorization: &Authorization<'_>,
    request: SignedRequest<'_>,
    ha1: &Ha1,
    nonces: &Nonces,
    nonce: KnownNonce,
) -> Result<(), Unproven> {
    if !authorization.is_made_with(ha1, request) {
        return Err(Unproven::Wrong);
    }
    Ok(nonces.take(nonce, authorization.nonce_count())?)
}

impl Authorization<'_> {
    /// Whether it was made with this password, for this request. Takes the same time for any.
    #[must_use]
    pub fn is_made_with(&self, ha1: &Ha1, request: SignedRequest<'_>) -> bool {
        let expected = response(self, request, ha1);
        let is_right = expected.as_bytes().ct_eq(self.response.as_bytes());
        // A hash of another algorithm would only be right by accident, or by intent.
        bool::from(is_right) && ha1.algorithm() == self.algorithm
    }
}

fn response(authorization: &Authorization<'_>, request: SignedRequest<'_>, ha1: &Ha1) -> HexHash {
    let made_of = Response {
        algorithm: authorization.algorithm,
        nonce: authorization.nonce,
        uri: authorization.uri,
        protection: authorization.protection,
    };
    made_of.hash(request, ha1.as_bytes())
}

/// What `response` is made of, on both sides (RFC 7616 3.4.1).
pub(crate) struct Response<'a> {
    pub(crate) algorithm: Algorithm,
    pub(crate) nonce: &'a str,
    pub(crate) uri: &'a str,
    pub(crate) protection: Protection<'a>,
}

impl Response<'_> {
    pub(crate) fn hash(&self, request: SignedRequest<'_>, ha1: &[u8]) -> HexHash {
        let Self {
            algorithm,
            nonce,
            uri,
            protection,
        } = self;
        let (nonce, uri) = (nonce.as_bytes(), uri.as_bytes());
        match *protection {
            // As RFC 2069.
            Protection::None => {
                let ha2 = algorithm.hash(&[request.method, uri]);
                algorithm.hash(&[ha1, nonce, ha2.as_bytes()])
            }
            Protection::Qop {
                name,
                has_body,
                cnonce,
                nc_text,
                ..
            } => {
                let ha2 = if has_body {
                    let body = algorithm.hash(&[request.body]);
                    algorithm.hash(&[request.method, uri, body.as_bytes()])
                } else {
                    algorithm.hash(&[request.method, uri])
                };
                let parts = [nc_text, cnonce, name].map(str::as_bytes);
                let [count, cnonce, qop] = parts;
                algorithm.hash(&[ha1, nonce, count, cnonce, qop, ha2.as_bytes()])
            }
        }
    }
}
