//! What `evroute check` says about a component.

use std::io::Read;
use std::path::Path;

use evroute_module_api::Lane;
use evroute_sandbox::{Sandbox, SandboxConfig};

use crate::modules;

/// What a component handles and asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ComponentReport {
    /// The events it handles, by name: its exports.
    pub handles: Vec<String>,
    /// What it asks for: its imports.
    pub asks: Vec<Asked>,
    /// `sync` or `async`: which lane its runs take.
    pub lane: &'static str,
    /// Why every run starts from a fresh instance; none when used ones are put back and kept.
    pub fresh_because: Option<&'static str>,
}

/// One import of a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The interface, `evroute:log/log@0.1.0`.
    pub interface: String,
    /// The word that grants it; none where no grant is needed.
    pub grant: Option<String>,
}

/// Looks a component over. An error is one sentence: what is wrong and what to do.
pub type ComponentCheck = fn(&Path) -> Result<ComponentReport, String>;

/// Looks a component over with this server's own sandbox: what it handles, what it asks for, what is wrong with it.
///
/// # Errors
/// One sentence: what is wrong and what to do.
pub fn check_component(path: &Path) -> Result<ComponentReport, String> {
    check_component_header(path)?;
    let component = crate::handlers::read(path)?;
    let config = SandboxConfig {
        runs_concurrent_max: 1,
        ..SandboxConfig::default()
    };
    let sandbox = Sandbox::new(&config, modules::capabilities(), modules::glues());
    let sandbox = sandbox.map_err(|error| error.to_string())?;
    let report = sandbox
        .report(&component)
        .map_err(|refusal| refusal.to_string())?;
    let asked = |(interface, grant): (String, Option<&'static str>)| Asked {
        interface,
        grant: grant.map(str::to_owned),
    };
    Ok(ComponentReport {
        handles: report.events.iter().map(ToString::to_string).collect(),
        asks: report.imports.into_iter().map(asked).collect(),
        fresh_because: report.fresh_because,
        lane: match report.lane {
            Some(Lane::Async) => "async",
            Some(Lane::Sync) | None => "sync",
        },
    })
}

/// The octets that every WebAssembly binary begins with.
const MAGIC: [u8; 4] = *b"\0asm";

/// Version and layer of a component; a core module has `01 00 00 00`.
const COMPONENT: [u8; 4] = [0x0d, 0, 1, 0];

/// Looks at a component's first octets: a file of another kind is the commonest mistake and has the clearest message.
///
/// # Errors
/// One sentence.
fn check_component_header(path: &Path) -> Result<(), String> {
    let mut head = [0; 8];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut head));
    if let Err(error) = read {
        return Err(match error.kind() {
            std::io::ErrorKind::UnexpectedEof => "it is no WebAssembly file: too short".to_owned(),
            _ => format!("it cannot be read: {error}"),
        });
    }
    let (magic, layer) = head.split_at(4);
    if magic != MAGIC {
        return Err(
            "it is no WebAssembly binary; build the handler to a component first".to_owned(),
        );
    }
    if layer != COMPONENT {
        return Err("it is a core module, not a component; build it with the handler's language tools, or run \
                    wasm-tools component new"
            .to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_other_kinds_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let check = |octets: &[u8]| {
            let path = folder.path().join("x");
            std::fs::write(&path, octets).unwrap();
            check_component_header(&path).unwrap_err()
        };
        assert!(check(b"").contains("too short"));
        assert!(check(b"[server]\nworkers = 1").contains("no WebAssembly binary"));
        assert!(check(b"\0asm\x01\0\0\0").contains("core module"));
        assert!(
            check_component_header(Path::new("/nowhere"))
                .unwrap_err()
                .contains("cannot be read")
        );
        let path = folder.path().join("component");
        std::fs::write(&path, b"\0asm\x0d\0\x01\0").unwrap();
        assert_eq!(check_component_header(&path), Ok(()));
    }
}
