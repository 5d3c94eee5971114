//! Selects (`@ruri.user`, `$sel(ruri.user)`): the pseudo-variable that each is.

/// Selects, and how the same is spelled.
const SELECTS: &[(&str, &str)] = &[
    ("method", "$rm"),
    ("ruri", "$ru"),
    ("ruri.user", "$rU"),
    ("ruri.host", "$rd"),
    ("ruri.port", "$(ru{uri.port})"),
    ("ruri.params", "$(ru{uri.params})"),
    ("from", "$hdr(From)"),
    ("from.uri", "$fu"),
    ("from.uri.user", "$fU"),
    ("from.uri.host", "$fd"),
    ("from.uri.port", "$(fu{uri.port})"),
    ("from.uri.params", "$(fu{uri.params})"),
    ("from.tag", "$ft"),
    ("from.name", "$fn"),
    ("to", "$hdr(To)"),
    ("to.uri", "$tu"),
    ("to.uri.user", "$tU"),
    ("to.uri.host", "$td"),
    ("to.uri.port", "$(tu{uri.port})"),
    ("to.uri.params", "$(tu{uri.params})"),
    ("to.tag", "$tt"),
    ("to.name", "$tn"),
    ("call_id", "$ci"),
    ("cseq", "$csb"),
    ("cseq.num", "$cs"),
    ("cseq.method", "$rm"),
    ("contact.uri", "$(ct{nameaddr.uri})"),
    ("contact.uri.user", "$(ct{nameaddr.uri}{uri.user})"),
    ("contact.uri.host", "$(ct{nameaddr.uri}{uri.host})"),
    ("src.ip", "$si"),
    ("src.port", "$sp"),
    ("dst.ip", "$Ri"),
    ("dst.port", "$Rp"),
    ("body", "$rb"),
];

/// The spelling of a select as a pseudo-variable.
pub(crate) fn find(name: &str) -> Option<String> {
    // `hf_value.x_tenant` is the header X-Tenant.
    if let Some(header) = name.strip_prefix("hf_value.") {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let known = !header.is_empty() && header.chars().all(is_name);
        return known.then(|| format!("$hdr({})", header.replace('_', "-")));
    }
    let known = SELECTS.iter().find(|(own, _)| *own == name);
    known.map(|(_, spelled)| (*spelled).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::Span;
    use crate::spelling;

    #[test]
    fn every_select_is_a_variable_that_there_is() {
        for (name, spelled) in SELECTS {
            let variable = spelling::variable(spelled, Span::default()).unwrap();
            let row = crate::tables::variable::find(&variable.name, "");
            assert!(row.is_some(), "{name}: {spelled}");
        }
        assert_eq!(find("hf_value.x_tenant").as_deref(), Some("$hdr(x-tenant)"));
        assert_eq!(find("hf_value.x[1]"), None);
        assert_eq!(find("tls.peer"), None);
    }
}
