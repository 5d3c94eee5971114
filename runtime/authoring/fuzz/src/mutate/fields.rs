//! What an event carries beside a message, and what its handler finds in tables.

use evroute_cases::DraftValue;

use super::number::number;
use super::{MESSAGE_BYTES_MAX, Mutator};
use crate::input::Input;

/// What an event carries beside a message, and what a table holds, is not longer, bytes.
const FIELD_BYTES_MAX: usize = 1024;

fn limited(value: DraftValue, most: usize) -> DraftValue {
    match value {
        DraftValue::Number(number) => DraftValue::Number(number),
        DraftValue::Text(mut text) => {
            text.truncate(text.floor_char_boundary(most));
            DraftValue::Text(text)
        }
        DraftValue::Bytes(mut bytes) => {
            bytes.truncate(most);
            DraftValue::Bytes(bytes)
        }
    }
}

impl Mutator<'_> {
    /// Changes a field of the event, or an entry of a table.
    pub(super) fn fields(&mut self, input: &mut Input) {
        if self.random.once_in(3) && self.plant(input) {
            return;
        }
        let fields = input.draft.fields();
        let Some((name, value)) = self.random.pick(&fields).cloned() else {
            return;
        };
        let is_entry = name.starts_with("tables.") || name.starts_with("shared.");
        if is_entry && self.random.once_in(6) {
            input.draft.remove(&name);
            return;
        }
        let value = match name.as_str() {
            "source" | "received" => self.hop(),
            // An entry may hold anything; an event's field has its type.
            _ if (is_entry || name.starts_with("custom.") || name == "expired.value")
                && self.random.once_in(4) =>
            {
                self.any_value()
            }
            _ => match value {
                DraftValue::Number(old) => DraftValue::Number(number(self.random, old)),
                DraftValue::Text(old) => {
                    let mut text = self.readable(old.as_bytes());
                    // What a server makes an event of has been read: one line of a message.
                    if name != "unreadable.raw" && !is_entry {
                        text.retain(|character| !character.is_control());
                    }
                    DraftValue::Text(text)
                }
                DraftValue::Bytes(old) => DraftValue::Bytes(self.text(&old)),
            },
        };
        let most = match name.as_str() {
            "unreadable.raw" => MESSAGE_BYTES_MAX,
            _ => FIELD_BYTES_MAX,
        };
        input.draft.set(&name, limited(value, most));
    }

    /// Puts an entry where the handler has looked for one.
    fn plant(&mut self, input: &mut Input) -> bool {
        let Some(place) = self.dictionary.place(self.random) else {
            return false;
        };
        let value = self.any_value();
        input.draft.set(&place, value)
    }

    fn any_value(&mut self) -> DraftValue {
        match self.random.below(4) {
            0 => DraftValue::Bytes(self.token()),
            1 => {
                let token = self.token();
                DraftValue::Text(self.readable(&token))
            }
            _ => {
                let known = self.dictionary.number(self.random);
                let known = known.and_then(|digits| String::from_utf8(digits).ok()?.parse().ok());
                DraftValue::Number(number(self.random, known.unwrap_or_default()))
            }
        }
    }

    /// A text as Rust has it.
    fn readable(&mut self, old: &[u8]) -> String {
        String::from_utf8_lossy(&self.text(old)).into_owned()
    }

    fn hop(&mut self) -> DraftValue {
        const HOPS: [&str; 8] = [
            "udp:192.0.2.1:5060",
            "tcp:192.0.2.1:40000",
            "tls:[2001:db8::1]:5061",
            "ws:127.0.0.1:80",
            "wss:10.0.0.1:443",
            "udp:0.0.0.0:1",
            "udp:[::1]:65535",
            "udp:192.0.2.100:5060",
        ];
        let hop = self.random.pick(&HOPS).copied().unwrap_or_default();
        DraftValue::Text(hop.to_owned())
    }
}
