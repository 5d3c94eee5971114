//! `evroute replay`

use std::fs;
use std::path::{Path, PathBuf};

use crate::command::{Ended, command, evroute};
use crate::new::{Desk, with_tools};

/// A new project in Kamailio's language whose cases were recorded: its folder, a recording.
fn recorded(desk: &Desk) -> (PathBuf, PathBuf) {
    let project = desk.begin("kamailio", "tm:local-request");
    let runs = project.join("runs");
    let arguments = ["test", text(&project), "--recordings", text(&runs)];
    let mut command = command(&arguments);
    let ended: Ended = with_tools(&mut command).output().unwrap().into();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let mut files: Vec<_> = fs::read_dir(runs)
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    files.sort_by_key(fs::DirEntry::path);
    assert_eq!(files.len(), 2, "a file for each case");
    (project, files[0].path())
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_recording_of_a_case_is_repeated_and_another_component_differs_where_it_does() {
    let desk = Desk::new();
    let (project, recording) = recorded(&desk);
    let component = project.join("build/my-kamailio.wasm");
    let replay = |more: &[&str]| {
        let mut arguments = vec!["replay", text(&recording), "--handler", text(&component)];
        arguments.extend(more);
        evroute(&arguments)
    };
    let ended = replay(&["--step"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    for line in [
        "the recorded component",
        "verdict  send",
        "evroute:log/log@0.1.0 log(",
    ] {
        assert!(ended.stdout.contains(line), "{line}: {ended:?}");
    }

    let (flame, folded) = (project.join("fuel.svg"), project.join("fuel.txt"));
    let ended = replay(&["--flame", text(&flame), "--folded", text(&folded)]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let (svg, stacks) = (fs::read_to_string(flame), fs::read_to_string(folded));
    assert!(svg.unwrap().starts_with("<svg xmlns="));
    let stacks = stacks.unwrap();
    let fuel = stacks.lines().map(|line| line.rsplit(' ').next().unwrap());
    let fuel: u64 = fuel.map(|fuel| fuel.parse::<u64>().unwrap()).sum();
    let shown = format!("fuel     {fuel} (recorded {fuel})");
    assert!(ended.stdout.contains(&shown), "{stacks}: {ended:?}");
    let ended = replay(&["--flame", "/nowhere/fuel.svg"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");

    let blocks = project.join("routes.cfg");
    let changed = fs::read_to_string(&blocks).unwrap();
    assert!(
        changed.contains("[$rm]") || changed.contains("$rm"),
        "{changed}"
    );
    fs::write(&blocks, changed.replace("$rm", "$rm again")).unwrap();
    let mut build = command(&["build", text(&project)]);
    let built: Ended = with_tools(&mut build).output().unwrap().into();
    assert_eq!(built.code, Some(0), "{built:?}");
    let ended = replay(&[]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let said = format!("{}{}", ended.stdout, ended.stderr);
    assert!(said.contains("OPTIONS again from"), "{said}");
}

/// The names of the custom sections, how many functions are under way, and the bytes of memory that
/// are there.
fn dumped(core: &[u8]) -> (Vec<String>, usize, Vec<u8>) {
    let (mut names, mut frames, mut memory) = (Vec::new(), 0, Vec::new());
    for payload in wasmparser::Parser::new(0).parse_all(core) {
        match payload.unwrap() {
            wasmparser::Payload::CustomSection(section) => {
                names.push(section.name().to_owned());
                if let wasmparser::KnownCustom::CoreDumpStack(stack) = section.as_known() {
                    frames += stack.frames.len();
                }
            }
            wasmparser::Payload::DataSection(data) => {
                memory.extend(data.into_iter().flat_map(|part| part.unwrap().data));
            }
            _ => {}
        }
    }
    (names, frames, memory)
}

#[test]
fn what_was_in_memory_is_written_down_where_a_run_is_cut_short() {
    let desk = Desk::new();
    let (project, recording) = recorded(&desk);
    let component = project.join("build/my-kamailio.wasm");
    let (core, runs) = (project.join("core.wasm"), recording.parent().unwrap());
    let dump = || {
        let handler = ["--handler", text(&component), "--core", text(&core)];
        evroute(&[&["replay", text(&recording)][..], &handler].concat())
    };
    let ended = dump();
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("it was not cut short"), "{ended:?}");
    assert!(!core.exists());

    // With so little fuel it does not come to its end, and is recorded so.
    let cases = project.join("cases/my-kamailio.toml");
    let little = fs::read_to_string(&cases).unwrap();
    let grants = "grants = [\"log\", \"sip\"]\n";
    let limited = format!("{grants}limits = {{ run_fuel_max = 300 }}\n");
    assert!(little.contains(grants), "{little}");
    fs::write(&cases, little.replace(grants, &limited)).unwrap();
    let ended = evroute(&["test", text(&project), "--recordings", text(runs)]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let ended = dump();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("outcome  OutOfFuel"), "{ended:?}");
    let (names, frames, memory) = dumped(&fs::read(&core).unwrap());
    for name in ["core", "coremodules", "coreinstances", "corestack"] {
        assert!(names.iter().any(|one| one == name), "{names:?}");
    }
    assert!(frames > 1, "the stack is there: {frames}");
    let holds = |word: &[u8]| memory.windows(word.len()).any(|window| window == word);
    assert!(holds(b" from "), "the text of the block is in its memory");
}

#[test]
fn what_is_no_recording_is_named_with_what_is_wrong() {
    let desk = Desk::new();
    let (project, recording) = recorded(&desk);
    let component = project.join("build/my-kamailio.wasm");
    let bytes = fs::read(&recording).unwrap();
    fs::write(&recording, &bytes[..bytes.len() / 2]).unwrap();
    let arguments = ["replay", text(&recording), "--handler", text(&component)];
    let ended = evroute(&arguments);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("this recording was cut"), "{ended:?}");

    fs::remove_file(&recording).unwrap();
    let ended = evroute(&arguments);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("cannot be read"), "{ended:?}");
}
