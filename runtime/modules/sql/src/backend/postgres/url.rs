//! What a database's URL says about the way to it: the parts that the driver does not know are read
//! here.

use std::path::PathBuf;

use tokio_postgres::Config;

/// PostgreSQL's `sslmode` (its manual, 34.19): what must hold before a password is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum SslMode {
    /// No TLS.
    Disable,
    /// TLS where the server has it, with whatever certificate. The default, as in PostgreSQL's own
    /// programs.
    Prefer,
    /// TLS, with whatever certificate; where `sslrootcert` is given, with one of that authority.
    Require,
    /// TLS, with a certificate of a known authority.
    VerifyCa,
    /// TLS, with a certificate of a known authority for the host's name.
    VerifyFull,
}

/// A URL, taken apart.
#[derive(Debug)]
pub(super) struct Url {
    pub(super) config: Config,
    pub(super) ssl_mode: SslMode,
    /// The file of authorities; without, those that the system trusts.
    pub(super) root_certificates: Option<PathBuf>,
}

impl Url {
    /// Reads it. What is wrong is said without the URL, which may hold a password.
    pub(super) fn read(url: &str) -> Result<Self, String> {
        let (address, query) = url.split_once('?').unwrap_or((url, ""));
        let mut ssl_mode = SslMode::Prefer;
        let mut root_certificates = None;
        let mut rest = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("sslmode", word)) => ssl_mode = read_mode(word)?,
                Some(("sslrootcert", "system")) => root_certificates = None,
                Some(("sslrootcert", path)) => {
                    root_certificates = Some(PathBuf::from(path.replace("%2F", "/")));
                }
                Some(("sslcert" | "sslkey" | "sslcrl", _)) => {
                    let why = "certificates of our own and lists of revoked ones are not part of this build";
                    return Err(why.to_owned());
                }
                Some(_) | None => rest.push(pair),
            }
        }
        let address = match rest.as_slice() {
            [] => address.to_owned(),
            rest => format!("{address}?{}", rest.join("&")),
        };
        let config: Config = address.parse().map_err(|error: tokio_postgres::Error| {
            let why = crate::error::with_cause(&error);
            format!("its URL cannot be read: {why}")
        })?;
        Ok(Self {
            config,
            ssl_mode,
            root_certificates,
        })
    }
}

fn read_mode(word: &str) -> Result<SslMode, String> {
    Ok(match word {
        "disable" => SslMode::Disable,
        "prefer" => SslMode::Prefer,
        "require" => SslMode::Require,
        "verify-ca" => SslMode::VerifyCa,
        "verify-full" => SslMode::VerifyFull,
        _ => {
            let known = "disable, prefer, require, verify-ca or verify-full";
            return Err(format!("sslmode={word} is not known; write {known}"));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_about_tls_is_taken_out_of_the_url() {
        for (query, mode, file) in [
            ("", SslMode::Prefer, None),
            ("?sslmode=disable", SslMode::Disable, None),
            ("?sslmode=require&connect_timeout=3", SslMode::Require, None),
            (
                "?sslmode=verify-full&sslrootcert=%2Fetc/ca.pem",
                SslMode::VerifyFull,
                Some("/etc/ca.pem"),
            ),
            (
                "?sslrootcert=system&sslmode=verify-ca",
                SslMode::VerifyCa,
                None,
            ),
        ] {
            let url = Url::read(&format!("postgres://u:secret@db:6000/x{query}")).unwrap();
            assert_eq!(url.ssl_mode, mode, "{query}");
            assert_eq!(url.root_certificates, file.map(PathBuf::from), "{query}");
            assert_eq!(url.config.get_ports(), [6000]);
            assert_eq!(url.config.get_dbname(), Some("x"));
        }
    }

    #[test]
    fn what_is_not_known_is_an_error_without_the_password() {
        for (query, part) in [
            ("?sslmode=allow", "write disable, prefer"),
            ("?sslkey=/k", "not part of this build"),
            ("?colour=red", "unknown option"),
        ] {
            let error = Url::read(&format!("postgres://u:secret@db/x{query}")).unwrap_err();
            assert!(error.contains(part) && !error.contains("secret"), "{error}");
        }
    }
}
