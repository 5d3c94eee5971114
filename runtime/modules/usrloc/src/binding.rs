//! One registered contact.

use evroute_sip::{QValue, Uri, UriBuf, unescape};
use evroute_transport::{ConnectionId, Flow, Target};

use crate::aor::Aor;
use crate::reach::Reach;
use crate::timestamp::Timestamp;

/// One registered contact of one address of record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Whose it is.
    pub aor: Aor,
    /// The contact's URI, as registered.
    pub uri: String,
    /// The way the last REGISTER came.
    pub received: Flow,
    /// How to reach it.
    pub reach: Reach,
    /// The Path of the registration (RFC 3327), whole values in order: Routes of every
    /// request that goes there.
    pub path: Vec<String>,
    /// When it ends, unless refreshed.
    pub expires_at: Timestamp,
    /// The preference among contacts; higher is first.
    pub q: QValue,
    /// Call-ID of the registration.
    pub call_id: String,
    /// CSeq number of the last REGISTER.
    pub cseq: u32,
    /// The User-Agent of the last REGISTER as received, cut to 256 bytes.
    pub user_agent: Option<Vec<u8>>,
    /// The `+sip.instance` parameter, quotes included (RFC 5626 4.1).
    pub instance: Option<String>,
    /// The `reg-id` parameter (RFC 5626 4.2).
    pub reg_id: Option<String>,
}

impl Binding {
    /// Where to send, when not by URI and Path.
    #[must_use]
    pub fn target(&self) -> Option<Target> {
        match self.reach {
            Reach::Uri => None,
            Reach::Flow => Some(self.received.itself()),
        }
    }

    /// The connection that it is reached over and nowhere else: with that it is gone.
    pub(crate) fn connection(&self) -> Option<ConnectionId> {
        match self.reach {
            Reach::Uri => None,
            Reach::Flow => self.received.connection.filter(|_| self.path.is_empty()),
        }
    }

    /// Whether a REGISTER with `other` refreshes this binding: the same flow of the same
    /// phone (RFC 5626 6), else the same URI (RFC 3261 10.3 step 7, 19.1.4).
    pub(crate) fn is_same_contact(&self, other: &Binding) -> bool {
        let flow = |binding: &'_ Binding| binding.instance.is_some() && binding.reg_id.is_some();
        if flow(self) && flow(other) {
            return (&self.instance, &self.reg_id) == (&other.instance, &other.reg_id);
        }
        self.is_at(&other.uri)
    }

    /// Whether this is its URI (RFC 3261 19.1.4).
    pub(crate) fn is_at(&self, uri: &str) -> bool {
        match (Uri::parse(self.uri.as_bytes()), Uri::parse(uri.as_bytes())) {
            (Ok(own), Ok(other)) => own.uri_eq(&other),
            (Err(_), _) | (_, Err(_)) => self.uri == uri,
        }
    }

    /// Whether a request with this Call-ID and CSeq number may change it: another Call-ID
    /// means that the phone has restarted (RFC 3261 10.3 step 7).
    pub(crate) fn yields_to(&self, call_id: &str, cseq: u32) -> bool {
        self.call_id != call_id || cseq > self.cseq
    }

    /// The public GRUU of the phone (RFC 5627 3.1): the address of record with the phone's
    /// instance. None of a phone without, or of a user whose name is no text.
    pub(crate) fn public_gruu(&self) -> Option<String> {
        let (user, domain) = self.aor.as_str().rsplit_once('@')?;
        let user = unescape(user);
        let user = std::str::from_utf8(&user).ok()?;
        let uri = UriBuf::sip(domain).user(user).param("gr", self.gr()?);
        uri.build().ok()
    }

    /// Whether a `gr` parameter of this value means its phone.
    pub(crate) fn is_gruu(&self, gr: Option<&[u8]>) -> bool {
        let (Some(own), Some(asked)) = (self.gr(), gr) else {
            return false;
        };
        own.as_bytes().eq_ignore_ascii_case(&unescape(asked))
    }

    /// The instance without its quotes and brackets: `urn:uuid:...`.
    fn gr(&self) -> Option<&str> {
        let instance = self.instance.as_deref()?.strip_prefix("\"<")?;
        instance.strip_suffix(">\"").filter(|gr| !gr.is_empty())
    }

    /// Bytes it keeps that a client chose.
    pub(crate) fn bytes(&self) -> usize {
        let optional = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        self.uri.len()
            + self.call_id.len()
            + self.path.iter().map(String::len).sum::<usize>()
            + optional(&self.instance)
            + optional(&self.reg_id)
    }

    /// As it stands in the Contact of a response: `<uri>;expires=60;q=0.5`.
    #[must_use]
    pub fn contact_value(&self, now: Timestamp) -> String {
        let mut value = format!("<{}>;expires={}", self.uri, now.until(self.expires_at));
        if self.q != QValue::HIGHEST {
            let thousandths = format!("{:03}", self.q.thousandths());
            let digits = thousandths.trim_end_matches('0');
            value.push_str(if digits.is_empty() { ";q=0" } else { ";q=0." });
            value.push_str(digits);
        }
        for (name, param) in [("+sip.instance", &self.instance), ("reg-id", &self.reg_id)] {
            if let Some(param) = param {
                value.push_str(&format!(";{name}={param}"));
            }
        }
        value
    }
}
