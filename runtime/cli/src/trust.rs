//! Whose certificates are trusted.

use std::path::Path;

use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

/// Those of this file, else those that the system trusts. The name of the server is verified in
/// any case.
pub(crate) fn tls_config(ca: Option<&Path>) -> Result<TlsConfig, String> {
    let roots = match ca {
        Some(path) => of_file(path)?,
        None => of_system(),
    };
    Ok(TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&roots))
        .unversioned_rustls_crypto_provider(evroute_certificates::provider())
        .build())
}

fn of_file(path: &Path) -> Result<Vec<Certificate<'static>>, String> {
    let shown = path.display();
    let pem =
        std::fs::read(path).map_err(|error| format!("--ca {shown} cannot be read: {error}"))?;
    let certificates = parse_pem(&pem).filter_map(|item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(Ok(certificate)),
        Ok(_) => None,
        Err(error) => Some(Err(format!("--ca {shown}: {error}"))),
    });
    let certificates = certificates.collect::<Result<Vec<_>, _>>()?;
    match certificates.is_empty() {
        true => Err(format!("--ca {shown} holds no certificate in PEM")),
        false => Ok(certificates),
    }
}

fn of_system() -> Vec<Certificate<'static>> {
    let found = rustls_native_certs::load_native_certs().certs;
    let owned = found
        .iter()
        .map(|der| Certificate::from_der(der).to_owned());
    owned.collect()
}
