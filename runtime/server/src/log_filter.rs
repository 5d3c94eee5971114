//! What is logged: tracing's `EnvFilter`, less the words that it takes for something else than they
//! say.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

/// What a single word may be.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// Whose lines there are: every crate of ours, and what their names begin with.
const OURS: &str = "evroute";

/// Libraries that write a line for what a peer sends: what comes of it is told by us, and not each
/// time. Who names one in the filter has its lines.
const TOLD_BY_US: [&str; 2] = ["rustls", "tungstenite"];

/// Reads a filter: a level, or `target=level` pairs with commas.
///
/// # Errors
/// A sentence, when it is none. A word that is neither a level nor a target of ours is an error
/// too: `EnvFilter` takes `inof` for a target, shows that one's lines alone, and a server with such
/// a filter logs nothing.
pub(crate) fn log_filter(text: &str) -> Result<EnvFilter, String> {
    let mut filter = EnvFilter::try_new(text).map_err(|error| error.to_string())?;
    for library in TOLD_BY_US {
        if !text.contains(library) {
            let off = format!("{library}=off").parse();
            filter = filter.add_directive(off.map_err(|error: ParseError| error.to_string())?);
        }
    }
    // Fields in brackets have commas of their own; whoever writes them knows the syntax.
    if text.contains('[') {
        return Ok(filter);
    }
    let words = text.split(',').map(str::trim);
    let unknown = words.filter(|word| !word.is_empty()).find(|word| {
        let is_level = LEVELS.iter().any(|level| word.eq_ignore_ascii_case(level));
        // `EnvFilter` numbers its levels, too.
        let is_number = matches!(*word, "0" | "1" | "2" | "3" | "4" | "5");
        !(is_level || is_number || word.contains('=') || word.starts_with(OURS))
    });
    match unknown {
        None => Ok(filter),
        Some(word) => Err(format!("{word:?} is no level and no part of the server")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_and_pairs_are_filters() {
        for good in [
            "info",
            "WARN",
            "off",
            "3",
            "warn,evroute_module_tm=debug",
            "evroute_server",
            "info,hyper=off",
            "evroute[request{call_id=1}]=debug",
        ] {
            assert!(log_filter(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn a_word_that_would_silence_the_server_is_none() {
        let reported = |text| log_filter(text).unwrap_err();
        assert_eq!(
            reported("inof"),
            "\"inof\" is no level and no part of the server"
        );
        assert_eq!(
            reported("warn,evrout"),
            "\"evrout\" is no level and no part of the server"
        );
        assert!(!reported("=x=").is_empty());
    }
}
