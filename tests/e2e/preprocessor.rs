//! Files for Kamailio's preprocessor, read by Kamailio and by `evroute build`: the start's block
//! logs the same lines, or both refuse the file.

mod cases;
mod generated;

use std::fmt::Write;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use evroute_tests::{evroute, free_port};
use tempfile::TempDir;

use self::cases::{REFUSED, SAME};
use self::generated::{Random, configuration};

/// What stands before each file, and is read over here.
const BEFORE: &str = r#"debug=2
log_stderror=yes
children=1
auto_aliases=no
dns=no
rev_dns=no
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "htable.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "siputils.so"
loadmodule "textops.so"
modparam("htable", "htable", "t=>size=4;initval=7")
request_route { exit; }
event_route[core:worker-one-init] { xlog("L_ERR", "~up\n"); }
"#;

/// The last line that a block logs, and what Kamailio logs when it has started without one.
const ENDS: [&str; 2] = ["~end", "~up"];

/// A folder with a file `routes.cfg` and those that it includes.
fn folder(text: &str, others: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("routes.cfg"), format!("{BEFORE}{text}")).unwrap();
    for (name, text) in others {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// The lines that Kamailio logs while it starts; none when it refuses the file.
fn kamailio(folder: &Path) -> Option<Vec<String>> {
    let mut process = Command::new("kamailio")
        .args(["-DD", "-E", "-m", "16", "-M", "4"])
        .args(["-f", folder.join("routes.cfg").to_str().unwrap()])
        .args(["-Y", folder.to_str().unwrap()])
        .args(["-l", &format!("udp:127.0.0.1:{}", free_port())])
        .current_dir("/")
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("Kamailio is installed: .ci/need kamailio");
    let mut lines = Vec::new();
    let mut is_over = false;
    for line in BufReader::new(process.stderr.take().unwrap()).split(b'\n') {
        let line = String::from_utf8_lossy(&line.unwrap()).into_owned();
        if let Some((_, logged)) = line.split_once("<script>: ~") {
            let line = format!("~{logged}");
            is_over = ENDS.contains(&line.as_str());
            lines.push(line);
        }
        if is_over {
            break;
        }
    }
    // It and the processes that it may have started already.
    let _ = Command::new("kill")
        .args(["-KILL", "--", &format!("-{}", process.id())])
        .status();
    let _ = process.wait();
    is_over.then_some(lines)
}

/// Builds the file; what is wrong with it otherwise.
fn build(folder: &Path) -> Result<(), String> {
    let built = Command::new(evroute().unwrap())
        .arg("build")
        .arg(folder.join("routes.cfg"))
        .arg("-o")
        .arg(folder.join("routes.wasm"))
        .args(["--event", "htable:mod-init"])
        .output()
        .unwrap();
    match built.status.code() {
        Some(0) => Ok(()),
        Some(1) => Err(String::from_utf8_lossy(&built.stderr).into_owned()),
        other => panic!("{other:?} {}", String::from_utf8_lossy(&built.stderr)),
    }
}

/// Whether the built file logs these lines; what differs otherwise.
fn judge(folder: &Path, lines: &[String]) -> Result<(), String> {
    let mut case = String::from(
        "event = \"htable:mod-init\"\ngrants = [\"log\", \"pv\", \"sip\", \"shv\", \"htable:t\"]\n\
         [[case]]\nname = \"one\"\ntables.t = {}\nverdict = \"proceed\"\nlog = [\n",
    );
    for line in lines {
        let line = serde_json::Value::String(format!("ERROR {line}"));
        writeln!(case, "{line},").unwrap();
    }
    case.push_str("]\n");
    let cases = folder.join("cases");
    fs::create_dir(&cases).unwrap();
    fs::write(cases.join("c.toml"), case).unwrap();
    let tested = Command::new(evroute().unwrap())
        .arg("test")
        .arg("--component")
        .arg(folder.join("routes.wasm"))
        .arg("--cases")
        .arg(&cases)
        .output()
        .unwrap();
    if tested.status.success() {
        return Ok(());
    }
    let reported = String::from_utf8_lossy(&tested.stdout).into_owned();
    Err(reported + &String::from_utf8_lossy(&tested.stderr))
}

#[test]
fn every_directive_does_what_it_does_in_kamailio() {
    let mut complaints = Vec::new();
    for (name, text, others) in SAME {
        let folder = folder(text, others);
        let reported = match kamailio(folder.path()) {
            None => Err("Kamailio refuses it".to_owned()),
            Some(lines) => build(folder.path()).and_then(|()| judge(folder.path(), &lines)),
        };
        complaints.extend(reported.err().map(|reported| format!("{name}: {reported}")));
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn what_kamailio_refuses_is_refused() {
    let mut complaints = Vec::new();
    for text in REFUSED {
        let folder = folder(text, &[]);
        if let Some(lines) = kamailio(folder.path()) {
            complaints.push(format!("{text}\nKamailio takes it: {lines:?}"));
        }
        if build(folder.path()).is_ok() {
            complaints.push(format!("{text}\nevroute takes it"));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// Files put together from directives, the same ones in every run: where Kamailio starts and the
/// file is built, both log the same.
#[test]
fn files_put_together_at_random_do_the_same_in_kamailio_and_here() {
    let mut random = Random::new(10);
    let (mut compared, mut refused, mut complaints) = (0, 0, Vec::new());
    for number in 0..80 {
        let (text, more) = configuration(&mut random);
        let folder = folder(&text, &[("more.inc", &more)]);
        let built = build(folder.path());
        match (kamailio(folder.path()), built) {
            (Some(lines), Ok(())) => {
                compared += lines.len();
                if let Err(reported) = judge(folder.path(), &lines) {
                    complaints.push(format!("file {number}:\n{text}\n{more}\n{reported}"));
                }
            }
            (None, Ok(())) => complaints.push(format!("file {number}: only here:\n{text}\n{more}")),
            (Some(_), Err(why)) => {
                refused += 1;
                complaints.extend((refused > 6).then(|| format!("file {number}: {why}\n{text}")));
            }
            (None, Err(_)) => {}
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    assert!(compared > 200, "{compared} lines");
}
