#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Some(reader) = evroute_readers::reader("digest_challenge") {
        (reader.read)(bytes);
    }
});
