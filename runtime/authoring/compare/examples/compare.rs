//! How long a comparison of 100,000 events takes on all processors:
//! `cargo run --release -p evroute-compare --example compare`. Recordings are read from memory as
//! they would be from files; a fifth of them ends differently.

use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use evroute_cases::{Suite, record_runs};
use evroute_compare::{Options, RecordedEvents, compare};
use evroute_recording::{Recording, read, write};

const EVENTS: usize = 100_000;

const OLD: &str = r#"event_route[tm:local-request] {
    xlog("request [$rm] from [$fu] to [$ru]\n");
    if ($rU == "user-0") {
        drop;
    }
}
"#;

/// Files of recordings, again and again.
struct Files {
    files: Vec<Vec<u8>>,
    count: usize,
}

impl RecordedEvents for Files {
    fn count(&self) -> usize {
        self.count
    }

    fn name(&self, number: usize) -> String {
        number.to_string()
    }

    fn read(&self, number: usize) -> Result<Recording, String> {
        let place = number.checked_rem(self.files.len()).unwrap_or_default();
        let file = self.files.get(place).ok_or("there is no recording")?;
        read(file).map_err(|error| error.to_string())
    }
}

fn component(text: &str) -> Result<Arc<[u8]>, Box<dyn Error>> {
    let source = evroute_kamailio::Source::alone("routes.cfg", text);
    let compiled = evroute_kamailio::compile(&source).map_err(|error| error.to_string())?;
    Ok(compiled.component.into())
}

fn main() -> Result<(), Box<dyn Error>> {
    let count = EVENTS;
    let mut cases =
        "event = \"tm:local-request\"\ngrants = [\"log\", \"pv\", \"sip\"]\n".to_owned();
    for user in 0..10 {
        cases.push_str(&format!(
            "[[case]]\nname = \"{user}\"\nverdict = \"send\"\nmessage = {{ method = \"MESSAGE\", uri = \
             \"sip:user-{user}@example.org\", from = \"<sip:a@example.com>;tag=1\" }}\n"
        ));
    }
    let (old, new) = (
        component(OLD)?,
        component(&OLD.replace("user-0", "user-1"))?,
    );
    let fail = |error: evroute_cases::Error| error.to_string();
    let recorded = record_runs(&old, &Suite::parse(&cases)?, None).map_err(fail)?;
    let files = recorded.iter().map(|(_, recording)| write(recording));
    let files = Files {
        files: files.collect::<Result<_, _>>()?,
        count,
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let options = Options {
        threads: u32::try_from(threads)?,
        code_cache: None,
    };
    let begun = Instant::now();
    let compared = compare([&old, &new], &files, options, &|_| ()).map_err(fail)?;
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{{\"name\": \"compare\", \"events\": {count}, \"different\": {}, \"threads\": {threads}, \
         \"seconds\": {seconds:.2}}}",
        compared.different()
    );
    for group in &compared.groups {
        let place = group
            .decision
            .as_ref()
            .map(|decision| decision.place.to_string());
        eprintln!(
            "{} before, {} now: {}, {place:?}",
            group.from, group.to, group.count
        );
    }
    Ok(())
}
