//! A new project in an editor: the language's own checker, which editors run, has nothing to
//! complain of.

use std::path::Path;
use std::process::Command;

use evroute_project::{Language, Scaffold, StartingEvent, checker};

use crate::Error;
use crate::project::{build_env, build_in};

/// Begins a project for each event and says what the checker complains of. Python's is built first,
/// which makes the module that it imports; those of the others are as they begin.
///
/// # Errors
/// When one cannot be begun or built, or there is no checker.
pub fn uneasy(language: Language, folder: &Path) -> Result<Vec<String>, Error> {
    let mut complaints = Vec::new();
    for event in StartingEvent::ALL {
        let name = format!("new-{}", event.as_str().replace(':', "-"));
        let folder = folder.join(name);
        Scaffold {
            folder: folder.clone(),
            language,
            event,
        }
        .write()?;
        if language == Language::Python {
            build_in(&folder)?;
        }
        let build_env = build_env();
        let Some((program, arguments)) = checker(language, &folder, &build_env)? else {
            return Ok(complaints);
        };
        let mut command = Command::new(&program);
        command.current_dir(&folder).args(&arguments);
        if language == Language::Rust {
            command.env("CARGO_TARGET_DIR", build_env.cache.join("new-rust"));
        }
        let output = command.output()?;
        if !output.status.success() {
            let said = [output.stdout, output.stderr].concat();
            complaints.push(format!(
                "{}: {} ended with {}: {}",
                event.as_str(),
                program.display(),
                output.status,
                String::from_utf8_lossy(&said)
            ));
        }
    }
    Ok(complaints)
}
