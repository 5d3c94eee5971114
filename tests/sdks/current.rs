//! What is committed is what the WIT says.

use std::fs;
use std::path::Path;
use std::process::Command;

use wit_bindgen_core::Files;
use wit_bindgen_core::wit_parser::Resolve;

#[test]
fn the_committed_files_are_what_the_wit_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for file in evroute_sdks::files(&root).unwrap() {
        let committed = std::fs::read_to_string(root.join(&file.path)).unwrap_or_default();
        assert!(
            committed == file.text,
            "{} is not what wit/ says; make sdks",
            file.path
        );
    }
}

/// No handler uses all of the header, so it is compiled with every interface of the world of all
/// events.
#[test]
fn c_compiles_with_every_interface_there_is() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(root.join("wit")).unwrap();
    let world = resolve.select_world(&[package], Some("host")).unwrap();
    let options = wit_bindgen_c::Opts {
        rename_world: Some("bindings".to_owned()),
        ..wit_bindgen_c::Opts::default()
    };
    let mut files = Files::default();
    options
        .build()
        .generate(&mut resolve, world, &mut files)
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files.iter() {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let sdk = root.join("guest-examples/c/sdk");
    let in_it = |command: &mut Command| {
        let output = command.current_dir(folder.path()).output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout
    };
    let world = in_it(
        Command::new("sed")
            .arg("-nf")
            .arg(sdk.join("world.sed"))
            .arg("bindings.h"),
    );
    fs::write(folder.path().join("world.h"), world).unwrap();
    fs::write(
        folder.path().join("all.c"),
        "#include \"evroute.h\"\nint all;\n",
    )
    .unwrap();
    let flags = "--target=wasm32-wasi -Wno-deprecated -std=c17 -Wall -Wextra -Werror -fsyntax-only -I. all.c -I";
    in_it(Command::new("clang-22").args(flags.split(' ')).arg(&sdk));
}
