//! Where a component is: `HOST/NAME:TAG` or `HOST/NAME@sha256:DIGEST`.

use std::fmt;
use std::str::FromStr;

use crate::loopback::is_loopback;

/// The tag that stands for none.
const TAG: &str = "latest";
/// The longest name and tag, by the specification of distribution.
const NAME_BYTES_MAX: usize = 255;
const TAG_BYTES_MAX: usize = 128;

/// One component in one registry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Reference {
    /// `registry.example:5000`
    pub(crate) host: String,
    /// `calls/guard`
    pub(crate) name: String,
    version: Version,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Version {
    Tag(String),
    Digest(String),
}

impl Reference {
    /// What a registry is asked for: the tag or the digest.
    pub(crate) fn version(&self) -> &str {
        match &self.version {
            Version::Tag(version) | Version::Digest(version) => version,
        }
    }

    /// The digest, where it names one.
    pub(crate) fn digest(&self) -> Option<&str> {
        match &self.version {
            Version::Tag(_) => None,
            Version::Digest(digest) => Some(digest),
        }
    }

    /// The same name under a digest.
    pub(crate) fn at(&self, digest: &str) -> Self {
        Self {
            version: Version::Digest(digest.to_owned()),
            ..self.clone()
        }
    }

    /// Where the signature of what has this digest is, as cosign has it.
    pub(crate) fn signature_of(&self, digest: &str) -> Self {
        let tag = format!("{}.sig", digest.replace(':', "-"));
        Self {
            version: Version::Tag(tag),
            ..self.clone()
        }
    }

    /// Whether the registry is on this machine, where it may be spoken to without TLS.
    pub(crate) fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }

    /// Where the registry is spoken to.
    pub(crate) fn base(&self) -> String {
        let scheme = if self.is_loopback() { "http" } else { "https" };
        format!("{scheme}://{}", self.host)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            host,
            name,
            version,
        } = self;
        match version {
            Version::Tag(tag) => write!(f, "{host}/{name}:{tag}"),
            Version::Digest(digest) => write!(f, "{host}/{name}@{digest}"),
        }
    }
}

/// The error is a sentence.
impl FromStr for Reference {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            |why: &str| format!("{text}: {why}; write HOST/NAME:TAG or HOST/NAME@sha256:DIGEST");
        let (host, rest) = text
            .split_once('/')
            .ok_or_else(|| wrong("it names no registry"))?;
        let is_host = host.contains(['.', ':']) || host == "localhost";
        if !is_host
            || !host
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-.:[]".contains(c))
        {
            return Err(wrong("it does not begin with a registry's name"));
        }
        let (name, version) = match rest.split_once('@') {
            Some((name, digest)) => (name, Version::Digest(digest.to_owned())),
            None => match rest.rsplit_once(':') {
                Some((name, tag)) => (name, Version::Tag(tag.to_owned())),
                None => (rest, Version::Tag(TAG.to_owned())),
            },
        };
        if !is_name(name) {
            return Err(wrong(
                "its name has to be small letters, digits, and - _ . / between them",
            ));
        }
        let is_version = match &version {
            Version::Tag(tag) => is_tag(tag),
            Version::Digest(digest) => is_digest(digest),
        };
        if !is_version {
            return Err(wrong("its tag or digest is none"));
        }
        Ok(Self {
            host: host.to_owned(),
            name: name.to_owned(),
            version,
        })
    }
}

fn is_name(name: &str) -> bool {
    let is_part = |part: &str| {
        let ends =
            |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        let inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
        ends(part.chars().next()) && ends(part.chars().next_back()) && part.chars().all(inside)
    };
    name.len() <= NAME_BYTES_MAX && name.split('/').all(is_part)
}

fn is_tag(tag: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let first = tag.chars().next();
    tag.len() <= TAG_BYTES_MAX
        && first.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_')
        && tag.chars().all(inside)
}

/// Whether it is a digest by SHA-256, the only one that is believed.
pub(crate) fn is_digest(digest: &str) -> bool {
    let digits = digest.strip_prefix("sha256:").unwrap_or_default();
    digits.len() == 64
        && digits
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_is_read() {
        let digest = format!("sha256:{}", "0a".repeat(32));
        for text in [
            "localhost:5000/guard:1.0".to_owned(),
            "registry.example/a/b-c/d_e.f:latest".to_owned(),
            format!("127.0.0.1:5000/guard@{digest}"),
        ] {
            assert_eq!(text.parse::<Reference>().unwrap().to_string(), text);
        }
        let plain: Reference = "registry.example/guard".parse().unwrap();
        assert_eq!(plain.version(), "latest");
        assert_eq!(plain.base(), "https://registry.example");
        let near: Reference = "localhost:5000/guard".parse().unwrap();
        assert_eq!(near.base(), "http://localhost:5000");
        let tag = near.signature_of(&digest);
        assert_eq!(tag.version(), format!("sha256-{}.sig", "0a".repeat(32)));
    }

    #[test]
    fn what_is_no_reference_is_refused_with_the_form() {
        for text in [
            "guard",
            "guard:1",
            "library/guard",
            "registry.example/Guard",
            "registry.example/guard:",
            "registry.example/../guard:1",
            "registry.example/guard//x",
            "registry.example/guard:a b",
            "registry.example/guard@sha256:12",
            "registry.example/guard@md5:00",
            "evil.example@registry.example/guard",
            "registry.example?x/guard",
        ] {
            let why = text.parse::<Reference>().unwrap_err();
            assert!(why.contains("write HOST/NAME:TAG"), "{why}");
        }
    }
}
