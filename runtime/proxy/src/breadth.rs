//! How far one request may be multiplied: Max-Breadth (RFC 5393 5).

use evroute_sip::{EditError, HeaderName, Message};

use crate::own_names::OwnNames;
use crate::refusal::Refusal;

/// What a request without Max-Breadth has: what RFC 5393 5.3.3 recommends.
pub const MAX_BREADTH: u32 = 60;

const FIELD: HeaderName<'static> = HeaderName::Other("Max-Breadth");

/// How many branches a request may still be divided into, all that follow from them included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breadth(u32);

impl Breadth {
    /// That of a request as it was received: its Max-Breadth, at most `max`, which stands for none
    /// or one that cannot be read as well. Of a request that has been here before, one less:
    /// Max-Breadth bounds what rings at the same time, and with this the tree of requests that
    /// follow from one has no more than `max` of them, whatever users have registered each other.
    #[must_use]
    pub fn of(request: &Message, own: &OwnNames, max: u32) -> Self {
        let written = request.header(FIELD).and_then(|value| {
            let text = std::str::from_utf8(&value).ok()?.trim();
            let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            // What is too large for the type is past the limit as well.
            is_number.then(|| text.parse().unwrap_or(u32::MAX))
        });
        let breadth = written.unwrap_or(max).min(max);
        let has_been_here = request.vias().flatten().any(|via| own.is_own_via(&via));
        Self(breadth.saturating_sub(u32::from(has_been_here)))
    }

    /// The parts of so many branches, which together are no more than the whole. 5.3.3.1.
    ///
    /// # Errors
    /// [`Refusal::MaxBreadthExceeded`] when there is not one for each.
    pub fn split(self, branches: usize) -> Result<Vec<Self>, Refusal> {
        let count = u32::try_from(branches).unwrap_or(u32::MAX);
        let (Some(part), Some(rest)) = (self.0.checked_div(count), self.0.checked_rem(count))
        else {
            return Ok(Vec::new());
        };
        if part == 0 {
            return Err(Refusal::MaxBreadthExceeded);
        }
        let share = |at| Self(part + u32::from(at < rest));
        Ok((0..count).map(share).collect())
    }

    /// Writes it into a request that leaves.
    ///
    /// # Errors
    /// When the header field cannot be written.
    pub fn write(self, request: &mut Message) -> Result<(), EditError> {
        request.set_header(FIELD, self.0.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{own, request, values};

    fn breadth(headers: &str) -> u32 {
        let invite = request("INVITE", "sip:bob@example.com", headers);
        Breadth::of(&invite, &own(), MAX_BREADTH).0
    }

    #[test]
    fn what_is_asked_for_counts_up_to_the_limit() {
        assert_eq!(breadth(""), 60);
        assert_eq!(breadth("Max-Breadth: 7\r\n"), 7);
        assert_eq!(breadth("max-breadth: 0\r\n"), 0);
        for larger in ["61", "4294967296", "99999999999999999999", "many", "-1", ""] {
            assert_eq!(
                breadth(&format!("Max-Breadth: {larger}\r\n")),
                60,
                "{larger}"
            );
        }
    }

    #[test]
    fn every_pass_by_us_costs_one() {
        let ours = "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKo\r\n";
        assert_eq!(breadth(ours), 59);
        assert_eq!(breadth(&format!("{ours}Max-Breadth: 1\r\n")), 0);
        assert_eq!(breadth(&format!("{ours}Max-Breadth: 0\r\n")), 0);
    }

    #[test]
    fn branches_share_all_there_is_and_never_more() {
        for (breadth, branches) in [(60, 1), (60, 7), (7, 7), (61, 60)] {
            let parts = Breadth(breadth).split(branches).unwrap();
            assert_eq!(parts.len(), branches);
            assert_eq!(parts.iter().map(|part| part.0).sum::<u32>(), breadth);
            assert!(parts.iter().all(|part| part.0 > 0), "{parts:?}");
        }
        assert_eq!(Breadth(6).split(7), Err(Refusal::MaxBreadthExceeded));
        assert_eq!(Breadth(0).split(1), Err(Refusal::MaxBreadthExceeded));
        assert_eq!(Breadth(0).split(0), Ok(Vec::new()));
    }

    #[test]
    fn it_stands_once_in_what_leaves() {
        let mut invite = request("INVITE", "sip:b@c", "Max-Breadth: 60\r\n");
        Breadth(8).write(&mut invite).unwrap();
        assert_eq!(values(&invite, "Max-Breadth"), ["8"]);
    }
}
