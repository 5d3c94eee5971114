use std::fmt;

use bytes::Bytes;

/// `INVITE branch call` or `180 INVITE branch call`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) status: Option<u16>,
    pub(crate) method: String,
    pub(crate) branch: String,
    pub(crate) call: u32,
}

impl Frame {
    pub(crate) fn request(method: &str, branch: &str, call: u32) -> Self {
        Self {
            status: None,
            method: method.into(),
            branch: branch.into(),
            call,
        }
    }

    pub(crate) fn response(&self, status: u16) -> Self {
        Self {
            status: Some(status),
            ..self.clone()
        }
    }

    pub(crate) fn bytes(&self) -> Bytes {
        Bytes::from(self.to_string())
    }

    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let text = std::str::from_utf8(bytes).unwrap();
        let mut words = text.split(' ').peekable();
        let status = words.peek().unwrap().parse().ok();
        if status.is_some() {
            words.next();
        }
        let mut word = || words.next().unwrap().to_owned();
        Self {
            status,
            method: word(),
            branch: word(),
            call: word().parse().unwrap(),
        }
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(status) = self.status {
            write!(f, "{status} ")?;
        }
        write!(f, "{} {} {}", self.method, self.branch, self.call)
    }
}
