//! An input as a file.

use std::collections::BTreeMap;

use evroute_cases::{Draft, Suite, is_message};
use evroute_recording::{RecordedCall, Recording};

use crate::input::Input;

/// What a file of an input begins with.
const BEGIN: &[u8] = b"evroute-input 1 ";
/// A larger file is no input, octets.
pub(crate) const FILE_BYTES_MAX: usize = 1 << 20;

impl Input {
    /// The input as a file: a line with the lengths of what follows, the case, the message, the
    /// answers as a recording.
    pub(crate) fn to_file(&self) -> Result<Vec<u8>, String> {
        let case = self.draft.to_toml("input", None, "verdict = \"\"");
        let message = self.draft.message();
        let length = message.map_or_else(|| "-".to_owned(), |message| message.len().to_string());
        let mut file = BEGIN.to_vec();
        file.extend_from_slice(format!("{} {length}\n", case.len()).as_bytes());
        file.extend_from_slice(case.as_bytes());
        file.extend_from_slice(message.unwrap_or_default());
        if !self.answers.is_empty() {
            file.extend(self.answers_file()?);
        }
        Ok(file)
    }

    /// Reads such a file, or a SIP message, which takes the place of `least`'s.
    pub(crate) fn of_file(file: &[u8], least: &[Draft]) -> Result<Vec<Self>, String> {
        let Some(rest) = file.strip_prefix(BEGIN) else {
            return Self::of_message(file, least);
        };
        let broken = || "it is cut, or no input of this version".to_owned();
        let end = rest
            .iter()
            .position(|byte| *byte == b'\n')
            .ok_or_else(broken)?;
        let (line, rest) = rest.split_at(end);
        let rest = rest.get(1..).unwrap_or_default();
        let line = std::str::from_utf8(line).map_err(|_| broken())?;
        let (case, message) = line.split_once(' ').ok_or_else(broken)?;
        let case: usize = case.parse().map_err(|_| broken())?;
        let (case, rest) = rest.split_at_checked(case).ok_or_else(broken)?;
        let case = std::str::from_utf8(case).map_err(|_| broken())?;
        let suite = Suite::parse(case).map_err(|why| why.to_string())?;
        let drafts = Draft::of_suite(&suite).map_err(|why| why.to_string())?;
        let mut draft = drafts.into_iter().next().ok_or_else(broken)?;
        let mut answers = rest;
        if message != "-" {
            let length: usize = message.parse().map_err(|_| broken())?;
            let (message, rest) = rest.split_at_checked(length).ok_or_else(broken)?;
            draft.set_message(message.to_vec());
            answers = rest;
        }
        let mut input = Self::new(draft);
        if !answers.is_empty() {
            input.read_answers(answers)?;
        }
        Ok(vec![input])
    }

    fn of_message(file: &[u8], least: &[Draft]) -> Result<Vec<Self>, String> {
        if !is_message(file) {
            return Err("it is neither an input nor a SIP message".to_owned());
        }
        let fits = least.iter().filter_map(|draft| {
            draft.message()?;
            let mut draft = draft.clone();
            draft.set_message(file.to_vec());
            draft.build().ok().map(|_| Self::new(draft))
        });
        Ok(fits.collect())
    }

    /// The answers as a recording that has calls only.
    pub(crate) fn answers_file(&self) -> Result<Vec<u8>, String> {
        let calls = self
            .answers
            .iter()
            .flat_map(|((interface, function), answers)| {
                answers.iter().map(move |answer| RecordedCall {
                    interface: interface.clone(),
                    function: function.clone(),
                    answer: answer.as_ref().map(Into::into),
                    ..RecordedCall::default()
                })
            });
        let recording = Recording {
            calls: calls.collect(),
            ..Recording::default()
        };
        evroute_recording::write(&recording).map_err(|why| why.to_string())
    }

    pub(crate) fn read_answers(&mut self, file: &[u8]) -> Result<(), String> {
        let recording = evroute_recording::read(file).map_err(|why| why.to_string())?;
        let mut answers = BTreeMap::new();
        for call in recording.calls {
            let answer = call.answer.as_ref().and_then(|answer| answer.value());
            let of: &mut Vec<_> = answers.entry((call.interface, call.function)).or_default();
            of.push(answer);
        }
        self.answers = answers;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use evroute_tap::WitValue;

    use super::*;

    #[test]
    fn an_input_is_read_as_it_was_written_and_cut_anywhere_it_is_an_error() {
        let draft = Draft::of_event("core:request", &["log".to_owned()], &[]).unwrap();
        let mut input = Input::new(draft.clone());
        let name = (
            "evroute:sql/sql@0.1.0".to_owned(),
            "[method]rows.next".to_owned(),
        );
        let answer = WitValue::Result(Ok(Box::new(WitValue::List(Vec::new()))));
        input.answers.insert(name, vec![None, Some(answer)]);
        let file = input.to_file().unwrap();
        let read = Input::of_file(&file, &[]).unwrap();
        assert_eq!((read[0].digest(), read.len()), (input.digest(), 1));
        let plain = Input::new(draft).to_file().unwrap();
        for end in 0..file.len() {
            if end != plain.len() {
                Input::of_file(&file[..end], &[]).unwrap_err();
            }
        }
    }

    #[test]
    fn a_message_alone_is_an_input_of_every_event_that_it_fits() {
        let least = ["core:request", "core:reply", "timer:tick"];
        let least = least
            .iter()
            .filter_map(|event| Draft::of_event(event, &[], &[]).ok());
        let least: Vec<_> = least.collect();
        let message = b"OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n\
                        To: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";
        let read = Input::of_file(message, &least).unwrap();
        assert_eq!(read.len(), 1, "a request is no reply");
        Input::of_file(b"nonsense", &least).unwrap_err();
    }
}
