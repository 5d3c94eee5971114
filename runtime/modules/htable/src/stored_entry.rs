//! An entry as it is kept.

use prost::Message;

use crate::{Expiry, Seen, Stored};

/// An entry as it is kept: a protobuf message. Fields that this version does not know are skipped.
#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct StoredEntry {
    #[prost(oneof = "StoredKind", tags = "1, 2, 3")]
    value: Option<StoredKind>,
    /// Microseconds since 1970; 0 stays for good.
    #[prost(uint64, tag = "4")]
    expires_at_us: u64,
}

#[derive(Clone, PartialEq, Eq, prost::Oneof)]
enum StoredKind {
    #[prost(sint64, tag = "1")]
    Int(i64),
    #[prost(string, tag = "2")]
    Text(String),
    #[prost(bytes = "vec", tag = "3")]
    Octets(Vec<u8>),
}

impl StoredEntry {
    pub(crate) fn of(seen: &Seen) -> Self {
        let value = match &seen.value {
            Stored::Int(number) => StoredKind::Int(*number),
            Stored::Text(text) => StoredKind::Text(text.as_ref().to_owned()),
            Stored::Octets(bytes) => StoredKind::Octets(bytes.to_vec()),
        };
        Self {
            value: Some(value),
            expires_at_us: match seen.expiry {
                Expiry::Never => 0,
                Expiry::At(at_us) => at_us,
            },
        }
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.encode_to_vec()
    }

    /// None of what is no such message.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Seen> {
        let entry = Self::decode(bytes).ok()?;
        let value = match entry.value? {
            StoredKind::Int(number) => Stored::Int(number),
            StoredKind::Text(text) => Stored::Text(text.into()),
            StoredKind::Octets(bytes) => Stored::Octets(bytes.into()),
        };
        let expiry = match entry.expires_at_us {
            0 => Expiry::Never,
            at_us => Expiry::At(at_us),
        };
        Some(Seen { value, expiry })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_what_was_written() {
        let values = [
            Stored::Int(-7),
            Stored::Int(0),
            Stored::Text("".into()),
            Stored::Text("café".into()),
            Stored::Octets([0, 255].as_slice().into()),
        ];
        for value in values {
            for expiry in [Expiry::Never, Expiry::At(1_000_000)] {
                let value = value.clone();
                let seen = Seen { value, expiry };
                let bytes = StoredEntry::of(&seen).to_bytes();
                assert_eq!(StoredEntry::parse(&bytes), Some(seen));
            }
        }
        assert_eq!(StoredEntry::parse(b"\xff"), None);
        assert_eq!(StoredEntry::parse(b""), None);
    }
}
