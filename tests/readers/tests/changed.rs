//! Every reader on changed examples.

use evroute_readers::{READERS, Random};

/// `EVROUTE_READER_RUNS` runs each so often instead: ten million, say.
fn runs(default: u32) -> u32 {
    let asked = std::env::var("EVROUTE_READER_RUNS").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(default)
}

macro_rules! readers {
    ($($name:ident),*) => {
        $(
            #[test]
            fn $name() {
                let reader = evroute_readers::reader(stringify!($name)).unwrap();
                let examples = (reader.examples)();
                let is_read = examples.iter().filter(|example| (reader.read)(example)).count();
                assert!(is_read > 0, "none of its {} examples is read", examples.len());
                let mut random = Random::new(1);
                let mut read = 0_u32;
                let runs = runs(reader.runs);
                for _ in 0..runs {
                    read += u32::from((reader.read)(&random.changed(reader, &examples)));
                }
                // Changes that nothing survives would look at refusals only.
                assert!(read > runs / 100 && read < runs, "{read} of {runs} were read");
                println!("{}: {read} of {runs} were read", reader.name);
            }
        )*

        #[test]
        fn each_reader_is_run_here_and_by_libfuzzer() {
            let names: Vec<_> = READERS.iter().map(|reader| reader.name).collect();
            assert_eq!(names, [$(stringify!($name)),*]);
            let manifest = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/Cargo.toml"));
            let manifest = manifest.unwrap();
            for name in names {
                assert!(manifest.contains(&format!("name = \"{name}\"\n")), "{name} has a target");
            }
        }
    };
}

readers!(
    message,
    uri,
    name_addr,
    via,
    stream,
    configuration,
    suite,
    recording,
    cell_frames,
    source_lines,
    routes,
    digest_challenge,
    digest_answer
);
