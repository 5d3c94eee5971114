//! A message in its lines.

/// Compact forms, RFC 3261 section 7.3.3 and others since.
pub(super) const COMPACT: [(&str, &str); 12] = [
    ("Call-ID", "i"),
    ("Contact", "m"),
    ("Content-Encoding", "e"),
    ("Content-Length", "l"),
    ("Content-Type", "c"),
    ("From", "f"),
    ("Subject", "s"),
    ("Supported", "k"),
    ("To", "t"),
    ("Via", "v"),
    ("Session-Expires", "x"),
    ("Refer-To", "r"),
];
/// A message in its lines.
pub(super) struct Lines {
    pub(super) start: Vec<u8>,
    pub(super) fields: Vec<(Vec<u8>, Vec<u8>)>,
    pub(super) body: Vec<u8>,
}

impl Lines {
    /// What bytes look like as a message.
    pub(super) fn of(message: &[u8]) -> Self {
        let end = message.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.unwrap_or(message.len());
        let (head, rest) = message.split_at(end);
        let body = rest.get(4..).unwrap_or_default().to_vec();
        let mut lines = split(head).into_iter();
        let start = lines.next().unwrap_or_default();
        let mut fields: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
        for line in lines {
            let folded = line.first().is_some_and(|byte| b" \t".contains(byte));
            match (folded, fields.last_mut()) {
                (true, Some((_, value))) => {
                    value.extend_from_slice(b"\r\n");
                    value.extend_from_slice(&line);
                }
                _ => {
                    let colon = line.iter().position(|byte| *byte == b':');
                    let (name, value) = line.split_at(colon.unwrap_or(line.len()));
                    let value = value.get(1..).unwrap_or_default();
                    fields.push((name.to_vec(), value.trim_ascii_start().to_vec()));
                }
            }
        }
        Self {
            start,
            fields,
            body,
        }
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.start.clone();
        bytes.extend_from_slice(b"\r\n");
        for (name, value) in &self.fields {
            bytes.extend_from_slice(name);
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.body);
        bytes
    }

    pub(super) fn place(&self, name: &str) -> Option<usize> {
        let is = |(own, _): &(Vec<u8>, Vec<u8>)| {
            let own = own.trim_ascii();
            let compact = COMPACT.iter().find(|(long, _)| *long == name);
            own.eq_ignore_ascii_case(name.as_bytes())
                || compact.is_some_and(|(_, short)| own.eq_ignore_ascii_case(short.as_bytes()))
        };
        self.fields.iter().position(is)
    }

    /// Makes the length fit the body.
    pub(super) fn measure(&mut self) {
        let length = self.body.len().to_string().into_bytes();
        match self.place("Content-Length") {
            Some(place) => {
                if let Some((_, value)) = self.fields.get_mut(place) {
                    *value = length;
                }
            }
            None => self.fields.push((b"Content-Length".to_vec(), length)),
        }
    }
}

fn split(head: &[u8]) -> Vec<Vec<u8>> {
    let mut lines = Vec::new();
    let mut rest = head;
    while let Some(at) = rest.windows(2).position(|two| two == b"\r\n") {
        lines.push(rest.get(..at).unwrap_or_default().to_vec());
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    lines.push(rest.to_vec());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &str = "MESSAGE sip:b@example.org SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
        From: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.org>\r\nCall-ID: 1\r\nCSeq: 1 MESSAGE\r\n\
        Max-Forwards: 70\r\nSubject: a\r\n b\r\nContent-Length: 2\r\n\r\nhi";

    #[test]
    fn a_message_in_its_lines_is_put_together_again() {
        assert_eq!(Lines::of(REQUEST.as_bytes()).bytes(), REQUEST.as_bytes());
    }
}
