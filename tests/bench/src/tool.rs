//! The programs that we drive, and the packages that bring them.

use std::env;
use std::path::{Path, PathBuf};

use crate::error::Error;

const KAMAILIO_PACKAGES: &str = "kamailio kamailio-lua-modules kamailio-python3-modules \
     kamailio-tls-modules kamailio-websocket-modules";
/// Where Debian puts Kamailio's modules; the configurations name it as `mpath`.
const KAMAILIO_MODULES: &str = "/usr/lib/x86_64-linux-gnu/kamailio/modules";

/// Refuses early and in one line when SIPp is missing.
pub(crate) fn require_sipp() -> Result<(), Error> {
    require("sipp", "sip-tester")
}

/// Refuses early and in one line when Kamailio or one of its script engines is missing.
pub(crate) fn require_kamailio() -> Result<(), Error> {
    require("kamailio", KAMAILIO_PACKAGES)?;
    for (module, program) in [
        ("app_lua.so", "Kamailio's app_lua"),
        ("app_python3.so", "Kamailio's app_python3"),
        ("tls.so", "Kamailio's tls"),
        ("websocket.so", "Kamailio's websocket"),
    ] {
        if !Path::new(KAMAILIO_MODULES).join(module).is_file() {
            return Err(Error::MissingTool {
                program,
                packages: KAMAILIO_PACKAGES,
            });
        }
    }
    require("setpriv", "util-linux")
}

fn require(program: &'static str, packages: &'static str) -> Result<(), Error> {
    find(program)
        .map(|_| ())
        .ok_or(Error::MissingTool { program, packages })
}

fn find(program: &str) -> Option<PathBuf> {
    // sbin is not in everyone's PATH, and Debian puts kamailio there.
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin"), PathBuf::from("/usr/local/sbin")])
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
}

/// The program by its full path where it is found, else as it was named.
pub(crate) fn locate(program: &str) -> PathBuf {
    find(program).unwrap_or_else(|| PathBuf::from(program))
}
