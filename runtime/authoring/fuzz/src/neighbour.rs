//! Another tenant of the same server, who has a secret.

use std::sync::Arc;

use evroute_cases::{Draft, DraftValue, Error, Harness, HarnessRun};
use evroute_sandbox::Tapping;
use evroute_tap::WitValue;

use crate::heard::{FuzzTap, HeardCall, Listening};
use crate::input::Input;
use crate::target::FuzzTarget;

/// What only the neighbour has. Nothing that is fuzzed says it by chance.
const SECRET: &str = "neighbour-7c41f0d29a6be53d8810c4f7";

/// A tenant with the same handler in the same sandbox, whose run comes before a run that is
/// looked at closely: where a trace of it would be found, if one were left.
pub(crate) struct Neighbour {
    harness: Harness,
}

impl Neighbour {
    pub(crate) fn new(target: &Arc<FuzzTarget>) -> Result<Self, Error> {
        let harness = Harness::new(&target.server, Arc::clone(&target.component))?;
        Ok(Self { harness })
    }

    /// Runs an input with the secret in its message, its tables and its shared variables. What
    /// becomes of it is the neighbour's affair.
    pub(crate) fn run(&mut self, input: &Input) {
        let (tap, _) = FuzzTap::new(Listening::Effects, input.answers.clone());
        let tapping = Tapping {
            tap: Some(Box::new(tap)),
            ..Tapping::default()
        };
        let _ = self.harness.run(&planted(&input.draft), tapping);
    }
}

/// The input as the neighbour has it.
fn planted(draft: &Draft) -> Draft {
    let mut draft = draft.clone().of_neighbour();
    for (name, value) in draft.fields() {
        let is_state = name.starts_with("tables.") || name.starts_with("shared.");
        if is_state && value != DraftValue::Number(0) {
            draft.set(&name, DraftValue::Text(SECRET.to_owned()));
        }
    }
    draft.set("shared.secret", DraftValue::Text(SECRET.to_owned()));
    let message = draft.message().map(<[u8]>::to_vec);
    let end = |message: &Vec<u8>| message.windows(2).position(|two| two == b"\r\n");
    if let Some(message) = message
        && let Some(end) = end(&message)
    {
        let (line, rest) = message.split_at(end);
        let field = format!("\r\nSubject: {SECRET}");
        draft.set_message([line, field.as_bytes(), rest].concat());
    }
    draft
}

/// Where the secret comes out of a run that is not the neighbour's, if it does.
pub(crate) fn leak(run: &HarnessRun, calls: &[HeardCall]) -> Option<&'static str> {
    let subject = run.run.payload.subject();
    let message = subject.message.as_ref();
    let texts = |texts: &[String]| texts.iter().any(|text| has(text.as_bytes()));
    let arguments = |call: &HeardCall| call.arguments.iter().any(has_value);
    let answers = |call: &HeardCall| call.answer.as_ref().is_some_and(has_value);
    let places = [
        ("the message", message.is_some_and(|one| has(&one.print()))),
        (
            "the verdict",
            run.verdict.as_ref().is_some_and(|one| has(one.as_bytes())),
        ),
        (
            "the answer to the request",
            subject.reply.as_ref().is_some_and(|one| has(&one.print())),
        ),
        ("the log", texts(&run.log)),
        ("an event", texts(&run.raised)),
        ("a call", calls.iter().any(arguments)),
        ("an answer", calls.iter().any(answers)),
    ];
    places
        .into_iter()
        .find_map(|(place, leaks)| leaks.then_some(place))
}

fn has(bytes: &[u8]) -> bool {
    let secret = SECRET.as_bytes();
    bytes.windows(secret.len()).any(|part| part == secret)
}

fn has_value(value: &WitValue) -> bool {
    match value {
        WitValue::Text(text) => has(text.as_bytes()),
        WitValue::Bytes(bytes) => has(bytes),
        WitValue::List(of) | WitValue::Tuple(of) => of.iter().any(has_value),
        WitValue::Record(of) => of.iter().any(|(_, value)| has_value(value)),
        WitValue::Case(_, of) | WitValue::Option(of) => of.as_deref().is_some_and(has_value),
        WitValue::Result(Ok(of) | Err(of)) => has_value(of),
        WitValue::Bool(_)
        | WitValue::Unsigned(_)
        | WitValue::Signed(_)
        | WitValue::Real(_)
        | WitValue::Handle(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Copies what it finds into the log and the message: where a leak would come out.
    const TELLS: &str = "event_route[core:request] {
        append_hf(\"X-Copy: $hdr(Subject)\\r\\n\");
        if ($shv(secret) == \"x\") { drop; }
    }";

    fn target() -> Arc<FuzzTarget> {
        let source = evroute_kamailio::Source::alone("tells.cfg", TELLS);
        let component = evroute_kamailio::compile(&source).unwrap().component;
        Arc::new(FuzzTarget::new(&component, 1, None).unwrap())
    }

    fn run(target: &Arc<FuzzTarget>, draft: &Draft) -> Option<&'static str> {
        let mut harness = Harness::new(&target.server, Arc::clone(&target.component)).unwrap();
        let (tap, heard) = FuzzTap::new(Listening::All, Default::default());
        let tapping = Tapping {
            tap: Some(Box::new(tap)),
            ..Tapping::default()
        };
        let run = harness.run(draft, tapping).unwrap();
        leak(&run, &heard.take())
    }

    /// The eyes see: of the neighbour's own run everything is told, of another's nothing.
    #[test]
    fn a_secret_that_comes_out_is_seen_wherever_it_does() {
        let target = target();
        let grants = evroute_cases::all_grants();
        let draft = Draft::of_event("core:request", &grants, &["example.org".to_owned()]).unwrap();
        let mut neighbour = Neighbour::new(&target).unwrap();
        let input = Input::new(draft.clone());
        neighbour.run(&input);
        assert_eq!(run(&target, &draft), None);
        assert_eq!(run(&target, &planted(&draft)), Some("the message"));
        let mut of_state = draft.clone();
        of_state.set("shared.secret", DraftValue::Text(SECRET.to_owned()));
        assert_eq!(run(&target, &of_state), Some("an answer"));
        for value in [
            WitValue::Text(SECRET.to_owned()),
            WitValue::List(vec![WitValue::UNIT, WitValue::Bytes(SECRET.into())]),
            WitValue::Result(Err(Box::new(WitValue::Case(
                "text".into(),
                Some(Box::new(WitValue::Text(format!("a{SECRET}b")))),
            )))),
        ] {
            assert!(has_value(&value), "{value}");
        }
        assert!(!has_value(&WitValue::Text(SECRET[1..].to_owned())));
    }
}
