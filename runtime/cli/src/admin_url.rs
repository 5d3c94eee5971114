//! Where a server's admin port is.

use crate::loopback::is_loopback;

/// A URL without a path: scheme, host and port.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct AdminUrl {
    text: String,
    is_tls: bool,
    is_loopback: bool,
}

impl AdminUrl {
    /// Reads one as users write it; the scheme may be omitted and is http on this machine, else
    /// https. `source` is where it was written.
    pub(crate) fn parse(text: &str, source: &str) -> Result<Self, String> {
        let (scheme, host) = match text.split_once("://") {
            None => (None, text),
            Some((scheme, host)) => (Some(scheme), host),
        };
        let host = host.strip_suffix('/').unwrap_or(host);
        if host.is_empty() || host.contains(['/', '?', '#', '@', ' ']) {
            return Err(format!(
                "{source} {text} is not an admin address; write https://HOST:PORT"
            ));
        }
        let is_loopback = is_loopback(host);
        let is_tls = match scheme {
            None => !is_loopback,
            Some("http") => false,
            Some("https") => true,
            Some(scheme) => {
                return Err(format!(
                    "{source} {text}: {scheme} is not spoken here; write https://HOST:PORT, or http://"
                ));
            }
        };
        let scheme = if is_tls { "https" } else { "http" };
        Ok(Self {
            text: format!("{scheme}://{host}"),
            is_tls,
            is_loopback,
        })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether somebody on the way could read what is sent.
    pub(crate) fn is_exposed(&self) -> bool {
        !self.is_tls && !self.is_loopback
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_as_users_write_it() {
        for (written, meant, is_exposed) in [
            ("127.0.0.1:8060", "http://127.0.0.1:8060", false),
            ("http://localhost:8060/", "http://localhost:8060", false),
            ("[::1]:8060", "http://[::1]:8060", false),
            ("sip.example", "https://sip.example", false),
            (
                "https://sip.example:8060",
                "https://sip.example:8060",
                false,
            ),
            ("http://sip.example:8060", "http://sip.example:8060", true),
            ("http://127.0.0.1.example", "http://127.0.0.1.example", true),
            ("http://192.0.2.1:8060", "http://192.0.2.1:8060", true),
        ] {
            let url = AdminUrl::parse(written, "--admin").unwrap();
            assert_eq!((url.as_str(), url.is_exposed()), (meant, is_exposed));
        }
    }

    #[test]
    fn what_is_none_is_told_how_to_write_one() {
        for wrong in [
            "",
            "http://",
            "http://a/b",
            "a@b",
            "a b",
            "http://a?b",
            "ftp://a",
        ] {
            let error = AdminUrl::parse(wrong, "--admin").unwrap_err();
            assert!(
                error.contains("write https://HOST:PORT"),
                "{wrong}: {error}"
            );
        }
    }
}
