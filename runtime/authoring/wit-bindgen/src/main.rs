//! `evroute-wit-bindgen`: what lies between C, C++ or Go and WIT, made of a world.
//!
//! The builds of the examples start it. `evroute build` makes the same in its own process, by the
//! same libraries.
//!
//! Exit codes: 0 written, 1 the WIT is wrong or a file cannot be written, 2 usage.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use wit_bindgen_core::wit_parser::Resolve;
use wit_bindgen_core::{Files, WorldGenerator};

/// Makes bindings of a WIT world.
#[derive(Parser)]
#[command(version, max_term_width = 100)]
struct Arguments {
    /// The language that they are for
    language: Language,
    /// The WIT directory; its package has one world
    wit: PathBuf,
    /// What files and names are called by, in place of the world's name; C alone
    #[arg(long, value_name = "NAME")]
    rename_world: Option<String>,
    /// The directory to write into
    #[arg(long, value_name = "DIR")]
    out_dir: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum Language {
    C,
    Cpp,
    Go,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("evroute-wit-bindgen: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<(), String> {
    let generator = generator(arguments.language, arguments.rename_world);
    let files = bindings(&arguments.wit, generator)
        .map_err(|why| format!("{}: {why}", arguments.wit.display()))?;
    for (name, bytes) in files.iter() {
        let path = arguments.out_dir.join(name);
        write(&path, bytes).map_err(|why| format!("cannot write {}: {why}", path.display()))?;
    }
    Ok(())
}

fn generator(language: Language, rename_world: Option<String>) -> Box<dyn WorldGenerator> {
    match language {
        Language::C => wit_bindgen_c::Opts {
            rename_world,
            ..wit_bindgen_c::Opts::default()
        }
        .build(),
        Language::Cpp => wit_bindgen_cpp::Opts::default().build(None),
        Language::Go => wit_bindgen_go::Opts::default().build(),
    }
}

fn bindings(wit: &Path, mut generator: Box<dyn WorldGenerator>) -> Result<Files, String> {
    let mut resolve = Resolve::default();
    let read = resolve.push_path(wit);
    let (package, _) = read.map_err(|why| format!("{why:#}"))?;
    let world = resolve.select_world(&[package], None);
    let world = world.map_err(|why| format!("{why:#}"))?;
    let mut files = Files::default();
    let made = generator.generate(&mut resolve, world, &mut files);
    made.map_err(|why| format!("{why:#}"))?;
    Ok(files)
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    evroute_atomic_file::replace(path, evroute_atomic_file::SHARED, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str, language: Language, rename: Option<&str>) -> Result<Vec<String>, String> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("world.wit"), text).unwrap();
        let generator = generator(language, rename.map(str::to_owned));
        let files = bindings(folder.path(), generator)?;
        Ok(files.iter().map(|(name, _)| name.to_owned()).collect())
    }

    #[test]
    fn c_has_a_header_by_the_name_that_was_asked_for() {
        let world = "package a:b;\nworld guard { export run: func() -> u32; }\n";
        let of_c = names(world, Language::C, Some("bindings")).unwrap();
        assert!(of_c.contains(&"bindings.h".to_owned()), "{of_c:?}");
        let of_cpp = names(world, Language::Cpp, None).unwrap();
        assert!(of_cpp.contains(&"guard_cpp.h".to_owned()), "{of_cpp:?}");
        assert!(!names(world, Language::Go, None).unwrap().is_empty());
    }

    #[test]
    fn what_is_no_wit_is_refused() {
        let why = names("package a:b;\nworld {", Language::C, None).unwrap_err();
        assert!(why.contains("expected an identifier"), "{why}");
    }
}
