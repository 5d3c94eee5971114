//! Which versions of an interface stand for each other.

use semver::Version;

/// What of an interface's version has to be the same for one to stand for the other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Track<'a> {
    /// 1 of 1.2.3: any version with this major number.
    Major(u64),
    /// 1 of 0.1.2: any version 0.1.z.
    Minor(u64),
    /// This text alone: 0.0.3, a version before its release, what is no version; empty where there
    /// is none.
    Exact(&'a str),
}

/// An interface's name, and the track of its version: as Wasmtime's linker looks imports and
/// exports up (`alternate_lookup_key` of its crate `wasmtime-environ`).
///
/// ```
/// use evroute_module_api::track;
///
/// assert_eq!(track("evroute:log/log@0.1.0"), track("evroute:log/log@0.1.4"));
/// assert_ne!(track("evroute:log/log@0.1.0"), track("evroute:log/log@0.2.0"));
/// ```
#[must_use]
pub fn track(interface: &str) -> (&str, Track<'_>) {
    let (name, version) = interface.split_once('@').unwrap_or((interface, ""));
    let track = match Version::parse(version) {
        Ok(parsed) if !parsed.pre.is_empty() => Track::Exact(version),
        Ok(Version { major, .. }) if major > 0 => Track::Major(major),
        Ok(Version { minor, .. }) if minor > 0 => Track::Minor(minor),
        Ok(_) | Err(_) => Track::Exact(version),
    };
    (name, track)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_that_promise_to_be_compatible_share_a_track() {
        for (version, expected) in [
            ("1.2.3", Track::Major(1)),
            ("10.0.0", Track::Major(10)),
            ("0.1.2", Track::Minor(1)),
            ("0.2.0", Track::Minor(2)),
            ("0.0.3", Track::Exact("0.0.3")),
            ("1.0.0-rc.1", Track::Exact("1.0.0-rc.1")),
            ("0.2", Track::Exact("0.2")),
            ("01.2.3", Track::Exact("01.2.3")),
            ("", Track::Exact("")),
        ] {
            let interface = format!("evroute:log/log@{version}");
            assert_eq!(track(&interface), ("evroute:log/log", expected));
        }
        assert_eq!(track("evroute:log/log").1, Track::Exact(""));
    }
}
