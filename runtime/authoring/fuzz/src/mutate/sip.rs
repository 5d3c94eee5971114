//! SIP messages, changed as messages: what a server would refuse reaches no handler.

use super::Mutator;
use super::lines::{COMPACT, Lines};
use super::text::replaced;

/// Methods that a server meets, and one that it does not know.
const METHODS: [&str; 15] = [
    "INVITE",
    "ACK",
    "BYE",
    "CANCEL",
    "OPTIONS",
    "REGISTER",
    "MESSAGE",
    "SUBSCRIBE",
    "NOTIFY",
    "REFER",
    "INFO",
    "PRACK",
    "UPDATE",
    "PUBLISH",
    "FOO",
];
/// URIs of each kind.
const URIS: [&str; 12] = [
    "sip:bob@example.org",
    "sip:example.org",
    "sips:bob@example.org:5061;transport=tcp",
    "tel:+15550001111;phone-context=example.org",
    "sip:+441632960083@192.0.2.7:5060;user=phone",
    "sip:bob:secret@[2001:db8::1]:5060;lr?Subject=a%20b",
    "sip:b%6Fb@EXAMPLE.org",
    "sip:%00@example.org",
    "sip:112@example.org",
    "sip:@example.org",
    "urn:service:sos",
    "*",
];
/// Header fields, each with a value that it may have.
const FIELDS: [(&str, &str); 40] = [
    (
        "Via",
        "SIP/2.0/TCP 198.51.100.9:5061;branch=z9hG4bKx;rport;received=192.0.2.4",
    ),
    ("Max-Forwards", "0"),
    ("From", "\"A. B.\" <sip:alice@example.com>;tag=88"),
    ("To", "sip:bob@example.org;tag=9"),
    ("Contact", "*"),
    (
        "Contact",
        "<sip:bob@192.0.2.9:5060;transport=tcp>;q=0.5;expires=60, <sip:b@192.0.2.8>",
    ),
    ("Call-ID", "1@192.0.2.1"),
    ("CSeq", "4294967295 INVITE"),
    ("Expires", "0"),
    ("Route", "<sip:192.0.2.100;lr>, <sip:10.0.0.1:5070;lr>"),
    ("Record-Route", "<sip:192.0.2.5;lr;ftag=1>"),
    ("User-Agent", "friendly-scanner"),
    ("Server", "x/1.0"),
    ("Subject", "lunch"),
    ("Require", "100rel, foo"),
    ("Supported", "timer, path, outbound"),
    ("Allow", "INVITE, ACK, BYE"),
    ("Accept", "application/sdp"),
    ("Content-Type", "application/sdp"),
    ("Content-Type", "multipart/mixed;boundary=\"x\""),
    ("Content-Encoding", "gzip"),
    ("Session-Expires", "1800;refresher=uac"),
    ("Min-SE", "90"),
    (
        "Authorization",
        "Digest username=\"a\", realm=\"b\", nonce=\"c\", uri=\"sip:b\", response=\"d\"",
    ),
    (
        "Proxy-Authorization",
        "Digest username=\"a\", realm=\"b\", qop=auth, nc=00000001",
    ),
    (
        "P-Asserted-Identity",
        "<sip:+15550001111@example.com>, tel:+15550001111",
    ),
    ("P-Preferred-Identity", "<sip:alice@example.com>"),
    ("Privacy", "id;header"),
    (
        "Diversion",
        "<sip:carol@example.com>;reason=unconditional;counter=2",
    ),
    ("History-Info", "<sip:bob@example.org>;index=1"),
    ("Refer-To", "<sip:dave@example.net?Replaces=1>"),
    ("Replaces", "1@a;to-tag=2;from-tag=3"),
    ("Reason", "Q.850;cause=16;text=\"ok\""),
    ("Event", "presence"),
    ("Path", "<sip:192.0.2.6;lr;ob>"),
    ("Date", "Sat, 13 Nov 2010 23:29:00 GMT"),
    ("Retry-After", "18000;duration=3600"),
    (
        "Identity",
        "eyJ.e30.c;info=<https://example.org/c>;alg=ES256;ppt=shaken",
    ),
    ("X-Custom", "1"),
    ("Priority", "emergency"),
];
const SDP: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
                   m=audio 49170 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n";
/// Codes of responses.
const CODES: [&str; 16] = [
    "100", "180", "183", "199", "200", "202", "299", "300", "302", "401", "404", "407", "486",
    "503", "603", "699",
];

impl Mutator<'_> {
    /// Another message in its place.
    pub(super) fn message(&mut self, old: &[u8], other: Option<&[u8]>) -> Vec<u8> {
        if self.random.once_in(12) {
            return self.bytes(old);
        }
        let mut lines = Lines::of(old);
        match self.random.below(16) {
            0 => self.start_line(&mut lines),
            1 => self.body(&mut lines),
            2 | 3 => self.add_field(&mut lines, other),
            4 | 5 => self.move_field(&mut lines),
            6 => self.method_of_cseq(&mut lines),
            _ => self.value(&mut lines),
        }
        if !self.random.once_in(10) {
            lines.measure();
        }
        lines.bytes()
    }

    fn start_line(&mut self, lines: &mut Lines) {
        let parts: Vec<Vec<u8>> = lines
            .start
            .splitn(3, |byte| *byte == b' ')
            .map(<[u8]>::to_vec)
            .collect();
        let [first, second, third] = &parts[..] else {
            lines.start = self.bytes(&lines.start);
            return;
        };
        let (mut first, mut second, mut third) = (first.clone(), second.clone(), third.clone());
        if first.starts_with(b"SIP/") {
            match self.random.below(3) {
                0 => third = self.text(&third),
                _ => second = picked(self, &CODES),
            }
        } else {
            match self.random.below(6) {
                0 | 1 => {
                    first = picked(self, &METHODS);
                    self.set_cseq_method(lines, &first);
                }
                2 => second = picked(self, &URIS),
                _ => second = self.text(&second),
            }
        }
        lines.start = [first, second, third].join(&b' ');
    }

    fn set_cseq_method(&mut self, lines: &mut Lines, method: &[u8]) {
        let place = lines.place("CSeq");
        if let Some((_, value)) = place.and_then(|place| lines.fields.get_mut(place)) {
            let number: Vec<u8> = value
                .iter()
                .copied()
                .take_while(u8::is_ascii_digit)
                .collect();
            *value = [&number, &b" "[..], method].concat();
        }
    }

    fn method_of_cseq(&mut self, lines: &mut Lines) {
        let place = lines.place("CSeq");
        let Some((_, value)) = place.and_then(|place| lines.fields.get_mut(place)) else {
            return;
        };
        *value = self.number_in(value);
    }

    fn body(&mut self, lines: &mut Lines) {
        lines.body = match self.random.below(5) {
            0 => SDP.as_bytes().to_vec(),
            1 => Vec::new(),
            2 => self.text(&lines.body),
            3 => self.number_in(&lines.body),
            _ => self.word_in(&lines.body),
        };
    }

    fn add_field(&mut self, lines: &mut Lines, other: Option<&[u8]>) {
        let at = self.random.below(lines.fields.len() + 1);
        let field = match self.random.below(4) {
            0 => other.and_then(|other| {
                let fields = Lines::of(other).fields;
                self.random.pick(&fields).cloned()
            }),
            1 => {
                let name = self.dictionary.field_name(self.random);
                let value = self.token();
                name.map(|name| (name, value))
            }
            _ => None,
        };
        let field = field.unwrap_or_else(|| {
            let field = self.random.pick(&FIELDS).copied().unwrap_or_default();
            (field.0.as_bytes().to_vec(), field.1.as_bytes().to_vec())
        });
        lines.fields.insert(at, field);
    }

    fn move_field(&mut self, lines: &mut Lines) {
        if lines.fields.is_empty() {
            return;
        }
        let at = self.random.below(lines.fields.len());
        match self.random.below(6) {
            0 | 1 => {
                let field = lines.fields.get(at).cloned().unwrap_or_default();
                let times = 1 << self.random.below(7);
                lines
                    .fields
                    .splice(at..at, std::iter::repeat_n(field, times));
            }
            2 => drop(lines.fields.remove(at)),
            3 => {
                let to = self.random.below(lines.fields.len());
                lines.fields.swap(at, to);
            }
            _ => {
                if let Some((name, _)) = lines.fields.get_mut(at) {
                    *name = renamed(self, name);
                }
            }
        }
    }

    fn value(&mut self, lines: &mut Lines) {
        let at = self.random.below(lines.fields.len());
        let Some((name, value)) = lines.fields.get_mut(at) else {
            return;
        };
        let same = |(known, _): &&(&str, &str)| name.eq_ignore_ascii_case(known.as_bytes());
        *value = match self.random.below(16) {
            0 => {
                let fields: Vec<_> = FIELDS.iter().filter(same).collect();
                let known = self.random.pick(&fields).map(|(_, value)| value.as_bytes());
                known.map_or_else(|| self.text(value), <[u8]>::to_vec)
            }
            1 => picked(self, &URIS),
            2 => {
                let at = self.random.below(value.len() + 1);
                replaced(value, at..at, b"\r\n ")
            }
            _ => self.text(value),
        };
    }
}

/// The name of a field in another form.
fn renamed(mutator: &mut Mutator<'_>, name: &[u8]) -> Vec<u8> {
    let same = |(long, short): &&(&str, &str)| {
        name.eq_ignore_ascii_case(long.as_bytes()) || name.eq_ignore_ascii_case(short.as_bytes())
    };
    match (mutator.random.below(4), COMPACT.iter().find(same)) {
        (0 | 1, Some((long, short))) if name.len() > 1 => {
            let _ = long;
            short.as_bytes().to_vec()
        }
        (0 | 1, Some((long, _))) => long.as_bytes().to_vec(),
        (2, _) => name.to_ascii_uppercase(),
        _ => mutator
            .dictionary
            .field_name(mutator.random)
            .unwrap_or_else(|| name.to_ascii_lowercase()),
    }
}

fn picked(mutator: &mut Mutator<'_>, of: &[&str]) -> Vec<u8> {
    let text = mutator.random.pick(of).copied().unwrap_or_default();
    text.as_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dictionary::Dictionary;
    use crate::random::Random;

    const REQUEST: &str = "MESSAGE sip:b@example.org SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
        From: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.org>\r\nCall-ID: 1\r\nCSeq: 1 MESSAGE\r\n\
        Max-Forwards: 70\r\nSubject: a\r\n b\r\nContent-Length: 2\r\n\r\nhi";

    /// What the server's parser refuses reaches no handler: most must not be refused.
    #[test]
    fn most_changed_messages_are_messages_and_most_are_different() {
        let mut random = Random::new(1);
        let dictionary = Dictionary::default();
        let (mut accepted, mut same) = (0, 0);
        for _ in 0..2000 {
            let mut mutator = Mutator {
                random: &mut random,
                dictionary: &dictionary,
            };
            let message = mutator.message(REQUEST.as_bytes(), None);
            accepted += usize::from(evroute_cases::is_message(&message));
            same += usize::from(message == REQUEST.as_bytes());
        }
        assert!(accepted > 1500, "{accepted} of 2000 are messages");
        assert!(same < 200, "{same} of 2000 are what they were");
    }
}
