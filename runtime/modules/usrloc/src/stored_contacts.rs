//! The contacts of one address of record as they are kept.

use evroute_sip::QValue;
use evroute_transport::{Flow, Proto};
use prost::Message;

use crate::{Aor, Binding, Reach, Timestamp};

/// The contacts of one address of record as they are kept: a protobuf message. Fields that this
/// version does not know are skipped, and those that are not there are empty, so that versions read
/// each other's rows. Numbers are never used twice.
#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct StoredContacts {
    #[prost(message, repeated, tag = "1")]
    contacts: Vec<StoredContact>,
}

#[derive(Clone, PartialEq, Eq, Message)]
struct StoredContact {
    #[prost(string, tag = "1")]
    uri: String,
    /// As a Via spells it.
    #[prost(string, tag = "2")]
    proto: String,
    #[prost(string, tag = "3")]
    local: String,
    #[prost(string, tag = "4")]
    remote: String,
    /// It is reached by its flow, not by its URI.
    #[prost(bool, tag = "5")]
    is_by_flow: bool,
    #[prost(string, repeated, tag = "6")]
    path: Vec<String>,
    /// Seconds since 1970.
    #[prost(uint64, tag = "7")]
    expires_at: u64,
    /// Thousandths.
    #[prost(uint32, tag = "8")]
    q: u32,
    #[prost(string, tag = "9")]
    call_id: String,
    #[prost(uint32, tag = "10")]
    cseq: u32,
    #[prost(bytes = "vec", optional, tag = "11")]
    user_agent: Option<Vec<u8>>,
    #[prost(string, optional, tag = "12")]
    instance: Option<String>,
    #[prost(string, optional, tag = "13")]
    reg_id: Option<String>,
}

impl StoredContacts {
    pub(crate) fn of(contacts: &[&Binding]) -> Self {
        let contacts = contacts.iter().map(|contact| StoredContact::of(contact));
        Self {
            contacts: contacts.collect(),
        }
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.encode_to_vec()
    }

    /// None of what is no such message.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        Self::decode(bytes).ok()
    }

    /// The contacts; none when one of them makes no sense.
    pub(crate) fn contacts(self, aor: &Aor) -> Option<Vec<Binding>> {
        let contacts = self.contacts.into_iter();
        contacts.map(|contact| contact.binding(aor)).collect()
    }
}

impl StoredContact {
    fn of(binding: &Binding) -> Self {
        Self {
            uri: binding.uri.clone(),
            proto: binding.received.proto.as_str().to_owned(),
            local: binding.received.local.to_string(),
            remote: binding.received.remote.to_string(),
            is_by_flow: binding.reach == Reach::Flow,
            path: binding.path.clone(),
            expires_at: binding.expires_at.seconds(),
            q: binding.q.thousandths().into(),
            call_id: binding.call_id.clone(),
            cseq: binding.cseq,
            user_agent: binding.user_agent.clone(),
            instance: binding.instance.clone(),
            reg_id: binding.reg_id.clone(),
        }
    }

    fn binding(self, aor: &Aor) -> Option<Binding> {
        let received = Flow {
            proto: Proto::parse(&self.proto)?,
            local: self.local.parse().ok()?,
            remote: self.remote.parse().ok()?,
            // Connections end with the process.
            connection: None,
        };
        Some(Binding {
            aor: aor.clone(),
            uri: self.uri,
            received,
            reach: match self.is_by_flow {
                true => Reach::Flow,
                false => Reach::Uri,
            },
            path: self.path,
            expires_at: Timestamp::from_seconds(self.expires_at),
            q: QValue::from_thousandths(u16::try_from(self.q).ok()?)?,
            call_id: self.call_id,
            cseq: self.cseq,
            user_agent: self.user_agent,
            instance: self.instance,
            reg_id: self.reg_id,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aor() -> Aor {
        Aor::new("alice", "example.com").unwrap()
    }

    fn binding() -> Binding {
        Binding {
            aor: aor(),
            uri: "sip:alice@10.0.0.7:5071;transport=tcp".to_owned(),
            received: Flow {
                proto: Proto::Wss,
                local: "[2001:db8::1]:5061".parse().unwrap(),
                remote: "203.0.113.5:4000".parse().unwrap(),
                connection: None,
            },
            reach: Reach::Flow,
            path: vec!["<sip:edge.example.com;lr>".to_owned()],
            expires_at: Timestamp::from_seconds(2_000_000_000),
            q: QValue::from_thousandths(250).unwrap(),
            call_id: "c@h".to_owned(),
            cseq: 7,
            user_agent: Some(b"Phone \xff".to_vec()),
            instance: Some("\"<urn:uuid:1>\"".to_owned()),
            reg_id: Some("1".to_owned()),
        }
    }

    #[test]
    fn what_is_kept_is_what_was_registered() {
        let other = Binding {
            reach: Reach::Uri,
            user_agent: None,
            instance: None,
            reg_id: None,
            path: Vec::new(),
            ..binding()
        };
        let both = [binding(), other];
        let bytes = StoredContacts::of(&both.each_ref()).to_bytes();
        let read = StoredContacts::parse(&bytes).unwrap().contacts(&aor());
        assert_eq!(read.unwrap(), both);
    }

    #[test]
    fn a_field_of_a_later_version_is_skipped() {
        let mut bytes = StoredContacts::of(&[&binding()]).to_bytes();
        // Field 1000 with a text.
        prost::encoding::string::encode(1000, &"later".to_owned(), &mut bytes);
        let read = StoredContacts::parse(&bytes).unwrap().contacts(&aor());
        assert_eq!(read.unwrap(), [binding()]);
    }

    #[test]
    fn what_makes_no_sense_is_none() {
        assert_eq!(StoredContacts::parse(b"\xff"), None);
        let nothing = StoredContacts {
            contacts: vec![StoredContact::default()],
        };
        assert_eq!(nothing.contacts(&aor()), None);
    }
}
