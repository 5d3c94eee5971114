use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use wasmtime::component::Resource;

use super::*;

#[derive(Clone, PartialEq, Debug)]
enum Answer {
    None,
    Text(String),
}
variant!(Answer { None "none", Text "a-text" of });

#[derive(PartialEq, Debug)]
struct Pair {
    first_part: u16,
    rest: Vec<u8>,
}
record!(Pair { first_part "first-part", rest "rest" });

const FUNCTION: HostFunction = HostFunction {
    interface: "evroute:htable/htable@0.1.0",
    name: "[method]table.get",
};

/// A run, and how many bytes it was charged.
#[derive(Default)]
struct Host {
    tap: Option<Box<dyn Tap>>,
    charged: usize,
}

impl TapHost for Host {
    fn tap(&mut self) -> Option<&mut (dyn Tap + 'static)> {
        self.tap.as_deref_mut()
    }

    fn charge_answered(&mut self, bytes: usize) -> wasmtime::Result<()> {
        self.charged += bytes;
        Ok(())
    }
}

/// Answers with what it was given, and notes what the server answered.
struct Fixed {
    wants: bool,
    answer: Option<WitValue>,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Tap for Fixed {
    fn wants(&mut self, _: &'static HostFunction) -> bool {
        self.wants
    }

    fn answer(&mut self, _: &HostCall<'_>) -> Option<wasmtime::Result<WitValue>> {
        self.answer.clone().map(Ok)
    }

    fn seen(&mut self, call: &HostCall<'_>, answer: Result<&WitValue, &wasmtime::Error>) {
        let answer = answer.map_or_else(ToString::to_string, ToString::to_string);
        let line = format!("{}({}) = {answer}", call.function.name, call.arguments[0]);
        self.seen.lock().unwrap().push(line);
    }
}

/// A call of a function that doubles its argument; how it is made is told by `made`.
fn double(host: &mut Host, value: u32, made: &mut Vec<u32>) -> wasmtime::Result<u32> {
    let arguments = match begin(host, &FUNCTION, || vec![value.to_wit()])? {
        ControlFlow::Break(answer) => return Ok(answer),
        ControlFlow::Continue(arguments) => arguments,
    };
    made.push(value);
    let answer = Ok(value * 2);
    end(host, &FUNCTION, arguments, &answer);
    answer
}

fn with(wants: bool, answer: Option<WitValue>) -> (Host, Arc<Mutex<Vec<String>>>) {
    let seen = Arc::default();
    let tap = Fixed {
        wants,
        answer,
        seen: Arc::clone(&seen),
    };
    let tap: Option<Box<dyn Tap>> = Some(Box::new(tap));
    (Host { tap, charged: 0 }, seen)
}

#[test]
fn a_call_is_seen_answered_or_left_alone() {
    let mut made = Vec::new();
    assert_eq!(double(&mut Host::default(), 1, &mut made).unwrap(), 2);

    let (mut host, seen) = with(true, None);
    assert_eq!(double(&mut host, 2, &mut made).unwrap(), 4);
    assert_eq!(*seen.lock().unwrap(), ["[method]table.get(2) = 4"]);

    let (mut host, seen) = with(false, Some(WitValue::Unsigned(9)));
    assert_eq!(double(&mut host, 3, &mut made).unwrap(), 6);
    assert!(seen.lock().unwrap().is_empty());

    // What is answered is not carried out.
    let (mut host, seen) = with(true, Some(WitValue::Unsigned(9)));
    assert_eq!(double(&mut host, 4, &mut made).unwrap(), 9);
    assert!(seen.lock().unwrap().is_empty());
    assert_eq!(made, [1, 2, 3]);

    let (mut host, _) = with(true, Some(WitValue::Text("nine".to_owned())));
    let error = double(&mut host, 5, &mut made).unwrap_err();
    assert!(error.to_string().contains("u32"), "{error}");
    assert_eq!((made.len(), host.charged), (3, 4));
}

#[test]
fn values_go_there_and_back() {
    fn back<V: Wit + PartialEq + std::fmt::Debug>(value: V, shown: &str) {
        let tree = value.to_wit();
        assert_eq!(tree.to_string(), shown);
        assert_eq!(V::from_wit(tree).unwrap(), value);
    }
    back(true, "true");
    back((1_u64, -1_i64), "(1, -1)");
    back(vec![0_u8, 65, 255], "b\"\\x00A\\xff\"");
    back(vec!["a\"b".to_owned()], "[\"a\\\"b\"]");
    back(Some(Answer::Text("x".to_owned())), "some(a-text(\"x\"))");
    back(Result::<(), Answer>::Ok(()), "ok");
    back(Result::<u16, Answer>::Err(Answer::None), "err(none)");
    let (first_part, rest) = (7, vec![1]);
    back(
        Pair { first_part, rest },
        "{first-part: 7, rest: b\"\\x01\"}",
    );
    let handle = Resource::<Answer>::new_own(3).to_wit();
    assert_eq!(handle, WitValue::Handle(3));
    assert!(u16::from_wit(WitValue::Unsigned(70_000)).is_err());
    assert!(Answer::from_wit(WitValue::Case("text".into(), None)).is_err());
}

#[test]
fn arguments_are_all_taken() {
    let two = || CallArguments::new(vec![WitValue::Unsigned(1), WitValue::Bool(true)]);
    let mut arguments = two();
    assert_eq!(arguments.take::<u32>(), Ok(1));
    assert_eq!(arguments.take::<bool>(), Ok(true));
    assert!(arguments.take::<bool>().is_err());
    assert!(two().end().is_err());
}
