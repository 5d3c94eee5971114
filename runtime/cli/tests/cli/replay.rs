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
