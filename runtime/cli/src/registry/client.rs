//! The requests of OCI's distribution specification, as far as one component takes them.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use ureq::http::{Method, Request, Response};
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, Body, ResponseExt};

use super::challenge::Challenge;
use super::manifest::{self, COMPONENT, Layer, MANIFEST, Manifest, SIGNATURE};
use super::{Credentials, Reference, digest, words};

/// How long to wait for a connection, and for all of a request.
const CONNECT: Duration = Duration::from_secs(10);
const REQUEST: Duration = Duration::from_secs(300);
/// The longest manifest, by the specification.
const MANIFEST_BYTES_MAX: u64 = 4 << 20;
/// The longest answer with a token: it becomes a header, of which servers take some KiB.
const TOKEN_BYTES_MAX: u64 = 64 << 10;
/// The largest component or signature that is pulled.
const BLOB_BYTES_MAX: u64 = 64 << 20;

/// Speaks to one registry about one name.
pub(crate) struct Client {
    agent: Agent,
    credentials: Credentials,
    /// The header that the registry asked for.
    authorization: Option<String>,
}

/// One request.
struct Ask<'a> {
    method: Method,
    url: &'a str,
    /// A header and its value.
    header: Option<(&'static str, &'static str)>,
    body: Option<&'a [u8]>,
    /// How much of the answer is read, beside that of an error.
    bytes_max: u64,
}

impl<'a> Ask<'a> {
    fn new(method: Method, url: &'a str) -> Self {
        Self {
            method,
            url,
            header: None,
            body: None,
            bytes_max: 0,
        }
    }
}

/// What a registry answered.
struct Answer {
    status: u16,
    location: Option<String>,
    challenge: Option<String>,
    body: Vec<u8>,
}

impl Client {
    /// For the registry of this reference. TLS everywhere but on this machine.
    pub(crate) fn new(reference: &Reference, credentials: Credentials) -> Self {
        let roots = rustls_native_certs::load_native_certs().certs.into_iter();
        let roots = roots.map(|root| Certificate::from_der(&root).to_owned());
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .root_certs(RootCerts::Specific(Arc::new(roots.collect())))
            .unversioned_rustls_crypto_provider(evroute_certificates::provider())
            .build();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .https_only(!reference.is_loopback())
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(REQUEST))
            .tls_config(tls);
        let config = match reference.is_loopback() {
            true => config.proxy(None),
            // As the environment says.
            false => config,
        };
        Self {
            agent: config.build().into(),
            credentials,
            authorization: None,
        }
    }

    /// Pushes a component. The answer is where it is by digest.
    pub(crate) fn push(&mut self, to: &Reference, component: &[u8]) -> Result<Reference, String> {
        let manifest = Manifest::of(COMPONENT, component);
        self.put(to, component, &manifest)
    }

    /// Pushes the signature of what has this reference, which has a digest.
    pub(crate) fn push_signature(
        &mut self,
        of: &Reference,
        signature: &[u8],
    ) -> Result<(), String> {
        let to = of.signature_of(of.version());
        self.put(&to, signature, &Manifest::of(SIGNATURE, signature))
            .map(drop)
    }

    /// Pulls a component. The answer is where it is by digest, and its bytes.
    pub(crate) fn pull(&mut self, from: &Reference) -> Result<(Reference, Vec<u8>), String> {
        self.get(from, COMPONENT)
    }

    /// Pulls the signature of what has this reference, which has a digest.
    pub(crate) fn pull_signature(&mut self, of: &Reference) -> Result<Vec<u8>, String> {
        let from = of.signature_of(of.version());
        self.get(&from, SIGNATURE).map(|(_, signature)| signature)
    }

    fn put(
        &mut self,
        to: &Reference,
        blob: &[u8],
        manifest: &Manifest,
    ) -> Result<Reference, String> {
        let digest = digest(&manifest.bytes);
        if to.digest().is_some_and(|expected| expected != digest) {
            return Err(format!(
                "{to}: what would be pushed has the digest {digest}"
            ));
        }
        self.put_blob(to, blob)?;
        self.put_blob(to, &manifest.config)?;
        let url = format!("{}/v2/{}/manifests/{}", to.base(), to.name, to.version());
        let answer = self.ask(
            to,
            &Ask {
                header: Some(("Content-Type", MANIFEST)),
                body: Some(&manifest.bytes),
                ..Ask::new(Method::PUT, &url)
            },
        )?;
        match answer.status {
            200..=299 => Ok(to.at(&digest)),
            _ => Err(answer.refused(to, "its manifest")),
        }
    }

    fn put_blob(&mut self, to: &Reference, blob: &[u8]) -> Result<(), String> {
        let (base, digest) = (to.base(), digest(blob));
        let url = format!("{base}/v2/{}/blobs/{digest}", to.name);
        if self.ask(to, &Ask::new(Method::HEAD, &url))?.status == 200 {
            return Ok(());
        }
        let url = format!("{base}/v2/{}/blobs/uploads/", to.name);
        let begun = self.ask(
            to,
            &Ask {
                body: Some(&[]),
                ..Ask::new(Method::POST, &url)
            },
        )?;
        let Some(place) = begun.location.as_ref().filter(|_| begun.status == 202) else {
            return Err(begun.refused(to, "an upload"));
        };
        // In one piece: some registries break what comes in several.
        let url = upload_url(&base, place, &digest)
            .ok_or_else(|| format!("{to}: the registry wants the upload at {}", words(place)))?;
        let answer = self.ask(
            to,
            &Ask {
                header: Some(("Content-Type", "application/octet-stream")),
                body: Some(blob),
                ..Ask::new(Method::PUT, &url)
            },
        )?;
        match answer.status {
            200..=299 => Ok(()),
            _ => Err(answer.refused(to, "its bytes")),
        }
    }

    fn get(&mut self, from: &Reference, media_type: &str) -> Result<(Reference, Vec<u8>), String> {
        let url = format!(
            "{}/v2/{}/manifests/{}",
            from.base(),
            from.name,
            from.version()
        );
        let answer = self.ask(
            from,
            &Ask {
                header: Some(("Accept", MANIFEST)),
                bytes_max: MANIFEST_BYTES_MAX,
                ..Ask::new(Method::GET, &url)
            },
        )?;
        if answer.status != 200 {
            return Err(answer.refused(from, "its manifest"));
        }
        let found = digest(&answer.body);
        if from.digest().is_some_and(|expected| expected != found) {
            return Err(format!(
                "{from}: the registry gave another manifest, {found}"
            ));
        }
        let layer =
            manifest::layer(&answer.body, media_type).map_err(|why| format!("{from}: {why}"))?;
        Ok((from.at(&found), self.get_blob(from, &layer)?))
    }

    fn get_blob(&mut self, from: &Reference, layer: &Layer) -> Result<Vec<u8>, String> {
        if layer.size > BLOB_BYTES_MAX {
            return Err(format!(
                "{from}: it has {} bytes, more than {BLOB_BYTES_MAX}",
                layer.size
            ));
        }
        let url = format!("{}/v2/{}/blobs/{}", from.base(), from.name, layer.digest);
        let answer = self.ask(
            from,
            &Ask {
                bytes_max: layer.size,
                ..Ask::new(Method::GET, &url)
            },
        )?;
        if answer.status != 200 {
            return Err(answer.refused(from, "its bytes"));
        }
        let is_of_size = u64::try_from(answer.body.len()) == Ok(layer.size);
        if !is_of_size || digest(&answer.body) != layer.digest {
            return Err(format!(
                "{from}: the registry gave other bytes than its manifest names"
            ));
        }
        Ok(answer.body)
    }

    /// One request, and once more with what the registry asks for.
    fn ask(&mut self, about: &Reference, ask: &Ask<'_>) -> Result<Answer, String> {
        let answer = self.once(about, ask)?;
        let Some(challenge) = answer.challenge.as_ref().filter(|_| answer.status == 401) else {
            return Ok(answer);
        };
        self.authorization = Some(self.authorize(about, challenge)?);
        self.once(about, ask)
    }

    /// One request, with what is known of who asks.
    fn once(&self, about: &Reference, ask: &Ask<'_>) -> Result<Answer, String> {
        let unreachable =
            |error: ureq::Error| format!("{about}: the registry cannot be asked: {error}");
        let mut request = Request::builder().method(&ask.method).uri(ask.url);
        if let Some((name, value)) = ask.header {
            request = request.header(name, value);
        }
        // Not to another host: an upload may lie elsewhere.
        let is_own = is_below(ask.url, &about.base());
        if let Some(authorization) = self.authorization.as_ref().filter(|_| is_own) {
            request = request.header("Authorization", authorization);
        }
        let invalid = |error| format!("{about}: the request is none: {error}");
        let answered = match ask.body {
            Some(body) => self.agent.run(request.body(body).map_err(invalid)?),
            None => self.agent.run(request.body(()).map_err(invalid)?),
        };
        let most = ask.bytes_max.max(ERROR_BYTES_MAX);
        let answered = answered.map_err(unreachable)?;
        // Nor to whoever another host says: it may have been led there.
        let is_own = is_below(&answered.get_uri().to_string(), &about.base());
        let answer = Answer::read(answered, most).map_err(unreachable)?;
        Ok(Answer {
            challenge: answer.challenge.filter(|_| is_own),
            ..answer
        })
    }

    /// The header that a registry asks for: the name and password themselves, or a token that they
    /// are exchanged for elsewhere.
    fn authorize(&self, about: &Reference, challenge: &str) -> Result<String, String> {
        let lacking =
            || format!("{about}: the registry asks who you are; give --user and --password-file");
        let service = match Challenge::of(challenge) {
            Challenge::Basic => return self.credentials.basic().ok_or_else(lacking),
            Challenge::Bearer(service) => service,
            Challenge::Other(scheme) => {
                return Err(format!(
                    "{about}: the registry asks for {}, which is not known",
                    words(scheme)
                ));
            }
        };
        let realm = service.realm;
        if !service.is_private(about.is_loopback()) {
            return Err(format!(
                "{about}: the registry asks for a password without TLS, at {}",
                words(realm)
            ));
        }
        let mut request = self.agent.get(realm);
        for (name, value) in [("service", service.service), ("scope", service.scope)] {
            if let Some(value) = value {
                request = request.query(name, value);
            }
        }
        if let Some(basic) = self.credentials.basic() {
            request = request.header("Authorization", basic);
        }
        let failed = |error: ureq::Error| {
            let realm = words(realm);
            format!("{about}: {realm} gives no token: {error}")
        };
        let answer =
            Answer::read(request.call().map_err(failed)?, TOKEN_BYTES_MAX).map_err(failed)?;
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let token = body.get("token").or_else(|| body.get("access_token"));
        match token.and_then(Value::as_str) {
            Some(token) if answer.status == 200 => Ok(format!("Bearer {token}")),
            Some(_) | None => Err(lacking()),
        }
    }
}

/// How much of an error is read.
const ERROR_BYTES_MAX: u64 = 64 << 10;

impl Answer {
    fn read(response: Response<Body>, bytes_max: u64) -> Result<Self, ureq::Error> {
        let header = |name: &str| {
            let value = response.headers().get(name);
            value
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        let (location, challenge) = (header("location"), header("www-authenticate"));
        let status = response.status().as_u16();
        let mut body = response.into_body();
        Ok(Self {
            status,
            location,
            challenge,
            body: body
                .with_config()
                .limit(bytes_max.saturating_add(1))
                .read_to_vec()?,
        })
    }

    /// One sentence about a request that did not do what it was to.
    fn refused(&self, about: &Reference, what: &str) -> String {
        let status = self.status;
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let message = body.pointer("/errors/0/message").and_then(Value::as_str);
        match (status, message) {
            (404, _) => format!("{about}: the registry has no such thing ({what})"),
            (_, Some(message)) => {
                let message = words(message);
                format!("{about}: the registry refuses {what}: {message} (HTTP {status})")
            }
            (_, None) => format!("{about}: the registry refuses {what} with HTTP {status}"),
        }
    }
}

/// Where a blob is put in one piece. None for what is no address.
fn upload_url(base: &str, place: &str, digest: &str) -> Option<String> {
    let url = match place {
        absolute if absolute.starts_with("https://") || is_below(absolute, base) => {
            absolute.to_owned()
        }
        path if path.starts_with('/') && !path.starts_with("//") => format!("{base}{path}"),
        _ => return None,
    };
    let joint = if url.contains('?') { '&' } else { '?' };
    Some(format!("{url}{joint}digest={digest}"))
}

/// Whether a URL is one of this scheme, host and port.
fn is_below(url: &str, base: &str) -> bool {
    url.strip_prefix(base)
        .is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upload_goes_where_the_registry_says_if_that_is_an_address() {
        let url = |place| upload_url("http://localhost:5000", place, "sha256:1");
        assert_eq!(
            url("/v2/u").as_deref(),
            Some("http://localhost:5000/v2/u?digest=sha256:1")
        );
        let absolute = "http://localhost:5000/v2/u?s=1";
        assert_eq!(
            url(absolute).as_deref(),
            Some("http://localhost:5000/v2/u?s=1&digest=sha256:1")
        );
        assert!(url("https://store.example/u").is_some());
        assert!(url("http://localhost:5000.evil.example/u").is_none());
        assert!(url("http://evil.example/u").is_none());
        assert!(url("//evil.example/u").is_none());
    }
}
