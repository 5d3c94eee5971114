use super::*;
use crate::events::kinds;

fn draft(event: &str) -> Draft {
    Draft::of_event(event, &["log".to_owned()], &["example.org".to_owned()]).unwrap()
}

#[test]
fn every_event_has_a_draft_that_can_be_written_and_read_again() {
    for kind in kinds() {
        let event = kind.name.as_str();
        let mut draft = draft(event);
        draft.build().unwrap();
        for (name, value) in draft.fields() {
            assert!(draft.set(&name, value), "{event}: {name}");
        }
        assert!(draft.set("tables.a.b", DraftValue::Number(1)));
        assert!(draft.set("shared.c", DraftValue::Bytes(vec![0, 255])));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("case.toml");
        let text = draft.to_toml("again", Some("message.sip"), "verdict = \"x\"");
        std::fs::write(&path, &text).unwrap();
        if let Some(message) = draft.message() {
            std::fs::write(folder.path().join("message.sip"), message).unwrap();
        }
        let again = Draft::of_suite(&Suite::open(&path).unwrap()).unwrap();
        assert_eq!(again[0].fields(), draft.fields(), "{text}");
        assert_eq!(again[0].message(), draft.message());
        let once_more = again[0].to_toml("again", Some("message.sip"), "verdict = \"x\"");
        assert_eq!(once_more, text);
    }
}

#[test]
fn a_field_that_is_not_there_cannot_be_set() {
    let mut draft = draft("core:request");
    assert!(!draft.set("timer.missed", DraftValue::Number(1)));
    assert!(!draft.set("source", DraftValue::Text("udp".to_owned())));
    assert!(draft.set("tables.a.b", DraftValue::Number(1)));
    draft.remove("tables.a.b");
    assert!(!draft.fields().iter().any(|(name, _)| name == "tables.a.b"));
}
