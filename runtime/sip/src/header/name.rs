//! Header field names.

use std::fmt;
use std::hash::{Hash, Hasher};

use crate::grammar::token;

/// Declares the known names once: the public enum, and the one-byte tag the index keeps.
macro_rules! header_names {
    ($($variant:ident $text:literal $kind:ident $($compact:literal)?;)*) => {
        /// A header field name. Names compare without case; compact forms (`v`, `f`, ...)
        /// are the same name as their long form (RFC 3261 7.3.3).
        #[derive(Clone, Copy, Debug)]
        #[allow(missing_docs, reason = "each variant is its header field")]
        pub enum HeaderName<'a> {
            $($variant,)*
            /// A name not listed above. Make names with [`HeaderName::from`], so that a
            /// known one never ends up here.
            Other(&'a str),
        }

        /// [`HeaderName`] without the text of unknown names.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum HeaderTag {
            $($variant,)*
            Other,
        }

        impl<'a> HeaderName<'a> {
            /// The name in its usual long spelling; unknown names as they were given.
            pub fn as_str(&self) -> &'a str {
                match self {
                    $(HeaderName::$variant => $text,)*
                    HeaderName::Other(name) => name,
                }
            }

            /// Whether the field's grammar is a comma-separated list, so that one field
            /// with two values and two fields with one mean the same (RFC 3261 7.3.1).
            /// Unknown fields count as single: splitting what one does not know breaks it.
            pub fn is_list(&self) -> bool {
                match self {
                    $(HeaderName::$variant => header_names!(@is_list $kind),)*
                    HeaderName::Other(_) => false,
                }
            }

            pub(crate) fn tag(&self) -> HeaderTag {
                match self {
                    $(HeaderName::$variant => HeaderTag::$variant,)*
                    HeaderName::Other(_) => HeaderTag::Other,
                }
            }
        }

        impl HeaderTag {
            /// The name this tag stands for; `text` is what was written on the wire.
            pub(crate) fn name<'a>(self, text: &'a str) -> HeaderName<'a> {
                match self {
                    $(HeaderTag::$variant => HeaderName::$variant,)*
                    HeaderTag::Other => HeaderName::Other(text),
                }
            }
        }

        /// Every spelling, compact forms as well (RFC 3261 7.3.3 and the IANA registry).
        const SPELLINGS: &[(&str, HeaderTag)] = &[
            $(($text, HeaderTag::$variant), $(($compact, HeaderTag::$variant),)?)*
        ];

        #[cfg(test)]
        const KNOWN: &[HeaderName<'static>] = &[$(HeaderName::$variant,)*];
    };
    (@is_list list) => { true };
    (@is_list single) => { false };
}

header_names! {
    Accept "Accept" list;
    AcceptContact "Accept-Contact" list "a";
    AcceptEncoding "Accept-Encoding" list;
    AcceptLanguage "Accept-Language" list;
    AlertInfo "Alert-Info" list;
    Allow "Allow" list;
    AllowEvents "Allow-Events" list "u";
    AuthenticationInfo "Authentication-Info" single;
    Authorization "Authorization" single;
    CallId "Call-ID" single "i";
    CallInfo "Call-Info" list;
    Contact "Contact" list "m";
    ContentDisposition "Content-Disposition" single;
    ContentEncoding "Content-Encoding" list "e";
    ContentLanguage "Content-Language" list;
    ContentLength "Content-Length" single "l";
    ContentType "Content-Type" single "c";
    CSeq "CSeq" single;
    Date "Date" single;
    ErrorInfo "Error-Info" list;
    Event "Event" single "o";
    Expires "Expires" single;
    From "From" single "f";
    HistoryInfo "History-Info" list;
    Identity "Identity" single "y";
    InReplyTo "In-Reply-To" list;
    MaxForwards "Max-Forwards" single;
    MimeVersion "MIME-Version" single;
    MinExpires "Min-Expires" single;
    MinSe "Min-SE" single;
    Organization "Organization" single;
    PAccessNetworkInfo "P-Access-Network-Info" list;
    PAssertedIdentity "P-Asserted-Identity" list;
    PPreferredIdentity "P-Preferred-Identity" list;
    Path "Path" list;
    Priority "Priority" single;
    Privacy "Privacy" single;
    ProxyAuthenticate "Proxy-Authenticate" single;
    ProxyAuthorization "Proxy-Authorization" single;
    ProxyRequire "Proxy-Require" list;
    RAck "RAck" single;
    Reason "Reason" list;
    RecordRoute "Record-Route" list;
    ReferTo "Refer-To" single "r";
    ReferredBy "Referred-By" single "b";
    Replaces "Replaces" single;
    RejectContact "Reject-Contact" list "j";
    ReplyTo "Reply-To" single;
    RequestDisposition "Request-Disposition" list "d";
    Require "Require" list;
    RetryAfter "Retry-After" single;
    Route "Route" list;
    RSeq "RSeq" single;
    Server "Server" single;
    ServiceRoute "Service-Route" list;
    SessionExpires "Session-Expires" single "x";
    SipEtag "SIP-ETag" single;
    SipIfMatch "SIP-If-Match" single;
    Subject "Subject" single "s";
    SubscriptionState "Subscription-State" single;
    Supported "Supported" list "k";
    Timestamp "Timestamp" single;
    To "To" single "t";
    Unsupported "Unsupported" list;
    UserAgent "User-Agent" single;
    Via "Via" list "v";
    Warning "Warning" list;
    WwwAuthenticate "WWW-Authenticate" single;
}

impl HeaderTag {
    /// Recognises a name, long or compact.
    pub(crate) fn of(name: &[u8]) -> HeaderTag {
        let mut slot = slot_of(name);
        while let Some(Some((text, tag))) = TABLE.get(usize::from(slot)) {
            // Nearly everyone spells names as the RFC does; comparing bytes is cheaper.
            if name == text.as_bytes() || name.eq_ignore_ascii_case(text.as_bytes()) {
                return *tag;
            }
            slot = slot.wrapping_add(1);
        }
        HeaderTag::Other
    }
}

/// One slot per possible `u8`, three times as many as there are names.
const SLOTS: usize = 256;

/// The known names by hash, collisions in the next free slot. Built by the compiler: every
/// header field of every message goes through here.
static TABLE: [Option<(&str, HeaderTag)>; SLOTS] = build_table();

#[allow(
    clippy::indexing_slicing,
    reason = "runs in the compiler; a bad index fails the build"
)]
const fn build_table() -> [Option<(&'static str, HeaderTag)>; SLOTS] {
    let mut table = [None; SLOTS];
    let mut at = 0;
    while at < SPELLINGS.len() {
        let (text, tag) = SPELLINGS[at];
        let mut slot = slot_of(text.as_bytes());
        while table[slot as usize].is_some() {
            slot = slot.wrapping_add(1);
        }
        table[slot as usize] = Some((text, tag));
        at += 1;
    }
    table
}

/// Length, first and last letter, without case. The factors were searched for: three of
/// the names collide.
const fn slot_of(name: &[u8]) -> u8 {
    let (first, last) = match name {
        [first, .., last] => (*first | 0x20, *last | 0x20),
        [only] => (*only | 0x20, 0),
        [] => (0, 0),
    };
    #[allow(clippy::cast_possible_truncation, reason = "a hash may lose bits")]
    let len = name.len() as u8;
    len.wrapping_mul(57)
        .wrapping_add(first.wrapping_mul(167))
        .wrapping_add(last.wrapping_mul(229))
}

impl HeaderName<'_> {
    /// Whether a message may have a field of this name (`token`, RFC 3261 25.1).
    #[must_use]
    pub fn is_token(&self) -> bool {
        token(self.as_str().as_bytes()).is_some()
    }
}

impl<'a> From<&'a str> for HeaderName<'a> {
    fn from(name: &'a str) -> Self {
        HeaderTag::of(name.as_bytes()).name(name)
    }
}

impl<'a> From<&'a String> for HeaderName<'a> {
    fn from(name: &'a String) -> Self {
        HeaderName::from(name.as_str())
    }
}

impl PartialEq for HeaderName<'_> {
    fn eq(&self, other: &HeaderName<'_>) -> bool {
        self.tag() == other.tag() && self.as_str().eq_ignore_ascii_case(other.as_str())
    }
}

impl Eq for HeaderName<'_> {}

impl Hash for HeaderName<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for byte in self.as_str().bytes() {
            state.write_u8(byte.to_ascii_lowercase());
        }
    }
}

impl fmt::Display for HeaderName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_name_is_recognised_in_any_case() {
        for name in KNOWN {
            let text = name.as_str();
            for spelling in [text.to_owned(), text.to_lowercase(), text.to_uppercase()] {
                let found = HeaderName::from(spelling.as_str());
                assert!(!matches!(found, HeaderName::Other(_)), "{text}");
                assert_eq!(found, *name);
            }
        }
    }

    #[test]
    fn compact_forms_fold_into_their_long_names() {
        for (short, long) in [
            ("a", HeaderName::AcceptContact),
            ("j", HeaderName::RejectContact),
            ("d", HeaderName::RequestDisposition),
            ("u", HeaderName::AllowEvents),
            ("i", HeaderName::CallId),
            ("m", HeaderName::Contact),
            ("e", HeaderName::ContentEncoding),
            ("l", HeaderName::ContentLength),
            ("c", HeaderName::ContentType),
            ("o", HeaderName::Event),
            ("f", HeaderName::From),
            ("y", HeaderName::Identity),
            ("r", HeaderName::ReferTo),
            ("b", HeaderName::ReferredBy),
            ("x", HeaderName::SessionExpires),
            ("s", HeaderName::Subject),
            ("k", HeaderName::Supported),
            ("t", HeaderName::To),
            ("v", HeaderName::Via),
        ] {
            assert_eq!(HeaderName::from(short), long);
            assert_eq!(HeaderName::from(short.to_uppercase().as_str()), long);
        }
    }

    #[test]
    fn unknown_names_compare_without_case() {
        assert_eq!(HeaderName::from("X-Foo"), HeaderName::from("x-fOO"));
        assert_ne!(HeaderName::from("X-Foo"), HeaderName::from("X-Bar"));
    }
}
