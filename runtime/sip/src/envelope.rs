//! What a message belongs to, read from its bytes without parsing it.

use crate::grammar::trim;
use crate::header::HeaderTag;
use crate::limits::Limits;
use crate::method::Method;
use crate::parse::leading_line_ends;
use crate::partial_message::Lines;

/// The fields that tell to which dialog, user or peer a message belongs. For whoever hands messages
/// to workers before anybody has parsed them: reading an INVITE or a response ends at its Call-ID.
///
/// Of a message that [`Message::parse_within`](crate::Message::parse_within) takes, these are the
/// values that the message itself has. Nothing is said about messages that it refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// The method of a request; `None` for a response.
    pub method: Option<Method<'a>>,
    /// Call-ID: never empty.
    pub call_id: &'a str,
    /// The value of From, not taken apart. `None` where it is missing, or was not looked for.
    pub from: Option<&'a [u8]>,
    /// The value of To, not taken apart. `None` where it is missing, or was not looked for.
    pub to: Option<&'a [u8]>,
}

impl<'a> Envelope<'a> {
    /// Whether From and To are looked for in requests of this method. A call is known by its
    /// Call-ID, and OPTIONS changes nothing.
    #[must_use]
    pub fn has_parties(method: &Method<'_>) -> bool {
        !matches!(
            method,
            Method::Invite | Method::Ack | Method::Cancel | Method::Options
        )
    }

    /// Looks through the header fields of one message; line ends before it are skipped. `None` for
    /// what has no Call-ID or does not look like SIP.
    ///
    /// From and To are looked for where the method [has parties](Self::has_parties).
    #[must_use]
    pub fn of(wire: &'a [u8], limits: &Limits) -> Option<Self> {
        let end = wire.len().min(limits.message_bytes_max);
        let mut lines = Lines::new(wire.get(leading_line_ends(wire)..end)?);
        let method = method(lines.next()?)?;
        let needs_parties = method.as_ref().is_some_and(Self::has_parties);
        let (mut call_id, mut from, mut to) = (None, None, None);
        for line in lines
            .take(limits.headers_max)
            .take_while(|line| !line.is_empty())
        {
            // Cheap test first: this runs for every line of every datagram.
            if !matches!(
                line.first(),
                Some(b'C' | b'c' | b'I' | b'i' | b'F' | b'f' | b'T' | b't')
            ) {
                continue;
            }
            let Some((name, value)) = crate::grammar::split_once(line, b':') else {
                continue;
            };
            let slot = match HeaderTag::of(trim(name)) {
                HeaderTag::CallId => &mut call_id,
                HeaderTag::From => &mut from,
                HeaderTag::To => &mut to,
                _ => continue,
            };
            // The first of each, as the message itself has it.
            slot.get_or_insert(trim(value));
            if call_id.is_some() && (!needs_parties || (from.is_some() && to.is_some())) {
                break;
            }
        }
        let call_id = std::str::from_utf8(call_id?).ok()?;
        (!call_id.is_empty()).then_some(Self {
            method,
            call_id,
            from,
            to,
        })
    }
}

/// The method of a request line, nothing of a status line; `None` for what is neither.
fn method(start: &[u8]) -> Option<Option<Method<'_>>> {
    let first = start.get(..memchr::memchr(b' ', start)?)?;
    if first
        .get(..4)
        .is_some_and(|four| four.eq_ignore_ascii_case(b"SIP/"))
    {
        return Some(None);
    }
    let name = crate::grammar::token(first)?;
    Some(Some(Method::from(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<Envelope<'_>> {
        Envelope::of(text.as_bytes(), &Limits::DEFAULT)
    }

    #[test]
    fn a_call_is_known_by_its_call_id_alone() {
        for text in [
            "INVITE sip:b@h SIP/2.0\r\nVia: x\r\nCall-ID: c\r\nTo: <sip:b@h>\r\n\r\n",
            "\r\nSIP/2.0 200 OK\r\ni : c\r\n\r\nCall-ID: body\r\n",
            "ACK sip:b@h SIP/2.0\nCSeq: 1 ACK\ncall-id:\n\tc \n\n",
        ] {
            let envelope = of(text).unwrap();
            assert_eq!((envelope.call_id, envelope.to), ("c", None), "{text}");
        }
    }

    #[test]
    fn other_requests_are_known_by_their_parties_as_well() {
        let text = "MESSAGE sip:b@h SIP/2.0\r\nf: A <sip:a@h>\r\nCall-ID: c\r\nt: <sip:b@h>;tag=1\r\n\
                    To: <sip:second@h>\r\n\r\n";
        let envelope = of(text).unwrap();
        assert_eq!(envelope.method, Some(Method::Message));
        assert_eq!(envelope.from, Some(&b"A <sip:a@h>"[..]));
        assert_eq!(envelope.to, Some(&b"<sip:b@h>;tag=1"[..]));
    }

    #[test]
    fn what_has_no_call_id_before_its_body_belongs_to_nothing() {
        for text in [
            "",
            "\r\n\r\n",
            "INVITE sip:b@h SIP/2.0\r\nTo: x\r\n\r\nCall-ID: c\r\n\r\n",
            "INVITE sip:b@h SIP/2.0\r\nCall-ID:\r\n\r\n",
            "INVITE sip:b@h SIP/2.0\r\nX: y\r\n Call-ID: folded\r\n\r\n",
            "\u{16}\u{3} x\r\nCall-ID: c\r\n\r\n",
            "INVITE\r\nCall-ID: c\r\n\r\n",
        ] {
            assert_eq!(of(text), None, "{text:?}");
        }
    }
}
