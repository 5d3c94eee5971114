//! Whom a certificate is for, when it is a peer's.

use evroute_tenant::{PeerIdentity, VerifiedBy};
use rustls_pki_types::CertificateDer;
use webpki::EndEntityCert;

use crate::fingerprint::fingerprint;

/// Who has shown a certificate that was verified: the hosts of its `sip` URIs where it has some,
/// and only those, else its DNS names (RFC 5922 7.1). The common name is not looked at.
#[must_use]
pub fn client_identity(certificate: &CertificateDer<'_>, verified_by: VerifiedBy) -> PeerIdentity {
    let parsed = EndEntityCert::try_from(certificate);
    let names = parsed.map_or_else(|_| Vec::new(), |parsed| names(&parsed));
    PeerIdentity {
        names,
        pin: fingerprint(certificate),
        verified_by,
    }
}

/// Who was dialled by this name, and has shown this certificate for it.
#[must_use]
pub fn dialled_identity(
    certificate: &CertificateDer<'_>,
    name: &str,
    verified_by: VerifiedBy,
) -> PeerIdentity {
    PeerIdentity {
        names: vec![name.to_ascii_lowercase().into()],
        pin: fingerprint(certificate),
        verified_by,
    }
}

fn names(certificate: &EndEntityCert<'_>) -> Vec<Box<str>> {
    let kept = |name: &str| -> Box<str> { name.to_ascii_lowercase().into() };
    let uris = certificate.valid_uri_names();
    let domains = uris.filter_map(domain_of_sip_uri);
    let domains: Vec<_> = domains.take(PeerIdentity::NAMES_MAX).map(kept).collect();
    if !domains.is_empty() {
        return domains;
    }
    let hosts = certificate.valid_dns_names();
    hosts.take(PeerIdentity::NAMES_MAX).map(kept).collect()
}

/// RFC 5922 7.1: the host of a `sip` URI; one with a user part is a user's and no domain's. Ports
/// and parameters have no meaning there, and a URI with them names nobody.
pub(crate) fn domain_of_sip_uri(uri: &str) -> Option<&str> {
    let (scheme, rest) = uri.split_once(':')?;
    let is_domain = scheme.eq_ignore_ascii_case("sip")
        && !rest.is_empty()
        && !rest.contains(['@', ':', ';', '?', '/']);
    is_domain.then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sip_uri_names_its_host_and_one_with_a_user_names_no_domain() {
        for (uri, domain) in [
            ("sip:example.com", Some("example.com")),
            ("SIP:Example.com", Some("Example.com")),
            ("sip:bob@example.com", None),
            ("sip:example.com:5061", None),
            ("sips:example.com", None),
            ("sip:example.com;transport=tls", None),
            ("https://example.com", None),
            ("sip:", None),
            ("example.com", None),
        ] {
            assert_eq!(domain_of_sip_uri(uri), domain, "{uri}");
        }
    }

    #[test]
    fn what_is_no_certificate_has_no_names() {
        let nonsense = CertificateDer::from(vec![1, 2, 3]);
        let identity = client_identity(&nonsense, VerifiedBy::Server);
        assert!(identity.names.is_empty());
        assert_eq!(identity.pin, fingerprint(&[1, 2, 3]));
    }
}
