//! REGISTER to [`Update`], and the header fields of its 200 (RFC 3261 10.3).

mod connections;
mod locations;
mod outbound;

use std::sync::Arc;

use evroute_sip::{Contact, HeaderError, HeaderName, Message, NameAddr, QValue};
use evroute_transport::Flow;

use crate::aor::Aor;
use crate::binding::Binding;
use crate::config::{Config, ExpiresUnder};
use crate::error::RegisterError;
use crate::location::Update;
use crate::reach::Reach;
use crate::timestamp::Timestamp;

pub use locations::Registrar;
use outbound::{OUTBOUND, keeps_flows};

/// Option tags we know in the Require of a REGISTER.
const SUPPORTED: [&str; 3] = ["path", "gruu", OUTBOUND];

/// What a malformed expiry counts as, in seconds (RFC 3261 10.3 step 7, 20.19).
const MALFORMED_EXPIRES: u32 = 3600;

/// User-Agents are for reading; no reader needs more, in bytes.
const USER_AGENT_BYTES_MAX: usize = 256;

/// What a REGISTER asks for: steps 2, 6 and 7 of 10.3, as far as the message alone says.
/// That its domain is ours (step 1), who sends it (3) and whether he may (4) is decided
/// before.
///
/// # Errors
/// [`RegisterError`].
pub fn read_register(
    request: &Message,
    aor: &Aor,
    flow: &Flow,
    now: Timestamp,
    config: &Config,
) -> Result<Update, RegisterError> {
    check_require(request)?;
    keeps_flows(request)?;
    let register = Register::read(request, aor, flow, now, config)?;
    let contacts: Vec<_> = request
        .contacts()
        .collect::<Result<_, _>>()
        .map_err(|_| RegisterError::BadHeader)?;
    if contacts.is_empty() {
        return Ok(Update::Fetch);
    }
    if contacts.iter().any(|contact| contact.addr().is_none()) {
        return register.remove_all(contacts.len());
    }
    // More than may be kept in the end is refused before anything is kept of it. As many
    // again may be removed in the same request.
    if contacts.len() > config.aor_contacts_max.saturating_mul(2) {
        return Err(RegisterError::TooManyContacts);
    }
    let bindings = contacts
        .iter()
        .filter_map(|contact| register.binding(contact));
    Ok(Update::Save(bindings.collect::<Result<_, _>>()?))
}

/// The header fields of the 200: every contact with the seconds it has left and, for a phone that
/// knows what that is, its GRUU (RFC 5627 5.1); the Path as it came (RFC 3327 5.3); the
/// Service-Route (RFC 3608 6.1); whether flows are kept (RFC 5626 6).
#[must_use]
pub fn answer_headers(
    request: &Message,
    registered: &[Arc<Binding>],
    now: Timestamp,
    config: &Config,
) -> Vec<(HeaderName<'static>, String)> {
    let has_gruu = config.gruu && supports(request, "gruu");
    let contacts = registered.iter().map(|binding| {
        let mut value = binding.contact_value(now);
        if let Some(gruu) = binding.public_gruu().filter(|_| has_gruu) {
            value.push_str(&format!(";pub-gruu=\"{gruu}\""));
        }
        (HeaderName::Contact, value)
    });
    let path = paths(request).map(|path| (HeaderName::Path, path));
    let service_route = config.service_route.iter();
    let service_route = service_route.map(|route| (HeaderName::ServiceRoute, route.clone()));
    let is_outbound = keeps_flows(request).unwrap_or(false);
    let outbound = is_outbound.then(|| (HeaderName::Require, OUTBOUND.to_owned()));
    contacts
        .chain(path)
        .chain(service_route)
        .chain(outbound)
        .collect()
}

fn supports(request: &Message, tag: &str) -> bool {
    let mut tags = request.values(HeaderName::Supported);
    tags.any(|own| own.trim_ascii().eq_ignore_ascii_case(tag.as_bytes()))
}

fn check_require(request: &Message) -> Result<(), RegisterError> {
    let tags = request.values(HeaderName::Require).map(one_line);
    let unknown: Vec<_> = tags
        .filter(|tag| !SUPPORTED.iter().any(|own| own.eq_ignore_ascii_case(tag)))
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(RegisterError::BadExtension {
        unsupported: unknown.join(", "),
    })
}

/// What all contacts of one REGISTER share.
struct Register<'a> {
    aor: &'a Aor,
    flow: &'a Flow,
    now: Timestamp,
    config: &'a Config,
    call_id: String,
    cseq: u32,
    /// What the Expires header field says; `None` when there is none.
    expires: Option<u32>,
    path: Vec<String>,
    user_agent: Option<Vec<u8>>,
    is_direct: bool,
}

impl<'a> Register<'a> {
    fn read(
        request: &Message,
        aor: &'a Aor,
        flow: &'a Flow,
        now: Timestamp,
        config: &'a Config,
    ) -> Result<Self, RegisterError> {
        let cseq = request.cseq().map_err(|_| RegisterError::BadHeader)?.number;
        let call_id = request
            .call_id()
            .ok_or(RegisterError::BadHeader)?
            .to_owned();
        let user_agent = request
            .header(HeaderName::UserAgent)
            .map(|value| value.get(..USER_AGENT_BYTES_MAX).unwrap_or(&value).to_vec());
        Ok(Self {
            aor,
            flow,
            now,
            config,
            call_id,
            cseq,
            expires: seconds(request.expires()),
            path: paths(request).collect(),
            user_agent,
            is_direct: request.vias().nth(1).is_none(),
        })
    }

    /// Step 6.
    fn remove_all(&self, contacts: usize) -> Result<Update, RegisterError> {
        if contacts != 1 || self.expires != Some(0) {
            return Err(RegisterError::BadStar);
        }
        Ok(Update::RemoveAll {
            call_id: self.call_id.clone(),
            cseq: self.cseq,
        })
    }

    /// Step 7 for one contact; `None` for `*`, which was dealt with.
    fn binding(&self, contact: &Contact<'_>) -> Option<Result<Binding, RegisterError>> {
        Some(self.bind(contact, &contact.addr()?))
    }

    fn bind(&self, contact: &Contact<'_>, addr: &NameAddr<'_>) -> Result<Binding, RegisterError> {
        let uri = addr.parse_uri().map_err(|_| RegisterError::BadHeader)?;
        let param = |name| {
            addr.params()
                .text(name)
                .map(|text| one_line(text.as_bytes()))
        };
        let instance = param("+sip.instance");
        // Without an instance it means nothing (RFC 5626 6).
        let reg_id = param("reg-id").filter(|reg_id| instance.is_some() && is_reg_id(reg_id));
        let binding = Binding {
            aor: self.aor.clone(),
            uri: uri.as_str().to_owned(),
            received: *self.flow,
            // A phone that speaks RFC 5626 asks to be reached by its flow.
            reach: match &reg_id {
                Some(_) if self.is_direct => Reach::Flow,
                Some(_) | None => Reach::of(&uri, self.flow, self.is_direct),
            },
            path: self.path.clone(),
            expires_at: self.now.plus(self.lifetime(contact)?),
            q: contact
                .q()
                .map_err(|_| RegisterError::BadHeader)?
                .unwrap_or(QValue::HIGHEST),
            call_id: self.call_id.clone(),
            cseq: self.cseq,
            user_agent: self.user_agent.clone(),
            instance,
            reg_id,
        };
        if binding.bytes() > self.config.contact_bytes_max {
            return Err(RegisterError::ContactTooLong);
        }
        Ok(binding)
    }

    /// Seconds the contact is to live; 0 removes it.
    fn lifetime(&self, contact: &Contact<'_>) -> Result<u32, RegisterError> {
        let Config {
            default_expires,
            min_expires,
            min_expires_under,
            max_expires,
            ..
        } = *self.config;
        let asked = seconds(contact.expires())
            .or(self.expires)
            .unwrap_or(default_expires);
        if asked > 0 && asked < min_expires {
            return match min_expires_under {
                ExpiresUnder::Refuse => Err(RegisterError::IntervalTooBrief { min_expires }),
                ExpiresUnder::Lengthen => Ok(min_expires),
            };
        }
        Ok(asked.min(max_expires))
    }
}

/// `reg-id` is a number from 1 to 2^31 - 1 (RFC 5626 4.2).
fn is_reg_id(text: &str) -> bool {
    text.parse::<i32>().is_ok_and(|number| number > 0)
}

/// An expiry: malformed counts as an hour, too large as the largest.
fn seconds(expires: Result<Option<u32>, HeaderError>) -> Option<u32> {
    match expires {
        Ok(expires) => expires,
        Err(HeaderError::NumberOutOfRange) => Some(u32::MAX),
        Err(_) => Some(MALFORMED_EXPIRES),
    }
}

fn paths(request: &Message) -> impl Iterator<Item = String> + '_ {
    request.values(HeaderName::Path).map(one_line)
}

/// A value as text, folds and runs of white space as one space, so that it can be written.
fn one_line(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    text.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
